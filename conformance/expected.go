package conformance

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/twinbill/twinbill/internal/yamlfile"
)

// ExpectedFailure is a failure that is known, so that it does not fail the run.
type ExpectedFailure struct {
	Check   string    // check id, or a glob over ids
	Reason  string    // why it fails, and what is being done
	Expires time.Time // the last day on which it is expected; zero means no end
	Where   string    // FILE:LINE of the entry; empty where it comes from no file
}

// MaxExpected is the most bytes that ParseExpected reads.
const MaxExpected = 1 << 20

// ParseExpected reads a YAML list of `{check, reason, expires}`. The name is used in
// errors only, which are one line with the file, the line and what is wrong.
func ParseExpected(name string, data []byte) (list []ExpectedFailure, err error) {
	if len(data) > MaxExpected {
		return nil, fmt.Errorf("%s:1: the file is larger than %d bytes; write globs in place of ids", name, MaxExpected)
	}
	body, err := yamlfile.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s:%w", name, err)
	}
	if body == nil {
		return nil, nil
	}
	const form = "want a list of `- check: ID`, each with a `reason: WORDS`"
	entries, ok := body.(*ast.SequenceNode)
	if !ok {
		return nil, fmt.Errorf("%s:%d: %s", name, yamlfile.Line(body.GetToken()), form)
	}
	lines := map[string]int{}
	for _, node := range entries.Values {
		mapping, ok := node.(ast.MapNode)
		if !ok {
			return nil, fmt.Errorf("%s:%d: %s", name, yamlfile.Line(node.GetToken()), form)
		}
		line := yamlfile.Line(node.GetToken())
		if at := mapping.MapRange(); at.Next() {
			line = yamlfile.Line(at.Key().GetToken())
		}
		entry, err := parseEntry(node)
		if err != nil {
			return nil, fmt.Errorf("%s:%w", name, yamlfile.Explain(err, line))
		}
		if first, twice := lines[entry.Check]; twice {
			return nil, fmt.Errorf("%s:%d: %s stands on line %d already; keep one", name, line, entry.Check, first)
		}
		lines[entry.Check] = line
		entry.Where = fmt.Sprintf("%s:%d", name, line)
		list = append(list, entry)
	}
	return list, nil
}

func parseEntry(node ast.Node) (ExpectedFailure, error) {
	var raw struct {
		Check   string `yaml:"check"`
		Reason  string `yaml:"reason"`
		Expires string `yaml:"expires"`
	}
	if err := yamlfile.Decode(node, &raw); err != nil {
		return ExpectedFailure{}, err
	}
	out := ExpectedFailure{Check: strings.TrimSpace(raw.Check), Reason: strings.Join(strings.Fields(raw.Reason), " ")}
	switch _, err := path.Match(out.Check, ""); {
	case out.Check == "":
		return out, errors.New("the entry has no check; write `check:` with a check id or a glob over ids")
	case err != nil:
		return out, fmt.Errorf("%q is no glob: %w", out.Check, err)
	case out.Reason == "":
		return out, fmt.Errorf("%s has no reason; write `reason:` with why it fails", out.Check)
	}
	if raw.Expires != "" {
		day, err := time.Parse(time.DateOnly, raw.Expires)
		if err != nil {
			return out, fmt.Errorf("expires: %q is no day such as 2026-12-31", raw.Expires)
		}
		out.Expires = day
	}
	return out, nil
}

// expired reports whether the last day of an entry is over.
func (e ExpectedFailure) expired(now time.Time) bool {
	return !e.Expires.IsZero() && !now.Before(e.Expires.AddDate(0, 0, 1))
}

func (e ExpectedFailure) matches(id string) bool { return e.Check == id || matches(e.Check, id) }

// excusing is the first entry that excuses the failure of a check; nil where none does.
func excusing(expected []ExpectedFailure, id string, now time.Time) *ExpectedFailure {
	i := slices.IndexFunc(expected, func(e ExpectedFailure) bool { return e.matches(id) && !e.expired(now) })
	if i < 0 {
		return nil
	}
	return &expected[i]
}

// excuse marks the results whose failure is expected.
func excuse(expected []ExpectedFailure, results []Result, now time.Time) {
	for i, result := range results {
		if result.Verdict != Fail && result.Verdict != Warn {
			continue
		}
		if entry := excusing(expected, result.ID, now); entry != nil {
			results[i].Excused = entry.Reason
		}
	}
}

// stale lists the entries that are to be taken out, each with why: it has expired, no
// check of the suite has such an id, or every check that it names was run and passed.
// Known is every id that the suite has in some dialect; due are the checks that are
// due under the dialect in force, whether selected or not. A check that was not run,
// or says nothing, leaves its entry as it is.
func stale(expected []ExpectedFailure, results []Result, known, due []string, now time.Time) []string {
	verdicts := map[string]Verdict{}
	for _, result := range results {
		verdicts[result.ID] = result.Verdict
	}
	var out []string
	for _, e := range expected {
		why := ""
		switch {
		case e.expired(now):
			why = "expired on " + e.Expires.Format(time.DateOnly)
		case !slices.ContainsFunc(known, e.matches):
			why = "matches no check of the suite"
		case e.passes(verdicts, due):
			why = "passes"
		}
		if why != "" {
			out = append(out, strings.TrimPrefix(fmt.Sprintf("%s: %s: %s (%s)", e.Where, e.Check, why, e.Reason), ": "))
		}
	}
	return out
}

// passes reports whether an entry's checks are all known to pass, and there are any.
func (e ExpectedFailure) passes(verdicts map[string]Verdict, due []string) bool {
	passed := 0
	for _, id := range due {
		if !e.matches(id) {
			continue
		}
		if v := verdicts[id]; v != Pass && v != Observed {
			return false
		}
		passed++
	}
	return passed > 0
}
