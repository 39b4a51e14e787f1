package score

import (
	"context"
	"errors"
	"slices"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/openapi"
)

// unnamed lists the clauses that breaches claim to break, and that no check names under
// any of those, sorted. A kill ends its run, so a clause that the kills leave unnamed is
// looked for once more, by the checks that claim it.
func unnamed(ctx context.Context, config Config, rows []Row) ([]string, error) {
	claimed, named := map[string][]Row{}, map[string]bool{}
	for _, row := range rows {
		for _, clause := range row.Clauses {
			claimed[clause] = append(claimed[clause], row)
			named[clause] = named[clause] || row.Outcome == Killed && slices.Contains(row.Broken, clause)
		}
	}
	var out []string
	for clause, by := range claimed {
		slices.SortStableFunc(by, func(a, b Row) int { return len(a.Clauses) - len(b.Clauses) }) // the clause's own first
		for _, row := range by {
			if named[clause] {
				break
			}
			err := names(ctx, config, row.Breach, clause, named)
			if err != nil {
				return nil, err
			}
		}
		if !named[clause] {
			out = append(out, clause)
		}
	}
	slices.Sort(out)
	return out, nil
}

// names runs the checks that claim a clause against a breach, and notes every clause of
// the breach that one of them names.
func names(ctx context.Context, config Config, breach Breach, clause string, named map[string]bool) error {
	_, err := verify(ctx, config, breach.ID, []openapi.API{breach.API}, conformance.Selection{Run: []string{clause}}, func(result conformance.Result) bool {
		if bad(result) {
			for _, id := range result.Broken {
				named[id] = named[id] || slices.Contains(breach.Clauses, id)
			}
		}
		return named[clause]
	})
	if errors.As(err, new(conformance.ErrNothingSelected)) {
		err = nil
	}
	return errors.Join(err, ctx.Err())
}
