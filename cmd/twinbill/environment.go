package main

import (
	"fmt"
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
				failed = fmt.Errorf("%s: %w; mend or unset the variable", variable(f), err)
				return
			}
		}
	})
	return failed
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
