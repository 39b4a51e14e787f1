package conformance

import (
	"testing"
	"time"

	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/openapi"
)

// TestLedger: every clause that can be observed has a check.
func TestLedger(t *testing.T) {
	ledger, err := Ledger(openapi.APIs())
	if err != nil {
		t.Fatal(err)
	}
	if len(ledger) < 300 {
		t.Errorf("the ledger holds %d clauses", len(ledger))
	}
	for _, c := range ledger {
		switch {
		case c.Unobservable == "" && len(c.Checks) == 0:
			t.Errorf("no check claims %s: %s", c.ID, c.Says)
		case c.Unobservable != "" && c.Origin == openapi.Written && len(c.Checks) > 0:
			t.Errorf("%s is not observable, yet %v claim it", c.ID, c.Checks)
		}
	}
}

// TestInputs: every input that a scenario takes can be supplied.
func TestInputs(t *testing.T) {
	everyScenario(t, func(s *scenarios.Scenario, contract *openapi.Contract) {
		for _, name := range s.Inputs {
			if _, isToken := scenarios.LoadInputs().Tokens[name]; isToken {
				continue
			}
			supply := &supply{madeUp: true, seed: 1, months: monthsAround(time.Now())}
			if _, err := supply.input(t.Context(), s.ID, contract, name); err != nil {
				t.Errorf("%s: %v", s.ID, err)
			}
		}
		for _, step := range s.Steps {
			for _, check := range step.Checks {
				if _, ok := namedChecks[check.Name]; !ok {
					t.Errorf("%s: step %s: no check is called %s", s.ID, step.ID, check.Name)
				}
			}
		}
	})
}

// TestFresh: fresh values repeat with the seed, and differ by check and name.
func TestFresh(t *testing.T) {
	value := func(seed uint64, check, name string) any {
		v, err := (&supply{seed: seed}).fresh(check, name, name[len("fresh_"):], openapi.Dialect{})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if value(1, "a", "fresh_aws_id") != value(1, "a", "fresh_aws_id") {
		t.Error("the same seed gives another value")
	}
	for _, other := range []any{value(2, "a", "fresh_aws_id"), value(1, "b", "fresh_aws_id"), value(1, "a", "fresh_aws_id_2")} {
		if other == value(1, "a", "fresh_aws_id") {
			t.Errorf("%v again", other)
		}
	}
}
