package conformance

import (
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
	var all []observation
	for _, point := range openapi.Points() {
		if !point.Switchable || point.Unobservable != "" {
			continue
		}
		if !slices.Contains(r.config.APIs, point.API()) {
			continue
		}
		candidates, err := r.readingsOf(point, dialect)
		if err != nil {
			return dialect, nil, err
		}
		declared := r.config.Declared.Reading(point.Slug)
		if point.DeclaredOnly || !r.config.Known && declared != point.Default() {
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
		if seen == nil || seen.result != nil {
			r.assumed = append(r.assumed, point.Slug)
		}
	}
	return dialect, all, nil
}

// settle tries the readings of a point, the default first, until one shows itself.
func (r *run) settle(point openapi.Point, candidates []scenarioCheck, dialect openapi.Dialect) (*observation, openapi.Dialect, error) {
	var last *observation
	for _, c := range candidates {
		_, reading, _ := strings.Cut(c.scenario.Reading, "=")
		candidate, err := dialect.With(point.Slug, reading)
		if err != nil {
			return nil, dialect, err
		}
		if err := r.under(candidate); err != nil {
			return nil, dialect, err
		}
		result := r.converse(c, false)
		switch result.Verdict {
		case Observed, Pass:
			return &observation{point: point, reading: reading, check: c}, candidate, nil
		case Skipped, Inconclusive:
			return &observation{point: point, check: c, result: &result}, dialect, nil
		}
		if last == nil {
			result.Verdict, result.Reason = Fail, "the target follows no listed reading; as the default has it: "+result.Reason
			result.Broken = []string{point.Slug}
			last = &observation{point: point, check: c, result: &result}
		}
	}
	return last, dialect, nil
}

// under loads the contracts of a dialect.
func (r *run) under(dialect openapi.Dialect) (err error) {
	r.contracts, err = load(r.config.APIs, dialect)
	return err
}

// readingsOf lists the scenarios of a point's readings, in the order of the dialect.
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
			if s.Reading == point.Slug+"="+reading.Slug {
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
	result := r.converse(o.check, true)
	if result.Verdict == Observed || result.Verdict == Pass {
		result.Reason = "follows " + o.reading
	}
	return result
}
