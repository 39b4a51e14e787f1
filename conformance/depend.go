package conformance

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/twinbill/twinbill/conformance/probe"
	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/openapi"
)

// reach is what the readings of a point change in the contract: probes, by id, and the
// operations whose requests, answers or routes they have otherwise.
type reach struct{ probes, operations map[string]bool }

// reachOf compares the contracts of a point's readings.
func reachOf(point openapi.Point, dialect openapi.Dialect) (reach, error) {
	out := reach{probes: map[string]bool{}, operations: map[string]bool{}}
	var first *shape
	for _, reading := range point.Readings {
		d, err := dialect.With(point.Slug, reading.Slug)
		if err != nil {
			return out, err
		}
		its, err := shapeOf(point.API(), d)
		if err != nil {
			return out, err
		}
		if first == nil {
			first = its
			continue
		}
		unlikeKeys(first.probes, its.probes, out.probes)
		unlikeKeys(first.operations, its.operations, out.operations)
	}
	return out, nil
}

// shape is a contract as far as readings change it: what each probe is due, and a digest of
// each operation.
type shape struct{ probes, operations map[string]string }

var shapes sync.Map // API and dialect → *shape; a run that may not write compares a hundred

func shapeOf(api openapi.API, dialect openapi.Dialect) (*shape, error) {
	key := fmt.Sprint(api, dialect.Departures())
	if known, ok := shapes.Load(key); ok {
		return known.(*shape), nil
	}
	contract, err := openapi.Load(api, dialect)
	if err != nil {
		return nil, err
	}
	its := &shape{probes: map[string]string{}, operations: map[string]string{}}
	for _, p := range probe.Derive(contract) {
		its.probes[p.ID] = fmt.Sprint(p.Value, p.Expect, p.Level)
	}
	for _, op := range contract.Operations {
		its.operations[op.ID] = fmt.Sprintf("%x", sha256.Sum256([]byte(signature(op))))
	}
	shapes.Store(key, its)
	return its, nil
}

// unlikeKeys adds the keys under which two maps differ.
func unlikeKeys(a, b map[string]string, out map[string]bool) {
	for _, pair := range [][2]map[string]string{{a, b}, {b, a}} {
		for key, value := range pair[0] {
			if other, ok := pair[1][key]; !ok || other != value {
				out[key] = true
			}
		}
	}
}

// signature is what a reading can change about an operation, as text.
func signature(op *openapi.Operation) string {
	var out strings.Builder
	var headers []string
	fmt.Fprint(&out, op.Routes, op.Success, op.Statuses())
	for name, header := range op.Spec.Responses.Status(op.Success).Value.Headers {
		schema, _ := json.Marshal(header.Value.Schema)
		headers = append(headers, name+string(schema))
	}
	slices.Sort(headers)
	fmt.Fprint(&out, headers)
	for _, f := range slices.Concat(op.RequestFields(), op.ResponseFields()) {
		schema, _ := json.Marshal(f.Schema) // a schema of a document that was read can be written
		fmt.Fprint(&out, f.Place, f.Path, f.Required, string(schema))
	}
	return out.String()
}

// unsettled is a point of which no listed reading was seen, why, and what they change.
type unsettled struct {
	openapi.Point
	reach
	why string
}

const (
	unlisted   = "whose reading here is none of those listed"
	unobserved = "which could not be observed"
)

// reason is why a check that depends on the point is not judged.
func (u unsettled) reason() error { return unavailable{"depends on " + u.Slug + ", " + u.why} }

// decides reports whether a scenario holds, or does not hold, under the point.
func (u unsettled) decides(s *scenarios.Scenario) bool {
	return slices.ContainsFunc(s.When, func(condition string) bool { return strings.HasPrefix(condition, u.Slug+"=") })
}

// unsettledBy is why a scenario cannot be judged: an unsettled point under which it holds,
// or does not hold.
func (r *run) unsettledBy(s *scenarios.Scenario) error {
	for _, u := range r.unsettled {
		if u.decides(s) {
			return u.reason()
		}
	}
	return nil
}

// probeUnsettledBy is why a probe cannot be judged.
func (r *run) probeUnsettledBy(id string) error {
	for _, u := range r.unsettled {
		if u.probes[id] {
			return u.reason()
		}
	}
	return nil
}

