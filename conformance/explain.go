package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// explain judges a scenario that did not pass, and says why.
func (r *Result) explain(contract *openapi.Contract, s *session, failure *scenarios.Failure) {
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
	if failure.Step == nil {
		r.Verdict = Inconclusive
		return
	}
	step, op := failure.Step, contract.Operation(failure.Step.OperationID)
	e := s.answers[step.ID]
	r.Decisive = e
	var off departure
	var missed unmet
	var other unlike
	switch {
	case errors.As(failure.Err, &off):
		r.Broken, r.Expected = off.clauses(op, step.Clauses), "an answer as the contract has it"
		r.Actual = off.Error()
	case errors.As(failure.Err, &other):
		r.Broken, r.Expected, r.Actual = step.Clauses, document(other.want), document(other.got)
	case errors.As(failure.Err, &missed):
		r.Broken, r.Expected, r.Actual = step.Clauses, missed.expected, missed.actual
	case failure.Criterion != "":
		r.Broken, r.Expected = step.Clauses, s.fill(failure.Criterion)
		r.Actual = answered(e)
	default:
		r.Verdict = Inconclusive // the scenario itself is at fault
		return
	}
	if len(r.Broken) == 0 && op != nil {
		r.Broken = []string{refusalOf(contract, step, op)}
		if r.own() { // a user's scenario that claims nothing is about the operation's answer
			r.Broken = []string{op.Slug + ".status"}
		}
	}
	r.Verdict = judge(contract, r.Broken)
}

// unlike says that a JSON value is not as another one, which reports show beside each
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

// refusalOf is the clause behind a step that names none: that of the general refusal
// it asks for, or the operation's success.
func refusalOf(contract *openapi.Contract, step *scenarios.Step, op *openapi.Operation) string {
	for _, criterion := range step.Criteria {
		reason, ok := strings.CutPrefix(criterion, "$statusCode == $inputs.status_")
		if !ok {
			continue
		}
		clause := contract.Refusal(strings.ReplaceAll(reason, "_", "-")).Clause
		if _, known := contract.Clause(clause); known {
			return clause
		}
	}
	return op.Slug + ".status"
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
