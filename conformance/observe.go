package conformance

import (
	"fmt"
	"slices"
	"strings"

	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/openapi"
)

// observation is a point of the dialect and the scenario of the reading that the
// target was seen to follow.
type observation struct {
	point   openapi.Point
	reading string
	check   scenarioCheck
	result  *Result // set where the point could not be settled
}

// observe finds out which reading of each switchable point the target follows, one
// point after another, and returns the dialect made of them. A point whose readings
// the target shows none of stays at its default.
func (r *run) observe() (openapi.Dialect, []observation, error) {
	dialect := r.config.Declared
	if r.config.Known {
		dialect = openapi.Dialect{}
	}
	needed := func(string) bool { return true }
	if !r.config.Known && len(r.config.Selection.Run) > 0 { // a twin in the same process costs nothing to ask
		points, err := r.config.needed(dialect)
		if err != nil {
			return dialect, nil, err
		}
		needed = func(point string) bool { return points[point] }
	}
	var all []observation
	for _, point := range openapi.Points() {
		if !point.Switchable || point.Unobservable != "" || !slices.Contains(r.config.APIs, point.API()) {
			continue
		}
		if !needed(point.Slug) {
			r.unasked = append(r.unasked, point.Slug)
			continue
		}
		candidates, err := r.readingsOf(point, dialect)
		if err != nil {
			return dialect, nil, err
		}
		declared := r.config.Declared.Reading(point.Slug)
		if r.config.Known && point.DeclaredOnly || !r.config.Known && r.config.Declared.Names(point.Slug) {
			if dialect, err = dialect.With(point.Slug, declared); err != nil {
				return dialect, nil, err
			}
			for _, c := range candidates {
				if c.scenario.Reading == point.Slug+"="+declared {
					all = append(all, observation{point: point, reading: declared, check: c})
				}
			}
			continue
		}
		seen, next, err := r.settle(point, candidates, dialect)
		if err != nil {
			return dialect, nil, err
		}
		if seen != nil {
			all, dialect = append(all, *seen), next
		}
		if seen == nil || seen.result != nil && seen.reading == "" {
			r.assumed = append(r.assumed, point.Slug)
			if point.Slug == openapi.RoleHierarchy {
				if r.roles, err = reachOf(point, dialect); err != nil {
					return dialect, nil, err
				}
			}
		}
	}
	return dialect, all, nil
}

// settle tries the readings of a point, the default first, until one shows itself. Where
// none does, the target's own is observed, and what depends on the point is not judged.
func (r *run) settle(point openapi.Point, candidates []scenarioCheck, dialect openapi.Dialect) (*observation, openapi.Dialect, error) {
	var first *Result
	for _, c := range candidates {
		_, reading, _ := strings.Cut(c.scenario.Reading, "=")
		candidate, err := dialect.With(point.Slug, reading)
		if err != nil {
			return nil, dialect, err
		}
		if err := r.under(candidate); err != nil {
			return nil, dialect, err
		}
		result := r.converse(c, false, nil)
		switch result.Verdict {
		case Observed, Pass:
			seen := &observation{point: point, reading: reading, check: c}
			if point.DeclaredOnly && reading != point.Default() && first != nil {
				seen.result, err = r.undeclared(*first, point, reading, dialect)
			}
			return seen, candidate, err
		case Inconclusive, Skipped:
			silenced := result.Verdict == Inconclusive || !r.may.write || !r.may.keep
			if silenced && r.ctx.Err() == nil { // else no check is judged
				err = r.unsettle(point, dialect, unobserved)
			}
			return &observation{point: point, check: c, result: &result}, dialect, err
		}
		if first == nil {
			first = &result
		}
	}
	if first == nil {
		return nil, dialect, nil
	}
	first.Verdict, first.Broken = Observed, nil
	first.Reason = "follows none of the listed readings; as the default has it: " + first.Reason
	err := r.unsettle(point, dialect, unlisted)
	return &observation{point: point, check: scenarioCheck{Check: first.Check}, result: first}, dialect, err
}

// unsettle keeps the checks that depend on a point from being judged.
func (r *run) unsettle(point openapi.Point, dialect openapi.Dialect, why string) error {
	changed, err := reachOf(point, dialect)
	r.unsettled = append(r.unsettled, unsettled{point, changed, why})
	return err
}

// undeclared makes of the check of a documented reading the one failure of a target that
// follows another. Everything else is held to the reading that was seen.
func (r *run) undeclared(result Result, point openapi.Point, reading string, dialect openapi.Dialect) (*Result, error) {
	documented, err := openapi.Load(point.API(), dialect)
	if err != nil {
		return nil, err
	}
	seen, err := dialect.With(point.Slug, reading)
	if err != nil {
		return nil, err
	}
	other, err := openapi.Load(point.API(), seen)
	if err != nil {
		return nil, err
	}
	result.Broken = nil
	for _, clause := range documented.Clauses {
		if _, kept := other.Clause(clause.ID); !kept && clause.Level == openapi.Must {
			result.Broken = append(result.Broken, clause.ID)
		}
	}
	if op := documented.Operation(result.Operations[len(result.Operations)-1]); len(result.Broken) == 0 && op != nil {
		result.Broken = []string{op.Slug + ".status"}
	}
	for _, id := range result.Broken {
		r.documented[id], _ = documented.Clause(id)
	}
	result.Verdict = judge(documented, result.Broken)
	result.Blame = fmt.Sprintf("the target, unless it follows another source (%s): then declare it with --dialect %s=%s", point.Evidence, point.Slug, reading)
	return &result, nil
}

// under loads the contracts of a dialect.
func (r *run) under(dialect openapi.Dialect) (err error) {
	r.contracts, err = load(r.config.APIs, dialect)
	return err
}

// readingsOf lists the scenarios of a point's readings, in the order of the dialect. It
// lists none where an earlier point leaves nothing to observe.
func (r *run) readingsOf(point openapi.Point, dialect openapi.Dialect) ([]scenarioCheck, error) {
	if err := r.under(dialect); err != nil {
		return nil, err
	}
	all, err := scenarios.Load()
	if err != nil {
		return nil, err
	}
	var out []scenarioCheck
	for _, reading := range point.Readings {
		for _, s := range all {
			if s.Reading == point.Slug+"="+reading.Slug && unmetCondition(s, dialect) == "" {
				out = append(out, scenarioCheck{describe(s, r.contracts[point.API()]), s})
			}
		}
	}
	return out, nil
}

// confirm runs the scenario of an observed reading again, now holding each answer to
// the contract of the whole observed dialect.
func (r *run) confirm(o observation) Result {
	if o.result != nil {
		return *o.result
	}
	result := r.converse(o.check, true, nil)
	if result.Verdict == Observed || result.Verdict == Pass {
		result.Reason = "follows " + o.reading
	}
	return result
}
