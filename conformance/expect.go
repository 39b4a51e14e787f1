package conformance

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

// Expect lists the failures of a run as expected ones: what is known keeps its reason,
// unless it passes by now, and what is new gets the reason given, or else what broke. Where
// the run was strict, warnings are failures. Notes say what was left out, and what has
// expired.
func Expect(known []ExpectedFailure, results []Result, strict bool, reason string) (entries []ExpectedFailure, notes []string) {
	failed := func(r Result) bool { return r.Verdict == Fail || strict && r.Verdict == Warn }
	for _, e := range known {
		met, fails := 0, false
		for _, r := range results {
			if e.matches(r.ID) && r.Verdict != Skipped && r.Verdict != Inconclusive {
				met++
				fails = fails || r.Verdict == Fail || r.Verdict == Warn
			}
		}
		if met > 0 && !fails {
			notes = append(notes, fmt.Sprintf("left out %s, which passes (%s)", e.Check, e.Reason))
			continue
		}
		if e.expired(time.Now()) {
			notes = append(notes, fmt.Sprintf("%s expired on %s; set another day", e.Check, e.Expires.Format(time.DateOnly)))
		}
		entries = append(entries, e)
	}
	for _, r := range results {
		if !failed(r) || slices.ContainsFunc(entries, func(e ExpectedFailure) bool { return e.matches(r.ID) }) {
			continue
		}
		why := reason
		if why == "" {
			why = strings.Join(append(slices.Clone(r.Broken), r.Reason), ": ")
		}
		why = strings.Join(strings.Fields(why), " ")
		if why == "" {
			why = "the report gives no reason"
		}
		entries = append(entries, ExpectedFailure{Check: r.ID, Reason: why})
	}
	return entries, notes
}

// EncodeExpected writes the YAML list that ParseExpected reads.
func EncodeExpected(entries []ExpectedFailure) []byte {
	type entry struct {
		Check   string `yaml:"check"`
		Reason  string `yaml:"reason"`
		Expires string `yaml:"expires,omitempty"`
	}
	out := []entry{}
	for _, e := range entries {
		one := entry{Check: e.Check, Reason: e.Reason}
		if !e.Expires.IsZero() {
			one.Expires = e.Expires.Format(time.DateOnly)
		}
		out = append(out, one)
	}
	data, err := yaml.Marshal(out)
	if err != nil {
		panic(err) // texts alone
	}
	return data
}
