package conformance

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// TestRefusalsAreNoSuccess: no step of the suite that expects a refusal falls under the
// promise of its operation's success. The race detector sees a sample of the scenarios.
func TestRefusalsAreNoSuccess(t *testing.T) {
	all, err := scenarios.Load()
	if err != nil {
		t.Fatal(err)
	}
	refusals := 0
	all = Sample(all, 10)
	for _, scenario := range all {
		dialect := openapi.Dialect{}
		for _, condition := range append(slices.Clone(scenario.When), scenario.Reading) {
			point, readings, ok := strings.Cut(condition, "=")
			reading, _, _ := strings.Cut(readings, "|")
			if !ok {
				continue
			}
			if dialect, err = dialect.With(point, reading); err != nil {
				t.Fatal(err)
			}
		}
		contract, err := openapi.Load(scenario.API, dialect)
		if err != nil {
			t.Fatal(err)
		}
		for i := range scenario.Steps {
			step := &scenario.Steps[i]
			if !step.ExpectsRefusal() { // a success, or either
				continue
			}
			refusals++
			op := contract.Operation(step.OperationID)
			r := Result{Check: describe(scenario, contract)}
			s := &session{supply: &supply{}, answers: map[string]*target.Exchange{step.ID: {Status: 200}}}
			r.explain(contract, s, scenario, &scenarios.Failure{Step: step, Unmet: &scenarios.Unmet{Criterion: "$statusCode == 400"}})
			if len(r.Broken) == 0 || slices.Contains(r.Broken, op.Slug+".status") {
				t.Errorf("%s, step %s: breaks %q", scenario.ID, step.ID, r.Broken)
			}
			r.explain(contract, s, scenario, &scenarios.Failure{Step: step, Err: departure{[]openapi.Violation{{Says: "is off"}}}})
			if slices.Contains(r.Broken, op.Slug+".status") {
				t.Errorf("%s, step %s: a departure breaks %q", scenario.ID, step.ID, r.Broken)
			}
		}
	}
	if refusals < 50 && (!raceEnabled || refusals == 0) {
		t.Errorf("%d refusals", refusals)
	}
}

// TestPromisedBesideFound: what the contract promises stands beside what came, field by
// field.
func TestPromisedBesideFound(t *testing.T) {
	contract, err := openapi.Load(openapi.Ripple, openapi.Dialect{})
	if err != nil {
		t.Fatal(err)
	}
	op := contract.Operation("createBillingGroup")
	violations := op.CheckResponse(200, map[string][]string{"Content-Type": {"application/json"}}, []byte(`{"company_id": 7}`))
	off := departure{violations}
	for _, want := range []struct{ field, promised, found string }{{"company_id", "a string", "7"}, {"billinggroup_id", "a string", "none"}} {
		if !slices.Contains(strings.Split(off.promised(), "; "), want.field+": "+want.promised) {
			t.Errorf("%s: promised %s", want.field, off.promised())
		}
		if !slices.Contains(strings.Split(off.found(), "; "), want.field+": "+want.found) {
			t.Errorf("%s: found %s", want.field, off.found())
		}
	}
	off = departure{op.CheckResponse(201, nil, nil)}
	if !strings.HasPrefix(off.promised(), "a status of [200 ") || off.found() != "201" {
		t.Errorf("promised %s, found %s", off.promised(), off.found())
	}
	if unknown := (departure{[]openapi.Violation{{Says: "is spoilt"}}}); unknown.promised() == "" || unknown.found() != "is spoilt" {
		t.Errorf("promised %q, found %q", unknown.promised(), unknown.found())
	}
}

// TestTellingFirst: failures come before warnings in the order of the report, the first of
// each broken clause before all others.
func TestTellingFirst(t *testing.T) {
	result := func(id string, kind Kind, v Verdict, broken ...string) *Result {
		return &Result{Check: Check{ID: id, Kind: kind, API: openapi.Ripple}, Verdict: v, Broken: broken}
	}
	got := tellingFirst([]*Result{
		result("probe/b", KindProbe, Fail, "x"), result("s/w", KindScenario, Warn, "w"), result("s/b", KindScenario, Fail, "x"),
		result("probe/a", KindProbe, Fail, "y"), result("s/a", KindScenario, Fail, "x"),
	})
	var ids []string
	for _, r := range got {
		ids = append(ids, r.ID)
	}
	if want := []string{"s/a", "probe/a", "s/w", "s/b", "probe/b"}; !slices.Equal(ids, want) {
		t.Errorf("%q, want %q", ids, want)
	}
}

// TestHalted: the reasons of a run that ended early are told from all others.
func TestHalted(t *testing.T) {
	for reason, want := range map[string]bool{
		interrupted: true, enough{1}.Error(): true, enough{2}.Error(): true, target.ErrBudget.Error(): true,
		notSupplied("the input customer").Error(): false, errors.New("holds only under a=b").Error(): false,
	} {
		if Halted(reason) != want {
			t.Errorf("%q: %v", reason, !want)
		}
	}
}
