package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/twinbill/twinbill/conformance"
)

// Markdown writes a report as a job summary: the verdict first, then the counts, what
// did not pass, and what the target reads otherwise. It stays below the size that
// GitHub takes.
func Markdown(w io.Writer, d *Document) error {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s %s\n\n", outcomeMarks[d.Outcome], d.Verdict())
	if d.Reason != "" {
		fmt.Fprintf(&b, "Why: %s\n\n", code(d.Reason))
	}
	fmt.Fprintf(&b, "%s, %s %s, %s, %.2f s, seed %s\n\n", code(d.Target.URL), d.Suite.Name, code(d.Suite.Version),
		d.Started.Format("2006-01-02 15:04:05 UTC"), float64(d.DurationMS)/1000, d.Seed)
	b.WriteString("| | pass | fail | warn | observed | inconclusive | skipped | all |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	row(&b, "checks", d.Summary.Checks, len(d.Checks))
	row(&b, "clauses", d.Summary.Clauses, len(d.Clauses))

	unsettled := d.Unsettled()
	if len(unsettled) > 0 {
		b.WriteString("\n### What to look at\n\n")
	}
	for i, c := range unsettled {
		if i == mostFolded {
			fmt.Fprintf(&b, "and %d more; the other reports have them all\n\n", len(unsettled)-i)
			break
		}
		d.folded(&b, c)
	}
	section(&b, "Left on the target", d.Residue)
	section(&b, "Stale expected failures", d.Stale)
	if excused := d.Excused(); len(excused) > 0 {
		b.WriteString("\n### Expected failures\n\n| check | why |\n| --- | --- |\n")
		for _, c := range excused {
			fmt.Fprintf(&b, "| %s | %s |\n", code(c.ID), code(c.Excused))
		}
	}
	section(&b, "Allowed writes that nothing takes back", d.Kept)
	section(&b, "Undocumented fields", d.extras())
	if departures := d.Departures(); len(departures) > 0 {
		b.WriteString("\n### Dialect\n\n| point | reading | default |\n| --- | --- | --- |\n")
		for _, p := range departures {
			reading := code(p.Reading)
			if p.Other != "" {
				reading = "other: " + code(p.Other)
			} else if !p.Observed {
				reading = "could not be observed"
			}
			fmt.Fprintf(&b, "| %s | %s | %s |\n", code(p.Slug), reading, code(p.Default))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// mostFolded is how many checks are told of: with mostShown characters of each text,
// they stay below the megabyte that GitHub takes.
const (
	mostFolded = 40
	mostShown  = 2000
)

var outcomeMarks = map[Outcome]string{Conformant: "✅", NotConformant: "❌", Undecided: "⚠️", Unverified: "⚠️", Empty: "➖"}

func row(b *strings.Builder, name string, counts map[conformance.Verdict]int, all int) {
	fmt.Fprintf(b, "| %s |", name)
	for _, v := range verdicts {
		fmt.Fprintf(b, " %d |", counts[v])
	}
	fmt.Fprintf(b, " %d |\n", all)
}

func section(b *strings.Builder, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(b, "\n### %s\n\n", title)
	for i, line := range lines {
		if i == mostFolded {
			fmt.Fprintf(b, "- and %d more\n", len(lines)-i)
			return
		}
		fmt.Fprintf(b, "- %s\n", code(line))
	}
}

// folded writes one check that a reader has to look at, folded.
func (d *Document) folded(b *strings.Builder, c *Check) {
	fmt.Fprintf(b, "<details><summary><b>%s</b> %s</summary>\n\n", c.Verdict, code(c.ID))
	for _, clause := range d.about(c) {
		fmt.Fprintf(b, "- %s (%s, %s): %s\n", code(clause.ID), clause.Level, code(clause.Source), literal(clause.Says))
	}
	for _, line := range []struct{ name, text string }{
		{"reason", c.Reason}, {"expected", c.Expected}, {"actual", c.Actual}, {"blame", c.Blame},
	} {
		if line.text != "" {
			fmt.Fprintf(b, "- %s: %s\n", line.name, code(line.text))
		}
	}
	block := func(name, text string) {
		if text != "" {
			fmt.Fprintf(b, "\n%s\n\n<pre>%s</pre>\n", name, preformatted(shorten(text, mostShown)))
		}
	}
	block("difference", strings.Join(difference(c.Expected, c.Actual), "\n"))
	if e := c.Exchange(); e != nil {
		block("exchange", e.String())
	}
	block("again", c.Curl)
	block("this check alone", c.Replay)
	b.WriteString("\n</details>\n\n")
}

// code is a text from anywhere as code within a line: it opens no other element, and
// neither table nor line end within it.
func code(s string) string {
	return "<code>" + literal(shorten(s, mostShown)) + "</code>"
}

// harmless is the punctuation that means nothing within a line.
const harmless = ",/-=;'()?%+\"{}"

// literal is a text on one line that Markdown and HTML show as it is: whatever could
// mean something to them is a character reference. It never begins a line.
func literal(s string) string { return references(printable(s), "") }

// preformatted is the same for the content of pre, whose line breaks stay.
func preformatted(s string) string { return references(visible(s), "\n\t") }

func references(s, kept string) string {
	var b strings.Builder
	for i, r := range s {
		if r == ' ' || r >= 0x80 || alphanumeric(r) || strings.ContainsRune(harmless+kept, r) || plain(s[:i], byte(r), s[i+1:]) {
			b.WriteRune(r)
			continue
		}
		fmt.Fprintf(&b, "&#%d;", r)
	}
	return b.String()
}

// plain reports whether a mark that means something in some places means nothing between
// what comes before and after it: ids and sentences then read well in the source too.
func plain(before string, mark byte, after string) bool {
	last, next := rune(' '), rune(' ')
	if before != "" {
		last = rune(before[len(before)-1])
	}
	if after != "" {
		next = rune(after[0])
	}
	switch mark {
	case '.': // no www.example.com
		return !strings.HasSuffix(strings.ToLower(before), "www")
	case '_': // no emphasis within a word
		return alphanumeric(last) && alphanumeric(next)
	case ':': // no scheme, and no :emoji:
		return next == ' '
	case '#': // no #12
		return next >= 'a' && next <= 'z'
	}
	return false
}

func alphanumeric(r rune) bool {
	return '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}
