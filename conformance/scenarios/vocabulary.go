package scenarios

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/twinbill/twinbill/internal/hint"
)

// Vocabulary is the named checks that a step may ask for under x-checks, by name.
type Vocabulary map[string]NamedCheck

// NamedCheck is what a named check holds an answer to, and the arguments that it takes.
type NamedCheck struct {
	Says      string
	Arguments []Argument
	Some      bool // it asks nothing without an argument
}

// Argument is one argument of a named check.
type Argument struct {
	Name     string
	Kind     Kind
	Required bool
}

// Kind is what an argument has to be, in words.
type Kind string

// The kinds of argument.
const (
	Pattern  Kind = "a pattern (field: value)"
	Patterns Kind = "a list of patterns (field: value)"
	Regexps  Kind = "regular expressions by field (field: '^...$')"
	Names    Kind = "a list of texts"
	Statuses Kind = "a list of statuses"
	Number   Kind = "a whole number, 0 or more"
	Text     Kind = "a text"
	Pointer  Kind = "a JSON Pointer, such as /errors"
	Earlier  Kind = "the stepId of an earlier step"
)

// Misuse is a check that is asked for in a way that it cannot be.
type Misuse struct {
	Argument string // empty where it is about none in particular
	Text     string
}

func (m Misuse) Error() string { return m.Text }

// Check holds a check to the vocabulary. Its error is a Misuse.
func (v Vocabulary) Check(c Check) error {
	named, known := v[c.Name]
	if !known {
		return Misuse{Text: fmt.Sprintf("no check is called %q%s", shorten(c.Name), hint.For(c.Name, slices.Sorted(maps.Keys(v))))}
	}
	var names []string
	for _, a := range named.Arguments {
		names = append(names, a.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(c.With)) {
		if !slices.Contains(names, name) {
			return Misuse{name, fmt.Sprintf("%s has no %q%s", c.Name, name, hint.For(name, names))}
		}
	}
	asks := !named.Some
	for _, a := range named.Arguments {
		given, there := c.With[a.Name]
		switch {
		case !there && a.Required:
			return Misuse{Text: fmt.Sprintf("%s has no %s, which is %s; add it", c.Name, a.Name, a.Kind)}
		case there && !a.Kind.admits(given):
			return Misuse{a.Name, fmt.Sprintf("%s of %s is %s", a.Name, c.Name, a.Kind)}
		}
		list, isList := given.([]any)
		asks = asks || there && (!isList || len(list) > 0)
	}
	if !asks {
		return Misuse{Text: fmt.Sprintf("%s asks for nothing; give it %s", c.Name, strings.Join(names, " or "))}
	}
	return nil
}

// admits reports whether a value is of a kind, or an expression that may come to one.
func (k Kind) admits(value any) bool {
	text, isText := value.(string)
	later := strings.HasPrefix(text, "$")
	fields, isMapping := value.(map[string]any)
	list, isList := value.([]any)
	switch k {
	case Pattern:
		return isMapping && len(fields) > 0
	case Patterns:
		return isList && len(list) > 0 && all(list, Pattern.admits)
	case Regexps:
		for _, pattern := range fields {
			source, ok := pattern.(string)
			if _, err := regexp.Compile(source); err != nil || !ok {
				return false
			}
		}
		return len(fields) > 0
	case Names:
		return isList && all(list, Text.admits)
	case Statuses:
		return isList && len(list) > 0 && all(list, Number.admits)
	case Number:
		return later || integer(value)
	case Pointer:
		return isText && strings.HasPrefix(text, "/")
	}
	return isText && text != ""
}

func all(list []any, admits func(any) bool) bool {
	return !slices.ContainsFunc(list, func(v any) bool { return !admits(v) })
}

func integer(value any) bool {
	switch v := value.(type) {
	case int:
		return v >= 0
	case int64:
		return v >= 0
	case uint64:
		return true
	case float64:
		return v >= 0 && v == math.Trunc(v)
	}
	return false
}

// Markdown is the vocabulary as a table for guides.
func (v Vocabulary) Markdown() string {
	out := "| named check | what the answer has to be |\n| --- | --- |\n"
	for _, name := range slices.Sorted(maps.Keys(v)) {
		var arguments []string
		for _, a := range v[name].Arguments {
			text := a.Name
			if !a.Required {
				text += "?"
			}
			arguments = append(arguments, text)
		}
		if len(arguments) > 0 {
			name += ": {" + strings.Join(arguments, ", ") + "}"
		}
		out += fmt.Sprintf("| `%s` | %s |\n", name, v[strings.SplitN(name, ":", 2)[0]].Says)
	}
	return out
}
