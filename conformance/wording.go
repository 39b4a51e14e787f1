package conformance

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// differs says what was expected of a field and what was found there.
func differs(field, expected, found string) string {
	return fmt.Sprintf("%s: %s expected, %s found", field, expected, found)
}

var operators = map[string]string{"==": "", "!=": "anything but ", "<=": "at most ", ">=": "at least ", "<": "less than ", ">": "more than "}

// inWords says by the field that differs why an answer does not meet a criterion.
func (s *session) inWords(unmet *scenarios.Unmet, e *target.Exchange) string {
	c, written := unmet.Comparison, s.fill(unmet.Criterion)
	switch {
	case c == nil || c.Left.Expression == "":
		return written + " expected, " + answered(e) + " found"
	case c.Operator == "":
		return differs(fieldOf(c.Left.Expression), "a match of "+written, operand(c.Left, "none"))
	}
	return differs(fieldOf(c.Left.Expression), operators[c.Operator]+operand(c.Right, c.Right.Expression), operand(c.Left, "none"))
}

// operand is the value of one side of a comparison, or what stands for one that is not
// known. That of a token is its expression.
func operand(o scenarios.Operand, unknown string) string {
	switch {
	case !o.Known:
		return unknown
	case strings.HasPrefix(o.Expression, "$inputs.") && strings.HasSuffix(o.Expression, "_token"):
		return o.Expression
	}
	return show(o.Value)
}

// inWords says by the field that differs what a named check expected, if it is about one.
func (u unmet) inWords() string {
	if field, expected, of := strings.Cut(u.expected, ": "); of && !strings.Contains(field, " ") {
		return differs(field, expected, u.actual)
	}
	return u.Error()
}

// fieldOf names what an operand of a criterion is about.
func fieldOf(operand string) string {
	switch place, pointer, _ := strings.Cut(operand, "#"); {
	case operand == "$statusCode":
		return "status"
	case strings.HasPrefix(operand, "$response.header."):
		return "header " + strings.TrimPrefix(operand, "$response.header.")
	case strings.Trim(pointer, "/") != "":
		return strings.ReplaceAll(strings.Trim(pointer, "/"), "/", ".")
	case strings.HasPrefix(place, "$response.body"):
		return "body"
	}
	return strings.TrimPrefix(operand, "$")
}

// apart names the fields in which one JSON value is not as another.
func apart(field string, want, got any) []string {
	if equal(want, got) {
		return nil
	}
	below := func(name string) string { return strings.TrimPrefix(field+"."+name, ".") }
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			break
		}
		names := maps.Clone(w)
		maps.Copy(names, g)
		var out []string
		for _, name := range slices.Sorted(maps.Keys(names)) {
			expected, due := w[name]
			value, there := g[name]
			switch {
			case !due:
				out = append(out, differs(below(name), "none", show(value)))
			case !there:
				out = append(out, differs(below(name), show(expected), "none"))
			default:
				out = append(out, apart(below(name), expected, value)...)
			}
		}
		return out
	case []any:
		g, ok := got.([]any)
		switch {
		case !ok:
		case len(w) != len(g):
			return []string{differs(strings.TrimPrefix(field+" elements", " "), fmt.Sprint(len(w)), fmt.Sprint(len(g)))}
		default:
			var out []string
			for i := range w {
				out = append(out, apart(below(fmt.Sprint(i)), w[i], g[i])...)
			}
			return out
		}
	}
	if field == "" {
		field = "body"
	}
	return []string{differs(field, show(want), show(got))}
}

// differs names the fields in which an answer is not as the contract has it.
func (d departure) differs() []string {
	var out []string
	for _, v := range d.violations {
		switch expected, found := v.Promise, foundOf(v); {
		case v.Keyword == "status":
			out = append(out, differs("status", strings.TrimPrefix(expected, "a status of "), found))
		case expected == "":
			out = append(out, v.String())
		case v.Place == openapi.InHeader:
			out = append(out, differs("header "+v.Field(), expected, found))
		case len(v.Path) == 0:
			out = append(out, differs("body", expected, found))
		default:
			out = append(out, differs(v.Field(), expected, found))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// together are some lines on one, the first few.
func together(lines []string) string {
	const most = 4
	if more := len(lines) - most; more > 0 {
		return strings.Join(lines[:most], "; ") + fmt.Sprintf("; and %d more", more)
	}
	return strings.Join(lines, "; ")
}

// differs says by the answer's status what a probe found in place of what is due.
func (p probeCheck) differs(op *openapi.Operation, e *target.Exchange) string {
	due := p.probe.Expect.String()
	if p.probe.Expect.Accepted {
		due = fmt.Sprint(op.Success)
	} else if len(p.probe.Expect.Statuses) > 0 {
		due = strings.ReplaceAll(strings.Trim(fmt.Sprint(p.probe.Expect.Statuses), "[]"), " ", " or ")
	}
	if e.Status == 0 {
		return differs("status", due, "no answer")
	}
	return differs("status", due, strings.TrimSpace(fmt.Sprint(e.Status)))
}

// lawful is the answer that a twin gave in the place of a decisive one.
func (r *Result) lawful(twin Result) string {
	e := twin.Decisive
	if r.step != "" {
		e = twin.answers[r.step]
	}
	if e == nil || e.Status == 0 || r.Decisive == nil || e.Operation != r.Decisive.Operation {
		return ""
	}
	text := answered(e)
	if text == answered(r.Decisive) {
		return "" // what differs is not this answer
	}
	if location := e.Header.Get("Location"); e.Status == http.StatusCreated && location != "" {
		text += " with Location: " + location
	}
	return text
}
