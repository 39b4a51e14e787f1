// Package scenarios holds the stateful workflows of the suite as Arazzo 1.0.1
// documents, and runs them on libopenapi's engine.
//
// The documents keep to standard keywords, so that any Arazzo runner passes them
// against the same server. What only this suite reads is in extensions:
//
//	x-clauses   on a step: the clauses it proves
//	x-checks    on a step: named checks that Arazzo cannot say (package conformance)
//	x-route     on a step: the route to take, where an operation has several
//	x-first     on a step: patterns of the rows to put first in a list, so that a
//	            pointer finds them among other people's
//	x-content-type  on a step: the Content-Type to send, to the letter
//	x-raw       on a step: true where a pipe in its path goes as it is
//	x-race      on a step: its request is sent several times at once, or together with a rival
//	x-later     on a step: true where it is taken after every other check
//	x-questions on a step: the questions that it asks of its clauses
//	x-when      on a workflow: `point=reading` conditions under which it applies
//	x-reading   on a workflow: the `point=reading` it shows to be followed
//	x-portable  on a workflow: false where another runner cannot send it as it is
//	x-baseline  on a workflow: its last step is a valid request to derive probes from
package scenarios

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/pb33f/go-yaml"
	"github.com/pb33f/libopenapi"
	"github.com/pb33f/libopenapi/datamodel/high/arazzo"
	"github.com/pb33f/libopenapi/orderedmap"

	"github.com/twinbill/twinbill/openapi"
)

//go:embed ripple cloudhealth dialect
var documents embed.FS

// Scenario is one workflow.
type Scenario struct {
	ID       string // document and workflowId, such as ripple/account/duplicate
	API      openapi.API
	Summary  string
	Steps    []Step
	Inputs   []string // the names it takes
	When     []string // every `point=reading` that has to hold
	Reading  string   // the `point=reading` it shows; empty for most
	Baseline bool
	Own      bool           // a user's, not the suite's
	Defaults map[string]any // values of inputs that the suite does not supply

	document *arazzo.Arazzo
	workflow *arazzo.Workflow
}

// Step is one request of a scenario.
type Step struct {
	ID          string
	OperationID string
	Clauses     []string
	Checks      []Check
	Criteria    []string         // as they are written
	Route       *Route           // the route to take instead of the contract's first
	ContentType string           // the Content-Type to send, to the letter
	First       []map[string]any // the rows of a list that come first, whatever their place
	Raw         bool             // a pipe in its path goes as it is
	Race        *Race            // what is sent at the same time
	Later       bool             // it is taken after every other check
	Questions   []string         // that the step asks of its clauses

	places   map[string]string // parameter name → path, query or header
	criteria []criterion       // those about the status first
	outputs  map[string]string // name → expression
}

// Route is one of the ways to reach an operation (x-route).
type Route struct {
	Method string `yaml:"method"`
	Body   string `yaml:"body"` // absent: the operation is reached only without a body
}

// Race is what is sent at the same moment as a step's request (x-race). Exactly one of all
// succeeds, and the step's answer is that of the one, unless Wins says otherwise.
type Race struct {
	Times   int    `yaml:"times"`   // how often the step's own request is sent; 0 means once
	Refused any    `yaml:"refused"` // the status of the others
	Rival   *Rival `yaml:"rival"`
	Wins    string `yaml:"wins"` // which succeed: one, where it is empty; all; or the step's own, whatever becomes of the rival
}

// Rival is another request of a race.
type Rival struct {
	OperationID string         `yaml:"operationId"`
	Path        map[string]any `yaml:"path"`
	Body        map[string]any `yaml:"body"`
}

// Check is a named check on a step's answer, with its arguments.
type Check struct {
	Name string
	With map[string]any
}

// ExpectsSuccess reports whether the step's criteria ask for a 2xx answer.
func (s Step) ExpectsSuccess() bool {
	return slices.ContainsFunc(s.Criteria, func(c string) bool {
		return strings.HasPrefix(c, "$statusCode == 2") || strings.HasPrefix(c, "$statusCode == $inputs.success_")
	})
}

