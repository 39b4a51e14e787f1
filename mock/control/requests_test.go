package control_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/mock/journal"
)

func TestRequests(t *testing.T) {
	w := newWorld(t, mock.WithJournal(journal.Limits{Requests: 3})).in("team")
	for i := range 4 {
		w.assigns(fmt.Sprintf("req-%d", i+1), "000000000001") // the first one alone is accepted
	}
	w.serve(func() *http.Request {
		r := w.local(http.MethodGet, "/v1/aws_account_assignments?api_key=team", "")
		r.Header.Set("X-Request-Id", "a/list")
		return r
	}())
	for query, want := range map[string]string{
		"":                                     "req-3 req-4 a/list of 3, 2 forgotten",
		"?limit=1":                             "a/list of 3, 2 forgotten",
		"?after=req-3":                         "req-4 a/list of 2, 2 forgotten",
		"?operation=listAwsAccountAssignments": "a/list of 1, 2 forgotten",
		"?method=POST":                         "req-3 req-4 of 2, 2 forgotten",
		"?status=422":                          "req-3 req-4 of 2, 2 forgotten",
		"?status=200":                          "a/list of 1, 2 forgotten",
		"?clause=cloudhealth.assignment.owner-id.unassigned": " of 0, 2 forgotten",
		"?fault=fault-1":              " of 0, 2 forgotten",
		"?departing=false&method=GET": "a/list of 1, 2 forgotten",
		"?method=PUT":                 " of 0, 2 forgotten",
	} {
		list := reads[gen.RequestList](w, http.MethodGet, "/requests"+query, "")
		var ids []string
		for _, r := range list.Requests {
			ids = append(ids, r.Id)
		}
		if got := fmt.Sprintf("%s of %d, %d forgotten", strings.Join(ids, " "), list.Matching, list.Forgotten); got != want {
			t.Errorf("%q: %s, want %s", query, got, want)
		}
	}
	one := reads[gen.Request](w, http.MethodGet, "/requests/a%2Flist", "")
	if one.Id != "a/list" || one.Status != 200 || one.Operation == nil || *one.Operation != "listAwsAccountAssignments" || !one.Time.Equal(noon) {
		t.Errorf("read %+v", one)
	}
	w.refuses(404, http.MethodGet, "/requests/req-1", "", `holds no request "req-1"`)
	w.refuses(404, http.MethodGet, "/requests?after=req-1", "", `holds no request "req-1"`)
	w.refuses(400, http.MethodGet, "/requests?limit=0", "", "limit: number must be at least 1")
	w.refuses(400, http.MethodGet, "/requests?departing=perhaps", "", "departing: is not")
	w.in("other").refuses(404, http.MethodGet, "/requests/a%2Flist", "", `the journal of the sandbox "other"`)

	var archive struct {
		Log struct{ Entries []any }
	}
	if err := json.Unmarshal([]byte(w.ask(200, http.MethodGet, "/har?method=POST", "")), &archive); err != nil || len(archive.Log.Entries) != 2 {
		t.Errorf("the archive has %d entries (%v)", len(archive.Log.Entries), err)
	}
	verified := reads[gen.Verification](w, http.MethodPost, "/verify", `{"operation": "createAwsAccountAssignment", "times": 2}`)
	if !verified.Met || verified.Count != 2 {
		t.Errorf("verified %+v", verified)
	}
	w.refuses(400, http.MethodPost, "/verify", `{"times": 1, "at_least": 1}`, "times")
	if c := reads[gen.Coverage](w, http.MethodGet, "/coverage", ""); c.Operations.Used != 2 || c.Operations.Documented < 30 {
		t.Errorf("covered %+v", c.Operations)
	}
	w.ask(204, http.MethodDelete, "/requests", "")
	if list := reads[gen.RequestList](w, http.MethodGet, "/requests", ""); list.Matching != 0 || list.Forgotten != 0 {
		t.Errorf("cleared to %+v", list)
	}
}

// follower reads a stream of a server.
type follower struct {
	t      *testing.T
	answer *http.Response
	lines  *bufio.Scanner
	cancel func()
}

func follow(t *testing.T, server *httptest.Server, sandbox, query, after string) follower {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/__admin/stream"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Twinbill-Sandbox", sandbox)
	if after != "" {
		r.Header.Set("Last-Event-ID", after)
	}
	answer, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("status %d %v", answer.StatusCode, answer.Header)
	}
	return follower{t, answer, bufio.NewScanner(answer.Body), cancel}
}

