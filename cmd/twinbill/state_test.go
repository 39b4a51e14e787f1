package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func assign(t *testing.T, url, owner string) {
	t.Helper()
	body := fmt.Sprintf(`{"owner_id":%q,"customer_id":1,"payer_account_owner_id":%q}`, owner, owner)
	answer, err := http.Post(url+"/v1/aws_account_assignments?api_key=carried", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("create: %s", answer.Status)
	}
}

func assignments(t *testing.T, url, key string) string {
	t.Helper()
	answer, err := http.Get(url + "/v1/aws_account_assignments?api_key=" + key)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// What a twin held is there again after it was stopped, and, but for the last moments,
// after it was killed.
func TestStateIsCarriedOver(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "state.json")
	env := []string{"PATH=" + os.Getenv("PATH"), impatient + "=1"}
	start := func() *serving {
		t.Helper()
		s, err := startServing(dir, env, "--state", file, "--seed", "7", "--clock", "2026-01-31T12:00:00Z")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.kill)
		return s
	}
	first := start()
	assign(t, first.url, "000000000001")
	held := assignments(t, first.url, "carried")
	if err := first.signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := first.wait(); err != nil {
		t.Fatal(err)
	}
	second := start()
	if again := assignments(t, second.url, "carried"); again != held || !strings.Contains(again, "000000000001") {
		t.Errorf("after a stop: %s, want %s", again, held)
	}
	if other := assignments(t, second.url, "another"); strings.Contains(other, "000000000001") {
		t.Errorf("another sandbox holds it too: %s", other)
	}
	before, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	assign(t, second.url, "000000000002")
	held = assignments(t, second.url, "carried")
	for deadline := time.Now().Add(limit); ; time.Sleep(10 * time.Millisecond) {
		if now, err := os.Stat(file); err == nil && !os.SameFile(before, now) {
			break // another file stands in its place
		}
		if time.Now().After(deadline) {
			t.Fatal("the file is not written while the state changes")
		}
	}
	second.kill()
	third := start()
	if again := assignments(t, third.url, "carried"); again != held {
		t.Errorf("after a kill: %s, want %s", again, held)
	}
	third.kill()
	left, err := filepath.Glob(file + "*")
	if err != nil || len(left) != 2 || left[1] != file+".lock" {
		t.Errorf("files left: %v, %v", left, err)
	}
	if left, err = filepath.Glob(filepath.Join(dir, ".*")); err != nil || len(left) > 0 {
		t.Errorf("files left: %v, %v", left, err)
	}
}

// A file that is no state file stays as it is, and ends the start in one line.
func TestStateFileIsRefused(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"empty.json":  "",
		"other.json":  `{"openapi":"3.0.3"}`,
		"later.json":  `{"format":"twinbill-state/9","sandboxes":[]}`,
		"broken.json": `{"format":"twinbill-state/1","sandboxes":[{"name":"a","seed":1,"created":"2026-01-31T12:00:00Z","state":{"customers":[{"id":"x"}]},"sequences":{}}]}`,
		"twice.json":  `{"format":"twinbill-state/1","sandboxes":[{"name":"a","seed":1,"created":"2026-01-31T12:00:00Z","state":{},"sequences":{}},{"name":"a","seed":1,"created":"2026-01-31T12:00:00Z","state":{},"sequences":{}}]}`,
	} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := startServing(dir, []string{"PATH=" + os.Getenv("PATH")}, "--state", file)
		if err == nil {
			s.kill()
			t.Errorf("%s is taken", name)
			continue
		}
		said, err := os.ReadFile(filepath.Join(dir, "serve.log"))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(string(said), "\n") != 1 || !strings.Contains(string(said), "--state: "+file+": ") {
			t.Errorf("%s: said %q", name, said)
		}
		if after, err := os.ReadFile(file); err != nil || string(after) != text {
			t.Errorf("%s is changed: %v", name, err)
		}
	}
}

