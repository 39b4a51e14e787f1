package scenarios

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/pb33f/go-yaml"
	engine "github.com/pb33f/libopenapi/arazzo"
	"github.com/pb33f/libopenapi/datamodel/high/arazzo"

	"github.com/twinbill/twinbill/internal/exact"
)

// Call is a request as a step resolves it.
type Call struct {
	Path        map[string]string
	Query       url.Values
	Header      http.Header
	Body        any // nil where the step sends none
	ContentType string

	// Resolve puts inputs and outputs of earlier steps into a value of the suite's own keys.
	Resolve func(value any) (any, error)
}

// Answer is what came of a call.
type Answer struct {
	Status int
	Header http.Header
	Body   any // decoded JSON
	URL    string
	Method string
}

// Execute performs the call of a step. Its error fails the step.
type Execute func(ctx context.Context, step *Step, call Call) (*Answer, error)

// Failure is why a scenario did not pass.
type Failure struct {
	Step  *Step
	Unmet *Unmet // nil where Err says more
	Err   error
}

func (f *Failure) Error() string {
	if f.Step == nil {
		return f.Err.Error()
	}
	return fmt.Sprintf("step %s: %v", f.Step.ID, f.Err)
}

func (f *Failure) Unwrap() error { return f.Err }

// stepParameter carries the id of a step to its execution, which the engine does
// not name otherwise.
const stepParameter = "\x00step"

// Run executes the scenario with its inputs and returns the steps that passed, and
// why it stopped where it did not pass. Every run has an engine of its own: one
// engine is not safe for concurrent use.
func (s *Scenario) Run(ctx context.Context, inputs map[string]any, execute Execute) ([]*Step, *Failure) {
	document := &arazzo.Arazzo{
		Arazzo: s.document.Arazzo, Info: s.document.Info, SourceDescriptions: s.document.SourceDescriptions,
		Workflows: []*arazzo.Workflow{s.marked()}, Components: s.document.Components,
	}
	source := s.document.SourceDescriptions[0]
	know := memory{inputs: inputs, outputs: map[string]map[string]any{}}
	runner := engine.NewEngine(document, executor{s, execute, know}, []*engine.ResolvedSource{{Name: source.Name, URL: source.URL, Type: source.Type}})
	result, err := runner.RunWorkflow(ctx, s.workflow.WorkflowId, inputs)
	if err != nil {
		return nil, &Failure{Err: err}
	}
	var passed []*Step
	for _, r := range result.Steps {
		step := s.find(r.StepId)
		if r.Success {
			passed = append(passed, step)
			continue
		}
		failure := &Failure{Step: step, Err: r.Error}
		failure.Unmet, _ = errors.AsType[*Unmet](r.Error)
		return passed, failure
	}
	if result.Error != nil {
		return passed, &Failure{Err: result.Error}
	}
	return passed, nil
}

func (s *Scenario) find(id string) *Step {
	for i := range s.Steps {
		if s.Steps[i].ID == id {
			return &s.Steps[i]
		}
	}
	return nil
}

// marked returns the workflow for the engine: each step bears its id, and no criteria, which
// are evaluated here.
func (s *Scenario) marked() *arazzo.Workflow {
	workflow := *s.workflow
	workflow.Outputs = nil // nobody reads them
	workflow.Steps = make([]*arazzo.Step, len(s.workflow.Steps))
	for i, original := range s.workflow.Steps {
		step := *original
		step.Parameters = append([]*arazzo.Parameter{{
			Name: stepParameter, In: "header",
			Value: &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: step.StepId},
		}}, original.Parameters...)
		step.SuccessCriteria = nil
		workflow.Steps[i] = &step
	}
	return &workflow
}

type executor struct {
	scenario *Scenario
	execute  Execute
	know     memory
}

// Execute implements the engine's Executor.
func (x executor) Execute(ctx context.Context, r *engine.ExecutionRequest) (*engine.ExecutionResponse, error) {
	id, _ := r.Parameters[stepParameter].(string)
	step := x.scenario.find(id)
	call := Call{Path: map[string]string{}, Query: url.Values{}, Header: http.Header{}, Body: r.RequestBody, ContentType: r.ContentType}
	for name, value := range r.Parameters {
		text := exact.Text(value)
		switch step.places[name] {
		case "path":
			call.Path[name] = text
		case "query":
			call.Query.Set(name, text)
		case "header":
			call.Header.Set(name, text)
		}
	}
	call.Resolve = x.know.resolve
	answer, err := x.execute(ctx, step, call)
	if err != nil {
		return nil, err
	}
	if err := x.know.judge(step, call, answer); err != nil {
		return nil, err
	}
	return &engine.ExecutionResponse{StatusCode: answer.Status, Headers: step.spelled(answer.Header), Body: document(answer.Body), URL: answer.URL, Method: answer.Method}, nil
}

// document is a body as the engine's JSONPath wants it; nil where there is none. The
// engine would make the node itself, but it leaves a null inside an object out, and
// makes a float of an id.
func document(body any) any {
	if body == nil {
		return nil
	}
	return node(body)
}

func node(value any) *yaml.Node {
	scalar := func(tag, text string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: text} }
	switch v := value.(type) {
	case string:
		return scalar("!!str", v)
	case bool:
		return scalar("!!bool", strconv.FormatBool(v))
	case json.Number:
		return scalar(numberTag(v), v.String())
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, element := range v {
			n.Content = append(n.Content, node(element))
		}
		return n
	case map[string]any:
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			n.Content = append(n.Content, scalar("!!str", name), node(v[name]))
		}
		return n
	}
	return scalar("!!null", "null")
}

// numberTag is the type by which the engine reads a number, which is exact for a whole
// one. A fraction that a float does not hold goes on as it is written.
func numberTag(n json.Number) string {
	if _, err := n.Int64(); err == nil {
		return "!!int"
	}
	if f, err := n.Float64(); err == nil && exact.Equal(f, n) {
		return "!!float"
	}
	return "!!str"
}
