package conformance_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/openapi"
)

// restatus is a twin whose answers of one status to some requests have another one.
func restatus(t *testing.T, from, to int, about func(*http.Request, []byte) bool) http.Handler {
	t.Helper()
	twin, err := mock.New()
	if err != nil {
		t.Fatal(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		recorder := httptest.NewRecorder()
		twin.ServeHTTP(recorder, r)
		status := recorder.Code
		if status == from && about(r, recorder.Body.Bytes()) {
			status = to
		}
		for name, values := range recorder.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(status)
		_, _ = w.Write(recorder.Body.Bytes())
	})
}

// TestStatusThatNoPageStatesNeverFails refuses otherwise than any reading has it, which keeps
// no probe from being judged.
func TestStatusThatNoPageStatesNeverFails(t *testing.T) {
	printed := func(answer []byte) bool { return bytes.Contains(answer, []byte("Customer id ")) }
	ripple := func(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/m/ripple") }
	assignment := func(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/v1/") }
	for name, c := range map[string]struct {
		from, to int
		about    func(*http.Request, []byte) bool
	}{
		"409 without a token":                    {401, 409, func(r *http.Request, _ []byte) bool { return ripple(r) }},
		"409 without the role":                   {403, 409, func(r *http.Request, _ []byte) bool { return ripple(r) }},
		"409 for content outside the rules":      {400, 409, func(r *http.Request, b []byte) bool { return ripple(r) && !printed(b) }},
		"409 for an assignment that is gone":     {404, 409, func(r *http.Request, _ []byte) bool { return assignment(r) }},
		"422 on billing groups, 400 on the rest": {400, 422, func(r *http.Request, _ []byte) bool { return strings.Contains(r.URL.Path, "/billinggroup") }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report, err := conformance.Run(t.Context(), conformance.Config{Target: target.InProcess(restatus(t, c.from, c.to, c.about)), Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range report.Results {
				unjudged := r.Kind == conformance.KindProbe && r.Verdict == conformance.Skipped && strings.Contains(r.Reason, "none of those listed")
				if r.Verdict == conformance.Fail || r.Verdict == conformance.Inconclusive || unjudged {
					t.Errorf("%s %s %v: %s\nexpected %s\nactual %s", r.Verdict, r.ID, r.Broken, r.Reason, r.Expected, r.Actual)
				}
			}
		})
	}
}

// TestPrintedStatusFails: what a page prints stays a must.
func TestPrintedStatusFails(t *testing.T) {
	handler := restatus(t, 400, 409, func(_ *http.Request, answer []byte) bool { return bytes.Contains(answer, []byte("Customer id ")) })
	report, err := conformance.Run(t.Context(), conformance.Config{Target: target.InProcess(handler), Seed: 1, APIs: []openapi.API{openapi.Ripple}})
	if err != nil {
		t.Fatal(err)
	}
	for _, clause := range []string{"ripple.account.customer-id.unique", "ripple.account.update.unknown", "ripple.account.delete.unknown"} {
		if !slices.ContainsFunc(report.Results, func(r conformance.Result) bool {
			return r.Verdict == conformance.Fail && slices.Contains(r.Broken, clause)
		}) {
			t.Errorf("nothing fails under %s", clause)
		}
	}
}

// TestNarrowRunObservesWhatItNeeds counts the writes of one check on a deployment.
func TestNarrowRunObservesWhatItNeeds(t *testing.T) {
	twin, err := mock.New()
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	asked := map[string]int{}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked[r.Method+" "+strings.SplitN(r.URL.Path, "/", 4)[1]]++
		mu.Unlock()
		twin.ServeHTTP(w, r)
	})
	report, err := conformance.Run(t.Context(), conformance.Config{
		Target: target.InProcess(handler), Seed: 1, Selection: conformance.Selection{Run: []string{"cloudhealth/assignment/read"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Results) != 1 || report.Results[0].Verdict != conformance.Pass {
		t.Errorf("%v", report.Results)
	}
	if asked["POST m"]+asked["POST ripple"] > 0 {
		t.Errorf("a check of CloudHealth asks Ripple: %v", asked)
	}
	if writes := asked["POST v1"] + asked["PUT v1"] + asked["DELETE v1"]; writes > 40 {
		t.Errorf("%d writes for one check: %v", writes, asked)
	}
	if len(report.Unasked) == 0 {
		t.Error("every point was observed")
	}
}

// on is what a run finds on a twin of some readings, changed on the wire where change is
// given; the twin does not say that it is one of ours.
func on(t *testing.T, config conformance.Config, change func(*http.Request, *httptest.ResponseRecorder), readings ...string) *conformance.Report {
	t.Helper()
	var d openapi.Dialect
	var err error
	for _, reading := range readings {
		if d, err = d.Assign(reading); err != nil {
			t.Fatal(err)
		}
	}
	twin, err := mock.New(mock.WithDialect(d))
	if err != nil {
		t.Fatal(err)
	}
	config.Seed = 1
	config.Target = target.InProcess(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := httptest.NewRecorder()
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		twin.ServeHTTP(recorder, r)
		if change != nil {
			r.Body = io.NopCloser(bytes.NewReader(body))
			change(r, recorder)
		}
		for name, values := range recorder.Header() {
			w.Header()[name] = values
		}
		w.Header().Del("Content-Length")
		w.WriteHeader(recorder.Code)
		_, _ = w.Write(recorder.Body.Bytes())
	}))
	report, err := conformance.Run(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// of lists the ids of the checks of a verdict.
func of(report *conformance.Report, verdict conformance.Verdict) []string {
	var out []string
	for _, r := range report.Results {
		if r.Verdict == verdict {
			out = append(out, r.ID+": "+r.Reason)
		}
	}
	return out
}

// TestReadingThatIsNotListedIsObserved: an update without a field is refused by another
// status than any reading has it.
func TestReadingThatIsNotListedIsObserved(t *testing.T) {
	t.Parallel()
	const point = "cloudhealth.update.empty"
	report := on(t, conformance.Config{APIs: []openapi.API{openapi.CloudHealth}}, func(r *http.Request, a *httptest.ResponseRecorder) {
		body, _ := io.ReadAll(r.Body)
		if r.Method == http.MethodPut && strings.TrimSpace(string(body)) == "{}" && a.Code == http.StatusOK {
			a.Code, a.Body = http.StatusConflict, bytes.NewBufferString(`{"error":"nothing to do"}`)
		}
	})
	if report.ExitCode(true) != 0 {
		t.Errorf("exit %d: %v %v", report.ExitCode(true), of(report, conformance.Fail), of(report, conformance.Warn))
	}
	if !strings.Contains(report.Other[point], "409") {
		t.Errorf("seen: %v", report.Other)
	}
	skipped := 0
	for _, r := range report.Results {
		if r.Verdict == conformance.Skipped && r.Reason == "depends on "+point+", whose reading here is none of those listed" {
			skipped++
		}
	}
	if passed := report.Count(conformance.Pass); skipped == 0 || skipped > 20 || passed < 150 {
		t.Errorf("%d checks are skipped, %d pass", skipped, passed)
	}
}

// TestEmailsCheckedForOneThingAlone: the form and the uniqueness of a reseller's email are
// two questions.
func TestEmailsCheckedForOneThingAlone(t *testing.T) {
	conformance.Whole(t)
	for _, reading := range []string{"unique-only", "syntax-only", "unchecked"} {
		report := on(t, conformance.Config{APIs: []openapi.API{openapi.Ripple}}, nil, "ripple.reseller.email="+reading)
		if got := report.Dialect.Reading("ripple.reseller.email"); got != reading || report.ExitCode(true) != 0 {
			t.Errorf("%s is seen as %s, exit %d: %v", reading, got, report.ExitCode(true), of(report, conformance.Fail))
		}
	}
}

// TestUndeclaredReadingIsOneFailure of the clause as it is documented, which says how to
// declare the reading; declared, it is none.
func TestUndeclaredReadingIsOneFailure(t *testing.T) {
	t.Parallel()
	for reading, clause := range map[string]openapi.Clause{
		"cloudhealth.delete.status=200": {ID: "cloudhealth.assignment.delete.status", Level: openapi.Must, Says: "Success answers 204."},
		"cloudhealth.payer-required=defaults-to-owner": {
			ID: "cloudhealth.assignment.create.payer-account-owner-id.required", Level: openapi.Must, Says: "payer_account_owner_id is required.",
		},
	} {
		config := conformance.Config{APIs: []openapi.API{openapi.CloudHealth}}
		report := on(t, config, nil, reading)
		failed := slices.DeleteFunc(slices.Clone(report.Results), func(r conformance.Result) bool { return r.Verdict != conformance.Fail })
		if len(failed) != 1 || !strings.HasSuffix(failed[0].Blame, "then declare it with --dialect "+reading) {
			t.Errorf("%d failures: %v", len(failed), of(report, conformance.Fail))
			continue
		}
		at := slices.IndexFunc(report.Clauses, func(c conformance.ClauseResult) bool { return slices.Contains(failed[0].Broken, c.ID) })
		if at < 0 || report.Clauses[at].ID != clause.ID || report.Clauses[at].Level != clause.Level || report.Clauses[at].Says != clause.Says || report.Clauses[at].Verdict != conformance.Fail {
			t.Errorf("%s: %v, want %v", reading, report.Clauses[max(at, 0)], clause)
		}
		if point, slug, _ := strings.Cut(reading, "="); !report.Dialect.Is(point, slug) {
			t.Errorf("%s is not seen", reading)
		}
		config.Declared, _ = openapi.Dialect{}.Assign(reading)
		if report := on(t, config, nil, reading); report.ExitCode(true) != 0 {
			t.Errorf("declared: %v", of(report, conformance.Fail))
		}
	}
}

// TestDeclaredDefaultIsNotObserved: what a user declares is what a target is held to.
func TestDeclaredDefaultIsNotObserved(t *testing.T) {
	t.Parallel()
	const point = "cloudhealth.update.owner"
	declared, err := openapi.Dialect{}.With(point, "allowed")
	if err != nil {
		t.Fatal(err)
	}
	config := conformance.Config{APIs: []openapi.API{openapi.CloudHealth}, Declared: declared}
	report := on(t, config, nil, point+"=refused")
	if report.Dialect.Reading(point) != "allowed" || report.Count(conformance.Fail) == 0 {
		t.Errorf("%s is taken, %d failures", report.Dialect.Reading(point), report.Count(conformance.Fail))
	}
}

// TestLostObservationIsNotJudged: where the answers that tell the readings of a point apart
// are lost, nothing is held to the default reading.
func TestLostObservationIsNotJudged(t *testing.T) {
	t.Parallel()
	const point = "ripple.invoice.fee-enums"
	config := conformance.Config{APIs: []openapi.API{openapi.Ripple}, Selection: conformance.Selection{Run: []string{"ripple/invoice-setting/*", "probe/updateInvoiceSettings/*", "dialect/" + point + "/*"}}}
	report := on(t, config, func(r *http.Request, a *httptest.ResponseRecorder) {
		body, _ := io.ReadAll(r.Body)
		if strings.HasSuffix(r.URL.Path, "/invoices") && bytes.Contains(body, []byte(`"tax_rate":0.03`)) {
			a.Code, a.Body = http.StatusBadGateway, bytes.NewBufferString("upstream is gone")
		}
	}, point+"=update-table")
	if failed := of(report, conformance.Fail); len(failed) > 0 || report.ExitCode(false) != 3 {
		t.Errorf("exit %d: %v", report.ExitCode(false), failed)
	}
	if skipped := of(report, conformance.Skipped); !slices.ContainsFunc(skipped, func(s string) bool {
		return strings.HasSuffix(s, "depends on "+point+", which could not be observed")
	}) {
		t.Errorf("skipped: %v", skipped)
	}
}
