package conformance

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// explain judges a scenario that did not pass, and says why.
func (r *Result) explain(contract *openapi.Contract, s *session, scenario *scenarios.Scenario, failure *scenarios.Failure) {
	r.Reason = failure.Error()
	var missing unavailable
	if errors.As(failure.Err, &missing) {
		r.Verdict, r.Reason = Skipped, missing.Error()
		return
	}
	if reason, ok := isLost(failure.Err); ok {
		r.Verdict, r.Reason = Inconclusive, reason
		return
	}
	var among disturbed
	if errors.As(failure.Err, &among) && among.proven {
		*r = r.because(othersToo(r.Reason))
		return
	}
	if failure.Step == nil {
		r.Verdict = Inconclusive
		return
	}
	step, op := failure.Step, contract.Operation(failure.Step.OperationID)
	e := s.answers[step.ID]
	r.Decisive, r.step = e, step.ID
	if month := s.supply.closedMonth(e); month != "" && step.ExpectsSuccess() {
		r.Verdict, r.Reason = Skipped, fmt.Sprintf("needs a month whose rates may be set, and %s answered %d for %s (name others under months)", op.ID, e.Status, month)
		return
	}
	var about []string
	if op != nil {
		about = behind(contract, scenario, step, op)
	}
	var off departure
	var missed unmet
	var other unlike
	switch {
	case errors.As(failure.Err, &off):
		r.Broken = off.clauses(op, about)
		r.Expected, r.Actual, r.Differs = off.promised(), off.found(), off.differs()
	case errors.As(failure.Err, &other):
		r.Broken, r.Expected, r.Actual, r.Differs = about, document(other.want), document(other.got), apart("", other.want, other.got)
	case errors.As(failure.Err, &missed):
		r.Broken, r.Expected, r.Actual = about, missed.expected, missed.actual
		r.Differs = []string{missed.inWords()}
	case failure.Unmet != nil:
		r.Broken, r.Expected, r.Actual = about, s.fill(failure.Unmet.Criterion), answered(e)
		r.Differs = []string{s.inWords(failure.Unmet, e)}
	default:
		r.Verdict = Inconclusive // the scenario itself is at fault
		return
	}
	r.Reason = fmt.Sprintf("step %s: %s", step.ID, together(r.Differs))
	r.Verdict = judge(contract, r.Broken)
	if r.own() && len(step.Clauses) == 0 && off.violations == nil {
		r.Verdict = Fail
		if asked, _ := step.Status(s.inputs); op == nil || asked != op.Success || e == nil || e.Status == asked {
			r.Broken, r.Reason = nil, r.Reason+"; no clause: the scenario's own criterion"
		}
	}
}

// unlike says that a JSON value is not as another one, which reports show next to each
// other.
type unlike struct {
	as        string // where the expected one comes from
	want, got any
}

func (u unlike) Error() string {
	return fmt.Sprintf("expected %s: %s, found %s", u.as, show(u.want), show(u.got))
}

// document writes a value as JSON, cut only where it is very long.
func document(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	const most = 20_000
	if len(data) > most {
		return string(data[:most]) + "..."
	}
	return string(data)
}

// behind lists the clauses that a step is about: those it names, and else the one that
// decides its status. Of a step that need not succeed, that is the point whose reading
// the scenario shows, or the clause of the general refusal it asks for; of any other,
// the operation's success.
func behind(contract *openapi.Contract, scenario *scenarios.Scenario, step *scenarios.Step, op *openapi.Operation) []string {
	if len(step.Clauses) > 0 {
		return step.Clauses
	}
	if point, _, ok := strings.Cut(scenario.Reading, "="); ok && !step.ExpectsSuccess() {
		return []string{point}
	}
	if reason := step.Refusal(); reason != "" {
		refusal, known := contract.Refusals()[reason]
		if _, stated := contract.Clause(refusal.Clause); known && stated {
			return []string{refusal.Clause}
		}
	}
	return []string{op.Slug + ".status"}
}

// promised says what the contract has where the answer departs from it, to be shown
// with what was found there.
func (d departure) promised() string {
	return d.each(func(v openapi.Violation) string { return cmp.Or(v.Promise, "an answer as the contract has it") })
}

// found says what the answer has instead of what is promised.
func (d departure) found() string { return d.each(foundOf) }

func foundOf(v openapi.Violation) string {
	switch {
	case v.Keyword == "required":
		return "none"
	case v.Value == nil && !slices.Contains([]string{"type", "nullable", "enum"}, v.Keyword):
		return v.Says
	}
	return show(v.Value)
}

// each writes one thing of every violation, in the order of the fields.
func (d departure) each(of func(openapi.Violation) string) string {
	violations := slices.Clone(d.violations)
	slices.SortFunc(violations, func(a, b openapi.Violation) int { return cmp.Compare(a.String(), b.String()) })
	var texts []string
	for _, v := range violations {
		text := of(v)
		if len(v.Path) > 0 {
			text = v.Field() + ": " + text
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, "; ")
}

// fill puts the inputs into a criterion, for people to read.
func (s *session) fill(criterion string) string {
	for name, value := range s.inputs {
		if strings.HasSuffix(name, "_token") {
			continue
		}
		criterion = strings.ReplaceAll(criterion, "{$inputs."+name+"}", show(value))
		if strings.HasSuffix(criterion, "$inputs."+name) {
			criterion = strings.TrimSuffix(criterion, "$inputs."+name) + show(value)
		}
	}
	return criterion
}

// answered says what came of an exchange in one line.
func answered(e *target.Exchange) string {
	if e == nil || e.Status == 0 {
		return "no answer"
	}
	const most = 400
	body := string(e.Answer)
	if len(body) > most {
		body = body[:most] + "..."
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", e.Status, body))
}
