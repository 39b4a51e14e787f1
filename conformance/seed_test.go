package conformance_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/mock"
)

// sandboxesOf lists the sandboxes of a twin.
func sandboxesOf(t *testing.T, twin http.Handler) []string {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/__admin/sandboxes", nil)
	request.RemoteAddr, request.Host = "127.0.0.1:1", "127.0.0.1"
	recorder := httptest.NewRecorder()
	twin.ServeHTTP(recorder, request)
	var body struct{ Sandboxes []struct{ Name string } }
	if err := json.Unmarshal(recorder.Body.Bytes(), &body); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range body.Sandboxes {
		names = append(names, s.Name)
	}
	return names
}

// TestOneSeedTwiceOnOneTwin meets nothing of the run before it, and leaves nothing for the
// one after it.
func TestOneSeedTwiceOnOneTwin(t *testing.T) {
	conformance.Whole(t)
	twin, err := mock.New()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(twin)
	t.Cleanup(server.Close)
	reached, err := target.New(server.URL, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	first := verdictsOf(t, conformance.Config{Target: reached, Seed: 7})
	for _, name := range sandboxesOf(t, twin) {
		if strings.Contains(name, "verify-") {
			t.Errorf("the sandbox %s is left", name)
		}
	}
	second := verdictsOf(t, conformance.Config{Target: reached, Seed: 7})
	for id, verdict := range first {
		if second[id] != verdict || verdict == conformance.Fail {
			t.Errorf("%s: %s, then %s", id, verdict, second[id])
		}
	}
}

// TestOneSeedTwiceOnOneDeployment: what a run could not remove is not in the way of the next
// one with its seed.
func TestOneSeedTwiceOnOneDeployment(t *testing.T) {
	t.Parallel()
	twin, _ := anonymous(t, nil)
	var keeps atomic.Bool
	deployment := reach(t, losing(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if keeps.Load() && r.Method == http.MethodDelete {
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		twin.ServeHTTP(w, r)
	}), func(*http.Request) bool { return false }))
	checks := []string{"ripple/account/duplicate", "ripple/reseller/plus"}
	keeps.Store(true)
	if left := lied(t, deployment, checks...).Residue; len(left) < len(checks) {
		t.Fatalf("the first run left %v", left)
	}
	keeps.Store(false)
	report := lied(t, deployment, checks...)
	clean(t, report)
	if report.Count(conformance.Pass) < len(checks) {
		t.Error(summary(report))
	}
}

// TestShardsWithOneSeedAtOnce share one universe of one twin, and have nothing in common
// but the seed.
func TestShardsWithOneSeedAtOnce(t *testing.T) {
	t.Parallel()
	twin, err := mock.New()
	if err != nil {
		t.Fatal(err)
	}
	all := [2]map[string]conformance.Verdict{}
	var group sync.WaitGroup
	for i := range all {
		group.Go(func() {
			all[i] = verdictsOf(t, conformance.Config{
				Target: target.InProcess(twin), Seed: 7, Shared: true, Shard: conformance.Shard{Index: i + 1, Of: 2},
				Credentials: target.Credentials{
					Ripple: target.Ripple{Client: target.Client{ID: "one", Secret: "secret"}}, CloudHealth: target.CloudHealth{Key: "one"},
				},
				Selection: conformance.Selection{Run: []string{"ripple/account/*", "ripple/billing-group/*", "ripple/reseller/*"}},
				Writes:    conformance.Writes{Allowed: true},
			})
		})
	}
	group.Wait()
	for i := range all {
		if len(all[i]) < 10 {
			t.Errorf("shard %d has %d checks", i+1, len(all[i]))
		}
		for id, verdict := range all[i] {
			if verdict == conformance.Fail || verdict == conformance.Warn {
				t.Errorf("shard %d: %s: %s", i+1, id, verdict)
			}
		}
	}
}

func verdictsOf(t *testing.T, config conformance.Config) map[string]conformance.Verdict {
	t.Helper()
	report, err := conformance.Run(t.Context(), config)
	if err != nil {
		t.Error(err)
		return nil
	}
	out := map[string]conformance.Verdict{}
	for _, result := range report.Results {
		out[result.ID] = result.Verdict
		if result.Verdict == conformance.Fail {
			t.Logf("%s: %s: %s", result.ID, result.Reason, result.Actual)
		}
	}
	if len(report.Residue) > 0 {
		t.Errorf("residue: %v", report.Residue)
	}
	return out
}
