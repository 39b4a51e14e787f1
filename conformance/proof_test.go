package conformance_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/journal"
	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
)

// stuck is a run against a deployment that refuses every deletion until it is freed, and
// the journal that it leaves.
func stuck(t *testing.T, globs ...string) (deployment *target.Target, twin http.Handler, name string, free func()) {
	t.Helper()
	held := true
	inner, twin := anonymous(t, nil)
	deployment = target.InProcess(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if held && r.Method == http.MethodDelete {
			w.WriteHeader(http.StatusConflict)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	name = filepath.Join(t.TempDir(), "undo.journal")
	j, err := journal.New(name, journal.Header{Target: deployment.Base, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	report, err := conformance.Run(t.Context(), conformance.Config{
		Target: deployment, Seed: 1, Parallel: 1, Inputs: scenarios.LoadInputs().Supplied, Credentials: sharedCredentials,
		Writes: conformance.Writes{Allowed: true}, Journal: j, Selection: conformance.Selection{Run: globs},
	})
	if err != nil {
		t.Fatal(err)
	}
	if remains, err := j.Close(); !remains || err != nil || len(report.Residue) == 0 {
		t.Fatalf("remains %v: %v, residue %v", remains, err, report.Residue)
	}
	return deployment, twin, name, func() { held = false }
}

// cleanedUp is what a clean-up from a journal comes to.
func cleanedUp(t *testing.T, deployment *target.Target, name string, byValue bool) *conformance.Cleaned {
	t.Helper()
	j, contents, err := journal.Reopen(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	cleaned, err := conformance.Cleanup(t.Context(), conformance.Config{
		Target: deployment, Inputs: scenarios.LoadInputs().Supplied, Credentials: sharedCredentials, Journal: j, ByValue: byValue,
	}, contents)
	if err != nil {
		t.Fatal(err)
	}
	if remains, err := j.Close(); remains == (len(cleaned.Residue) == 0) || err != nil {
		t.Errorf("residue %v, remains %v: %v", cleaned.Residue, remains, err)
	}
	return cleaned
}

// TestOthersAssignmentsStay where they have the values of a request of the run that was
// refused: nothing tells whose they are. With leave to go by the values they are removed.
func TestOthersAssignmentsStay(t *testing.T) {
	var twin http.Handler
	others := false
	inner, twin := anonymous(t, nil)
	deployment := target.InProcess(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := httptest.NewRecorder()
		inner.ServeHTTP(recorder, r)
		if r.Method == http.MethodPost && recorder.Code == http.StatusUnauthorized && !others {
			others = true
			if answer := post(t, twin, "000000000001", 1); answer.Code != http.StatusOK {
				t.Error(answer.Body)
			}
		}
		for name, values := range recorder.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(recorder.Code)
		_, _ = w.Write(recorder.Body.Bytes())
	}))
	name := filepath.Join(t.TempDir(), "undo.journal")
	j, err := journal.New(name, journal.Header{Target: deployment.Base, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	before := state(t, twin)
	report, err := conformance.Run(t.Context(), conformance.Config{
		Target: deployment, Seed: 1, Parallel: 1, Inputs: scenarios.LoadInputs().Supplied, Credentials: sharedCredentials, Journal: j,
		Writes: conformance.Writes{Allowed: true}, Selection: conformance.Selection{Run: []string{"probe/createAwsAccountAssignment/no-credential"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !others || state(t, twin) == before {
		t.Error("what somebody else assigned is gone")
	}
	if len(report.Residue) != 1 || !strings.Contains(report.Residue[0], ", with the values of createAwsAccountAssignment") {
		t.Errorf("residue %v", report.Residue)
	}
	if _, err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if cleaned := cleanedUp(t, deployment, name, false); len(cleaned.Residue) != 1 || state(t, twin) == before {
		t.Errorf("residue %v", cleaned.Residue)
	}
	if cleaned := cleanedUp(t, deployment, name, true); len(cleaned.Residue) != 0 || state(t, twin) != before {
		t.Errorf("by value: residue %v", cleaned.Residue)
	}
}

// TestKilledBetweenDeletionAndLog: what a request to delete named, and no list shows, is
// gone. Where no such request was sent, nobody knows.
func TestKilledBetweenDeletionAndLog(t *testing.T) {
	for _, sent := range []bool{true, false} {
		deployment, twin, name, free := stuck(t, "ripple/billing-group/create-read-back", "ripple/account/group")
		free()
		reset := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/__admin/reset", nil)
		reset.Header.Set("Twinbill-Sandbox", "shared")
		reset.RemoteAddr, reset.Host = "127.0.0.1:1", "127.0.0.1"
		twin.ServeHTTP(httptest.NewRecorder(), reset)
		if !sent { // as though the log had been written before any deletion
			withoutDeletions(t, name)
		}
		if cleaned := cleanedUp(t, deployment, name, false); (len(cleaned.Residue) == 0) != sent {
			t.Errorf("deletion sent %v: residue %v", sent, cleaned.Residue)
		}
	}
}

// withoutDeletions writes a journal anew without the lines about deletions.
func withoutDeletions(t *testing.T, name string) {
	t.Helper()
	c, err := journal.Read(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	j, err := journal.New(name, c.Header)
	if err != nil {
		t.Fatal(err)
	}
	for list, of := range c.Existing {
		for as, ids := range of {
			if err := j.Found(list, as, ids); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, e := range c.Open {
		entry, err := j.Log(e.Undo)
		if err != nil {
			t.Fatal(err)
		}
		if e.Answered {
			j.Answered(entry, http.StatusOK, e.Undo)
		}
	}
	if _, err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestAChangedJournalRemovesWhatIsMarked, and nothing else: the mark is that of the run
// that was killed.
func TestAChangedJournalRemovesWhatIsMarked(t *testing.T) {
	deployment, twin, name, free := stuck(t, "ripple/billing-group/create-read-back")
	marked := func() int { return strings.Count(state(t, twin), `"billinggroup_id":"twinbill-`) }
	left := marked()
	free()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(data, []byte("\n"))
	if err := os.WriteFile(name, bytes.Join(lines[:len(lines)-3], nil), 0o600); err != nil {
		t.Fatal(err)
	}
	if cleaned := cleanedUp(t, deployment, name, false); marked() > left/2 || len(cleaned.Residue) != 1+marked() { // groups with accounts, which bear none, stay
		t.Errorf("residue %v", cleaned.Residue)
	}
}
