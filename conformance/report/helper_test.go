package report_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/report"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/openapi"
)

// hostile is a text that means something to every format.
const hostile = "</script><img src=https://evil.example/x onerror=alert(1)>|`*_[a](https://evil.example)\r\n" +
	"::error::x ##[error]y %0A ]]> & &lt; \x1b[2J\x00\u202e @everyone ```\n</pre></code></details>\n| a | b |"

// troubled is a report with one of everything that can go wrong. It is the same in
// every run.
func troubled() *conformance.Report {
	started := time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)
	dialect, err := openapi.Dialect{}.With("cloudhealth.location", openapi.Points()[pointIndex("cloudhealth.location")].Readings[1].Slug)
	if err != nil {
		panic(err)
	}
	exchange := func(after time.Duration, operation string, status int, answer string) *target.Exchange {
		return &target.Exchange{
			Operation: operation, Method: http.MethodPost, URL: "https://billing.example/v1/aws_account_assignments?page=1",
			Sent: http.Header{"Authorization": {"Bearer key"}, "Content-Type": {"application/json"}},
			Body: []byte(`{"name":"Twinbill <first>","notification":false}`), Status: status,
			Header: http.Header{"Content-Type": {"application/json"}, "Set-Cookie": {"session=1", "other=2"}}, Answer: []byte(answer),
			Started: started.Add(after), Duration: time.Duration(status) * time.Millisecond,
		}
	}
	api := openapi.CloudHealth
	clauses := []openapi.Clause{
		{ID: "cloudhealth.assignment.create.status", API: api, Level: openapi.Must, Says: "Success answers 201.", Source: "assignments#create"},
		{ID: "cloudhealth.assignment.create.note", API: api, Level: openapi.Should, Says: "A note of 200 characters is taken.", Source: "assignments#create"},
		{ID: "cloudhealth.assignment.list.total", API: api, Level: openapi.Must, Says: "X-Total counts all.", Source: "assignments#list"},
		{ID: "cloudhealth.location", API: api, Level: openapi.Silent, Says: "Location is an absolute or a relative URL."},
	}
	check := func(id string, kind conformance.Kind, verdict conformance.Verdict, clause int, operation string) conformance.Result {
		return conformance.Result{
			Check: conformance.Check{
				ID: id, Kind: kind, API: api, Summary: "a check", Operations: []string{operation}, Clauses: []string{clauses[clause].ID},
				Level: clauses[clause].Level, Tags: []string{string(kind), string(clauses[clause].Level)},
			},
			Verdict: verdict, Started: started.Add(100 * time.Millisecond), Duration: 250 * time.Millisecond,
		}
	}
	created := exchange(100*time.Millisecond, "createAwsAccountAssignment", 200, `{"id":7,"name":"Twinbill <first>"}`)
	listed := exchange(900*time.Millisecond, "listAwsAccountAssignments", 200, `[]`)
	mute := exchange(1700*time.Millisecond, "listAwsAccountAssignments", 0, "")
	mute.Header, mute.Err = nil, errors.New("connection reset by peer")

	differs := check("cloudhealth/assignment/create", conformance.KindScenario, conformance.Fail, 0, "createAwsAccountAssignment")
	differs.Reason, differs.Expected, differs.Actual = "step create: another answer", `{"id":7,"name":"Twinbill","tags":["a","b"]}`, `{"name":"Twinbill <first>","id":7,"tags":["a"]}`
	differs.Broken, differs.Proven = []string{clauses[0].ID, clauses[0].ID}, []string{clauses[2].ID}
	differs.Blame = "the target: Twinbill's own model of the API answers the same requests as documented"
	differs.Differs, differs.Lawful = []string{"tags elements: 2 expected, 1 found"}, `201 {"id":7}`
	differs.Exchanges, differs.Decisive = []*target.Exchange{created, listed}, created

	injects := check("cloudhealth/assignment/hostile", conformance.KindScenario, conformance.Fail, 2, "listAwsAccountAssignments")
	injects.Reason, injects.Expected, injects.Actual = hostile, "a list", hostile
	injects.Broken = []string{clauses[2].ID}
	injects.Exchanges = []*target.Exchange{exchange(400*time.Millisecond, "listAwsAccountAssignments", 200, hostile)}

	warned := check("probe/createAwsAccountAssignment/body/note/max", conformance.KindProbe, conformance.Warn, 1, "createAwsAccountAssignment")
	warned.Reason, warned.Expected, warned.Actual = "expected success", "201", `422 {"errors":["note is too long"]}`
	warned.Broken = []string{clauses[1].ID}
	warned.Exchanges = []*target.Exchange{exchange(1200*time.Millisecond, "createAwsAccountAssignment", 422, `{"errors":["note is too long"]}`)}

	lost := check("cloudhealth/assignment/pages", conformance.KindScenario, conformance.Inconclusive, 2, "listAwsAccountAssignments")
	lost.Reason, lost.Exchanges = "no answer: connection reset by peer", []*target.Exchange{mute}

	excused := check("probe/listAwsAccountAssignments/query/page/type", conformance.KindProbe, conformance.Fail, 2, "listAwsAccountAssignments")
	excused.Reason, excused.Excused, excused.Broken = "expected 422", "known since May, see BILL-7 <b>", []string{clauses[2].ID}

	skipped := check("probe/listAwsAccountAssignments/query/page/min", conformance.KindProbe, conformance.Skipped, 2, "listAwsAccountAssignments")
	skipped.Reason = "needs the input customers, which this target does not supply"

	observed := check("dialect/cloudhealth.location", conformance.KindScenario, conformance.Observed, 3, "createAwsAccountAssignment")
	observed.Proven = []string{clauses[3].ID}
	passed := check("probe/listAwsAccountAssignments/valid", conformance.KindProbe, conformance.Pass, 2, "listAwsAccountAssignments")
	passed.Proven = []string{clauses[2].ID}
	for i := range 12 {
		passed.Exchanges = append(passed.Exchanges, exchange(time.Duration(i)*150*time.Millisecond, "listAwsAccountAssignments", 200+i, `[]`))
	}

	return &conformance.Report{
		Target: "https://billing.example", APIs: []openapi.API{api}, Started: started, Duration: 2500 * time.Millisecond,
		Dialect: dialect, Assumed: []string{"cloudhealth.per-page"}, Seed: 18446744073709551615,
		Results: []conformance.Result{differs, injects, lost, observed, warned, passed, skipped, excused},
		Clauses: []conformance.ClauseResult{
			{Clause: clauses[0], Verdict: conformance.Fail, Checks: []string{differs.ID}}, {Clause: clauses[1], Verdict: conformance.Warn, Checks: []string{warned.ID}},
			{Clause: clauses[2], Verdict: conformance.Fail, Checks: []string{injects.ID, lost.ID, passed.ID}}, {Clause: clauses[3], Verdict: conformance.Observed, Checks: []string{observed.ID}},
		},
		Residue: []string{"assignment 7 of https://billing.example/v1 could not be removed: " + hostile},
		Kept:    []string{"putRates: set 3 rates, as before"}, Stale: []string{"probe/x/*: matches no check"},
		Replay: "twinbill verify --url https://billing.example --seed 18446744073709551615", Secrets: []string{"key-of-the-partner"},
	}
}

