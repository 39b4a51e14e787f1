package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/twinbill/twinbill/conformance"
)

// Terminal writes a verification for people: progress while it runs, then what did
// not pass, the observed dialect, and a last line with the counts.
type Terminal struct {
	w    io.Writer
	live bool // the writer is a terminal whose last line can be written over, and which has colours
	last time.Time
}

// NewTerminal returns a terminal report. A live one shows its progress in place, and
// colours.
func NewTerminal(w io.Writer, live bool) *Terminal { return &Terminal{w: w, live: live} }

// Progress takes in one result.
func (t *Terminal) Progress(done, total int, result conformance.Result) {
	if t.live {
		if done < total && time.Since(t.last) < 50*time.Millisecond {
			return
		}
		t.last = time.Now()
		fmt.Fprintf(t.w, "\r\x1b[K%d/%d %s", done, total, shorten(printable(result.ID), 60))
		if done == total {
			fmt.Fprint(t.w, "\r\x1b[K")
		}
		return
	}
	if done == total || done%500 == 0 {
		fmt.Fprintf(t.w, "%d of %d checks done\n", done, total)
	}
}

// Finish writes what was found.
func (t *Terminal) Finish(r *conformance.Report) {
	d := New(r, Options{})
	for _, c := range d.Unsettled() {
		t.explain(d, c)
	}
	for _, c := range d.Excused() {
		fmt.Fprintf(t.w, "expected to fail: %s: %s\n", printable(c.ID), shown(c.Excused))
	}
	for _, list := range []struct {
		name  string
		lines []string
	}{{"stale expected failure", d.Stale}, {"kept", d.Kept}, {"undocumented fields", d.extras()}, {"residue", d.Residue}} {
		for _, line := range list.lines {
			fmt.Fprintf(t.w, "%s: %s\n", list.name, shown(line))
		}
	}
	t.dialect(d)
	for _, s := range d.skipped() {
		if conformance.Halted(s.Reason) {
			fmt.Fprintf(t.w, "%d skipped: %s\n", s.Count, shown(s.Reason))
		}
	}
	fmt.Fprintln(t.w, d.Counts())
}

// explain writes why one check did not pass: what the clause promises and where it
// is written, what was expected and what came, the exchange, and how to see it
// again.
func (t *Terminal) explain(d *Document, c *Check) {
	fmt.Fprintf(t.w, "%s %s\n", t.colour(verdictColours[c.Verdict], strings.ToUpper(string(c.Verdict))), printable(c.ID))
	for _, id := range c.Broken {
		if clause, ok := d.clause(id); ok {
			t.line("clause", fmt.Sprintf("%s (%s)", clause.ID, clause.Level))
			t.line("", clause.Says)
			t.line("source", clause.Source)
		}
	}
	t.line("reason", c.Reason)
	t.line("expected", c.Expected)
	t.line("actual", c.Actual)
	for _, change := range difference(c.Expected, c.Actual) {
		fmt.Fprintf(t.w, "            | %s\n", t.colour(changeColours[change[:1]], shorten(printable(change), 200)))
	}
	if e := c.Exchange(); e != nil {
		t.exchange(e)
	}
	t.line("blame", c.Blame)
	t.line("curl", c.Curl)
	t.line("replay", c.Replay)
	fmt.Fprintln(t.w)
}

func (t *Terminal) exchange(e *Exchange) {
	t.line("request", e.Method+" "+e.URL)
	t.line("body", shorten(e.Request.Body, 600))
	if e.Error != "" {
		t.line("response", "none: "+e.Error)
		return
	}
	t.line("response", fmt.Sprintf("%d %s", e.Status, shorten(strings.TrimSpace(e.Response.Body), 600)))
}

// line writes one thing that is known of a check.
func (t *Terminal) line(name, text string) {
	if text != "" {
		fmt.Fprintf(t.w, "  %-9s %s\n", name, shown(text))
	}
}

// shown is a text that may come from the target, fit for a terminal and for the log
// of a CI job, where a line that begins with :: or holds ##[ can be a command.
func shown(text string) string {
	return strings.ReplaceAll(printable(text), "##[", "# #[")
}

// Colours by their ANSI numbers.
var (
	verdictColours = map[conformance.Verdict]int{conformance.Fail: 31, conformance.Warn: 33, conformance.Inconclusive: 35}
	changeColours  = map[string]int{"-": 31, "+": 32}
)

func (t *Terminal) colour(number int, text string) string {
	if !t.live || number == 0 {
		return text
	}
	return fmt.Sprintf("\x1b[%dm%s\x1b[0m", number, text)
}

// dialect lists the observed reading of each switchable point that something depends on; a
// star marks one that departs from the default, a question mark one that could not be
// observed.
func (t *Terminal) dialect(d *Document) {
	fmt.Fprintln(t.w, "dialect (* departs from the default reading, ? could not be observed)")
	for _, p := range d.Points {
		mark := " "
		reading := p.Reading
		switch {
		case p.Unasked && !p.Departs():
			continue
		case p.Other != "":
			mark, reading = "*", "other: "+printable(p.Other)
		case !p.Observed:
			mark = "?"
		case p.Departs():
			mark = "*"
		}
		fmt.Fprintf(t.w, "%s %-42s %s\n", mark, p.Slug, reading)
	}
}
