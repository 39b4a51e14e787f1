package scenarios

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pb33f/jsonpath/pkg/jsonpath"
	jsonpathconfig "github.com/pb33f/jsonpath/pkg/jsonpath/config"
	"github.com/pb33f/libopenapi/arazzo/expression"
	"github.com/pb33f/libopenapi/datamodel/high/arazzo"
)

// The engine compares numbers as floats, so that two large ids are one to it, a header as
// text and by the letters of its name, and null as nothing; and a criterion that it cannot
// evaluate is to it one that is not met. So criteria are evaluated here, and not there.

// criterion is a success criterion that can be evaluated.
type criterion struct {
	written   string
	condition condition // of a simple one
	context   *expression.Expression
	pattern   *regexp.Regexp
	path      string // JSONPath, with expressions in braces
}

// compile reads a criterion. Its error says what cannot be evaluated.
func compile(kind, context, text string) (c criterion, err error) {
	c.written = text
	if kind == "simple" {
		c.condition, err = parseCondition(text)
		if err == nil && len(c.condition.sources()) == 0 {
			err = fmt.Errorf("the condition %q compares nothing of the answer; begin with $statusCode, $response.body or $response.header", shorten(text))
		}
		return c, err
	}
	e, err := parseExpression(context)
	if err != nil {
		return c, err
	}
	c.context = &e
	switch kind {
	case "regex":
		if bare := strings.TrimRight(text, "dgimsuvy"); strings.HasPrefix(text, "/") && len(bare) > 1 && strings.HasSuffix(bare, "/") {
			return c, errors.New("the condition is no regular expression: it stands between slashes; leave them out, and write flags as (?i)")
		}
		if embedded.MatchString(text) {
			return c, errors.New("the condition is no regular expression: nothing is put into one; compare with $inputs in a simple condition")
		}
		if c.pattern, err = regexp.Compile(text); err != nil {
			err = fmt.Errorf("the condition is no regular expression: %w", err)
		}
	case "jsonpath":
		c.path = text
		for _, quoted := range quotedText.FindAllString(text, -1) {
			if embedded.MatchString(quoted) {
				return c, fmt.Errorf("the condition has %s in quotes, which are put around a text by themselves; leave them out", shorten(quoted))
			}
		}
		if _, err = query(embedded.ReplaceAllString(text, "0")); err != nil {
			err = fmt.Errorf("the condition is no JSONPath: %s", flat(err))
		}
	default:
		err = fmt.Errorf("the type of a criterion is simple, regex or jsonpath, not %q", shorten(kind))
	}
	return c, err
}

func compiled(c *arazzo.Criterion) (criterion, error) {
	return compile(c.GetEffectiveType(), c.Context, c.Condition)
}

func query(path string) (*jsonpath.JSONPath, error) {
	return jsonpath.NewPath(path, jsonpathconfig.WithStrictRFC9535(), jsonpathconfig.WithLazyContextTracking())
}

// aboutStatus reports whether a criterion asks for a status, which says more than others.
func (c criterion) aboutStatus() bool { return strings.HasPrefix(c.written, "$statusCode ") }

// embedded is an expression within a text.
var embedded = regexp.MustCompile(`\{\$[^{}]*\}`)

// quotedText is a text in quotes in a JSONPath (RFC 9535, 2.3.1.1).
var quotedText = regexp.MustCompile(`'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"`)

// Unmet is a criterion that an answer does not meet.
type Unmet struct {
	Criterion  string
	Comparison *Comparison // nil where it joins several
}

func (u *Unmet) Error() string { return "expected " + u.Criterion }

// Comparison is two operands as they were compared. That of a regular expression or a
// JSONPath has no operator, and no right operand.
type Comparison struct {
	Left     Operand
	Operator string
	Right    Operand
}

// Operand is one side of a comparison.
type Operand struct {
	Expression string // empty where the value is written out
	Value      any
	Known      bool // false where the expression has no value
}

// memory is what a run of a scenario knows so far: its inputs, and the outputs by step;
// while a step is judged, what was sent and answered.
type memory struct {
	inputs  map[string]any
	outputs map[string]map[string]any
	call    Call
	answer  *Answer
}

// judge holds an answer to the criteria of a step, and keeps the step's outputs.
func (m memory) judge(step *Step, call Call, answer *Answer) error {
	m.call, m.answer = call, answer
	for _, c := range step.criteria {
		switch met, err := m.meets(c); {
		case err != nil:
			return err
		case !met:
			return &Unmet{c.written, m.comparison(c)}
		}
	}
	outputs := map[string]any{}
	for name, text := range step.outputs {
		if value, err := m.resolve(text); err == nil {
			outputs[name] = value
		}
	}
	m.outputs[step.ID] = outputs
	return nil
}

