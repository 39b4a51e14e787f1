package conformance_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/openapi"
)

// verify runs the suite on a twin in the same process.
func verify(t *testing.T, apis []openapi.API, d openapi.Dialect, selection conformance.Selection, options ...mock.Option) *conformance.Report {
	t.Helper()
	twin, err := mock.New(append(options, mock.WithDialect(d))...)
	if err != nil {
		t.Fatal(err)
	}
	report, err := conformance.Run(t.Context(), conformance.Config{
		Target: target.InProcess(twin), APIs: apis, Declared: d, Known: true, Selection: selection, Seed: 1, Parallel: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// clean fails a test for everything that is not good news.
func clean(t *testing.T, report *conformance.Report) {
	t.Helper()
	for _, r := range report.Results {
		switch r.Verdict {
		case conformance.Fail, conformance.Warn, conformance.Inconclusive:
			t.Errorf("%s %s: %s\nexpected %s\nactual %s", r.Verdict, r.ID, r.Reason, r.Expected, r.Actual)
		}
	}
	for _, left := range report.Residue {
		t.Errorf("residue: %s", left)
	}
}

func TestTwinConforms(t *testing.T) {
	report := verify(t, nil, openapi.Dialect{}, conformance.Selection{})
	clean(t, report)
	if code := report.ExitCode(true); code != 0 {
		t.Errorf("exit code %d", code)
	}
	for _, clause := range report.Clauses {
		proven := clause.Verdict == conformance.Pass || clause.Verdict == conformance.Observed
		if clause.Unobservable == "" && !proven {
			t.Errorf("clause %s is %s, by %v", clause.ID, clause.Verdict, clause.Checks)
		}
	}
}

// switched is a reading of a switchable point, other than the default.
type switched struct {
	point   openapi.Point
	reading string
}

// TestReadings runs the suite under every reading of every switchable point, or a
// sample of them under the race detector: it passes, and names the reading.
func TestReadings(t *testing.T) {
	var all []switched
	for _, point := range openapi.Points() {
		if !point.Switchable {
			continue
		}
		for _, reading := range point.Readings[1:] {
			all = append(all, switched{point, reading.Slug})
		}
	}
	for _, s := range conformance.Sample(all, 12) {
		point, reading := s.point, s.reading
		t.Run(point.Slug+"="+reading, func(t *testing.T) {
			t.Parallel()
			d, err := openapi.Dialect{}.With(point.Slug, reading)
			if err != nil {
				t.Fatal(err)
			}
			report := verify(t, []openapi.API{point.API()}, d, involved(t, point))
			clean(t, report)
			if got, want := report.Dialect.Reading(point.Slug), point.Observed(reading); got != want {
				t.Errorf("observed %s, want %s", got, want)
			}
			for _, departure := range report.Dialect.Departures() {
				if !strings.HasPrefix(departure, point.Slug+"=") {
					t.Errorf("observed %s, which the twin does not follow", departure)
				}
			}
		})
	}
}

// involved selects the checks that involve a point: all of them where a reading
// changes the contract or the point is about every operation, and else those on the
// operations by which its readings are told apart.
func involved(t *testing.T, point openapi.Point) conformance.Selection {
	t.Helper()
	if openapi.ChangesContract(point) || strings.Count(point.Slug, ".") == 1 {
		return conformance.Selection{}
	}
	checks, err := conformance.List(conformance.Config{APIs: []openapi.API{point.API()}, Selection: conformance.Selection{Run: []string{point.Slug}}})
	if err != nil {
		t.Fatal(err)
	}
	var operations []string
	for _, c := range checks {
		operations = append(operations, c.Operations...)
	}
	return conformance.Selection{Run: operations}
}

// TestSharedDeployment runs the suite on a deployment that does not say that it is
// Twinbill: all checks share one credential. Everything created is removed.
func TestSharedDeployment(t *testing.T) {
	twin, err := mock.New()
	if err != nil {
		t.Fatal(err)
	}
	anonymous := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/__admin") {
			http.NotFound(w, r)
			return
		}
		twin.ServeHTTP(w, r)
	})
	before := state(t, twin)
	report, err := conformance.Run(t.Context(), conformance.Config{
		Target: target.InProcess(anonymous), Seed: 1, Parallel: 8, Inputs: scenarios.LoadInputs().Supplied,
		Writes:      conformance.Writes{Allowed: true},
		Credentials: target.Credentials{Ripple: target.Ripple{Client: target.Client{ID: "shared", Secret: "secret"}}, CloudHealth: target.CloudHealth{Key: "shared"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	clean(t, report)
	if after := state(t, twin); after != before {
		t.Errorf("the state has changed\nbefore %s\nafter  %s", before, after)
	}
}

// state is what the shared sandbox holds.
func state(t *testing.T, twin http.Handler) string {
	t.Helper()
	return stateOf(t, twin, "shared")
}

func TestInterruptedRunIsNotConformant(t *testing.T) {
	twin, err := mock.New()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	report, err := conformance.Run(ctx, conformance.Config{
		Target: target.InProcess(twin), Seed: 1,
		Progress: func(done, _ int, _ conformance.Result) {
			if done == 10 {
				cancel()
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if report.Count(conformance.Fail) > 0 {
		t.Errorf("%d checks fail because the run was interrupted", report.Count(conformance.Fail))
	}
	if report.Count(conformance.Skipped) < 100 {
		t.Errorf("only %d checks were skipped", report.Count(conformance.Skipped))
	}
	for _, left := range report.Residue {
		t.Errorf("residue: %s", left)
	}
}
