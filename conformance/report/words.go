package report

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/twinbill/twinbill/conformance"
)

// verdicts lists the verdicts in the order in which they are counted.
var verdicts = []conformance.Verdict{
	conformance.Pass, conformance.Fail, conformance.Warn, conformance.Observed, conformance.Inconclusive, conformance.Skipped,
}

// Verdict is the outcome in a word, and its causes in one sentence.
func (d *Document) Verdict() string {
	var causes []string
	say := func(n int, one, many string) {
		switch {
		case n == 1:
			causes = append(causes, "1 "+one)
		case n > 1:
			causes = append(causes, fmt.Sprint(n, " ", many))
		}
	}
	say(d.Summary.Checks[conformance.Fail]-d.excused(conformance.Fail), "check fails", "checks fail")
	say(d.Summary.Checks[conformance.Warn]-d.excused(conformance.Warn), "warning", "warnings")
	if clauses := d.clausesBroken(); clauses > 0 {
		causes[len(causes)-1] += " under " + numbered(clauses, "clause")
	}
	say(d.Summary.Excused, "expected failure", "expected failures")
	say(len(d.Stale), "stale expected failure", "stale expected failures")
	say(len(d.Residue), "thing left behind", "things left behind")
	say(d.Summary.Checks[conformance.Inconclusive], "check inconclusive", "checks inconclusive")
	say(d.unrun(), "check not run", "checks not run")
	if len(causes) == 0 && d.Reason == "" {
		causes = append(causes, "no check fails")
	}
	departures := 0
	for _, p := range d.Points {
		if p.Departs() || p.Other != "" {
			departures++
		}
	}
	say(departures, "reading departs from the default", "readings depart from the default")
	name := strings.ToUpper(string(d.Outcome[:1])) + string(d.Outcome[1:])
	if len(causes) == 0 {
		return name
	}
	return name + ": " + strings.Join(causes, ", ")
}

// clausesBroken counts the clauses that the checks to look at saw broken.
func (d *Document) clausesBroken() int {
	broken := map[string]bool{}
	for _, c := range d.Unsettled() {
		if c.Verdict == conformance.Inconclusive {
			continue
		}
		for _, id := range c.Broken {
			broken[id] = true
		}
	}
	return len(broken)
}

// unrun counts the checks that an early end of the run left out.
func (d *Document) unrun() int {
	n := 0
	for _, s := range d.skipped() {
		if conformance.Halted(s.Reason) {
			n += s.Count
		}
	}
	return n
}

// excused counts the checks of a verdict that were expected to have it.
func (d *Document) excused(v conformance.Verdict) int {
	n := 0
	for i := range d.Checks {
		if d.Checks[i].Verdict == v && d.Checks[i].Excused != "" {
			n++
		}
	}
	return n
}

// Counts is one line with the numbers of checks and of clauses.
func (d *Document) Counts() string {
	var parts []string
	for _, v := range verdicts {
		part := fmt.Sprintf("%d %s", d.Summary.Checks[v], v)
		if n := d.excused(v); n > 0 {
			part += fmt.Sprintf(" (%d expected)", n)
		}
		parts = append(parts, part)
	}
	return fmt.Sprintf("%s: %s; %d of %d clauses proven in %.2f s",
		numbered(len(d.Checks), "check"), strings.Join(parts, ", "), d.Proven(), len(d.Clauses), float64(d.DurationMS)/1000)
}

// numbered is a number of things.
func numbered(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Proven counts the clauses that some check saw kept, and none broken.
func (d *Document) Proven() int {
	return d.Summary.Clauses[conformance.Pass] + d.Summary.Clauses[conformance.Observed]
}

// Unsettled lists the checks that a reader has to look at, the worst first, without
// those that were expected to fail.
func (d *Document) Unsettled() []*Check {
	var out []*Check
	for _, v := range []conformance.Verdict{conformance.Fail, conformance.Warn, conformance.Inconclusive} {
		for i := range d.Checks {
			if c := &d.Checks[i]; c.Verdict == v && c.Excused == "" {
				out = append(out, c)
			}
		}
	}
	return out
}

// Excused lists the checks that were expected to fail, and do.
func (d *Document) Excused() []*Check {
	var out []*Check
	for i := range d.Checks {
		if d.Checks[i].Excused != "" {
			out = append(out, &d.Checks[i])
		}
	}
	return out
}

// Departures lists the points that the target reads otherwise than by default, or
// that could not be observed.
func (d *Document) Departures() []Point {
	return slices.DeleteFunc(slices.Clone(d.Points), func(p Point) bool {
		return p.Other == "" && (p.Observed || p.Unasked) && !p.Departs()
	})
}

// Notes are why a point's reading is assumed, by point.
func (d *Document) Notes() map[string]string {
	out := map[string]string{}
	for _, p := range d.Points {
		switch {
		case p.Other != "":
			out[p.Slug] = "assumed; the target follows none of the readings: " + Printable(p.Other)
		case p.Unasked:
			out[p.Slug] = "assumed; nothing that ran depends on it"
		case !p.Observed:
			out[p.Slug] = "assumed; not observed"
		}
	}
	return out
}

// clause returns a clause by its id.
func (d *Document) clause(id string) (Clause, bool) {
	i := slices.IndexFunc(d.Clauses, func(c Clause) bool { return c.ID == id })
	if i < 0 {
		return Clause{}, false
	}
	return d.Clauses[i], true
}

// about lists the clauses that a check has seen broken or, where it did not fail,
// those that it claims. A failure may be of a user's own criterion and break none.
func (d *Document) about(c *Check) []Clause {
	ids := c.Broken
	if len(ids) == 0 && c.Verdict != conformance.Fail {
		ids = c.Clauses
	}
	var out []Clause
	for _, id := range ids {
		if clause, ok := d.clause(id); ok {
			out = append(out, clause)
		}
	}
	return out
}

// shorten cuts a text to a number of characters.
func shorten(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most-3]) + "..."
}

// visible shows control characters, and those that change the order of a text, as what
// JSON writes for them. It leaves line breaks and tabs.
func visible(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	if !strings.ContainsFunc(s, hidden) {
		return strings.ToValidUTF8(s, string(unicode.ReplacementChar))
	}
	var out strings.Builder
	for _, r := range s {
		if hidden(r) {
			out.WriteString(escaped(r))
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}

// hidden reports whether a character does something that is not seen.
func hidden(r rune) bool { return r != '\n' && r != '\t' && !unicode.IsGraphic(r) } // not the full-width blank

// escaped is a character as JSON escapes it.
func escaped(r rune) string {
	if a, b := utf16.EncodeRune(r); a != unicode.ReplacementChar {
		return fmt.Sprintf(`\u%04x\u%04x`, a, b)
	}
	return fmt.Sprintf(`\u%04x`, r)
}

// Printable is a text from anywhere on one line, in which everything is seen.
func Printable(s string) string {
	return strings.NewReplacer("\n", " ", "\t", " ").Replace(visible(strings.ReplaceAll(s, "\r", " ")))
}
