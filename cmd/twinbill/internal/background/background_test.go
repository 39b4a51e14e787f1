package background

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// limit bounds every wait of these tests.
const limit = 30 * time.Second

// TestMain makes this program a twin where Start, or a test, starts it with an argument
// that names what it does with a run file.
func TestMain(m *testing.M) {
	if len(os.Args) != 3 || !strings.HasPrefix(os.Args[1], "as-") {
		os.Exit(m.Run())
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM)
	claim, err := File(os.Args[2]).Claim()
	if err == nil {
		err = claim.Announce("http://127.0.0.1:1", "v1", "ca.pem")
	}
	if err != nil {
		fmt.Println("twinbill:", err)
		os.Exit(2)
	}
	switch os.Args[1] {
	case "as-crash":
		os.Exit(3)
	case "as-deaf":
		time.Sleep(limit)
	default:
		select {
		case <-signals:
		case <-time.After(limit):
		}
		_ = claim.Release()
	}
	os.Exit(0)
}

func fileOf(t *testing.T) File {
	t.Helper()
	file, err := At(filepath.Join(t.TempDir(), "run.json"))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// runs starts a twin and waits until it stands in its run file.
func runs(t *testing.T, file File, as string) *Child {
	t.Helper()
	child, err := Start(file.Log(), as, string(file))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = child.process.Kill() })
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if run, err := file.Find(); err == nil {
			if run.PID != child.PID || run.URL != "http://127.0.0.1:1" || run.Version != "v1" || run.Log != file.Log() || run.Authority != "ca.pem" {
				t.Fatalf("found %+v, started %d", run, child.PID)
			}
			return child
		}
	}
	t.Fatalf("it did not start: %s", Complaint(file.Log()))
	return nil
}

func TestRun(t *testing.T) {
	t.Parallel()
	file := fileOf(t)
	if _, err := file.Find(); !errors.Is(err, ErrNone) {
		t.Errorf("before: %v", err)
	}
	if left, _ := os.ReadDir(filepath.Dir(string(file))); len(left) > 0 {
		t.Errorf("a look leaves %v", left)
	}
	child := runs(t, file, "as-twin")

	// Another twin by the same file says that one runs.
	second, err := Start(file.Log()+".second", "as-twin", string(file))
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-second.Ended:
	case <-time.After(limit):
		t.Fatal("a second twin runs")
	}
	if said, want := Complaint(file.Log()+".second"), fmt.Sprintf("a twin runs already at http://127.0.0.1:1 (pid %d)", child.PID); said != want {
		t.Errorf("the second said %q, want %q", said, want)
	}

	if run, err := file.Stop(t.Context(), limit); err != nil || run.PID != child.PID {
		t.Errorf("stopped %+v: %v", run, err)
	}
	select {
	case <-child.Ended:
	case <-time.After(limit):
		t.Error("it goes on")
	}
	if _, err := os.Stat(string(file)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the run file is left: %v", err)
	}
	if _, err := file.Stop(t.Context(), limit); !errors.Is(err, ErrNone) {
		t.Errorf("stopped twice: %v", err)
	}
}

func TestDeafTwinIsKilled(t *testing.T) {
	t.Parallel()
	file := fileOf(t)
	child := runs(t, file, "as-deaf")
	if _, err := file.Stop(t.Context(), 100*time.Millisecond); err != nil {
		t.Error(err)
	}
	select {
	case <-child.Ended:
	case <-time.After(limit):
		t.Error("it goes on")
	}
	if _, err := file.Find(); !errors.Is(err, ErrNone) {
		t.Error(err)
	}
}

func TestStopIsInterrupted(t *testing.T) {
	t.Parallel()
	file := fileOf(t)
	child := runs(t, file, "as-deaf")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := file.Stop(ctx, limit); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if run, err := file.Find(); err != nil || run.PID != child.PID {
		t.Errorf("it was killed: %v", err)
	}
}

// TestStaleFile: a twin that ended without a word leaves its file. Whoever has its pid
// by now is left alone.
func TestStaleFile(t *testing.T) {
	t.Parallel()
	file := fileOf(t)
	crashed, err := Start(file.Log(), "as-crash", string(file))
	if err != nil {
		t.Fatal(err)
	}
	<-crashed.Ended
	data, err := os.ReadFile(string(file))
	if err != nil {
		t.Fatalf("no file is left: %v", err)
	}
	bystander := exec.CommandContext(t.Context(), os.Args[0], "as-twin", filepath.Join(t.TempDir(), "other.json"))
	if err := bystander.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- bystander.Wait() }()
	stale := strings.Replace(string(data), fmt.Sprint(crashed.PID), fmt.Sprint(bystander.Process.Pid), 1)
	if err := os.WriteFile(string(file), []byte(stale), 0o600); err != nil {
		t.Fatal(err)
	}

	if _, err := file.Stop(t.Context(), limit); !errors.Is(err, ErrNone) {
		t.Errorf("stop: %v", err)
	}
	if _, err := os.Stat(string(file)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the stale file is left: %v", err)
	}
	select {
	case err := <-ended:
		t.Errorf("the bystander was ended: %v", err)
	default:
	}

	// A twin that starts takes a stale file for its own.
	if err := os.WriteFile(string(file), []byte(stale), 0o600); err != nil {
		t.Fatal(err)
	}
	runs(t, file, "as-twin")
}

