package conformance

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/twinbill/twinbill/conformance/probe"
	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/openapi"
)

// runProbes runs the probes of one operation. A baseline serves the probes whose
// field its request has; the probe of an enum value takes one that has the value
// already where there is one, since other fields may depend on it.
func (r *run) runProbes(g probeGroup, dialect openapi.Dialect) {
	none := notSupplied("a request of " + g.operation.ID + " with this field")
	baselines := slices.DeleteFunc(slices.Clone(g.baselines), func(b *scenarios.Scenario) bool {
		i := slices.IndexFunc(r.unsettled, func(u unsettled) bool { return u.why == unobserved && u.decides(b) })
		if i >= 0 {
			none = r.unsettled[i].reason()
		}
		return i >= 0 || unmetCondition(b, dialect) != ""
	})
	g.probes = slices.DeleteFunc(slices.Clone(g.probes), func(p probeCheck) bool {
		err := r.probeUnsettledBy(p.ID)
		if err == nil && p.probe.Kind == probe.Role && r.roles.probes[p.ID] {
			err = unavailable{"depends on " + openapi.RoleHierarchy + ", " + unobserved}
		}
		if err != nil {
			r.finish(Result{Check: p.Check, Started: time.Now()}.because(err))
		}
		return err != nil
	})
	for _, pending := range rounds(g) {
		why, failed := none, false
		for i, baseline := range baselines {
			var err error
			// One that a failed baseline would have served suits no other any better.
			last := i == len(baselines)-1 && !failed
			if pending, err = r.runBaseline(g, baseline, pending, last); err != nil {
				why, failed = err, failed || r.possible(baseline, r.contracts[g.operation.API]) == nil
			}
			if len(pending) == 0 {
				break
			}
		}
		for _, p := range pending {
			r.finish(Result{Check: p.Check, Started: time.Now()}.because(why))
		}
	}
}

// rounds divides the probes of an operation into those that one preparation serves.
// A delete that succeeds leaves nothing for another probe, so that each has a round
// of its own.
func rounds(g probeGroup) [][]probeCheck {
	if g.operation.Method != http.MethodDelete {
		return [][]probeCheck{g.probes}
	}
	var first []probeCheck
	var out [][]probeCheck
	for _, p := range g.probes {
		if p.probe.Expect.Accepted && p.probe.Kind != probe.Valid {
			out = append(out, []probeCheck{p})
			continue
		}
		first = append(first, p)
	}
	return append(out, first)
}

// runBaseline prepares one valid request and runs the probes that it suits. It
// returns the others, and why the request could not be prepared.
func (r *run) runBaseline(g probeGroup, baseline *scenarios.Scenario, pending []probeCheck, last bool) ([]probeCheck, error) {
	contract := r.contracts[g.operation.API]
	if err := r.possible(baseline, contract); err != nil {
		return pending, err
	}
	inputs, err := r.supply.inputs(r.ctx, baseline.ID, contract, baseline.Inputs, nil)
	if err != nil {
		return pending, err
	}
	s := r.session(contract, inputs, true)
	final := baseline.Steps[len(baseline.Steps)-1].ID
	_, failure := baseline.Run(r.ctx, inputs, func(ctx context.Context, step *scenarios.Step, call scenarios.Call) (*scenarios.Answer, error) {
		if step.ID != final {
			return s.execute(ctx, step, call)
		}
		s.prepared = len(s.exchanges)
		var valid Result
		pending, valid = r.probeEach(ctx, s, g, call, pending, last)
		switch valid.Verdict {
		case Pass:
		case Inconclusive:
			return nil, lost{valid.Reason}
		case Skipped:
			return nil, unavailable{valid.Reason}
		default: // that is a finding of its own
			return nil, unavailable{"starts from a valid request, which is not answered as documented: " + valid.Actual}
		}
		e := valid.Decisive
		return &scenarios.Answer{Status: e.Status, Header: e.Header, Body: e.JSON(), URL: e.URL, Method: e.Method}, nil
	})
	s.undoTo(r.ctx, 0)
	r.left(s)
	if failure != nil {
		var missing unavailable
		_, open := isLost(failure)
		switch {
		case errors.As(failure, &missing):
			return pending, missing
		case open:
			return pending, lost{failure.Error()}
		}
		return pending, unavailable{"starts from a valid request that cannot be prepared: " + failure.Error()}
	}
	return pending, nil
}

