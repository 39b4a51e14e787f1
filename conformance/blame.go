package conformance

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// mostReplayed is how many checks are replayed to tell who is at fault.
const mostReplayed = 200

// blame replays the checks that did not pass, and that nobody is blamed for yet, on a twin
// under the observed dialect, with the same seed and credentials that are made up, and says
// of each who is at fault. It does nothing where there is no twin, or the run was interrupted.
func (r *run) blame(ctx context.Context, dialect openapi.Dialect) {
	var broken []*Result
	for i := range r.results {
		if v := r.results[i].Verdict; (v == Fail || v == Warn) && r.results[i].Blame == "" {
			broken = append(broken, &r.results[i])
		}
	}
	if r.config.Twin == nil || len(broken) == 0 || ctx.Err() != nil {
		return
	}
	broken = tellingFirst(broken)
	for _, result := range broken[min(mostReplayed, len(broken)):] {
		result.Blame = fmt.Sprintf("not replayed on Twinbill's own model of the API: %d checks that did not pass are, at least one of each broken clause as far as that goes", mostReplayed)
	}
	broken = broken[:min(mostReplayed, len(broken))]
	verdicts, err := r.replay(ctx, dialect, broken)
	for _, result := range broken {
		twin, replayed := verdicts[result.ID]
		switch {
		case err != nil:
			result.Blame = "not replayed on Twinbill's own model of the API: " + err.Error()
		case !replayed:
			result.Blame = "not replayed on Twinbill's own model of the API: it has no such check under the observed dialect"
		default:
			result.Blame = blamed(twin)
			if twin.Verdict == Pass || twin.Verdict == Observed {
				result.Lawful = result.lawful(twin)
			}
		}
	}
}

// tellingFirst puts checks that did not pass into the order in which they are worth a
// replay: the first of every broken clause, then the others, both as a report shows them,
// failures before warnings.
func tellingFirst(broken []*Result) []*Result {
	broken = slices.SortedFunc(slices.Values(broken), func(a, b *Result) int {
		return cmp.Or(slices.Index(precedence, b.Verdict)-slices.Index(precedence, a.Verdict), reported(a, b))
	})
	seen := map[string]bool{}
	var first, others []*Result
	for _, result := range broken {
		brings := slices.ContainsFunc(result.Broken, func(clause string) bool { return !seen[clause] })
		for _, clause := range result.Broken {
			seen[clause] = true
		}
		if brings {
			first = append(first, result)
		} else {
			others = append(others, result)
		}
	}
	return append(first, others...)
}

// replay runs some checks on a twin.
func (r *run) replay(ctx context.Context, dialect openapi.Dialect, broken []*Result) (map[string]Result, error) {
	twin, err := r.config.Twin(dialect)
	if err != nil {
		return nil, err
	}
	config := Config{
		Target: target.InProcess(twin), APIs: r.config.APIs, Declared: dialect, Known: true,
		Parallel: r.config.Parallel, Seed: r.config.Seed, Scenarios: r.config.Scenarios,
	}
	for _, result := range broken {
		config.Selection.Run = append(config.Selection.Run, Exactly(result.ID))
	}
	found, err := Run(ctx, config)
	if err != nil {
		return nil, err
	}
	verdicts := map[string]Result{}
	for _, result := range found.Results {
		verdicts[result.ID] = result
	}
	return verdicts, nil
}

// blamed says who is at fault for a check that the target did not pass.
func blamed(twin Result) string {
	switch twin.Verdict {
	case Pass, Observed:
		return "the target: Twinbill's own model of the API, with the readings seen here, answers the same requests as documented"
	case Fail, Warn:
		suite := "the suite"
		if twin.own() {
			suite = "your scenario,"
		}
		return suite + " or a reading: Twinbill's own model of the API, with the readings seen here, fails the check too (" + twin.Reason + ")"
	}
	return fmt.Sprintf("undecided: on Twinbill's own model of the API the check is %s (%s)", twin.Verdict, twin.Reason)
}
