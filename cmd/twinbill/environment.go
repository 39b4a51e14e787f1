package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// What the annotations of a flag hold: the variable that set it, the flags that it rules
// out, and that commas are part of its values.
const (
	fromVariable = "twinbill_variable"
	rulesOut     = "twinbill_rules_out"
	commas       = "twinbill_commas"
)

// fromEnvironment sets the flags that the command line left out from the variables
// that stand for them. An empty variable says nothing, nor does one for a flag that a
// given one rules out.
func fromEnvironment(flags *pflag.FlagSet) error {
	var out []string
	flags.Visit(func(f *pflag.Flag) {
		if f.Value.Type() != "bool" || f.Value.String() == "true" {
			out = append(out, f.Annotations[rulesOut]...)
		}
	})
	var failed error
	flags.VisitAll(func(f *pflag.Flag) {
		text := os.Getenv(variable(f))
		if f.Changed || failed != nil || slices.Contains(out, f.Name) || strings.TrimSpace(text) == "" {
			return
		}
		values := []string{text}
		if _, repeatable := f.Value.(pflag.SliceValue); repeatable {
			values = several(text, f.Annotations[commas] == nil)
		}
		for _, value := range values {
			if err := flags.Set(f.Name, value); err != nil {
				failed = fmt.Errorf("%s %w; mend or unset the variable", variable(f), unreadable(f, value, err))
				return
			}
		}
		annotate(f, fromVariable, variable(f))
	})
	return failed
}

// exclusive makes each of some flags rule out the others, so that one that is given wins
// over the variables of those.
func exclusive(flags *pflag.FlagSet, names ...string) {
	for _, name := range names {
		for _, other := range names {
			if other != name {
				annotate(flags.Lookup(name), rulesOut, other)
			}
		}
	}
}

func annotate(f *pflag.Flag, key, value string) {
	if f.Annotations == nil {
		f.Annotations = map[string][]string{}
	}
	f.Annotations[key] = append(f.Annotations[key], value)
}

// asSet names the variables in a text about flags that were set by them.
func asSet(flags *pflag.FlagSet, text string) string {
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Annotations[fromVariable] != nil {
			text = regexp.MustCompile(`--`+f.Name+`($|[^\w-])`).ReplaceAllString(text, variable(f)+"$1")
		}
	})
	return text
}

// unreadable says, to follow the name of a flag or variable, what its value has to be.
func unreadable(f *pflag.Flag, value string, err error) error {
	var want string
	switch f.Value.Type() {
	case "uint64":
		want = fmt.Sprintf("a whole number from 0 to %d", uint64(math.MaxUint64))
	case "int", "int64":
		want = "a whole number"
	case "duration":
		want = "a time such as 15s"
	case "bool":
		want = "true or false"
	default:
		if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
			err = invalid.Unwrap()
		}
		return fmt.Errorf("cannot be %q: %w", value, err)
	}
	return fmt.Errorf("is %s, not %q", want, value)
}

// variable names the environment variable that stands for a flag.
func variable(f *pflag.Flag) string {
	return "TWINBILL_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
}

// several are the values that a variable gives to a repeatable flag: line breaks part
// them, and commas, unless these belong to the values. One in double quotes is whole.
func several(text string, commas bool) []string {
	var values []string
	for line := range strings.Lines(text) {
		parts := []string{line}
		if commas {
			r := csv.NewReader(strings.NewReader(line))
			r.LazyQuotes, r.TrimLeadingSpace = true, true
			if read, err := r.Read(); err == nil {
				parts = read
			}
		}
		for _, value := range parts {
			if value = strings.TrimSpace(value); value != "" {
				values = append(values, value)
			}
		}
	}
	return values
}