// probeEach sends a valid call and then the probes that it suits, and takes back
// what those that succeeded created. A delete is sent last: it leaves nothing to
// probe. It returns the probes that another baseline has to serve.
func (r *run) probeEach(ctx context.Context, s *session, g probeGroup, call scenarios.Call, pending []probeCheck, last bool) (rest []probeCheck, valid Result) {
	deletes := g.operation.Method == http.MethodDelete
	report := func() {
		for _, p := range pending {
			if p.probe.Kind == probe.Valid {
				valid.Check = p.Check
				r.finish(valid)
			}
		}
	}
	whole := probeCheck{probe: probe.Probe{Operation: g.operation, Kind: probe.Valid, Expect: probe.Expect{Accepted: true}}}
	whole.Clauses = []string{g.operation.Slug + ".status"}
	whole.Level = g.operation.Level
	if !deletes {
		if valid = r.probeOne(ctx, s, g.operation, call, whole); valid.Verdict != Pass {
			report()
			return r.sharing(call, pending, valid), valid
		}
	}
	var only Result
	var suiting []probeCheck
	for _, p := range pending {
		switch {
		case p.probe.Kind == probe.Valid:
		case p.probe.Has(call) && (last || p.probe.Kind != openapi.KindEnum || p.probe.Holds(call)):
			suiting = append(suiting, p)
		default:
			rest = append(rest, p)
		}
	}
	together := r.probeTogether(ctx, s, call, whole, valid, suiting)
	for _, p := range suiting {
		if result, carried := together[p.ID]; carried {
			only = p.answers(result)
		} else {
			only = r.probeOne(ctx, s, g.operation, call, p)
		}
		r.finish(only)
	}
	alone := deletes && len(pending) == 1 && pending[0].probe.Expect.Accepted
	switch {
	case alone && len(rest) == 0 && pending[0].probe.Kind != probe.Valid && only.Decisive == nil:
		return rest, only // it could not be sent, for want of a token
	case alone && len(rest) == 0 && pending[0].probe.Kind != probe.Valid:
		return rest, Result{Verdict: Pass, Decisive: only.Decisive} // it was the delete
	case deletes:
		valid = r.probeOne(ctx, s, g.operation, call, whole)
	}
	report()
	return rest, valid
}

// sharing fails the probes whose request is the valid one to the letter, where that is
// refused: nobody can tell which of its values is. It returns the others.
func (r *run) sharing(call scenarios.Call, pending []probeCheck, valid Result) []probeCheck {
	refused := valid.Decisive != nil && valid.Decisive.Status/100 == 4 && (valid.Verdict == Fail || valid.Verdict == Warn)
	return slices.DeleteFunc(pending, func(p probeCheck) bool {
		same := refused && p.probe.Field != nil && p.probe.Expect.Accepted && p.probe.Has(call) &&
			equal(sent(p.probe.Change(call, probe.Credentials{})), sent(call))
		if same {
			result := valid
			result.Check, result.Broken, result.Verdict = p.Check, p.Clauses, Fail
			if p.Level != openapi.Must {
				result.Verdict = Warn
			}
			r.finish(result)
		}
		return same || p.probe.Kind == probe.Valid
	})
}

// sent is what a call says, as JSON has it.
func sent(c scenarios.Call) any {
	return map[string]any{"path": c.Path, "query": c.Query, "body": c.Body}
}