func pointIndex(slug string) int {
	for i, p := range openapi.Points() {
		if p.Slug == slug {
			return i
		}
	}
	return -1
}

func twin(t testing.TB, options ...mock.Option) http.Handler {
	t.Helper()
	h, err := mock.New(options...)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// verified is what a small verification of a handler finds.
func verified(t testing.TB, handler http.Handler) *conformance.Report {
	t.Helper()
	found, err := conformance.Run(t.Context(), conformance.Config{
		Target: target.InProcess(handler), Seed: 7, Twin: func(d openapi.Dialect) (http.Handler, error) { return mock.New(mock.WithDialect(d)) }, Replay: "twinbill verify --seed 7",
		Selection: conformance.Selection{Run: []string{"ripple/account/*", "ripple/token/*", "listAwsAccountAssignments", "ripple.error.validation", "ripple.account.key"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// unreachable is a deployment that is lost after its first answer.
func unreachable() http.Handler {
	first := true
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if first {
			first = false
			w.WriteHeader(http.StatusNotFound)
			return
		}
		panic(http.ErrAbortHandler)
	})
}

// examples are reports of all kinds of targets.
func examples(t *testing.T) map[string]*report.Document {
	t.Helper()
	t.Setenv("TWINBILL_RIPPLE_CLIENT_ID", "client")
	t.Setenv("TWINBILL_RIPPLE_CLIENT_SECRET", "secret")
	t.Setenv("TWINBILL_CLOUDHEALTH_API_KEY", "partner-key")
	out := map[string]*report.Document{}
	lost := httptest.NewServer(unreachable())
	t.Cleanup(lost.Close)
	for name, found := range map[string]*conformance.Report{
		"sound":    verified(t, twin(t)),
		"broken":   verified(t, twin(t, mock.WithDefects("ripple.account.customer-id.unique"))),
		"troubled": troubled(),
		"empty":    {Started: time.Unix(0, 0)},
	} {
		out[name] = report.New(found, report.Options{Version: "test"})
	}
	at, err := target.New(lost.URL, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	found, err := conformance.Run(t.Context(), conformance.Config{
		Target: at, Seed: 7, Parallel: 1, Selection: conformance.Selection{Run: []string{"listAwsAccountAssignments"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	out["unreachable"] = report.New(found, report.Options{Version: "test", Strict: true})
	return out
}
