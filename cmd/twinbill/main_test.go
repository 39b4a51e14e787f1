package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/twinbill/twinbill/cmd/twinbill/internal/background"
	"github.com/twinbill/twinbill/conformance/scenarios"
)

// limit bounds every wait of these tests.
const limit = 60 * time.Second

// impatient, set in the environment of a twinbill that a test starts, makes it wait
// for nobody for long.
const impatient = "IMPATIENT"

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"twinbill": func() {
		if os.Getenv(impatient) != "" {
			contactTimeout, saving = 200*time.Millisecond, 50*time.Millisecond
			patience.header, patience.request, patience.next = 200*time.Millisecond, 300*time.Millisecond, 200*time.Millisecond
		}
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	}})
}

// long are the transcripts that verify the twin over and over. The race detector has
// seen the same code in the others.
var long = []string{
	"clauses", "defect", "dialect", "diff", "environment", "flags", "print", "expected", "fault", "github", "report",
	"scenarios", "score", "seed", "select", "shard", "target", "unanswered",
}

// TestTranscripts replays testdata/*.txtar, but for the long ones under the race detector.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d transcripts, error %v", len(files), err)
	}
	if raceEnabled {
		files = slices.DeleteFunc(files, func(file string) bool {
			return slices.Contains(long, strings.TrimSuffix(filepath.Base(file), ".txtar"))
		})
	}
	testscript.Run(t, testscript.Params{
		Files:               files,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Deadline:            time.Now().Add(5 * limit),
		Setup: func(env *testscript.Env) error {
			env.Values[running{}] = new(*serving)
			env.Defer(func() { stopLeft(env.WorkDir) })
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "refuses": refuses, "twin": twin, "stop": stop, "mute": mute, "stranger": stranger,
			"describe": describe, "lines": lines, "requests": requests, "members": members,
		},
	})
}

// stopLeft ends the twins that a script started in the background and left.
func stopLeft(dir string) {
	_ = filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Name() == "run.json" {
			_, _ = background.File(name).Stop(context.Background(), time.Second)
		}
		return nil
	})
}

// exits CODE COMMAND... runs a command that ends with the status.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		code = exit.ExitCode()
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit status %d, want %s", code, args[0])
	}
}

// refuses COMMAND... runs a command that says one line on standard error, nothing on
// standard output, and ends with 2.
func refuses(ts *testscript.TestScript, neg bool, args []string) {
	exits(ts, neg, append([]string{"2"}, args...))
	said := ts.ReadFile("stderr")
	if strings.Count(said, "\n") != 1 || !strings.HasPrefix(said, "twinbill: ") || strings.Contains(said, "<nil>") {
		ts.Fatalf("not one line: %q", said)
	}
	if out := ts.ReadFile("stdout"); out != "" {
		ts.Fatalf("standard output: %q", out)
	}
}

// running is the key of a script's twin among its values.
type running struct{}

// twin FLAG... runs `twinbill serve` until the script ends or stops it. $TWIN is its
// URL and $TWIN_ADDR its address.
func twin(ts *testscript.TestScript, _ bool, args []string) {
	env := []string{}
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "TWINBILL_ADDR", "TWINBILL_DIALECT", "TWINBILL_LOG_FORMAT"} {
		if value := ts.Getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	s, err := startServing(ts.MkAbs("."), env, args...)
	ts.Check(err)
	ts.Defer(s.kill)
	*ts.Value(running{}).(**serving) = s
	ts.Setenv("TWIN", s.url)
	ts.Setenv("TWIN_ADDR", s.url[strings.Index(s.url, "//")+2:])
}

// stop SIGNAL sends a signal to the twin, which then ends with 0.
func stop(ts *testscript.TestScript, _ bool, args []string) {
	signals := map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM}
	s := *ts.Value(running{}).(**serving)
	ts.Check(s.signal(signals[args[0]]))
	ts.Check(s.wait())
}

// mute sets $MUTE to the URL of somebody who takes connections and says nothing.
func mute(ts *testscript.TestScript, _ bool, _ []string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { _ = listener.Close() })
	ts.Setenv("MUTE", "http://"+listener.Addr().String())
}

// stranger sets $STRANGER to the URL of a server that is no Twinbill.
func stranger(ts *testscript.TestScript, _ bool, _ []string) {
	server := httptest.NewServer(http.NotFoundHandler())
	ts.Defer(server.Close)
	ts.Setenv("STRANGER", server.URL)
}