func (r *run) probeOne(ctx context.Context, s *session, op *openapi.Operation, call scenarios.Call, p probeCheck) Result {
	result := Result{Check: p.Check, Started: time.Now()}
	credentials, err := r.credentials(ctx, s, op)
	if err != nil {
		return result.because(err)
	}
	if p.probe.Kind == probe.InsufficientRole && credentials.Insufficient == nil {
		return result.because(notSupplied("a token without the role"))
	}
	if p.probe.Kind == probe.Role {
		token, err := r.supply.tokenAlone(ctx, p.probe.Value.(string))
		if err != nil {
			return result.because(err)
		}
		credentials.Alone = "Bearer " + token
	}
	s.shed()
	height, first := len(s.undo), len(s.exchanges)
	e, err := s.send(ctx, op, p.probe.Change(call, credentials))
	s.undoTo(ctx, height)
	result.Decisive = e
	result.Exchanges, result.Duration = s.exchanges[first:len(s.exchanges):len(s.exchanges)], time.Since(result.Started)
	if reason, ok := isLost(err); ok {
		result.Verdict, result.Reason = Inconclusive, reason
		return result
	}
	if isUnavailable(err) {
		return result.because(err)
	}
	var off departure
	switch {
	case !p.probe.Expect.Met(op, e.Status):
		result.Broken, result.Differs = p.Clauses, []string{p.differs(op, e)}
		result.Expected, result.Actual = p.probe.Expect.String(), answered(e)
	case errors.As(err, &off):
		result.Broken, result.Differs = off.clauses(op, p.Clauses), off.differs()
		result.Expected, result.Actual = off.promised(), off.found()
	case err != nil:
		return result.because(err)
	default:
		result.Verdict, result.Proven = Pass, p.Clauses
		if p.Level == openapi.Silent {
			result.Verdict = Observed
		}
		return result
	}
	result.Verdict, result.Reason = judge(s.contract, result.Broken), together(result.Differs)
	result.Setup = s.exchanges[:s.prepared:s.prepared]
	return result
}

// credentials are the wrong ones that probes of access present.
func (r *run) credentials(ctx context.Context, s *session, op *openapi.Operation) (probe.Credentials, error) {
	if op.API == openapi.CloudHealth {
		own, _ := s.inputs["cloudhealth_key"].(string)
		c := probe.Credentials{Query: "api_key", Bad: "invalid-" + r.supply.stamp("probe"), Nobody: r.supply.nobody(op)}
		if !r.supply.takesAnyKey(ctx, s.contract) {
			c.Bad = r.supply.wrong(s.contract, op, own, c.Bad)
		}
		if r.twinbill {
			c.Sandbox = own
		}
		return c, nil
	}
	own, _ := s.inputs["ripple_token"].(string)
	c := probe.Credentials{Header: "Authorization", Bad: "Bearer " + r.supply.wrong(s.contract, op, own, "invalid"), Nobody: r.supply.nobody(op)}
	if r.twinbill {
		if kept, ok := r.supply.issued.Load(own); ok {
			c.Sandbox = kept.(issue).client.ID
		}
	}
	if len(op.Roles) == 0 {
		return c, nil
	}
	if r.supply.madeUp {
		token, err := r.supply.tokenWith(ctx, others(s.contract, op))
		c.Insufficient = func(*openapi.Operation) string { return "Bearer " + token }
		return c, err
	}
	// The right to read does for no write, save where it covers other nouns' writes.
	input := "ripple_readonly_token"
	reads := slices.ContainsFunc(op.Roles, func(role string) bool { return strings.HasPrefix(role, "Read") })
	if reads || s.contract.Dialect.Is("ripple.role.hierarchy", "tree") {
		input = "ripple_noroles_token"
	}
	token, err := r.supply.token(ctx, "probe", input)
	var missing unavailable
	switch {
	case errors.As(err, &missing):
		err = nil // the one probe that needs it says so
	case err == nil:
		c.Insufficient = func(*openapi.Operation) string { return "Bearer " + token }
	}
	return c, err
}

// others are the roles of a contract of which none does for an operation.
func others(contract *openapi.Contract, op *openapi.Operation) []string {
	var out []string
	for _, other := range contract.Operations {
		for _, role := range other.Roles {
			if !contract.Covers(role, op) && !slices.Contains(out, role) {
				out = append(out, role)
			}
		}
	}
	return out
}
