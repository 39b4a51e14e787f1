package conformance

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
)

// namedCheck is a check on a step's answer that Arazzo cannot say. The error of what it
// runs is what the answer should have been.
type namedCheck struct {
	scenarios.NamedCheck

	run func(ctx context.Context, s *session, e *target.Exchange, with arguments) error
}

// namedChecks are the checks that a step may ask for under x-checks, the suite's and a
// user's alike.
var namedChecks map[string]namedCheck

func init() {
	type takes = []scenarios.Argument
	required := func(name string, kind scenarios.Kind) scenarios.Argument {
		return scenarios.Argument{Name: name, Kind: kind, Required: true}
	}
	optional := func(name string, kind scenarios.Kind) scenarios.Argument {
		return scenarios.Argument{Name: name, Kind: kind}
	}
	in, where, step := optional("in", scenarios.Pointer), required("where", scenarios.Pattern), required("step", scenarios.Earlier)
	about := takes{optional("has", scenarios.Pattern), optional("matching", scenarios.Regexps), optional("lacking", scenarios.Names)}
	namedChecks = map[string]namedCheck{
		"lacks":             {scenarios.NamedCheck{Says: "no element of the array matches", Arguments: takes{in, where}}, lacks},
		"once":              {scenarios.NamedCheck{Says: "exactly one element matches", Arguments: takes{in, where}}, once},
		"either":            {scenarios.NamedCheck{Says: "exactly one element matches one of the patterns in the list `where`", Arguments: takes{in, required("where", scenarios.Patterns)}}, either},
		"every":             {scenarios.NamedCheck{Says: "there are elements, and all match", Arguments: append(takes{in, optional("where", scenarios.Pattern)}, about...)}, every},
		"element":           {scenarios.NamedCheck{Says: "one element matches `where`; it has these values, matches these regular expressions, lacks these fields", Arguments: append(takes{in, where}, about...)}, element},
		"body":              {scenarios.NamedCheck{Says: "the answer has these values, matches these regular expressions, lacks these fields", Arguments: about, Some: true}, wholeBody},
		"same-as":           {scenarios.NamedCheck{Says: "equal to the answer of an earlier step, save the fields of the list `ignoring`", Arguments: takes{step, optional("ignoring", scenarios.Names)}}, sameAs},
		"same-element":      {scenarios.NamedCheck{Says: "the one element that matches is as in an earlier step", Arguments: takes{step, in, where}}, sameElement},
		"no-body":           {scenarios.NamedCheck{Says: "nothing"}, noBody},
		"route":             {scenarios.NamedCheck{Says: "another path or method gives one of the statuses in the list", Arguments: takes{required("method", scenarios.Text), required("path", scenarios.Text), required("status", scenarios.Statuses)}}, route},
		"trailing-slash":    {scenarios.NamedCheck{Says: "the same with a slash after the path"}, trailingSlash},
		"token-files":       {scenarios.NamedCheck{Says: "a token too for the fields sent as multipart files"}, tokenFiles},
		"token-escaped":     {scenarios.NamedCheck{Says: "a token too for the form with its octets escaped"}, tokenEscaped},
		"token-accepted":    {scenarios.NamedCheck{Says: "a token that the API accepts"}, tokenAccepted},
		"token-lasts":       {scenarios.NamedCheck{Says: "any: no token of the run was refused before its `expires_in`"}, tokenLasts},
		"no-text":           {scenarios.NamedCheck{Says: "the text occurs nowhere", Arguments: takes{required("text", scenarios.Text)}}, noText},
		"count":             {scenarios.NamedCheck{Says: "the array has so many elements", Arguments: takes{in, required("is", scenarios.Number)}}, count},
		"header-absent":     {scenarios.NamedCheck{Says: "without the header", Arguments: takes{required("name", scenarios.Text)}}, headerAbsent},
		"location-resolves": {scenarios.NamedCheck{Says: "reading `Location` gives this answer again"}, locationResolves},
		"follow-link":       {scenarios.NamedCheck{Says: "following `rel=next` gives so many pages at least, every element once, as many as `X-Total`, and exactly one that matches `once`; in `/aws_account_assignments` by default", Arguments: takes{in, optional("pages", scenarios.Number), optional("once", scenarios.Pattern)}}, followLink},
		"link":              {scenarios.NamedCheck{Says: "`Link` has these relations, absolute, keeping these query parameters, and a next page only where `rels` names it", Arguments: takes{required("rels", scenarios.Names), optional("keeps", scenarios.Names)}}, linkHeader},
		"errors":            {scenarios.NamedCheck{Says: "`errors` is an array of so many sentences at least, and each of these fields is named in one", Arguments: takes{optional("naming", scenarios.Names), optional("at-least", scenarios.Number)}}, errorSentences},
	}
}

// Checks is the vocabulary of the named checks: what they are called, what they say and
// which arguments they take.
func Checks() scenarios.Vocabulary {
	out := scenarios.Vocabulary{}
	for name, check := range namedChecks {
		out[name] = check.NamedCheck
	}
	return out
}

// unmet says what a named check expected, and what it found instead.
type unmet struct{ expected, actual string }

func (u unmet) Error() string { return "expected " + u.expected + ", found " + u.actual }

// arguments are those of a named check, with inputs and earlier answers put in.
type arguments map[string]any

// check runs one named check.
func (s *session) check(ctx context.Context, e *target.Exchange, check scenarios.Check) error {
	named, ok := namedChecks[check.Name]
	if !ok {
		return fmt.Errorf("no check is called %s", check.Name)
	}
	with, err := s.resolve(check.With)
	if err != nil {
		return err
	}
	arguments, _ := with.(map[string]any)
	return named.run(ctx, s, e, arguments)
}

// resolve puts inputs ($inputs.name), outputs of earlier steps ($steps.id.outputs.name) and
// earlier answers ($answers.step#/pointer) into arguments.
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
		if reference, ok := strings.CutPrefix(v, "$answers."); ok {
			step, pointer, _ := strings.Cut(reference, "#")
			e := s.answers[step]
			if e == nil {
				return nil, fmt.Errorf("no earlier step %s", step)
			}
			found, ok := at(documented(e), pointer)
			if !ok {
				return nil, unmet{"a value at " + pointer + " in the answer of step " + step, "none"}
			}
			return found, nil
		}
		return s.known(v)
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