// settled drops the violations that some reading of an unsettled point does not have.
func (s *session) settled(op *openapi.Operation, violations []openapi.Violation, check func(*openapi.Operation) []openapi.Violation) []openapi.Violation {
	for _, u := range s.unsettled {
		if len(violations) == 0 || !u.operations[op.ID] {
			continue
		}
		for _, reading := range u.Readings {
			d, err := s.contract.Dialect.With(u.Slug, reading.Slug)
			if err != nil {
				continue
			}
			contract, err := openapi.Load(op.API, d)
			if err != nil {
				continue
			}
			also := check(contract.Operation(op.ID))
			violations = slices.DeleteFunc(violations, func(v openapi.Violation) bool {
				return !slices.ContainsFunc(also, func(other openapi.Violation) bool { return other.Field() == v.Field() })
			})
		}
	}
	return violations
}

// needed are the points that the selected checks depend on.
func (c Config) needed(dialect openapi.Dialect) (map[string]bool, error) {
	out := map[string]bool{}
	contracts, err := load(c.APIs, dialect)
	if err != nil {
		return nil, err
	}
	suite, err := assemble(contracts, c.Scenarios...)
	if err != nil {
		return nil, err
	}
	asked := asking{operations: map[string]bool{}, probes: map[string]bool{}}
	for _, s := range suite.scenarios {
		if c.includes(s.Check) {
			asked.add(s.scenario, contracts[s.API])
		}
	}
	for _, g := range suite.probes {
		for _, p := range g.probes {
			if !c.includes(p.Check) {
				continue
			}
			asked.probes[p.ID] = true
			for _, baseline := range g.baselines {
				asked.add(baseline, contracts[g.operation.API])
			}
		}
	}
	points := slices.DeleteFunc(slices.Clone(openapi.Points()), func(p openapi.Point) bool { return contracts[p.API()] == nil || !p.Switchable })
	for more := true; more; { // a reading is observed by a scenario, which may depend on another point
		more = false
		for _, point := range points {
			readings := slices.DeleteFunc(slices.Clone(suite.readings), func(s scenarioCheck) bool { return !strings.HasPrefix(s.scenario.Reading, point.Slug+"=") })
			chosen := slices.ContainsFunc(readings, func(s scenarioCheck) bool { return c.includes(s.Check) })
			if out[point.Slug] || !chosen && !asked.dependOn(point, dialect) {
				continue
			}
			out[point.Slug], more = true, true
			for _, s := range readings {
				asked.add(s.scenario, contracts[s.API])
			}
		}
	}
	return out, nil
}

// asking is what some checks ask of a target.
type asking struct {
	operations, probes map[string]bool
	conditions         []string
}

// add notes a scenario: its operations, with those that take them back, and its conditions.
func (a *asking) add(s *scenarios.Scenario, contract *openapi.Contract) {
	a.conditions = append(a.conditions, s.When...)
	if slices.ContainsFunc(s.Inputs, func(name string) bool { return strings.HasPrefix(name, "fresh_azure_") }) {
		a.conditions = append(a.conditions, azureCharacters+"=") // an id is made as the point has it
	}
	for _, id := range s.Operations() {
		a.operations[id] = true
		op := contract.Operation(id)
		if op == nil || op.Undo == nil {
			continue
		}
		a.operations[op.Undo.OperationID] = true
		if op.Undo.Lookup != nil {
			a.operations[op.Undo.Lookup.OperationID] = true
		}
		if op.Undo.Restore != nil {
			a.operations[op.Undo.Restore.OperationID] = true
		}
	}
}

// dependOn reports whether a point decides any of what is asked.
func (a *asking) dependOn(point openapi.Point, dialect openapi.Dialect) bool {
	if slices.ContainsFunc(a.conditions, func(condition string) bool { return strings.HasPrefix(condition, point.Slug+"=") }) {
		return true
	}
	changed, err := reachOf(point, dialect)
	return err != nil || intersect(changed.operations, a.operations) || intersect(changed.probes, a.probes)
}

func intersect(a, b map[string]bool) bool {
	for key := range a {
		if b[key] {
			return true
		}
	}
	return false
}