// ExpectsRefusal reports whether the step's criteria ask for a 4xx answer.
func (s Step) ExpectsRefusal() bool {
	return slices.ContainsFunc(s.Criteria, func(c string) bool {
		return slices.ContainsFunc([]string{"$statusCode == 4", "$statusCode == $inputs.status_", "$statusCode >= 400", "^4"}, func(begins string) bool {
			return strings.HasPrefix(c, begins)
		})
	})
}

// Status is the status that the step's criteria ask for, and whether they ask for
// one in particular.
func (s Step) Status(inputs map[string]any) (int, bool) {
	for _, c := range s.Criteria {
		operand, ok := strings.CutPrefix(c, "$statusCode == ")
		if !ok {
			continue
		}
		if name, ok := strings.CutPrefix(operand, "$inputs."); ok {
			operand = fmt.Sprint(inputs[name])
		}
		if status, err := strconv.Atoi(operand); err == nil {
			return status, true
		}
	}
	return 0, false
}

// Refusal is the general refusal whose status the step asks for (`$inputs.status_REASON`);
// empty where it asks for none.
func (s Step) Refusal() string {
	for _, c := range s.Criteria {
		if reason, ok := strings.CutPrefix(c, "$statusCode == $inputs.status_"); ok {
			return strings.ReplaceAll(reason, "_", "-")
		}
	}
	return ""
}

// Clauses lists the clauses that the scenario's steps say they prove.
func (s *Scenario) Clauses() []string {
	var out []string
	for _, step := range s.Steps {
		for _, c := range step.Clauses {
			if !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
	}
	return out
}

// Later reports whether some step is taken after every other check.
func (s *Scenario) Later() bool {
	return slices.ContainsFunc(s.Steps, func(step Step) bool { return step.Later })
}

// Operations lists the operationIds of the scenario's steps.
func (s *Scenario) Operations() []string {
	var out []string
	for _, step := range s.Steps {
		if !slices.Contains(out, step.OperationID) {
			out = append(out, step.OperationID)
		}
	}
	return out
}

// Load reads the embedded documents, in the order of their paths.
var Load = sync.OnceValues(func() ([]*Scenario, error) {
	var all []*Scenario
	err := fs.WalkDir(documents, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := documents.ReadFile(name)
		if err != nil {
			return err
		}
		parsed, err := Parse(name, data)
		all = append(all, parsed...)
		return err
	})
	return all, err
})

// Parse reads the scenarios of one document. Its name gives their ids.
func Parse(name string, data []byte) ([]*Scenario, error) {
	out, err := parse(strings.TrimSuffix(name, ".arazzo.yaml"), data, (*Scenario).nameOwn)
	if err != nil {
		return nil, fmt.Errorf("%s: %s", name, flat(err))
	}
	return out, nil
}

// parse reads the scenarios of one document, each after it was prepared. The stem begins
// their ids.
func parse(stem string, data []byte, prepare func(*Scenario)) ([]*Scenario, error) {
	document, err := libopenapi.NewArazzoDocument(data)
	if err != nil {
		return nil, err
	}
	var out []*Scenario
	for _, workflow := range document.Workflows {
		s := &Scenario{ID: path.Join(stem, workflow.WorkflowId), Summary: workflow.Summary, document: document, workflow: workflow}
		prepare(s)
		if err := s.read(); err != nil {
			return nil, fmt.Errorf("workflow %q: %w", workflow.WorkflowId, err)
		}
		out = append(out, s)
	}
	return out, nil
}

