package score

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/twinbill/twinbill/internal/hint"
)

// Selection says which breaches to score.
type Selection struct {
	Run    []string // globs over ids, kinds, clauses and operationIds; none selects all. An asterisk also matches slashes.
	Sample int      // how many of them, evenly spread; 0 means all
}

// Of returns the selected breaches, in their order. It errs on a glob that is not well
// formed, and where nothing is selected.
func (s Selection) Of(all []Breach) ([]Breach, error) {
	for _, glob := range s.Run {
		if _, err := path.Match(glob, ""); err != nil {
			return nil, fmt.Errorf("%q is not a glob: %w", glob, err)
		}
	}
	var out []Breach
	for _, b := range all {
		if len(s.Run) == 0 || slices.ContainsFunc(s.Run, b.matches) {
			out = append(out, b)
		}
	}
	for _, glob := range s.Run {
		if !slices.ContainsFunc(all, func(b Breach) bool { return b.matches(glob) }) {
			var names []string
			for _, b := range all {
				names = append(append(append(names, b.ID, b.Kind), b.Clauses...), b.Operations...)
			}
			return nil, fmt.Errorf("--run: %q matches no breach%s; `twinbill score --list` lists them", glob, hint.For(glob, names))
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no breach is selected; `twinbill score --list` lists them")
	}
	if s.Sample <= 0 || s.Sample >= len(out) {
		return out, nil
	}
	some := make([]Breach, s.Sample)
	for i := range some {
		some[i] = out[i*len(out)/s.Sample]
	}
	return some, nil
}

func (b Breach) matches(glob string) bool {
	const other = "\x01" // path.Match lets no asterisk match a slash
	glob = strings.ReplaceAll(glob, "/", other)
	return slices.ContainsFunc(slices.Concat([]string{b.ID, b.Kind}, b.Clauses, b.Operations), func(name string) bool {
		ok, _ := path.Match(glob, strings.ReplaceAll(name, "/", other))
		return ok
	})
}
