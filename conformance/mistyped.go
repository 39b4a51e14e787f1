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
	type given struct{ flag, glob string }
	var left []given
	for _, glob := range c.Selection.Run {
		left = append(left, given{"--run", glob})
	}
	for _, glob := range c.Selection.Skip {
		left = append(left, given{"--skip", glob})
	}
	var all []Check
	for _, dialect := range []openapi.Dialect{c.Declared, {}} { // the second is seldom needed
		if len(left) == 0 {
			return nil
		}
		checks, err := List(Config{Declared: dialect, Scenarios: c.Scenarios})
		if err != nil {
			return err
		}
		left = slices.DeleteFunc(left, func(g given) bool {
			return slices.ContainsFunc(checks, func(check Check) bool { return matchesAny([]string{g.glob}, check) })
		})
		all = append(all, checks...)
	}
	if len(left) == 0 {
		return nil
	}
	return fmt.Errorf("%s: %q matches no check%s; `twinbill verify --list` lists them", left[0].flag, left[0].glob, hint.For(left[0].glob, names(all)))
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