// event is the id of the next event, and empty where the stream has ended. Comments are
// counted.
func (f follower) event() (id string, comments int) {
	f.t.Helper()
	for f.lines.Scan() {
		name, value, _ := strings.Cut(f.lines.Text(), ": ")
		switch name {
		case "":
			comments++
		case "id":
			id = value
		case "event":
			if value != "request" {
				f.t.Errorf("an event %q", value)
			}
		case "data":
			var r gen.Request
			if err := json.Unmarshal([]byte(value), &r); err != nil || r.Id != id {
				f.t.Errorf("event %s has the data %s (%v)", id, value, err)
			}
			return id, comments
		}
	}
	return "", comments
}

// A stream outlives what bounds other requests, and ends with its sandbox.
func TestStream(t *testing.T) {
	w := newWorld(t).in("team")
	server := httptest.NewUnstartedServer(w.twin)
	server.Config.ReadTimeout, server.Config.WriteTimeout = 100*time.Millisecond, 100*time.Millisecond
	server.Start()
	defer server.Close()

	first := follow(t, server, "team", "", "")
	only := follow(t, server, "team", "?status=422", "")
	w.assigns("req-1", "000000000001")
	if id, _ := first.event(); id != "req-1" {
		t.Errorf("followed to %q", id)
	}
	time.Sleep(250 * time.Millisecond)
	w.assigns("req-2", "000000000001") // refused
	w.assigns("req-3", "000000000003")
	for _, want := range []string{"req-2", "req-3"} {
		if id, _ := first.event(); id != want {
			t.Errorf("followed to %q, want %s", id, want)
		}
	}
	if id, _ := only.event(); id != "req-2" {
		t.Errorf("chose %q", id)
	}
	again := follow(t, server, "team", "", "req-1")
	if id, _ := again.event(); id != "req-2" {
		t.Errorf("went on at %q", id)
	}
	other := follow(t, server, "other", "", "")
	w.in("other").assigns("req-9", "000000000001")
	if id, _ := other.event(); id != "req-9" {
		t.Errorf("another sandbox's stream gives %q", id)
	}

	w.ask(204, http.MethodDelete, "/sandboxes/team", "")
	for name, f := range map[string]follower{"first": first, "only": only} {
		if id, _ := f.event(); id != "" || f.lines.Err() != nil {
			t.Errorf("%s goes on with %q (%v)", name, id, f.lines.Err())
		}
	}
	w.twin.EndStreams()
	if id, _ := other.event(); id != "" || other.lines.Err() != nil {
		t.Errorf("the last goes on with %q (%v)", id, other.lines.Err())
	}
	if id, _ := follow(t, server, "other", "", "").event(); id != "" {
		t.Errorf("a stream begins after the end: %q", id)
	}
	r := w.local(http.MethodGet, "/__admin/stream?status=x", "")
	if a := w.serve(r); a.Code != 400 {
		t.Errorf("status %d %s", a.Code, a.Body)
	}
}

func TestMetrics(t *testing.T) {
	w := newWorld(t, mock.WithSandboxes(1, 0)).in("first")
	w.assigns("", "000000000001")
	w = w.in("team")
	w.ask(201, http.MethodPost, "/faults", `{"kind": "status", "status": 503, "count": 1}`)
	for range 3 {
		w.assigns("", "000000000001")
	}
	w.serve(w.local(http.MethodGet, "/nowhere", ""))
	a := w.serve(w.local(http.MethodGet, "/__admin/metrics", ""))
	if got := a.Header().Get("Content-Type"); got != "text/plain; version=0.0.4; charset=utf-8" {
		t.Errorf("sent as %s", got)
	}
	for _, line := range []string{
		`twinbill_requests_total{api="cloudhealth",operation="createAwsAccountAssignment",status="200"} 2`,
		`twinbill_requests_total{api="cloudhealth",operation="createAwsAccountAssignment",status="422"} 1`,
		`twinbill_requests_total{api="cloudhealth",operation="createAwsAccountAssignment",status="503"} 1`,
		`twinbill_requests_total{api="none",operation="none",status="404"} 1`,
		`twinbill_request_duration_seconds_count{api="cloudhealth"} 4`,
		`twinbill_faults_total{kind="status"} 1`,
		`twinbill_sandboxes 1`, `twinbill_evictions_total 1`, `twinbill_journal_requests 4`, `version="1.2.3"} 1`,
	} {
		if !strings.Contains(a.Body.String(), line+"\n") {
			t.Errorf("no %s in\n%s", line, a.Body)
		}
	}
}
