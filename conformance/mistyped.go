package conformance

import (
	"fmt"
	"path"
	"slices"

	"github.com/twinbill/twinbill/internal/hint"
	"github.com/twinbill/twinbill/openapi"
)

// Mistyped errs where a glob of the selection matches no check that the suite has, of
// either API, under the default dialect or the declared one.
func (c Config) Mistyped() error {
	if len(c.Selection.Run)+len(c.Selection.Skip) == 0 {
		return nil
	}
	var all []Check
	for _, dialect := range []openapi.Dialect{{}, c.Declared} {
		checks, err := List(Config{Declared: dialect, Scenarios: c.Scenarios})
		if err != nil {
			return err
		}
		all = append(all, checks...)
	}
	for flag, globs := range map[string][]string{"--run": c.Selection.Run, "--skip": c.Selection.Skip} {
		for _, glob := range globs {
			if !slices.ContainsFunc(all, func(check Check) bool { return matchesAny([]string{glob}, check) }) {
				return fmt.Errorf("%s: %q matches no check%s; `twinbill verify --list` lists them", flag, glob, hint.For(glob, names(all)))
			}
		}
	}
	return nil
}

// names are those that a glob can match, and the globs over what lies in one place.
func names(checks []Check) []string {
	var out []string
	for _, c := range checks {
		out = append(out, slices.Concat([]string{c.ID}, c.Clauses, c.Operations, c.Tags)...)
		for dir := path.Dir(c.ID); dir != "."; dir = path.Dir(dir) {
			out = append(out, dir+"/*")
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
