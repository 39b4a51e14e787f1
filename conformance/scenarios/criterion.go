package scenarios

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pb33f/libopenapi/arazzo/expression"
	"github.com/pb33f/libopenapi/datamodel/high/arazzo"

	"github.com/twinbill/twinbill/internal/exact"
)

// The engine compares numbers as floats, so that two large ids are one to it, a header as
// text, and null as nothing. Every comparison of an answer's body or header, of an input
// or of an output of an earlier step is told here instead.

// comparison is a criterion about how two values compare.
type comparison struct{ left, operator, right string }

// holds reports whether two values compare so: equal as JSON is, or as numbers in order.
func (c comparison) holds(left, right any) bool {
	switch c.operator {
	case "==":
		return same(left, right)
	case "!=":
		return !same(left, right)
	}
	order, numbers := exact.Order(left, right)
	switch c.operator {
	case "<":
		return numbers && order < 0
	case "<=":
		return numbers && order <= 0
	case ">":
		return numbers && order > 0
	}
	return numbers && order >= 0
}

// compared reads a criterion as a comparison; ok is false where the engine evaluates it.
func (s *Scenario) compared(c *arazzo.Criterion) (out comparison, ok bool) {
	if c.GetEffectiveType() != "simple" || c.Context != "" {
		return out, false
	}
	left, operator, right, found := split(c.Condition)
	ours := func(operand string) bool {
		for _, begins := range []string{"$response.body#/", "$response.header.", "$steps.", "$inputs."} {
			if strings.HasPrefix(operand, begins) {
				return true
			}
		}
		return false
	}
	if !found || strings.HasPrefix(left, "$statusCode") || !ours(left) && !ours(right) {
		return out, false
	}
	return comparison{left, operator, right}, s.evaluates(left) && s.evaluates(right)
}

// split parts a simple condition into operands and operator; what stands in quotes is whole.
// It is not found where there is no operator, or a second condition.
func split(condition string) (left, operator, right string, found bool) {
	left, rest := operandOf(strings.TrimSpace(condition))
	for _, operator := range []string{"==", "!=", "<=", ">=", "<", ">"} {
		if after, begins := strings.CutPrefix(rest, operator); begins {
			right, more := operandOf(strings.TrimSpace(after))
			return left, operator, right, left != "" && right != "" && more == ""
		}
	}
	return "", "", "", false
}

// operandOf cuts the operand off that a text begins with: up to the quote that ends it, or
// to a blank.
func operandOf(text string) (operand, rest string) {
	if text != "" && (text[0] == '\'' || text[0] == '"') {
		if end := strings.IndexByte(text[1:], text[0]); end >= 0 {
			return text[:end+2], strings.TrimSpace(text[end+2:])
		}
	}
	operand, rest, _ = strings.Cut(text, " ")
	return operand, strings.TrimSpace(rest)
}

// evaluates reports whether an operand is of those that memory knows the value of.
func (s *Scenario) evaluates(operand string) bool {
	if !strings.HasPrefix(operand, "$") {
		return true
	}
	e, err := expression.ParseWithVersion(operand, expression.Arazzo10)
	if err != nil {
		return false
	}
	switch e.Type {
	case expression.StatusCode, expression.ResponseBody, expression.ResponseHeader, expression.Inputs:
		return true
	case expression.Steps:
		step := s.written(e.Name)
		if step == nil {
			return false
		}
		source, ok := step.Outputs.Get(strings.TrimPrefix(e.Tail, "outputs."))
		text, simple := source.GetExpression()
		return ok && simple && !strings.HasPrefix(text, "$steps.") && s.evaluates(text)
	}
	return false
}

// unequal says which criterion of a step a comparison does not meet.
type unequal struct{ criterion string }

func (u unequal) Error() string { return "expected " + u.criterion }

// memory is what a run of a scenario knows so far: its inputs, and the outputs by step.
type memory struct {
	of      *Scenario
	inputs  map[string]any
	outputs map[string]map[string]any
}

// judge holds an answer to the comparisons of a step, and keeps the step's outputs.
func (m memory) judge(step *arazzo.Step, answer *Answer) error {
	status, asked := m.of.find(step.StepId).Status(m.inputs)
	for _, criterion := range step.SuccessCriteria {
		c, ok := m.of.compared(criterion)
		if !ok || asked && status != answer.Status { // the criterion on the status says more
			continue
		}
		left, known := m.operand(c.left, answer)
		right, also := m.operand(c.right, answer)
		if !known || !also || !c.holds(left, right) {
			return unequal{criterion.Condition}
		}
	}
	outputs := map[string]any{}
	for name, source := range step.Outputs.FromOldest() {
		if text, simple := source.GetExpression(); simple && m.of.evaluates(text) {
			if value, ok := m.operand(text, answer); ok {
				outputs[name] = value
			}
		}
	}
	m.outputs[step.StepId] = outputs
	return nil
}

// operand is the value of one side of a comparison.
func (m memory) operand(text string, answer *Answer) (any, bool) {
	if !strings.HasPrefix(text, "$") {
		return literal(text), true
	}
	e, err := expression.ParseWithVersion(text, expression.Arazzo10)
	if err != nil {
		return nil, false
	}
	switch e.Type {
	case expression.StatusCode:
		return answer.Status, true
	case expression.ResponseBody:
		return At(answer.Body, e.JSONPointer)
	case expression.ResponseHeader:
		values := answer.Header.Values(e.Property)
		return strings.Join(values, ", "), len(values) > 0
	case expression.Inputs:
		value, ok := m.inputs[e.Name]
		return value, ok
	case expression.Steps:
		value, ok := m.outputs[e.Name][strings.TrimPrefix(e.Tail, "outputs.")]
		if !ok {
			return nil, false
		}
		return At(value, e.JSONPointer)
	}
	return nil, false
}

// literal is a value that is written in a criterion.
func literal(text string) any {
	if len(text) > 1 && (text[0] == '\'' || text[0] == '"') && text[len(text)-1] == text[0] {
		return text[1 : len(text)-1]
	}
	if v, err := exact.Decode([]byte(text)); err == nil {
		return v
	}
	return text
}

// same compares as the engine does, save that numbers stay exact: a text is equal to
// the number or boolean that is written like it.
func same(a, b any) bool {
	if exact.Equal(a, b) {
		return true
	}
	_, text := a.(string)
	_, other := b.(string)
	return text != other && a != nil && b != nil && fmt.Sprint(a) == fmt.Sprint(b)
}

// At reads the value at a JSON Pointer.
func At(value any, pointer string) (any, bool) {
	if pointer == "" || pointer == "/" {
		return value, true
	}
	for _, segment := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		segment = strings.NewReplacer("~1", "/", "~0", "~").Replace(segment)
		switch v := value.(type) {
		case map[string]any:
			next, ok := v[segment]
			if !ok {
				return nil, false
			}
			value = next
		case []any:
			i, err := strconv.Atoi(segment)
			if err != nil || i < 0 || i >= len(v) {
				return nil, false
			}
			value = v[i]
		default:
			return nil, false
		}
	}
	return value, true
}
