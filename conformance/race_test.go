package conformance_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/journal"
	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/mock"
)

// TestRaceIsOnDiskFirst: before the first of several creates at the same moment arrives,
// what takes each of them back is on disk.
func TestRaceIsOnDiskFirst(t *testing.T) {
	twin, err := mock.New()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "undo.journal")
	var mu sync.Mutex
	var entries []int
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/__admin/health" {
			http.NotFound(w, r)
			return
		}
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/accts") {
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(body))
			log, err := os.ReadFile(name)
			mu.Lock()
			entries = append(entries, strings.Count(string(log), `"creator":"createAccount"`))
			mu.Unlock()
			if err != nil {
				t.Error(err)
			}
		}
		twin.ServeHTTP(w, r)
	}))
	defer server.Close()
	j, err := journal.New(name, journal.Header{Target: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	report, err := conformance.Run(t.Context(), conformance.Config{
		Target: reach(t, server), Seed: 1, Parallel: 1, Inputs: scenarios.LoadInputs().Supplied, Credentials: sharedCredentials,
		Writes: conformance.Writes{Allowed: true}, Journal: j, Selection: conformance.Selection{Run: []string{"ripple/race/accounts"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range report.Results {
		if r.ID == "ripple/race/accounts" && r.Verdict != conformance.Pass {
			t.Errorf("%s: %s", r.Verdict, r.Reason)
		}
	}
	if len(entries) < 4 || entries[len(entries)-4] < 4 {
		t.Errorf("as the creates came, the log held %v entries, not those of all four", entries)
	}
}

// TestReadsOnce: a step that reads what the step before it read is not sent again.
func TestReadsOnce(t *testing.T) {
	last := ""
	twin, err := mock.New()
	if err != nil {
		t.Fatal(err)
	}
	counting := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		this := r.Method + " " + r.URL.Path
		if this == last && strings.HasSuffix(this, "/resource") {
			t.Errorf("%s again", this)
		}
		last = this
		twin.ServeHTTP(w, r)
	})
	report, err := conformance.Run(t.Context(), conformance.Config{
		Target: target.InProcess(counting), Known: true, Seed: 1, Parallel: 1,
		Selection: conformance.Selection{Run: []string{"ripple/billing-group/update-read-back"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range report.Results {
		if r.ID == "ripple/billing-group/update-read-back" && (r.Verdict != conformance.Pass || len(r.Proven) < 8) {
			t.Errorf("%s proves %v: %s", r.Verdict, r.Proven, r.Reason)
		}
	}
}
