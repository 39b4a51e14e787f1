package conformance_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/journal"
	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// flaky is a deployment that loses some answers: the request is served, and the
// connection cut before a byte of the answer. A cut of a delete is after it too.
func flaky(t *testing.T, lose func(*http.Request) bool) (server *httptest.Server, twin http.Handler) {
	t.Helper()
	deployment, twin := anonymous(t, nil)
	return losing(t, deployment, lose), twin
}

// losing serves a deployment and loses some of its answers.
func losing(t *testing.T, deployment http.Handler, lose func(*http.Request) bool) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if lose(r) {
			deployment.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		deployment.ServeHTTP(w, r)
	}))
	server.Config.ErrorLog = nil
	t.Cleanup(server.Close)
	return server
}

func reach(t *testing.T, server *httptest.Server) *target.Target {
	t.Helper()
	deployment, err := target.New(server.URL, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	deployment.Backoff = time.Millisecond
	for _, api := range openapi.APIs() {
		deployment.Pace(api, rate.Inf)
	}
	return deployment
}

// creates reports whether a request may create something, and names it: what cannot be
// named cannot be found.
func creates(t *testing.T, r *http.Request) bool {
	if r.Method != http.MethodPost {
		return false
	}
	data, err := io.ReadAll(r.Body)
	if err != nil {
		t.Error(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(data))
	var body map[string]any
	_ = json.Unmarshal(data, &body)
	named := func(names ...string) bool {
		for _, name := range names {
			if _, ok := body[name].(string); !ok {
				return false
			}
		}
		return true
	}
	switch r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:] {
	case "accts":
		return named("customer_id", "account_id") && (body["vendor"] == "aws" || body["vendor"] == "azure")
	case "reseller":
		return named("email")
	case "billinggroup":
		return named("billinggroup_id")
	case "aws_account_assignments":
		return named("owner_id")
	}
	return false
}

// TestLostAnswers: what a lost answer hides is found and removed, the checks stay open,
// and nothing is residue.
func TestLostAnswers(t *testing.T) {
	var created, lost atomic.Int64
	server, twin := flaky(t, func(r *http.Request) bool {
		if creates(t, r) && created.Add(1)%7 == 0 {
			lost.Add(1)
			return true
		}
		return false
	})
	before := state(t, twin)
	name := filepath.Join(t.TempDir(), "undo.journal")
	j, err := journal.New(name, journal.Header{Target: server.URL, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	report, err := conformance.Run(t.Context(), conformance.Config{
		Target: reach(t, server), Seed: 1, Parallel: 4, Inputs: scenarios.LoadInputs().Supplied, Credentials: sharedCredentials,
		Writes: conformance.Writes{Allowed: true}, Journal: j,
	})
	if err != nil {
		t.Fatal(err)
	}
	if lost.Load() < 20 || report.Count(conformance.Inconclusive) < 10 {
		t.Errorf("only %d answers lost, %d checks inconclusive", lost.Load(), report.Count(conformance.Inconclusive))
	}
	for _, r := range report.Results {
		if r.Verdict == conformance.Fail {
			t.Errorf("%s fails although an answer was lost: %s: %s", r.ID, r.Expected, r.Actual)
		}
	}
	for _, left := range report.Residue {
		t.Errorf("residue: %s", left)
	}
	if after := state(t, twin); after != before {
		t.Errorf("the state has changed\nbefore %s\nafter  %s", before, after)
	}
	if remains, err := j.Close(); remains || err != nil {
		t.Errorf("journal remains %v: %v", remains, err)
	}
}

// TestCleanup finishes what a run left: one whose target would not let it remove
// anything, and lost the answers of its last creates.
func TestCleanup(t *testing.T) {
	conformance.Whole(t)
	var created, broken atomic.Int64
	broken.Store(1)
	server, twin := flaky(t, func(r *http.Request) bool {
		return broken.Load() == 1 && (r.Method == http.MethodDelete || creates(t, r) && created.Add(1)%5 == 0)
	})
	// A delete that the twin never sees.
	inner := server.Config.Handler
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if broken.Load() == 1 && r.Method == http.MethodDelete {
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		inner.ServeHTTP(w, r)
	})
	before := state(t, twin)
	name := filepath.Join(t.TempDir(), "undo.journal")
	j, err := journal.New(name, journal.Header{Target: server.URL, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	report, err := conformance.Run(t.Context(), conformance.Config{
		Target: reach(t, server), Seed: 1, Parallel: 4, Inputs: scenarios.LoadInputs().Supplied, Credentials: sharedCredentials,
		Writes: conformance.Writes{Allowed: true}, Journal: j,
		Selection: conformance.Selection{Run: []string{"ripple/account/*", "ripple/reseller/*", "ripple/billing-group/*", "cloudhealth/assignment/*"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Residue) < 20 || report.ExitCode(false) != 1 {
		t.Errorf("residue %d, exit code %d", len(report.Residue), report.ExitCode(false))
	}
	if state(t, twin) == before {
		t.Error("nothing was left, so nothing is cleaned up")
	}
	if remains, err := j.Close(); !remains || err != nil {
		t.Fatalf("journal remains %v: %v", remains, err)
	}
	broken.Store(0)
	j, contents, err := journal.Reopen(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	cleaned, err := conformance.Cleanup(t.Context(), conformance.Config{Target: reach(t, server), Credentials: sharedCredentials, Inputs: scenarios.LoadInputs().Supplied, Journal: j}, contents)
	if err != nil {
		t.Fatal(err)
	}
	for _, left := range cleaned.Residue {
		t.Errorf("residue: %s", left)
	}
	if cleaned.Undone != len(contents.Open) {
		t.Errorf("%d of %d undone", cleaned.Undone, len(contents.Open))
	}
	if after := state(t, twin); after != before {
		t.Errorf("the state has changed\nbefore %s\nafter  %s", before, after)
	}
	if remains, err := j.Close(); remains || err != nil {
		t.Errorf("journal remains %v: %v", remains, err)
	}
}

// TestUnreadableList: what was there before is never taken for the run's own, least of
// all where nobody could read what it was.
func TestUnreadableList(t *testing.T) {
	for name, list := range map[string]http.HandlerFunc{
		"refused":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) },
		"forbidden": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) },
		"no list":   func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") },
	} {
		t.Run(name, func(t *testing.T) {
			var surveyed, lost atomic.Bool
			server, twin := flaky(t, func(r *http.Request) bool {
				return surveyed.Load() && creates(t, r) && !lost.Swap(true)
			})
			inner := server.Config.Handler
			server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodGet && r.URL.Path == "/v1/aws_account_assignments" && !lost.Load() && surveyed.Swap(true) {
					inner.ServeHTTP(w, r)
					return
				}
				if r.Method == http.MethodGet && r.URL.Path == "/v1/aws_account_assignments" && !lost.Load() {
					list(w, r)
					return
				}
				inner.ServeHTTP(w, r)
			})
			// Somebody's own assignment of an account that the suite is given.
			request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/aws_account_assignments?api_key=shared",
				strings.NewReader(`{"owner_id": "000000000001", "customer_id": 1, "payer_account_owner_id": "000000000001"}`))
			request.Header.Set("Content-Type", "application/json")
			recorder := httptest.NewRecorder()
			twin.ServeHTTP(recorder, request)
			if recorder.Code != http.StatusOK {
				t.Fatal(recorder.Body)
			}
			before := state(t, twin)
			_, err := conformance.Run(t.Context(), conformance.Config{
				Target: reach(t, server), Seed: 1, Parallel: 1, Inputs: scenarios.LoadInputs().Supplied, Credentials: sharedCredentials,
				Writes: conformance.Writes{Allowed: true}, APIs: []openapi.API{openapi.CloudHealth},
				Selection: conformance.Selection{Run: []string{"cloudhealth/assignment/*"}},
			})
			if err != nil {
				t.Fatal(err)
			}
			if after := state(t, twin); after != before {
				t.Errorf("the state has changed\nbefore %s\nafter  %s", before, after)
			}
		})
	}
}

// TestNothingSelected is told before anything is sent.
func TestNothingSelected(t *testing.T) {
	deployment, _ := anonymous(t, func(r *http.Request) { t.Errorf("%s %s", r.Method, r.URL.Path) })
	_, err := conformance.Run(t.Context(), conformance.Config{
		Target: target.InProcess(deployment), Writes: conformance.Writes{Allowed: true}, Credentials: sharedCredentials,
		Selection: conformance.Selection{Run: []string{"nosuch*"}},
	})
	if nothing := new(conformance.ErrNothingSelected); !errors.As(err, nothing) {
		t.Errorf("%v", err)
	}
}

// TestWhatIsInTheWay: where no delete is answered, a create that is refused since an earlier
// one is still there is no failure of the target.
func TestWhatIsInTheWay(t *testing.T) {
	conformance.Whole(t)
	twin, _ := anonymous(t, nil)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		twin.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	report := lied(t, reach(t, server), "cloudhealth/assignment/*")
	if failed := of(report, conformance.Fail); len(failed) > 0 {
		t.Error(failed)
	}
	open := of(report, conformance.Inconclusive)
	if len(report.Residue) == 0 || !slices.ContainsFunc(open, func(s string) bool { return strings.Contains(s, "the run could not remove what it created") }) {
		t.Errorf("residue %v\ninconclusive %v", report.Residue, open)
	}
}