// describe URL FILE PATH=VALUE... writes a target file of a deployment, with the
// fixtures as its inputs and credentials that all checks share. What is at a path of
// names joined by dots is replaced by a value in YAML, and left out where that is empty.
func describe(ts *testscript.TestScript, _ bool, args []string) {
	data, err := targetFile(args[0])
	ts.Check(err)
	var file map[string]any
	ts.Check(yaml.Unmarshal(data, &file))
	for _, change := range args[2:] {
		place, text, _ := strings.Cut(change, "=")
		names := strings.Split(place, ".")
		at, last := file, len(names)-1
		for _, name := range names[:last] {
			if at[name] == nil {
				at[name] = map[string]any{}
			}
			at = at[name].(map[string]any)
		}
		var value any
		ts.Check(yaml.Unmarshal([]byte(text), &value))
		if at[names[last]] = value; value == nil {
			delete(at, names[last])
		}
	}
	data, err = yaml.Marshal(file)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), data, 0o600))
}

// targetFile describes the deployment at a URL. It needs SHARED_SECRET and SHARED_KEY.
func targetFile(url string) ([]byte, error) {
	return yaml.Marshal(map[string]any{
		"ripple": map[string]any{
			"url": url + "/m/ripple", "token_url": url + "/ripple/access_token", "pace": "10000/s",
			"client": map[string]string{"id": "shared", "secret": "${SHARED_SECRET}"},
		},
		"cloudhealth": map[string]any{"url": url, "key": "${SHARED_KEY}", "pace": "10000/s"},
		"inputs":      scenarios.LoadInputs().Supplied,
	})
}

// lines N FILE reports whether a file, or stdout, has that many lines.
func lines(ts *testscript.TestScript, neg bool, args []string) {
	n := strings.Count(ts.ReadFile(args[1]), "\n")
	if (strconv.Itoa(n) == args[0]) == neg {
		ts.Fatalf("%s has %d lines", args[1], n)
	}
}

// requests REPORT FILE writes what a report says was sent, one request a line.
func requests(ts *testscript.TestScript, _ bool, args []string) {
	var document struct {
		Checks []struct {
			ID        string
			Exchanges []struct {
				Method, URL string
				Request     struct {
					Headers map[string]string
					Body    string
				}
			}
		}
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &document))
	var out strings.Builder
	for _, c := range document.Checks {
		for _, e := range c.Exchanges {
			fmt.Fprintf(&out, "%s %s %s %v %q\n", c.ID, e.Method, e.URL, e.Request.Headers, e.Request.Body)
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(out.String()), 0o600))
}

// members FILE PATH NAME... reports whether the object at a path of a JSON document has
// exactly these members. A path is names and indexes parted by dots, or a dot.
func members(ts *testscript.TestScript, _ bool, args []string) {
	var v any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &v))
	for _, step := range strings.FieldsFunc(args[1], func(r rune) bool { return r == '.' }) {
		switch of := v.(type) {
		case map[string]any:
			v = of[step]
		case []any:
			i, err := strconv.Atoi(step)
			ts.Check(err)
			v = of[i]
		}
	}
	object, _ := v.(map[string]any)
	var have []string
	for name := range object {
		have = append(have, name)
	}
	want := slices.Sorted(slices.Values(args[2:]))
	slices.Sort(have)
	if !slices.Equal(have, want) {
		ts.Fatalf("%s: members %v, want %v", args[1], have, want)
	}
}

// serving is a `twinbill serve` that a test has started.
type serving struct {
	command *exec.Cmd
	url     string
	ended   chan error // what it ended with
}

// startServing starts the twin on a free port and waits until it listens. What it logs
// is in serve.log.
func startServing(dir string, env []string, flags ...string) (*serving, error) {
	if !slices.ContainsFunc(env, func(v string) bool { return strings.HasPrefix(v, "TWINBILL_ADDR=") }) {
		flags = append(flags, "--addr", "127.0.0.1:0")
	}
	command := exec.Command("twinbill", append([]string{"serve"}, flags...)...)
	log, err := os.Create(filepath.Join(dir, "serve.log"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	command.Dir, command.Env, command.Stderr = dir, env, log
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	s := &serving{command: command, ended: make(chan error, 1)}
	first := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(out).ReadString('\n')
		first <- line
	}()
	select {
	case line := <-first:
		url, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
		go func() { s.ended <- command.Wait() }()
		if !ok {
			s.kill()
			return nil, fmt.Errorf("serve printed %q", line)
		}
		s.url = url
		return s, nil
	case <-time.After(limit):
		_ = command.Process.Kill()
		return nil, errors.New("serve did not start")
	}
}

func (s *serving) signal(which syscall.Signal) error { return s.command.Process.Signal(which) }

// wait waits for the end and returns an error where that was not with 0.
func (s *serving) wait() error {
	select {
	case err := <-s.ended:
		s.ended <- err
		return err
	case <-time.After(limit):
		return errors.New("serve did not end")
	}
}

func (s *serving) kill() {
	_ = s.command.Process.Kill()
	_ = s.wait()
}
