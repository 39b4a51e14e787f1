package report

import (
	"fmt"
	"io"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/twinbill/twinbill/conformance"
)

// Terminal writes a verification for people: progress while it runs, then the verdict,
// the readings that depart from the default, what is wrong, clause by clause, and a last
// line with the counts.
type Terminal struct {
	Verbose bool      // every check with its requests, and every reading
	Log     io.Writer // where the progress goes if the report goes to no terminal; nil for nowhere

	w    io.Writer
	live bool // the writer is a terminal whose last line can be written over, and which has colours
	last time.Time
}

// NewTerminal returns a terminal report. A live one shows its progress in place, and
// colours.
func NewTerminal(w io.Writer, live bool) *Terminal {
	return &Terminal{w: w, live: live, last: time.Now()}
}

// patience is how long a log that is no terminal stays silent.
const patience = 10 * time.Second

// Progress takes in one result.
func (t *Terminal) Progress(done, total int, result conformance.Result) {
	if t.live {
		if done < total && time.Since(t.last) < 50*time.Millisecond {
			return
		}
		t.last = time.Now()
		fmt.Fprintf(t.w, "\r\x1b[K%d/%d %s", done, total, shorten(Printable(result.ID), 60))
		if done == total {
			fmt.Fprint(t.w, "\r\x1b[K")
		}
		return
	}
	if t.Log != nil && time.Since(t.last) >= patience {
		t.last = time.Now()
		fmt.Fprintf(t.Log, "%d of %d checks done\n", done, total)
	}
}

// Bounds of what is shown unless Verbose.
const (
	mostReadings = 6
	mostReasons  = 3
	mostLines    = 3
	mostText     = 160
)

// Finish writes what was found.
func (t *Terminal) Finish(d *Document) {
	word, causes, some := strings.Cut(d.Verdict(), ": ")
	verdict := strings.ToUpper(word)
	if some {
		verdict += ":"
	}
	fmt.Fprintf(t.w, "%s\n\n", strings.Replace(wrapped(verdict+" ", "  ", causes), verdict, t.colour(outcomeColours[d.Outcome], verdict), 1))
	t.dialect(d)
	for _, f := range d.Findings() {
		t.finding(d, f)
	}
	for _, c := range d.Excused() {
		fmt.Fprintf(t.w, "expected to fail: %s: %s\n", Printable(c.ID), shown(c.Excused))
	}
	for _, list := range []struct {
		name  string
		lines []string
	}{{"stale expected failure", d.Stale}, {"kept", d.Kept}, {"undocumented fields", d.extras()}, {"residue", d.Residue}} {
		for _, line := range list.lines {
			fmt.Fprintf(t.w, "%s: %s\n", list.name, shown(line))
		}
	}
	t.skipped(d)
	fmt.Fprintf(t.w, "seed: %s\n%s\n", d.Seed, d.Counts())
}

// Explain writes all that is known of the checks whose id, or one of whose clauses, fits a
// glob, and returns how many there are.
func (t *Terminal) Explain(d *Document, glob string) int {
	n := 0
	for i := range d.Checks {
		c := &d.Checks[i]
		fits := false
		for _, name := range append([]string{c.ID}, c.Clauses...) {
			ok, err := path.Match(glob, name)
			fits = fits || ok && err == nil || name == glob
		}
		if fits {
			t.explain(d, c)
			n++
		}
	}
	return n
}