func TestUnsettled(t *testing.T) {
	t.Parallel()
	file := fileOf(t)
	claim, err := file.Claim()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Find(); !errors.Is(err, ErrUnsettled) {
		t.Errorf("find: %v", err)
	}
	if _, err := file.Claim(); !errors.Is(err, ErrUnsettled) {
		t.Errorf("claim: %v", err)
	}
	if err := claim.Release(); err != nil {
		t.Error(err)
	}
	if _, err := file.Find(); !errors.Is(err, ErrNone) {
		t.Errorf("after: %v", err)
	}
}

// TestOneOfManyClaims: however many start at once, one has the file.
func TestOneOfManyClaims(t *testing.T) {
	t.Parallel()
	file := fileOf(t)
	var all sync.WaitGroup
	claims := make(chan *Claim, 16)
	for range cap(claims) {
		all.Go(func() {
			if claim, err := file.Claim(); err == nil {
				claims <- claim
			} else if !errors.Is(err, ErrUnsettled) {
				t.Error(err)
			}
			_, _ = file.Find()
		})
	}
	all.Wait()
	if len(claims) != 1 {
		t.Errorf("%d have it", len(claims))
	}
}

// TestForeignFile: what is no run file is neither replaced nor removed, and nothing is
// put beside it.
func TestForeignFile(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"", "customers: []\n", "{}", `{"product":"other","pid":1,"url":"x"}`, `{"product":"twinbill","pid":-1,"url":"x"}`} {
		file := fileOf(t)
		if err := os.WriteFile(string(file), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, found := file.Find()
		_, claimed := file.Claim()
		for _, err := range []error{found, claimed} {
			if err == nil || !strings.HasSuffix(err.Error(), "is no run file; name another with --run-file") {
				t.Errorf("%q: %v", content, err)
			}
		}
		if data, err := os.ReadFile(string(file)); err != nil || string(data) != content {
			t.Errorf("%q became %q: %v", content, data, err)
		}
		if left, _ := os.ReadDir(filepath.Dir(string(file))); len(left) != 1 {
			t.Errorf("beside it: %v", left)
		}
	}
}

func TestNoClaim(t *testing.T) {
	var none *Claim
	if err := errors.Join(none.Announce("http://127.0.0.1:1", "v1", ""), none.Release()); err != nil {
		t.Error(err)
	}
}

func TestAddress(t *testing.T) {
	for listener, want := range map[string]string{
		"127.0.0.1:4610":  "http://127.0.0.1:4610",
		"0.0.0.0:4610":    "http://127.0.0.1:4610",
		"[::]:4610":       "http://[::1]:4610",
		"[::1]:4610":      "http://[::1]:4610",
		"192.0.2.1:65535": "http://192.0.2.1:65535",
	} {
		addr, err := net.ResolveTCPAddr("tcp", listener)
		if err != nil {
			t.Fatal(err)
		}
		if got := Address("http", addr); got != want {
			t.Errorf("%s: %s, want %s", listener, got, want)
		}
	}
}

func TestAnswers(t *testing.T) {
	body := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/__admin/health" {
				fmt.Fprint(w, text)
			}
		}
	}
	for name, c := range map[string]struct {
		server *httptest.Server
		wants  string
	}{
		"twin":     {httptest.NewServer(body(`{"product":"twinbill"}`)), ""},
		"tls":      {httptest.NewTLSServer(body(`{"product":"twinbill"}`)), ""},
		"stranger": {httptest.NewServer(body(`{"product":"other"}`)), "answers, but is no Twinbill"},
		"no json":  {httptest.NewServer(body("hello")), "answers, but is no Twinbill"},
	} {
		err := Answers(t.Context(), c.server.URL)
		c.server.Close()
		if (c.wants == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.wants) {
			t.Errorf("%s: %v", name, err)
		}
		if Answers(t.Context(), c.server.URL) == nil {
			t.Errorf("%s: answers once closed", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"product":"twinbill","pid":1,"url":"http://127.0.0.1:1","version":"v1","started":"2026-01-02T03:04:05Z"}`))
	f.Add([]byte(`{}`))
	f.Add([]byte(`[`))
	f.Fuzz(func(t *testing.T, data []byte) {
		run, err := parse("run.json", data)
		if err == nil && (run.PID <= 0 || run.URL == "" || run.Product != "twinbill") {
			t.Errorf("%q is read as %+v", data, run)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("several lines: %v", err)
		}
	})
}
