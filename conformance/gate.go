package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// enough is why a run starts no further check after so many failures.
type enough struct{ failures int }

func (e enough) Error() string {
	if e.failures == 1 {
		return notRun + "1 check has failed, as many as --max-failures lets"
	}
	return fmt.Sprintf(notRun+"%d checks have failed, as many as --max-failures lets", e.failures)
}

// notRun begins the reason of a check that a run which has failed enough leaves out.
const notRun = "not run: "

// Halted tells by the reason of a skipped check whether it is left out because the run
// ended early: interrupted, or at a bound of its failures or requests.
func Halted(reason string) bool {
	return reason == interrupted || strings.HasPrefix(reason, notRun) || strings.Contains(reason, target.ErrBudget.Error())
}

// stopped is why the run starts no further check.
func (r *run) stopped() string {
	cause := context.Cause(r.ctx)
	var bound enough
	var time deadline
	if errors.As(cause, &bound) || errors.As(cause, &time) {
		return cause.Error()
	}
	return interrupted
}

// tally counts a failure that is not expected, and stops the run at the last one that
// it may have.
func (r *run) tally(result Result) {
	if result.Verdict != Fail || r.config.MaxFailures <= 0 || excusing(r.config.Expected, result.ID, time.Now()) != nil {
		return
	}
	if r.failures++; r.failures == r.config.MaxFailures {
		r.stop(enough{r.failures})
	}
}

// includes reports whether a check is to be run.
func (c Config) includes(check Check) bool {
	return c.Selection.includes(check) && c.Shard.includes(check)
}

// candidates lists the checks that there are to select from: of each point, the one on
// the observed reading.
func candidates(suite *suite, observations []observation) []Check {
	var out []Check
	for _, g := range suite.probes {
		for _, p := range g.probes {
			out = append(out, p.Check)
		}
	}
	for _, o := range observations {
		out = append(out, o.check.Check)
	}
	for _, c := range suite.scenarios {
		out = append(out, c.Check)
	}
	return out
}

// due lists the candidates that hold under the dialect in force. Any other neither fails
// nor passes.
func due(suite *suite, dialect openapi.Dialect, observations []observation) []string {
	elsewhere := map[string]bool{}
	for _, c := range suite.scenarios {
		elsewhere[c.ID] = unmetCondition(c.scenario, dialect) != ""
	}
	var ids []string
	for _, c := range candidates(suite, observations) {
		if !elsewhere[c.ID] {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// nothing errs where no check is selected. A shard alone may be empty: the others then
// hold what is selected.
func (c Config) nothing(of []Check) error {
	if slices.ContainsFunc(of, c.Selection.includes) {
		return nil
	}
	return ErrNothingSelected{}
}

// gate settles what the expected failures excuse, and which of them are stale.
func (r *run) gate(out *Report) error {
	now := time.Now()
	excuse(r.config.Expected, out.Results, now)
	if len(r.config.Expected) == 0 {
		return nil
	}
	var known []string
	for _, dialect := range []openapi.Dialect{{}, out.Dialect} {
		checks, err := List(Config{Declared: dialect, Scenarios: r.config.Scenarios})
		if err != nil {
			return err
		}
		for _, c := range checks {
			known = append(known, c.ID)
		}
	}
	out.Stale = stale(r.config.Expected, out.Results, known, r.due, now)
	return nil
}
