package conformance

import (
	"slices"
	"testing"

	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/openapi"
)

// TestAQuestionIsAsked: what a step says that it asks needs the steps before it that ask
// it: of what is later a step after all other checks, of a race one, and of what is set
// back two writes.
func TestAQuestionIsAsked(t *testing.T) {
	everyScenario(t, func(s *scenarios.Scenario, contract *openapi.Contract) {
		later, raced, writes := false, false, 0
		for _, step := range s.Steps {
			later, raced = later || step.Later, raced || step.Race != nil
			if op := contract.Operation(step.OperationID); changes(op, op.Method) {
				writes++
			}
			for question, asks := range map[Question]bool{MuchLater: later, AtOnce: raced, AndBack: writes > 1} {
				if slices.Contains(step.Questions, string(question)) && !asks {
					t.Errorf("%s, step %s: it does not ask %s", s.ID, step.ID, question)
				}
			}
		}
	})
}

// everyScenario calls fn with each scenario of the suite and the contract of its API.
func everyScenario(t *testing.T, fn func(*scenarios.Scenario, *openapi.Contract)) {
	t.Helper()
	all, err := scenarios.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		contract, err := openapi.Load(s.API, openapi.Dialect{})
		if err != nil {
			t.Fatal(err)
		}
		fn(s, contract)
	}
}