// finding writes what a broken clause promises, the check that shows it best, and which
// others do.
func (t *Terminal) finding(d *Document, f *Finding) {
	first := f.Checks[0]
	title := Printable(first.ID)
	if f.Clause.ID != "" {
		title = fmt.Sprintf("%s (%s, %s)", f.Clause.ID, f.Clause.Level, f.Clause.Source)
	}
	fmt.Fprintf(t.w, "%s %s\n", t.colour(verdictColours[f.Verdict], strings.ToUpper(string(f.Verdict))), title)
	t.wrap("  ", "  ", f.Clause.Says)
	if t.Verbose {
		fmt.Fprintln(t.w)
		for _, c := range f.Checks {
			t.explain(d, c)
		}
	} else {
		t.line("check", Printable(first.ID)+": "+first.Summary)
		for _, line := range first.Differing()[:min(mostLines, len(first.Differing()))] {
			t.line("differs", shorten(line, mostText))
		}
		t.line("lawful", shorten(first.Lawful, mostText))
		t.line("blame", first.Blame)
		t.raw("replay", first.Replay)
		t.line("and", others(f.Beyond(1)))
	}
	if len(f.Also) > 0 {
		t.line("also", "the same checks break "+strings.Join(clausesOf(f.Also), ", "))
	}
	for i, g := range f.Follows {
		if i == mostLines && !t.Verbose {
			t.line("", fmt.Sprintf("and %d more clauses", len(f.Follows)-i))
			break
		}
		name := ""
		if i == 0 {
			name = "follows"
		}
		t.line(name, fmt.Sprintf("%s, %s", g.Clause.ID, numbered(len(g.Checks), "check")))
		for _, c := range g.Checks {
			if t.Verbose {
				t.explain(d, c)
			}
		}
	}
	if f.Left > 0 {
		t.line("skipped", numbered(f.Left, "check")+", which need this request to succeed")
	}
	fmt.Fprintln(t.w)
}

// others names some checks, the first few.
func others(checks []*Check) string {
	var names []string
	for i, c := range checks {
		if i == mostLines {
			break
		}
		names = append(names, Printable(c.ID))
	}
	if len(names) == 0 {
		return ""
	}
	text := numbered(len(checks), "more check") + ": " + strings.Join(names, ", ")
	if len(checks) > len(names) {
		text += ", ..."
	}
	return text
}

// Differing is what was expected and found, a field a line.
func (c *Check) Differing() []string {
	if len(c.Differs) > 0 {
		return c.Differs
	}
	return []string{c.Reason}
}

// explain writes all that is known of a check: what its clauses promise and where that is
// written, what was expected and what came, the exchange, and how to see it again.
func (t *Terminal) explain(d *Document, c *Check) {
	fmt.Fprintf(t.w, "%s %s\n", t.colour(verdictColours[c.Verdict], strings.ToUpper(string(c.Verdict))), Printable(c.ID))
	t.wrap("  ", "  ", c.Summary)
	for _, clause := range d.about(c) {
		t.line("clause", fmt.Sprintf("%s (%s, %s)", clause.ID, clause.Level, clause.Source))
		t.line("", clause.Says)
	}
	t.line("reason", c.Reason)
	for _, line := range c.Differs {
		t.line("differs", line)
	}
	t.raw("expected", c.Expected)
	t.raw("actual", c.Actual)
	for _, change := range difference(c.Expected, c.Actual) {
		fmt.Fprintf(t.w, "            | %s\n", t.colour(changeColours[change[:1]], shorten(Printable(change), 200)))
	}
	t.raw("lawful", c.Lawful)
	if e := c.Exchange(); e != nil {
		t.exchange(e)
	} else {
		for i := range c.Exchanges {
			t.exchange(&c.Exchanges[i])
		}
	}
	t.line("blame", c.Blame)
	if len(c.Chain) > 0 {
		t.line("repeat", "by these commands, from nothing")
	}
	for _, command := range c.Chain {
		fmt.Fprintf(t.w, "    %s\n", shown(command))
	}
	t.raw("replay", c.Replay)
	fmt.Fprintln(t.w)
}

func (t *Terminal) exchange(e *Exchange) {
	t.raw("request", e.Method+" "+e.URL)
	t.raw("body", shorten(e.Request.Body, 600))
	if e.Error != "" {
		t.line("response", "none: "+e.Error)
		return
	}
	t.raw("response", fmt.Sprintf("%d %s", e.Status, shorten(strings.TrimSpace(e.Response.Body), 600)))
}

// columns is the width of a terminal that no line of words goes beyond.
const columns = 80

