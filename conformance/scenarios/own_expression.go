package scenarios

import (
	"slices"
	"strings"

	"github.com/pb33f/go-yaml"
	"github.com/pb33f/libopenapi/arazzo/expression"

	"github.com/twinbill/twinbill/internal/hint"
)

// moment is when an expression is evaluated.
type moment bool

const (
	beforeAnswer moment = false // in parameters and payloads
	afterAnswer  moment = true  // in criteria and outputs
)

// expressions checks every runtime expression in a tree of values.
func (w *workflowReading) expressions(node *yaml.Node, when moment) {
	texts(node, func(at *yaml.Node) {
		if strings.HasPrefix(at.Value, "$") {
			w.expression(at, at.Value, when)
			return
		}
		if !strings.Contains(at.Value, "{$") {
			return
		}
		tokens, err := expression.ParseEmbeddedWithVersion(at.Value, expression.Arazzo10)
		if err != nil {
			w.fail(at, "%q holds no proper expression: %s", shorten(at.Value), flat(err))
			return
		}
		for _, token := range tokens {
			if token.IsExpression {
				w.expression(at, token.Expression.Raw, when)
			}
		}
	})
}

// expression checks one runtime expression.
func (w *workflowReading) expression(at *yaml.Node, text string, when moment) {
	parsed, err := parseExpression(text)
	if err != nil {
		w.fail(at, "%v", err)
		return
	}
	w.refers(at, parsed, when)
}

// refers checks that what an expression names is there at that moment.
func (w *workflowReading) refers(at *yaml.Node, e expression.Expression, when moment) {
	switch e.Type {
	case expression.Inputs:
		w.input(at, e.Name)
	case expression.Steps:
		w.earlier(at, e)
	case expression.StatusCode, expression.ResponseHeader, expression.ResponseBody, expression.URL, expression.Method,
		expression.RequestHeader, expression.RequestQuery, expression.RequestPath, expression.RequestBody:
		if when == beforeAnswer {
			w.fail(at, "%s is not known before the request is sent", shorten(e.Raw))
		}
	default:
		w.fail(at, "the suite evaluates no %s; write $inputs, $steps, $statusCode, $request or $response", shorten(e.Raw))
	}
}

// input checks that the workflow takes an input.
func (w *workflowReading) input(at *yaml.Node, name string) {
	name, _, _ = strings.Cut(name, "#")
	if !slices.Contains(w.inputs, name) {
		w.fail(at, "the workflow takes no input %q%s; list it under inputs, properties", shorten(name), hint.For(name, w.inputs))
	}
}

// earlier checks that an expression names an output of an earlier step.
func (w *workflowReading) earlier(at *yaml.Node, e expression.Expression) {
	outputs, ok := w.steps[e.Name]
	if !ok {
		w.fail(at, "no earlier step is called %q%s", shorten(e.Name), hint.For(e.Name, w.earlierSteps()))
		return
	}
	name, ok := strings.CutPrefix(e.Tail, "outputs.")
	name, _, _ = strings.Cut(name, "#")
	if !ok || !slices.Contains(outputs, name) {
		w.fail(at, "the step %s has no output %q%s; list it under its outputs", e.Name, shorten(name), hint.For(name, outputs))
	}
}

func (w *workflowReading) earlierSteps() []string {
	var out []string
	for id := range w.steps {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// references checks the arguments of this suite's own keys, which name earlier answers by
// $answers.step#/pointer and a step under `step`, in addition to $inputs and $steps.
func (w *workflowReading) references(node *yaml.Node) {
	texts(node, func(at *yaml.Node) {
		if reference, ok := strings.CutPrefix(at.Value, "$answers."); ok {
			step, _, _ := strings.Cut(reference, "#")
			w.answered(at, step)
			return
		}
		found := embedded.FindAllString(at.Value, -1)
		if strings.HasPrefix(at.Value, "$") {
			found = []string{at.Value}
		}
		for _, text := range found {
			w.expression(at, strings.Trim(text, "{}"), beforeAnswer)
		}
	})
	mapping := behind(node)
	if mapping.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if value := behind(mapping.Content[i+1]); mapping.Content[i].Value == "step" && value.Kind == yaml.ScalarNode {
			w.answered(value, value.Value)
		}
	}
}

func (w *workflowReading) answered(at *yaml.Node, step string) {
	if _, ok := w.steps[step]; !ok {
		w.fail(at, "no earlier step is called %q%s", shorten(step), hint.For(step, w.earlierSteps()))
	}
}

// texts calls a function for each text in a tree of values, keys left out.
func texts(node *yaml.Node, each func(*yaml.Node)) {
	node = behind(node)
	switch node.Kind {
	case yaml.ScalarNode:
		if node.Tag == "!!str" || node.Tag == "" {
			each(node)
		}
	case yaml.SequenceNode:
		for _, inner := range node.Content {
			texts(inner, each)
		}
	case yaml.MappingNode:
		for i := 1; i < len(node.Content); i += 2 {
			texts(node.Content[i], each)
		}
	}
}
