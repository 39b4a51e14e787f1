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

	findings := d.Findings()
	if len(findings) > 0 {
		b.WriteString("\n### What to look at\n\n")
	}
	for i, f := range findings {
		if i == mostFolded {
			fmt.Fprintf(&b, "and %d more; the other reports have them all\n\n", len(findings)-i)
			break
		}
		f.folded(&b)
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

// mostFolded is how many findings are told of: with mostShown characters of each text,
// they stay below the megabyte that GitHub takes.
const (
	mostFolded   = 40
	mostShown    = 2000
	mostQuoted   = 300
	mostRepeated = 1200
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

// folded writes one thing that is wrong, folded: the check that shows it best in full, the
// others by name.
func (f *Finding) folded(b *strings.Builder) {
	c := f.Checks[0]
	title := code(c.ID)
	if f.Clause.ID != "" {
		title = code(f.Clause.ID) + ": " + literal(f.Clause.Says)
	}
	fmt.Fprintf(b, "<details><summary><b>%s</b> %s</summary>\n\n", f.Verdict, title)
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(b, "- %s: %s\n", name, text)
		}
	}
	quoted := func(name, text string) {
		if text != "" {
			line(name, code(shorten(text, mostQuoted)))
		}
	}
	if f.Clause.ID != "" {
		line(string(f.Clause.Level), code(f.Clause.Source))
	}
	line("check", code(c.ID)+" "+literal(shorten(c.Summary, mostQuoted)))
	for _, text := range c.Differing()[:min(mostLines, len(c.Differing()))] {
		quoted("differs", text)
	}
	quoted("lawful", c.Lawful)
	quoted("came", c.Came())
	quoted("blame", c.Blame)
	quoted("and", others(f.Beyond(1)))
	quoted("also broken by these checks", strings.Join(clausesOf(f.Also), ", "))
	for i, g := range f.Follows {
		if i == mostLines {
			line("follows", fmt.Sprint(len(f.Follows)-i, " more clauses"))
			break
		}
		line("follows", code(g.Clause.ID))
	}
	if f.Left > 0 {
		line("skipped", numbered(f.Left, "check")+", which need this request to succeed")
	}
	block := func(name, text string) {
		if text != "" {
			fmt.Fprintf(b, "\n%s\n\n<pre>%s</pre>\n", name, preformatted(shorten(text, mostShown)))
		}
	}
	repeat := strings.Join(c.Chain, "\n")
	if len(repeat) <= mostRepeated {
		block("repeat from nothing", repeat)
	} else {
		block("the last request; the other reports have those before it", shorten(c.Curl, mostRepeated))
	}
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
func literal(s string) string { return references(Printable(s), "") }

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
