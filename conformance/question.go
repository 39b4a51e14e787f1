package conformance

import (
	"slices"
	"strings"

	"github.com/twinbill/twinbill/conformance/probe"
	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/openapi"
)

// Question is one of the eight that every clause is asked: does it hold
type Question string

// The questions.
const (
	OtherData      Question = "data"      // with other data?
	OtherRows      Question = "rows"      // with other rows around it?
	OtherOperation Question = "operation" // on the other operation?
	OtherCaller    Question = "caller"    // for another caller?
	AtOnce         Question = "race"      // at the same time?
	MuchLater      Question = "later"     // later?
	AndBack        Question = "back"      // and back again?
	AtTheSeam      Question = "seam"      // at the seam: the first, the last, the malformed?
)

// Questions lists the questions in their order.
func Questions() []Question {
	return []Question{OtherData, OtherRows, OtherOperation, OtherCaller, AtOnce, MuchLater, AndBack, AtTheSeam}
}

// asks is what the steps of a scenario ask of the clauses that they name, and of those
// that they imply.
func asks(scenario *scenarios.Scenario, contract *openapi.Contract) map[string][]Question {
	out := map[string][]Question{}
	add := func(clauses []string, questions []Question) {
		for _, clause := range clauses {
			for _, q := range questions {
				if !slices.Contains(out[clause], q) {
					out[clause] = append(out[clause], q)
				}
			}
		}
	}
	for i := range scenario.Steps {
		step := &scenario.Steps[i]
		add(step.Clauses, asked(step))
		add(implied(step, contract), []Question{OtherData, OtherRows})
	}
	return out
}

// asked is what a step asks: what it says that it asks, and what it does plainly.
func asked(step *scenarios.Step) []Question {
	var out []Question
	for _, name := range step.Questions {
		out = append(out, Question(name))
	}
	if step.Race != nil {
		out = append(out, AtOnce)
	}
	if step.Later {
		out = append(out, MuchLater)
	}
	for _, check := range step.Checks {
		if slices.Contains([]string{"once", "lacks", "every", "element", "same-element", "same-as", "follow-link"}, check.Name) {
			out = append(out, OtherRows)
		}
		if holdsText(check.With) {
			out = append(out, OtherData)
		}
	}
	return out
}

// holdsText reports whether some argument is one of the texts that a careless backend
// does not keep.
func holdsText(value any) bool {
	switch v := value.(type) {
	case map[string]any:
		for _, inner := range v {
			if holdsText(inner) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, holdsText)
	case string:
		return strings.HasPrefix(v, "$inputs.text_")
	}
	return false
}

// askedBy is what a probe asks of its clause.
func askedBy(p probe.Probe) []Question {
	switch p.Kind {
	case probe.NoCredential, probe.BadCredential, probe.InsufficientRole, probe.Role:
		return []Question{OtherCaller}
	case probe.Valid:
		return []Question{OtherData}
	case probe.UnknownID:
		return []Question{OtherData, OtherRows}
	}
	return []Question{OtherData, AtTheSeam}
}

// elsewhere lists, for each clause, the operations that write and on which steps of some
// scenarios prove it.
func elsewhere(all []scenarioCheck, contract *openapi.Contract) map[string][]string {
	out := map[string][]string{}
	for _, c := range all {
		for _, step := range c.scenario.Steps {
			op := contract.Operation(step.OperationID)
			if op == nil || !op.Writes() {
				continue
			}
			for _, clause := range step.Clauses {
				if !slices.Contains(out[clause], op.ID) {
					out[clause] = append(out[clause], op.ID)
				}
			}
		}
	}
	return out
}
