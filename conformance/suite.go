// Package conformance holds a deployment of the two APIs to their contract: it
// observes which dialect the target follows, then runs every scenario and every
// derived probe under that dialect, and says clause by clause what it found.
package conformance

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/twinbill/twinbill/conformance/probe"
	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// suite is every check there is for some contracts.
type suite struct {
	contracts map[openapi.API]*openapi.Contract
	scenarios []scenarioCheck // without the baselines and the readings
	readings  []scenarioCheck
	probes    []probeGroup
}

type scenarioCheck struct {
	Check
	scenario *scenarios.Scenario
}

// probeGroup is the probes of one operation, and the scenarios whose last step is a
// valid request of it.
type probeGroup struct {
	operation *openapi.Operation
	baselines []*scenarios.Scenario
	probes    []probeCheck
}

type probeCheck struct {
	Check
	probe probe.Probe
}

// assemble lists the checks of the APIs under their contracts, with a user's own
// scenarios in addition to those of the suite.
func assemble(contracts map[openapi.API]*openapi.Contract, own ...*scenarios.Scenario) (*suite, error) {
	all, err := scenarios.Load()
	if err != nil {
		return nil, err
	}
	s := &suite{contracts: contracts}
	baselines := map[string][]*scenarios.Scenario{}
	for _, scenario := range slices.Concat(all, own) {
		contract := contracts[scenario.API]
		if contract == nil {
			continue
		}
		check := scenarioCheck{describe(scenario, contract), scenario}
		switch {
		case scenario.Baseline:
			last := scenario.Steps[len(scenario.Steps)-1]
			baselines[last.OperationID] = append(baselines[last.OperationID], scenario)
		case scenario.Reading != "":
			s.readings = append(s.readings, check)
		default:
			s.scenarios = append(s.scenarios, check)
		}
	}
	for _, api := range openapi.APIs() {
		contract := contracts[api]
		if contract == nil {
			continue
		}
		groups := map[string]int{}
		for _, p := range probe.Derive(contract) {
			id := p.Operation.ID
			if _, ok := groups[id]; !ok {
				groups[id] = len(s.probes)
				s.probes = append(s.probes, probeGroup{operation: p.Operation, baselines: baselines[id]})
			}
			group := &s.probes[groups[id]]
			group.probes = append(group.probes, probeCheck{describeProbe(p).tagged(contract), p})
		}
	}
	return s, nil
}

// describe lists what a scenario claims: the clauses its steps name, and for each
// step that asks for success, what the contract promises of that answer.
func describe(scenario *scenarios.Scenario, contract *openapi.Contract) Check {
	clauses := scenario.Clauses()
	for i := range scenario.Steps {
		for _, id := range implied(&scenario.Steps[i], contract) {
			if !slices.Contains(clauses, id) {
				clauses = append(clauses, id)
			}
		}
	}
	level := firmest(contract, clauses)
	if scenario.Own && len(clauses) == 0 {
		level = openapi.Must // a failure is one of the promised answer
	}
	c := Check{
		ID: scenario.ID, Kind: KindScenario, API: scenario.API, Summary: scenario.Summary,
		Operations: scenario.Operations(), Clauses: clauses, Level: level, asks: asks(scenario, contract),
	}
	switch {
	case scenario.Own:
		c.Tags = []string{"user"}
	case scenario.Reading != "":
		c.Tags = []string{"dialect"}
	}
	return c.tagged(contract)
}

// tagged adds the tags that every check has: its kind, its level, and the contract's
// tags of its operations.
func (c Check) tagged(contract *openapi.Contract) Check {
	c.Tags = append(c.Tags, string(c.Kind), string(c.Level))
	for _, id := range c.Operations {
		if op := contract.Operation(id); op != nil {
			for _, tag := range op.Spec.Tags {
				if !slices.Contains(c.Tags, tag) {
					c.Tags = append(c.Tags, tag)
				}
			}
		}
	}
	return c
}

