package conformance_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/journal"
	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// journaled is a run that keeps a journal, and whether that remains.
func journaled(t *testing.T, deployment *target.Target, globs ...string) (report *conformance.Report, name string, remains bool) {
	t.Helper()
	name = filepath.Join(t.TempDir(), "undo.journal")
	j, err := journal.New(name, journal.Header{Target: deployment.Base, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	report, err = conformance.Run(t.Context(), conformance.Config{
		Target: deployment, Seed: 1, Parallel: 1, Inputs: scenarios.LoadInputs().Supplied, Credentials: sharedCredentials,
		Writes: conformance.Writes{Allowed: true}, Journal: j, Selection: conformance.Selection{Run: globs},
	})
	if err != nil {
		t.Fatal(err)
	}
	if remains, err = j.Close(); err != nil {
		t.Fatal(err)
	}
	return report, name, remains
}

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
	report, name, remains := journaled(t, deployment, globs...)
	if !remains || len(report.Residue) == 0 {
		t.Fatalf("remains %v, residue %v", remains, report.Residue)
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
		relay(w, recorder)
	}))
	before := state(t, twin)
	report, name, _ := journaled(t, deployment, "probe/createAwsAccountAssignment/no-credential")
	if !others || state(t, twin) == before {
		t.Error("what somebody else assigned is gone")
	}
	if len(report.Residue) != 1 || !strings.Contains(report.Residue[0], ", with the values of createAwsAccountAssignment") {
		t.Errorf("residue %v", report.Residue)
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
	marked := func() int { return strings.Count(state(t, twin), `"billinggroup_id":"Twinbill-`) }
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

// reusing is a deployment of assignments that gives a freed id out again: the test puts
// somebody else's row under an id of the run's.
type reusing struct {
	inner  http.Handler
	hidden map[string]string // id of the run's → the row that is there now
}

func (d *reusing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/__admin") {
		http.NotFound(w, r)
		return
	}
	id := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	if _, taken := d.hidden[id]; taken && r.Method == http.MethodDelete {
		delete(d.hidden, id)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	recorder := httptest.NewRecorder()
	d.inner.ServeHTTP(recorder, r)
	body := recorder.Body.String()
	if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/aws_account_assignments") {
		for _, row := range d.hidden {
			body = strings.Replace(body, `"aws_account_assignments":[`, `"aws_account_assignments":[`+row+`,`, 1)
		}
		body = strings.ReplaceAll(body, ",]", "]")
	}
	for name, values := range recorder.Header() {
		if !strings.HasPrefix(name, "Content-Length") {
			w.Header()[name] = values
		}
	}
	w.WriteHeader(recorder.Code)
	_, _ = io.WriteString(w, body)
}

// TestAFreedIDIsReadBack: an id of the run's that was given to somebody else since is
// removed neither by a clean-up nor by a deletion that is sent again.
func TestAFreedIDIsReadBack(t *testing.T) {
	foreign := func(id string) string {
		return `{"id":` + id + `,"owner_id":"000000000439","customer_id":4,"payer_account_owner_id":"000000000439"}`
	}
	t.Run("clean-up", func(t *testing.T) {
		_, twin, name, _ := stuck(t, "cloudhealth/assignment/ids")
		contents, err := journal.Read(name)
		if err != nil {
			t.Fatal(err)
		}
		d := &reusing{inner: twin, hidden: map[string]string{}}
		for _, e := range contents.Open {
			if id := e.Undo.Path["id"]; e.Undo.Creator == "createAwsAccountAssignment" && id != "" {
				send(t, twin, http.MethodDelete, "/v1/aws_account_assignments/"+id, "")
				d.hidden[id] = foreign(id)
			}
		}
		theirs := len(d.hidden)
		cleaned := cleanedUp(t, target.InProcess(d), name, false)
		if theirs == 0 || len(d.hidden) != theirs || len(cleaned.Residue) < theirs {
			t.Errorf("of %d rows of somebody else %d are left; residue %v", theirs, len(d.hidden), cleaned.Residue)
		}
	})
	t.Run("sent again", func(t *testing.T) {
		inner, _ := anonymous(t, nil)
		d := &reusing{inner: inner, hidden: map[string]string{}}
		theirs := 0
		deployment := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			id := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
			if r.Method == http.MethodDelete && d.hidden[id] == "" && strings.HasPrefix(r.URL.Path, "/v1/aws_account_assignments/") {
				d.ServeHTTP(httptest.NewRecorder(), r)
				d.hidden[id] = foreign(id)
				theirs++
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			d.ServeHTTP(w, r)
		})
		report := lied(t, target.InProcess(deployment), "cloudhealth/assignment/ids")
		if theirs == 0 || len(d.hidden) != theirs {
			t.Errorf("of %d rows of somebody else %d are left; residue %v", theirs, len(d.hidden), report.Residue)
		}
	})
}

