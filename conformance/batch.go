package conformance

import (
	"context"
	"net/http"
	"slices"

	"github.com/twinbill/twinbill/conformance/probe"
	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/openapi"
)

// batch is a few probes whose changes one request carries.
type batch []probeCheck

// mostTogether bounds how many changes one request carries: members are left out in turn,
// never all of them.
const mostTogether = 12

// takes reports whether a probe can join a batch. What lies at the top of a body is left
// out in a request of its own: another field may stand in for it.
func (b batch) takes(p probeCheck) bool {
	joins := slices.Contains([]openapi.Kind{openapi.KindEnum, openapi.KindMin, openapi.KindMax}, p.probe.Kind) ||
		p.probe.Kind == openapi.KindMissing && len(p.probe.Field.Path) > 1
	return joins && len(b) < mostTogether && !slices.ContainsFunc(b, func(other probeCheck) bool {
		return slices.Equal(other.probe.Field.Path, p.probe.Field.Path)
	})
}

// probeTogether sends the changes of probes that are due success in as few requests as that
// takes, none where the valid request makes the change already. A request that succeeds is
// the answer to each of its probes. Of one that does not, nobody can tell which change is
// at fault: its probes are not in the answer, and go out by themselves.
func (r *run) probeTogether(ctx context.Context, s *session, call scenarios.Call, whole probeCheck, valid Result, pending []probeCheck) map[string]Result {
	out := map[string]Result{}
	if whole.probe.Operation.Method == http.MethodDelete {
		return out
	}
	var batches []batch
	for _, p := range pending {
		if p.probe.Field == nil || !p.probe.Expect.Accepted || p.probe.Field.Place != openapi.InBody {
			continue
		}
		if equal(sent(p.probe.Change(call, probe.Credentials{})), sent(call)) {
			out[p.ID] = valid
			continue
		}
		i := slices.IndexFunc(batches, func(b batch) bool { return b.takes(p) })
		switch {
		case i >= 0:
			batches[i] = append(batches[i], p)
		case batch(nil).takes(p):
			batches = append(batches, batch{p})
		}
	}
	for _, b := range batches {
		if len(b) == 1 {
			continue
		}
		changed := call
		for _, p := range b {
			changed = p.probe.Change(changed, probe.Credentials{})
		}
		if result := r.probeOne(ctx, s, whole.probe.Operation, changed, whole); result.Verdict == Pass {
			for _, p := range b {
				out[p.ID] = result
			}
		}
	}
	return out
}

// answers makes the result of a request that carried a probe's change the probe's own.
func (p probeCheck) answers(result Result) Result {
	result.Check, result.Proven = p.Check, p.Clauses
	if p.Level == openapi.Silent {
		result.Verdict = Observed
	}
	return result
}