func (s *Scenario) read() error {
	if len(s.document.SourceDescriptions) == 0 {
		return fmt.Errorf("the document describes no source")
	}
	s.API = openapi.API(strings.TrimSuffix(path.Base(s.document.SourceDescriptions[0].URL), ".yaml"))
	for key, v := range map[string]any{"x-when": &s.When, "x-reading": &s.Reading, "x-baseline": &s.Baseline} {
		if err := decode(s.workflow.Extensions, key, v); err != nil {
			return err
		}
	}
	if s.workflow.Inputs != nil {
		var schema struct {
			Properties map[string]yaml.Node `yaml:"properties"`
		}
		if err := s.workflow.Inputs.Decode(&schema); err != nil {
			return fmt.Errorf("inputs: %w", err)
		}
		for name := range schema.Properties {
			s.Inputs = append(s.Inputs, name)
		}
		slices.Sort(s.Inputs)
	}
	for _, step := range s.workflow.Steps {
		read, err := s.step(step)
		if err != nil {
			return fmt.Errorf("step %s: %w", step.StepId, err)
		}
		s.Steps = append(s.Steps, read)
	}
	return nil
}

func (s *Scenario) step(step *arazzo.Step) (Step, error) {
	out := Step{ID: step.StepId, OperationID: step.OperationId, places: map[string]string{}, outputs: map[string]string{}}
	if err := decode(step.Extensions, "x-clauses", &out.Clauses); err != nil {
		return out, err
	}
	if err := decode(step.Extensions, "x-route", &out.Route); err != nil {
		return out, err
	}
	if out.Route != nil {
		out.Route.Method = strings.ToUpper(out.Route.Method)
	}
	if err := decode(step.Extensions, "x-content-type", &out.ContentType); err != nil {
		return out, err
	}
	for key, v := range map[string]any{"x-first": &out.First, "x-raw": &out.Raw, "x-race": &out.Race, "x-later": &out.Later, "x-questions": &out.Questions} {
		if err := decode(step.Extensions, key, v); err != nil {
			return out, err
		}
	}
	if out.Race != nil && !slices.Contains([]string{"", "all", "own"}, out.Race.Wins) {
		return out, fmt.Errorf("x-race: wins: want all or own, not %q", out.Race.Wins)
	}
	var checks []any
	if err := decode(step.Extensions, "x-checks", &checks); err != nil {
		return out, err
	}
	for _, check := range checks {
		switch c := check.(type) {
		case string:
			out.Checks = append(out.Checks, Check{Name: c})
		case map[string]any:
			for name, with := range c {
				arguments, _ := with.(map[string]any)
				out.Checks = append(out.Checks, Check{Name: name, With: arguments})
			}
		default:
			return out, fmt.Errorf("x-checks: want a name, or a name with arguments, not %v", check)
		}
	}
	for _, criterion := range step.SuccessCriteria {
		out.Criteria = append(out.Criteria, criterion.Condition)
	}
	var err error
	if out.criteria, err = criteriaOf(step); err != nil {
		return out, err
	}
	for name, source := range step.Outputs.FromOldest() {
		if out.outputs[name], _ = source.GetExpression(); out.outputs[name] == "" {
			return out, fmt.Errorf("the output %s is no runtime expression", name)
		}
	}
	for _, p := range step.Parameters {
		if p.IsReusable() {
			if p = s.component(p.Reference); p == nil {
				return out, errors.New("a parameter refers to a component that is not there")
			}
		}
		out.places[p.Name] = p.In
	}
	return out, nil
}

// component finds the parameter that a reference names; nil where there is none.
func (s *Scenario) component(reference string) *arazzo.Parameter {
	name, ok := strings.CutPrefix(reference, "$components.parameters.")
	if !ok || s.document.Components == nil || s.document.Components.Parameters == nil {
		return nil
	}
	component, _ := s.document.Components.Parameters.Get(name)
	return component
}

func flat(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// decode reads an extension into v; an absent one leaves v alone.
func decode(extensions *orderedmap.Map[string, *yaml.Node], name string, v any) error {
	if extensions == nil {
		return nil
	}
	node, ok := extensions.Get(name)
	if !ok {
		return nil
	}
	if err := node.Decode(v); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
