package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strings"

	"github.com/spf13/pflag"
)

// fromEnvironment sets the flags that the command line left out from the variables
// that stand for them. An empty variable says nothing.
func fromEnvironment(flags *pflag.FlagSet) error {
	var failed error
	flags.VisitAll(func(f *pflag.Flag) {
		text := os.Getenv(variable(f))
		if f.Changed || failed != nil || strings.TrimSpace(text) == "" {
			return
		}
		values := []string{text}
		if _, repeatable := f.Value.(pflag.SliceValue); repeatable {
			values = several(text)
		}
		for _, value := range values {
			if err := flags.Set(f.Name, value); err != nil {
				failed = fmt.Errorf("%s %w; mend or unset the variable", variable(f), unreadable(f, value, err))
				return
			}
		}
	})
	return failed
}

// unreadable says, to follow the name of a flag or variable, what its value has to be.
func unreadable(f *pflag.Flag, value string, err error) error {
	var want string
	switch f.Value.Type() {
	case "uint64":
		want = fmt.Sprintf("a whole number from 0 to %d", uint64(math.MaxUint64))
	case "int":
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

// several are the values that a variable gives to a repeatable flag: commas or line
// breaks part them.
func several(text string) []string {
	var values []string
	for value := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == '\n' }) {
		if value = strings.TrimSpace(value); value != "" {
			values = append(values, value)
		}
	}
	return values
}