// line writes one thing that is known of a check, in words.
func (t *Terminal) line(name, text string) {
	t.wrap(fmt.Sprintf("  %-9s ", name), strings.Repeat(" ", 12), text)
}

// raw writes what is to be copied, on one line however long.
func (t *Terminal) raw(name, text string) {
	if text != "" {
		fmt.Fprintf(t.w, "  %-9s %s\n", name, shown(text))
	}
}

// wrap writes a text in lines, the first after a begin and the others after an indent.
func (t *Terminal) wrap(begin, indent, text string) {
	if text != "" {
		fmt.Fprintln(t.w, wrapped(begin, indent, text))
	}
}

// wrapped is a text in lines. What has no blank is not parted.
func wrapped(begin, indent, text string) string {
	var out strings.Builder
	line, some := begin, false
	for word := range strings.FieldsSeq(shown(text)) {
		command := strings.HasPrefix(word, "::") // to a CI job, at the beginning of a line
		if some && !command && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > columns {
			out.WriteString(line + "\n")
			line, some = indent, false
		}
		if some {
			line += " "
		}
		line, some = line+word, true
	}
	return out.String() + line
}

// shown is a text that may come from the target, fit for a terminal and for the log
// of a CI job, where a line that begins with :: or holds ##[ can be a command.
func shown(text string) string {
	return strings.ReplaceAll(Printable(text), "##[", "# #[")
}

// Colours by their ANSI numbers.
var (
	verdictColours = map[conformance.Verdict]int{conformance.Fail: 31, conformance.Warn: 33, conformance.Inconclusive: 35}
	outcomeColours = map[Outcome]int{Conformant: 32, NotConformant: 31, Undecided: 35, Unverified: 35}
	changeColours  = map[string]int{"-": 31, "+": 32}
)

func (t *Terminal) colour(number int, text string) string {
	if !t.live || number == 0 {
		return text
	}
	return fmt.Sprintf("\x1b[%dm%s\x1b[0m", number, text)
}

// dialect lists the readings that depart from the default or could not be observed, or the
// reading of every point that something depends on.
func (t *Terminal) dialect(d *Document) {
	departures := d.Departures()
	switch {
	case len(d.Points) == 0, len(departures) == 0 && !t.Verbose:
		return
	case t.Verbose:
		fmt.Fprintln(t.w, "dialect (* departs from the default reading, ? could not be observed)")
	default:
		fmt.Fprintf(t.w, "dialect: %d of %d readings depart from the default (*) or could not be observed (?)\n", len(departures), len(d.Points))
	}
	points := d.Points
	if !t.Verbose {
		points = departures[:min(mostReadings, len(departures))]
	}
	for _, p := range points {
		mark, reading := " ", p.Reading
		switch {
		case p.Unasked && !p.Departs():
			continue
		case p.Other != "":
			mark, reading = "*", "other: "+shorten(Printable(p.Other), mostText)
		case !p.Observed:
			mark = "?"
		case p.Departs():
			mark, reading = "*", reading+", by default "+p.Default
		}
		fmt.Fprintf(t.w, "%s %-42s %s\n", mark, p.Slug, shown(reading))
	}
	if more := len(departures) - len(points); more > 0 {
		fmt.Fprintf(t.w, "  and %d more; -v shows them\n", more)
	}
	fmt.Fprintln(t.w)
}

// skipped counts the skipped checks by reason, the first few, and those that tell of an
// early end.
func (t *Terminal) skipped(d *Document) {
	rest, reasons := 0, 0
	for i, s := range d.skipped() {
		if t.Verbose || i < mostReasons || conformance.Halted(s.Reason) {
			t.wrap(fmt.Sprintf("%d skipped: ", s.Count), "  ", shorten(s.Reason, mostText))
			continue
		}
		rest, reasons = rest+s.Count, reasons+1
	}
	if rest > 0 {
		fmt.Fprintf(t.w, "%d skipped for %s; -v shows them\n", rest, numbered(reasons, "other reason"))
	}
}
