package scenarios

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pb33f/libopenapi/arazzo/expression"

	"github.com/twinbill/twinbill/internal/exact"
)

// condition is a simple condition as Arazzo 1.0.1 writes them: values, comparisons, !, &&,
// || and parentheses. Texts stand in quotes.
type condition struct {
	operator string // empty where it is one value
	sides    []condition
	source   *expression.Expression // nil where the value is written out:
	literal  any
}

var comparators = []string{"==", "!=", "<=", ">=", "<", ">"}

// lexeme is a text in quotes, an operator, or a word.
var lexeme = regexp.MustCompile(`^\s*('(?:[^']|'')*'|"[^"]*"|\|\||&&|==|!=|<=|>=|[<>!()]|[^\s'"|&=!<>()]+)`)

// parseCondition reads a simple condition. Its error says what cannot be evaluated.
func parseCondition(text string) (condition, error) {
	var words []string
	for rest := strings.TrimSpace(text); rest != ""; {
		found := lexeme.FindStringSubmatch(rest)
		if found == nil {
			return condition{}, fmt.Errorf("%q cannot be read; want a comparison, such as $statusCode == 200", shorten(strings.TrimSpace(rest)))
		}
		words, rest = append(words, found[1]), strings.TrimSpace(rest[len(found[0]):])
	}
	c := conditionReading{words: words}
	out, err := c.joined("||", "&&")
	if err == nil && len(c.words) > 0 {
		err = fmt.Errorf("%q is not expected there; join comparisons by && or ||", shorten(c.words[0]))
	}
	return out, err
}

// conditionReading is what is left of a condition while it is read.
type conditionReading struct{ words []string }

// takes cuts the next word off where it is one of some.
func (r *conditionReading) takes(words ...string) (string, bool) {
	for _, word := range words {
		if len(r.words) > 0 && r.words[0] == word {
			r.words = r.words[1:]
			return word, true
		}
	}
	return "", false
}

// joined reads what an operator joins, the parts of which the next one may join.
func (r *conditionReading) joined(operator string, then ...string) (condition, error) {
	part := r.negated
	if len(then) > 0 {
		part = func() (condition, error) { return r.joined(then[0]) }
	}
	out, err := part()
	for err == nil {
		if _, more := r.takes(operator); !more {
			break
		}
		var right condition
		right, err = part()
		out = condition{operator: operator, sides: []condition{out, right}}
	}
	return out, err
}

// negated reads a comparison, a condition in parentheses, or the opposite of either.
func (r *conditionReading) negated() (condition, error) {
	if _, not := r.takes("!"); not {
		inner, err := r.negated()
		return condition{operator: "!", sides: []condition{inner}}, err
	}
	if _, group := r.takes("("); group {
		inner, err := r.joined("||", "&&")
		if _, closed := r.takes(")"); err == nil && !closed {
			err = errors.New("a parenthesis is not closed")
		}
		return inner, err
	}
	left, err := r.operand()
	if err != nil {
		return left, err
	}
	operator, compared := r.takes(comparators...)
	if !compared {
		return left, nil
	}
	right, err := r.operand()
	return condition{operator: operator, sides: []condition{left, right}}, err
}

// operand reads one value.
func (r *conditionReading) operand() (condition, error) {
	if len(r.words) == 0 {
		return condition{}, errors.New("a value is missing at its end")
	}
	word := r.words[0]
	r.words = r.words[1:]
	switch word[0] {
	case '\'':
		return condition{literal: strings.ReplaceAll(word[1:len(word)-1], "''", "'")}, nil
	case '"':
		return condition{literal: word[1 : len(word)-1]}, nil
	case '$':
		e, err := parseExpression(word)
		return condition{source: &e}, err
	}
	if value, err := exact.Decode([]byte(word)); err == nil {
		return condition{literal: value}, nil
	}
	return condition{}, fmt.Errorf("%s is no value; put a text in single quotes, and write a number in decimal", shorten(word))
}

// parseExpression reads a runtime expression. What the engine would look for and never find
// is refused.
func parseExpression(text string) (expression.Expression, error) {
	e, err := expression.ParseWithVersion(text, expression.Arazzo10)
	switch {
	case err != nil:
		return e, fmt.Errorf("%q is no runtime expression: %s", shorten(text), flat(err))
	case strings.ContainsAny(text, "[]"):
		return e, fmt.Errorf("%q has brackets, which a JSON Pointer has none of; write the index as #/0", shorten(text))
	case e.Type == expression.Steps && strings.Contains(e.Tail, "#"):
		return e, fmt.Errorf("%q is a part of an output; list it as an output of its own", shorten(text))
	}
	return e, nil
}

// compares reports whether a condition is a single comparison.
func (c condition) compares() bool { return slices.Contains(comparators, c.operator) }

// sources lists the expressions in a condition.
func (c condition) sources() []expression.Expression {
	if c.source != nil {
		return []expression.Expression{*c.source}
	}
	var out []expression.Expression
	for _, side := range c.sides {
		out = append(out, side.sources()...)
	}
	return out
}

// value is what a condition comes to. It is not known where something that is compared is
// not there, or what is joined or negated is neither true nor false; what is joined to it may
// decide without it.
func (c condition) value(of func(expression.Expression) (any, bool)) (value any, known bool) {
	if c.operator == "" {
		if c.source == nil {
			return c.literal, true
		}
		return of(*c.source)
	}
	left, known := c.sides[0].value(of)
	truth, logical := left.(bool)
	switch c.operator {
	case "!":
		return !truth, known && logical
	case "&&", "||":
		right, sure := c.sides[1].value(of)
		second, both := right.(bool)
		known, sure = known && logical, sure && both
		decisive := c.operator == "||"
		if known && truth == decisive || sure && second == decisive {
			return decisive, true
		}
		return !decisive, known && sure
	}
	right, sure := c.sides[1].value(of)
	return known && sure && compare(left, c.operator, right), known && sure
}

// compare reports whether two values compare so. A text that is written as a number is that
// number next to one, and in an order of two; other texts are ordered by their letters, and
// nothing else has an order.
func compare(left any, operator string, right any) bool {
	order, ordered := exact.Order(left, right)
	a, text := left.(string)
	b, texts := right.(string)
	switch operator {
	case "==":
		return exact.Equal(left, right) || text != texts && ordered && order == 0
	case "!=":
		return !compare(left, "==", right)
	}
	if texts = texts && text; texts && !ordered {
		order, ordered = strings.Compare(a, b), true
	}
	switch operator {
	case "<":
		return ordered && order < 0
	case "<=":
		return ordered && order <= 0
	case ">":
		return ordered && order > 0
	}
	return ordered && order >= 0
}