// TestAnOutageIsNotAClean: while everything answers 404, nothing counts as gone, and the
// log stays.
func TestAnOutageIsNotAClean(t *testing.T) {
	for _, tokens := range []bool{false, true} {
		_, twin, name, _ := stuck(t, "ripple/billing-group/create-read-back", "ripple/account/group", "cloudhealth/assignment/read")
		deployment := target.InProcess(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if tokens && strings.HasSuffix(r.URL.Path, "access_token") {
				twin.ServeHTTP(w, r)
				return
			}
			http.NotFound(w, r)
		}))
		contents, err := journal.Read(name)
		if err != nil {
			t.Fatal(err)
		}
		cleaned := cleanedUp(t, deployment, name, false)
		if cleaned.Undone != 0 || len(cleaned.Residue) < len(contents.Open) {
			t.Errorf("tokens %v: of %d entries %d count as undone", tokens, len(contents.Open), cleaned.Undone)
		}
	}
}

// TestAForgedIDIsNotFollowed: a journal that was changed names somebody else's group.
func TestAForgedIDIsNotFollowed(t *testing.T) {
	deployment, twin, name, free := stuck(t, "ripple/billing-group/create-read-back")
	free()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	ids := regexp.MustCompile(`"path":\{"id":"([A-Za-z]{12})"`).FindAllSubmatch(data, -1)
	if len(ids) == 0 || !strings.Contains(state(t, twin), `"company_id":"hijklmn"`) {
		t.Fatalf("%d ids", len(ids))
	}
	forged := bytes.ReplaceAll(data, ids[len(ids)-1][1], []byte("hijklmn"))
	if err := os.WriteFile(name, forged, 0o600); err != nil {
		t.Fatal(err)
	}
	if cleaned := cleanedUp(t, deployment, name, false); !strings.Contains(state(t, twin), `"company_id":"hijklmn"`) || len(cleaned.Residue) == 0 {
		t.Errorf("somebody else's group is gone, residue %v", cleaned.Residue)
	}
}

// TestARedirectedCreateCreatesNothing: it is not followed, and nothing is left to take back.
func TestARedirectedCreateCreatesNothing(t *testing.T) {
	inner, _ := anonymous(t, nil)
	redirected := 0
	deployment := target.InProcess(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/accts") {
			redirected++
			http.Redirect(w, r, "https://api.example.com"+r.URL.Path, http.StatusTemporaryRedirect)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	deployment.Settle = 100 * time.Millisecond
	if report, _, remains := journaled(t, deployment, "ripple/account/note-kept"); redirected == 0 || len(report.Residue) > 0 || remains {
		t.Errorf("%d redirected, residue %v, remains %v", redirected, report.Residue, remains)
	}
}

// TestUnreadableIsNotWrittenTo: where what an answer named cannot be read by its id, or is
// shown under another one, nobody knows whose it is, and nothing is written to it.
func TestUnreadableIsNotWrittenTo(t *testing.T) {
	byID := regexp.MustCompile(`^/v1/aws_account_assignments/[0-9]+$`)
	for name, answer := range map[string]func(http.ResponseWriter){
		"500": func(w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) },
		"cut": func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"id":`)
			panic(http.ErrAbortHandler)
		},
	} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			var written []string
			created := 0
			inner, _ := anonymous(t, nil)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				switch {
				case byID.MatchString(r.URL.Path) && r.Method == http.MethodGet:
					answer(w)
					return
				case byID.MatchString(r.URL.Path) && r.Method == http.MethodPut:
					written = append(written, r.URL.Path)
				}
				if r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/v1/aws_account") {
					created++
				}
				inner.ServeHTTP(w, r)
			}))
			defer server.Close()
			deployment, err := target.New(server.URL, time.Second)
			if err != nil {
				t.Fatal(err)
			}
			deployment.Backoff = time.Millisecond
			for _, api := range openapi.APIs() {
				deployment.Pace(api, 1e6)
			}
			_, _, _ = journaled(t, deployment, "updateAwsAccountAssignment", "cloudhealth/assignment/*")
			if len(written) > 0 {
				t.Errorf("written to %v", written)
			}
			if created == 0 {
				t.Error("nothing was created, so nothing could be written to")
			}
		})
	}
}