// implied lists the clauses about the successful answer of a step's operation, which
// holding the answer to the contract proves.
func implied(step *scenarios.Step, contract *openapi.Contract) []string {
	op := contract.Operation(step.OperationID)
	if op == nil || !step.ExpectsSuccess() {
		return nil
	}
	clauses := []string{op.Slug + ".status"}
	if _, ok := contract.Clause(op.BodyClause()); ok {
		clauses = append(clauses, op.BodyClause())
	}
	for _, name := range op.SuccessHeaders() {
		clauses = append(clauses, op.HeaderClause(name))
	}
	for _, f := range op.ResponseFields() {
		clauses = append(clauses, f.ResponseClause())
	}
	return clauses
}

// shown lists those of the implied clauses that an answer proves: a field that an
// answer does not hold, in an empty list or left out, is not proven by it.
func shown(step *scenarios.Step, contract *openapi.Contract, e *target.Exchange) []string {
	clauses := implied(step, contract)
	if len(clauses) == 0 {
		return nil
	}
	op, body := contract.Operation(step.OperationID), e.JSON()
	for _, f := range op.ResponseFields() {
		if !holdsField(body, f.Path) {
			clauses = slices.DeleteFunc(clauses, func(id string) bool { return id == f.ResponseClause() })
		}
	}
	for _, name := range op.SuccessHeaders() {
		if e.Header.Get(name) == "" {
			clauses = slices.DeleteFunc(clauses, func(id string) bool { return id == op.HeaderClause(name) })
		}
	}
	return clauses
}

// holdsField reports whether a value has something at a path of names, "*" being any
// element of an array.
func holdsField(value any, path []string) bool {
	if len(path) == 0 {
		return true
	}
	switch v := value.(type) {
	case []any:
		return path[0] == "*" && slices.ContainsFunc(v, func(element any) bool { return holdsField(element, path[1:]) })
	case map[string]any:
		inner, ok := v[path[0]]
		return ok && holdsField(inner, path[1:])
	}
	return false
}

func describeProbe(p probe.Probe) Check {
	what := string(p.Kind)
	if p.Field != nil {
		what = fmt.Sprintf("%s %s", p.Field.Name(), p.Kind)
	}
	var clauses []string
	if p.Clause != "" {
		clauses = []string{p.Clause}
	}
	return Check{
		asks: map[string][]Question{p.Clause: askedBy(p)},
		ID:   p.ID, Kind: KindProbe, API: p.Operation.API, Summary: fmt.Sprintf("%s: %s is due %s", p.Operation.ID, what, p.Expect),
		Operations: []string{p.Operation.ID}, Clauses: clauses, Level: p.Level,
	}
}

// checks lists every check, in the order of the report.
func (s *suite) checks() []Check {
	var out []Check
	for _, c := range s.readings {
		out = append(out, c.Check)
	}
	for _, c := range s.scenarios {
		out = append(out, c.Check)
	}
	for _, g := range s.probes {
		for _, p := range g.probes {
			out = append(out, p.Check)
		}
	}
	return out
}

// Selection says which checks to run, by globs over check ids, clauses, operationIds
// and tags. An asterisk also matches slashes.
type Selection struct {
	Run  []string // none selects all
	Skip []string
}

func (s Selection) includes(c Check) bool {
	if len(s.Run) > 0 && !matchesAny(s.Run, c) {
		return false
	}
	return !s.skips(c)
}

func (s Selection) skips(c Check) bool { return matchesAny(s.Skip, c) }

// Validate errs on a glob that is not well formed.
func (s Selection) Validate() error {
	for _, glob := range slices.Concat(s.Run, s.Skip) {
		if _, err := path.Match(glob, ""); err != nil {
			return fmt.Errorf("%q is not a glob: %w", glob, err)
		}
	}
	return nil
}

func matchesAny(globs []string, c Check) bool {
	names := slices.Concat([]string{c.ID}, c.Clauses, c.Operations, c.Tags)
	for _, glob := range globs {
		for _, name := range names {
			if matches(glob, name) {
				return true
			}
		}
	}
	return false
}

// Exactly is the glob that matches an id and nothing else.
func Exactly(id string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(id)
}

// matches is path.Match with slashes treated as any other character.
func matches(glob, name string) bool {
	const other = "\x01"
	ok, _ := path.Match(strings.ReplaceAll(glob, "/", other), strings.ReplaceAll(name, "/", other))
	return ok
}