// TestStateFileKeepsItsPlace saves to a symbolic link and to a file that a group may write
// to, beside what a process has left that was killed while it saved: the link is followed,
// the mode stays, and what was left is gone.
func TestStateFileKeepsItsPlace(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "real.json"), filepath.Join(dir, "link.json")
	if err := os.WriteFile(file, []byte(`{"format":"twinbill-state/1","sandboxes":[]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, 0o664); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real.json", link); err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(filepath.Dir(file), "."+filepath.Base(file)+".twinbill-new-123")
	own := []string{file + ".new-features.md", file + ".new-1", half + "a", half[:len(half)-3]}
	for _, name := range append(own, half) {
		if err := os.WriteFile(name, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(half); err != nil {
		t.Fatal(err)
	}
	s, err := startServing(dir, []string{"PATH=" + os.Getenv("PATH")}, "--state", link)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	for _, name := range own {
		if _, err := os.Stat(name); err != nil {
			t.Errorf("a file of the user is gone: %v", err)
		}
	}
	if _, err := os.Stat(half); err == nil {
		t.Error("what a killed process left is still there")
	}
	assign(t, s.url, "000000000001")

	if second, err := startServing(dir, []string{"PATH=" + os.Getenv("PATH")}, "--state", file); err == nil {
		second.kill()
		t.Error("a second process takes the same file")
	} else if said, err := os.ReadFile(filepath.Join(dir, "serve.log")); err != nil || !strings.Contains(string(said), "another process keeps its state in "+file) {
		t.Errorf("a second process says %q, %v", said, err)
	}

	if err := s.signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.wait(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link is replaced")
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o664 {
		t.Errorf("the mode is %v, %v", info.Mode(), err)
	}
	if data, err := os.ReadFile(file); err != nil || !strings.Contains(string(data), "000000000001") {
		t.Errorf("the state is not in the file that the link leads to: %v", err)
	}
}

// TestStopWhileLoading ends a process that is still reading its state file: here, from a
// pipe that nobody writes to.
func TestStopWhileLoading(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "state.json")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	command := exec.Command("twinbill", "serve", "--addr", "127.0.0.1:0", "--state", pipe)
	ended := started(t, command)
	for deadline := time.Now().Add(limit); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(pipe + ".lock"); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("it does not begin to load")
		}
	}
	if err := terminated(t, command, ended); err != nil {
		t.Errorf("it ends with %v", err)
	}
}

// started starts a command, and tells what it ends with.
func started(t *testing.T, command *exec.Cmd) <-chan error {
	t.Helper()
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	return ended
}

// terminated sends SIGTERM to a command that is still reading, and is what it ends with.
func terminated(t *testing.T, command *exec.Cmd, ended <-chan error) error {
	t.Helper()
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		return err
	case <-time.After(limit):
		_ = command.Process.Kill()
		t.Fatalf("%v: it is still reading", command.Args)
		return nil
	}
}

// TestStopWhileReading ends a process that waits for the writer of a pipe, which any of
// its files may be.
func TestStopWhileReading(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	certificate, key := certify(t)
	for _, args := range [][]string{
		{"serve", "--fixtures", pipe},
		{"serve", "--dialect", pipe},
		{"serve", "--auth", "strict", "--clients", pipe},
		{"serve", "--tls-cert", pipe, "--tls-key", key},
		{"serve", "--tls-cert", certificate, "--tls-key", pipe},
		{"verify", "--expected-failures", pipe},
		{"verify", "--dialect", pipe},
		{"contract", "ripple", "--dialect", pipe},
		{"clauses", "--score", pipe},
		{"gate", "--url", "http://127.0.0.1:1", "--expect", pipe},
		{"expect", pipe},
		{"explain", pipe},
		{"diff", pipe, pipe},
	} {
		command := exec.Command("twinbill", args...)
		if args[0] == "serve" {
			command.Args = append(command.Args, "--addr", "127.0.0.1:0")
		}
		ended := started(t, command)
		opened := untilOpened(t, pipe)
		err := terminated(t, command, ended)
		_ = opened.Close()
		if want := map[bool]int{true: 0, false: 143}[args[0] == "serve"]; command.ProcessState.ExitCode() != want {
			t.Errorf("%v: it ends with %v, want %d", args, err, want)
		}
	}
}

// untilOpened waits until somebody reads a pipe, and keeps it open without a word.
func untilOpened(t *testing.T, pipe string) *os.File {
	t.Helper()
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if f, err := os.OpenFile(pipe, os.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil {
			return f
		}
	}
	t.Fatal("nobody reads the pipe")
	return nil
}

// TestPipes: what a shell's <(command) names is read as a file is.
func TestPipes(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip(err)
	}
	out, err := exec.Command("bash", "-c", `twinbill contract ripple --dialect <(echo 'ripple.error.not-found: "404"') && echo 'ripple.error.not-found: "404"' | twinbill contract ripple --dialect /dev/stdin`).CombinedOutput()
	if err != nil {
		t.Errorf("%v: %.300s", err, out)
	}
}
