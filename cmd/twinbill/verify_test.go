package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/twinbill/twinbill/conformance/report"
	"github.com/twinbill/twinbill/mock"
)

// deployment is a twin that does not say that it is one, so that every check shares
// its one sandbox. Once it has answered some requests it tells so, and is slow.
type deployment struct {
	*httptest.Server
	twin    http.Handler
	reached chan struct{}
}

func deploy(t *testing.T, after int64) *deployment {
	t.Helper()
	twin, err := mock.New()
	if err != nil {
		t.Fatal(err)
	}
	d := &deployment{twin: twin, reached: make(chan struct{})}
	var answered atomic.Int64
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/__admin") {
			http.NotFound(w, r)
			return
		}
		switch n := answered.Add(1); {
		case n == after:
			close(d.reached)
			fallthrough
		case n > after:
			time.Sleep(10 * time.Millisecond)
		}
		twin.ServeHTTP(w, r)
	}))
	t.Cleanup(d.Close)
	return d
}

// state is what the shared sandbox holds.
func (d *deployment) state(t *testing.T) string {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/__admin/state", nil)
	request.Header.Set("Twinbill-Sandbox", "shared")
	recorder := httptest.NewRecorder()
	d.twin.ServeHTTP(recorder, request)
	var body struct {
		State map[string]json.RawMessage `json:"state"`
	}
	if err := json.Unmarshal(recorder.Body.Bytes(), &body); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(body.State)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// describe writes a target file of the deployment, with the fixtures as its inputs.
func (d *deployment) describe(t *testing.T, dir string) string {
	t.Helper()
	data, err := targetFile(d.URL)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "target.yaml")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// environment is what the deployment's target file needs.
func (d *deployment) environment() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "SHARED_SECRET=secret", "SHARED_KEY=shared"}
}

// TestVerifyInterrupted stops a run while it observes the dialect, and while it
// verifies: it removes what it created, and writes its report.
func TestVerifyInterrupted(t *testing.T) {
	for name, c := range map[string]struct {
		after  int64
		signal syscall.Signal
		status int
	}{
		"observing, SIGINT":  {20, syscall.SIGINT, 130},
		"verifying, SIGINT":  {700, syscall.SIGINT, 130},
		"verifying, SIGTERM": {1100, syscall.SIGTERM, 143},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, c.after)
			before := d.state(t)
			dir := t.TempDir()
			file, dialect := filepath.Join(dir, "report.json"), filepath.Join(dir, "dialect.yaml")
			command := exec.Command("twinbill", "verify", "--target", d.describe(t, dir), "--allow-writes", "--parallel", "4", "--seed", "1", "--report", "json="+file, "--dialect-out", dialect)
			command.Dir, command.Env = dir, d.environment()
			var out strings.Builder
			command.Stdout, command.Stderr = &out, &out
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			overdue := time.AfterFunc(limit, func() { _ = command.Process.Kill() })
			defer overdue.Stop()
			select {
			case <-d.reached:
			case <-time.After(limit):
				t.Error("the run does not get that far")
			}
			if err := command.Process.Signal(c.signal); err != nil {
				t.Error(err)
			}
			_ = command.Wait()
			if status := command.ProcessState.ExitCode(); status != c.status {
				t.Errorf("exit status %d, want %d\n%s", status, c.status, out.String())
			}
			if after := d.state(t); after != before {
				t.Errorf("the state has changed\nbefore %s\nafter  %s", before, after)
			}
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var found report.Document
			if err := json.Unmarshal(data, &found); err != nil {
				t.Fatal(err)
			}
			cut := 0
			for _, check := range found.Checks {
				switch {
				case check.Reason == "interrupted" && check.Verdict == "skipped":
					cut++
				case check.Verdict == "fail", check.Verdict == "warn", check.Verdict == "inconclusive":
					t.Errorf("%s is %s: %s", check.ID, check.Verdict, check.Reason)
				}
			}
			if cut == 0 || len(found.Residue) > 0 {
				t.Errorf("%d checks interrupted, residue %v", cut, found.Residue)
			}
			if _, err := os.Stat(dialect); err == nil {
				t.Error("a dialect was written that may not have been observed")
			}
		})
	}
}

// TestVerifyInterruptedAtFirst stops a run whose target has said nothing yet.
func TestVerifyInterruptedAtFirst(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{}, 1)
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
	}))
	t.Cleanup(silent.Close)
	command := exec.Command("twinbill", "verify", "--url", silent.URL)
	command.Env = []string{"PATH=" + os.Getenv("PATH")}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	overdue := time.AfterFunc(limit, func() { _ = command.Process.Kill() })
	defer overdue.Stop()
	select {
	case <-asked:
	case <-time.After(limit):
		t.Error("the target is not asked")
	}
	if err := command.Process.Signal(syscall.SIGINT); err != nil {
		t.Error(err)
	}
	_ = command.Wait()
	if status := command.ProcessState.ExitCode(); status != 130 {
		t.Errorf("exit status %d", status)
	}
}

// TestFlags holds the flags to what their help and their variables promise.
func TestFlags(t *testing.T) {
	for _, command := range root().Commands() {
		if command.Short == "" || command.Example == "" {
			t.Errorf("%s: no summary or no example", command.Name())
		}
		command.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Usage == "" {
				t.Errorf("%s --%s says nothing", command.Name(), f.Name)
			}
			// The suite takes credentials from variables with these names.
			for _, credential := range []string{"TWINBILL_RIPPLE_", "TWINBILL_CLOUDHEALTH_"} {
				if strings.HasPrefix(variable(f), credential) {
					t.Errorf("%s --%s would be set by %s", command.Name(), f.Name, variable(f))
				}
			}
		})
	}
}
