package scenarios

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/pb33f/go-yaml"
	engine "github.com/pb33f/libopenapi/arazzo"
	"github.com/pb33f/libopenapi/datamodel/high/arazzo"
)

// Call is a request as a step resolves it.
type Call struct {
	Path        map[string]string
	Query       url.Values
	Header      http.Header
	Body        any // nil where the step sends none
	ContentType string
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
	Step      *Step
	Criterion string // the success criterion that was not met; empty where Err says more
	Err       error
}

func (f *Failure) Error() string {
	if f.Criterion != "" {
		return fmt.Sprintf("step %s: expected %s", f.Step.ID, f.Criterion)
	}
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
		Workflows: []*arazzo.Workflow{s.expand(inputs)}, Components: s.document.Components,
	}
	source := s.document.SourceDescriptions[0]
	runner := engine.NewEngine(document, executor{s, execute}, []*engine.ResolvedSource{{Name: source.Name, URL: source.URL, Type: source.Type}})
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
		var criterion *engine.StepFailureError
		// A criterion on something that the answer lacks, such as a header, cannot be
		// evaluated: it is not met either.
		if errors.As(r.Error, &criterion) && criterion.CriterionIndex < len(step.Criteria) {
			failure.Criterion = step.Criteria[criterion.CriterionIndex]
		}
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

// expand returns the workflow with the inputs put into its JSONPath conditions as
// JSON literals, which the engine does not do, and each step bearing its id.
func (s *Scenario) expand(inputs map[string]any) *arazzo.Workflow {
	workflow := *s.workflow
	workflow.Steps = make([]*arazzo.Step, len(s.workflow.Steps))
	for i, original := range s.workflow.Steps {
		step := *original
		step.Parameters = append([]*arazzo.Parameter{{
			Name: stepParameter, In: "header",
			Value: &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: step.StepId},
		}}, original.Parameters...)
		step.SuccessCriteria = make([]*arazzo.Criterion, len(original.SuccessCriteria))
		for j, criterion := range original.SuccessCriteria {
			c := *criterion
			if c.GetEffectiveType() == "jsonpath" {
				c.Condition = literals(c.Condition, inputs)
			}
			step.SuccessCriteria[j] = &c
		}
		workflow.Steps[i] = &step
	}
	return &workflow
}

func literals(condition string, inputs map[string]any) string {
	for name, value := range inputs {
		placeholder := "{$inputs." + name + "}"
		if strings.Contains(condition, placeholder) {
			literal, _ := json.Marshal(value)
			condition = strings.ReplaceAll(condition, placeholder, string(literal))
		}
	}
	return condition
}

type executor struct {
	scenario *Scenario
	execute  Execute
}

// Execute implements the engine's Executor.
func (x executor) Execute(ctx context.Context, r *engine.ExecutionRequest) (*engine.ExecutionResponse, error) {
	id, _ := r.Parameters[stepParameter].(string)
	step := x.scenario.find(id)
	call := Call{Path: map[string]string{}, Query: url.Values{}, Header: http.Header{}, Body: r.RequestBody, ContentType: r.ContentType}
	for name, value := range r.Parameters {
		text := text(value)
		switch step.places[name] {
		case "path":
			call.Path[name] = text
		case "query":
			call.Query.Set(name, text)
		case "header":
			call.Header.Set(name, text)
		}
	}
	answer, err := x.execute(ctx, step, call)
	if err != nil {
		return nil, err
	}
	body, err := node(answer.Body)
	if err != nil {
		return nil, err
	}
	return &engine.ExecutionResponse{StatusCode: answer.Status, Headers: answer.Header, Body: body, URL: answer.URL, Method: answer.Method}, nil
}

// text is a parameter as it goes on the wire: a number without an exponent.
func text(value any) string {
	if f, ok := value.(float64); ok {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return fmt.Sprint(value)
}

// node is a body as the engine's JSONPath wants it. The engine would make the node
// itself, but it leaves a null inside an object out, and then fails on it.
func node(body any) (any, error) {
	if body == nil {
		return nil, nil
	}
	var n yaml.Node
	if err := n.Encode(body); err != nil {
		return nil, err
	}
	return &n, nil
}