// meets reports whether a criterion is met. Its error says what cannot be evaluated.
func (m memory) meets(c criterion) (bool, error) {
	if c.context == nil {
		value, known := c.condition.value(m.operand)
		return known && value == true, nil
	}
	value, known := m.operand(*c.context)
	if !known {
		return false, nil
	}
	if c.pattern != nil {
		return c.pattern.MatchString(textOf(value)), nil
	}
	text := embedded.ReplaceAllStringFunc(c.path, func(text string) string {
		inner, err := m.resolve(text)
		known = known && err == nil
		return literal(inner)
	})
	if !known {
		return false, nil
	}
	path, err := query(text)
	if err != nil {
		return false, fmt.Errorf("%q, with its values put in, is no JSONPath: %s", shorten(c.path), flat(err))
	}
	return value != nil && len(path.Query(node(value))) > 0, nil
}

// comparison returns what a criterion compares, or nil where it joins several comparisons.
func (m memory) comparison(c criterion) *Comparison {
	operand := func(side condition) (out Operand) {
		out.Value, out.Known = side.value(m.operand)
		if side.source != nil {
			out.Expression = side.source.Raw
		}
		return out
	}
	switch {
	case c.context != nil:
		return &Comparison{Left: operand(condition{source: c.context})}
	case c.condition.compares():
		return &Comparison{operand(c.condition.sides[0]), c.condition.operator, operand(c.condition.sides[1])}
	}
	return nil
}

// textOf is a text as it is, and any other value as JSON.
func textOf(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	return literal(value)
}

func literal(value any) string {
	data, _ := json.Marshal(value) // it came from JSON, or from YAML
	return string(data)
}

// resolve puts inputs and outputs of earlier steps into a value: `$inputs.x` as it is, and
// `{$inputs.x}` within a text.
func (m memory) resolve(value any) (any, error) {
	text, ok := value.(string)
	switch {
	case !ok:
		return value, nil
	case strings.HasPrefix(text, "$"):
		e, err := parseExpression(text)
		if err != nil {
			return nil, err
		}
		found, known := m.operand(e)
		if !known {
			return nil, fmt.Errorf("%s has no value", text)
		}
		return found, nil
	case text != "" && embedded.FindString(text) == text:
		return m.resolve(strings.Trim(text, "{}"))
	}
	var failed error
	text = embedded.ReplaceAllStringFunc(text, func(inner string) string {
		found, err := m.resolve(inner)
		failed = errors.Join(failed, err)
		return textOf(found)
	})
	return text, failed
}

// operand is the value of an expression. It is not known where there is none.
func (m memory) operand(e expression.Expression) (any, bool) {
	switch e.Type {
	case expression.Inputs:
		value, ok := m.inputs[e.Name]
		if !ok {
			return nil, false
		}
		return At(value, e.JSONPointer)
	case expression.Steps:
		value, ok := m.outputs[e.Name][strings.TrimPrefix(e.Tail, "outputs.")]
		return value, ok
	}
	if m.answer == nil {
		return nil, false
	}
	switch e.Type {
	case expression.StatusCode:
		return m.answer.Status, true
	case expression.URL:
		return m.answer.URL, true
	case expression.Method:
		return m.answer.Method, true
	case expression.ResponseBody:
		return At(m.answer.Body, e.JSONPointer)
	case expression.ResponseHeader:
		return field(m.answer.Header, e.Property)
	case expression.RequestBody:
		return At(m.call.Body, e.JSONPointer)
	case expression.RequestHeader:
		return field(m.call.Header, e.Property)
	case expression.RequestQuery:
		return m.call.Query.Get(e.Property), m.call.Query.Has(e.Property)
	case expression.RequestPath:
		value, ok := m.call.Path[e.Property]
		return value, ok
	}
	return nil, false
}

// field is a header field, whose lines are one value (RFC 9110, 5.3).
func field(header http.Header, name string) (any, bool) {
	lines := header.Values(name)
	return strings.Join(lines, ", "), len(lines) > 0
}

// At reads the value at a JSON Pointer (RFC 6901).
func At(value any, pointer string) (any, bool) {
	if pointer == "" {
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
			if err != nil || strconv.Itoa(i) != segment || i < 0 || i >= len(v) {
				return nil, false
			}
			value = v[i]
		default:
			return nil, false
		}
	}
	return value, true
}

// criteriaOf compiles the criteria of a step, those about the status first.
func criteriaOf(step *arazzo.Step) ([]criterion, error) {
	var out []criterion
	for _, written := range step.SuccessCriteria {
		c, err := compiled(written)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	slices.SortStableFunc(out, func(a, b criterion) int {
		switch {
		case a.aboutStatus() == b.aboutStatus():
			return 0
		case a.aboutStatus():
			return -1
		}
		return 1
	})
	return out, nil
}

// spelled is a header with every field as the outputs of the step write its name, whose
// lines are one value: the engine takes the first line of a field of that name.
func (s *Step) spelled(header http.Header) http.Header {
	out := http.Header{}
	for name := range header {
		out[name] = []string{strings.Join(header[name], ", ")}
	}
	for _, text := range s.outputs {
		for _, name := range headerName.FindAllStringSubmatch(text, -1) {
			if value, known := field(header, name[1]); known {
				out[name[1]] = []string{value.(string)}
			}
		}
	}
	return out
}

// headerName is the name of a field of the answer in an expression.
var headerName = regexp.MustCompile(`\$response\.header\.([^\s{}]+)`)
