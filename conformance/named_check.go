package conformance

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
)

// namedCheck is a check on a step's answer that Arazzo cannot say. Its error is what
// the answer should have been.
type namedCheck func(ctx context.Context, s *session, e *target.Exchange, with arguments) error

// namedChecks are the checks that a step may ask for under x-checks.
var namedChecks map[string]namedCheck

func init() {
	namedChecks = map[string]namedCheck{
		"lacks":             lacks,
		"once":              once,
		"either":            either,
		"every":             every,
		"element":           element,
		"body":              wholeBody,
		"same-as":           sameAs,
		"same-element":      sameElement,
		"no-body":           noBody,
		"route":             route,
		"trailing-slash":    trailingSlash,
		"token-files":       tokenFiles,
		"token-escaped":     tokenEscaped,
		"token-accepted":    tokenAccepted,
		"token-lasts":       tokenLasts,
		"no-text":           noText,
		"count":             count,
		"header-absent":     headerAbsent,
		"location-resolves": locationResolves,
		"follow-link":       followLink,
		"link":              linkHeader,
		"errors":            errorSentences,
	}
}

// unmet says what a named check expected, and what it found instead.
type unmet struct{ expected, actual string }

func (u unmet) Error() string { return "expected " + u.expected + ", found " + u.actual }

// arguments are those of a named check, with inputs and earlier answers put in.
type arguments map[string]any

// check runs one named check.
func (s *session) check(ctx context.Context, e *target.Exchange, check scenarios.Check) error {
	run, ok := namedChecks[check.Name]
	if !ok {
		return fmt.Errorf("no check is called %s", check.Name)
	}
	with, err := s.resolve(check.With)
	if err != nil {
		return err
	}
	arguments, _ := with.(map[string]any)
	return run(ctx, s, e, arguments)
}

// resolve puts inputs ($inputs.name) and earlier answers ($answers.step#/pointer)
// into arguments.
func (s *session) resolve(value any) (any, error) {
	switch v := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, inner := range v {
			resolved, err := s.resolve(inner)
			if err != nil {
				return nil, err
			}
			out[name] = resolved
		}
		return out, nil
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			resolved, err := s.resolve(inner)
			if err != nil {
				return nil, err
			}
			out[i] = resolved
		}
		return out, nil
	case string:
		if name, ok := strings.CutPrefix(v, "$inputs."); ok {
			input, known := s.inputs[name]
			if !known {
				return nil, fmt.Errorf("no input %s", name)
			}
			return input, nil
		}
		if reference, ok := strings.CutPrefix(v, "$answers."); ok {
			step, pointer, _ := strings.Cut(reference, "#")
			e := s.answers[step]
			if e == nil {
				return nil, fmt.Errorf("no earlier step %s", step)
			}
			found, _ := at(documented(e), pointer)
			return found, nil
		}
	}
	return value, nil
}

func (a arguments) object(name string) map[string]any {
	object, _ := a[name].(map[string]any)
	return object
}

func (a arguments) texts(name string) []string {
	list, _ := a[name].([]any)
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = fmt.Sprint(v)
	}
	return out
}

func (a arguments) number(name string) int {
	n, _ := strconv.Atoi(fmt.Sprint(a[name]))
	return n
}
