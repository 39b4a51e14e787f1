package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// Terminal writes a verification for people: progress while it runs, then what did
// not pass, the observed dialect, and a last line with the counts.
type Terminal struct {
	w    io.Writer
	mask mask
	live bool // the writer is a terminal whose last line can be written over
	last time.Time
}

// NewTerminal returns a terminal report. A live one shows its progress in place.
func NewTerminal(w io.Writer, live bool) *Terminal { return &Terminal{w: w, live: live} }

// Progress takes in one result.
func (t *Terminal) Progress(done, total int, result conformance.Result) {
	if t.live {
		if done < total && time.Since(t.last) < 50*time.Millisecond {
			return
		}
		t.last = time.Now()
		fmt.Fprintf(t.w, "\r\x1b[K%d/%d %s", done, total, shorten(result.ID, 60))
		if done == total {
			fmt.Fprint(t.w, "\r\x1b[K")
		}
		return
	}
	if done == total || done%500 == 0 {
		fmt.Fprintf(t.w, "%d of %d checks done\n", done, total)
	}
}

// shorten cuts a text to a number of characters.
func shorten(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	return string(runes[:most-3]) + "..."
}

// show is a text that may come from the target, fit for a terminal.
func (t *Terminal) show(text string) string { return printable(t.mask.text(text)) }

// Finish writes what was found.
func (t *Terminal) Finish(r *conformance.Report) {
	t.mask = newMask(r)
	for _, v := range []conformance.Verdict{conformance.Fail, conformance.Warn, conformance.Inconclusive} {
		for _, result := range r.Results {
			if result.Verdict == v {
				t.explain(r, result)
			}
		}
	}
	for _, left := range r.Residue {
		fmt.Fprintf(t.w, "residue: %s\n", t.show(left))
	}
	t.dialect(r)
	fmt.Fprintln(t.w, Counts(r))
}

// explain writes why one check did not pass: what the clause promises and where it
// is written, what was expected beside what came, and the last exchange.
func (t *Terminal) explain(r *conformance.Report, result conformance.Result) {
	fmt.Fprintf(t.w, "%s %s\n", strings.ToUpper(string(result.Verdict)), result.ID)
	for _, id := range result.Broken {
		if clause, ok := find(r, id); ok {
			fmt.Fprintf(t.w, "  clause    %s (%s)\n            %s\n  source    %s\n", clause.ID, clause.Level, clause.Says, clause.Source)
		}
	}
	fmt.Fprintf(t.w, "  reason    %s\n", t.show(result.Reason))
	if result.Expected != "" {
		fmt.Fprintf(t.w, "  expected  %s\n  actual    %s\n", t.show(result.Expected), t.show(result.Actual))
	}
	if n := len(result.Exchanges); n > 0 {
		t.exchange(decisive(result))
	}
	fmt.Fprintln(t.w)
}

// decisive is the exchange a failure is about: the last that was not clean-up.
func decisive(result conformance.Result) *target.Exchange {
	if result.Decisive != nil {
		return result.Decisive
	}
	return result.Exchanges[len(result.Exchanges)-1]
}

func (t *Terminal) exchange(e *target.Exchange) {
	fmt.Fprintf(t.w, "  request   %s %s\n", e.Method, t.show(e.URL))
	if len(e.Body) > 0 {
		fmt.Fprintf(t.w, "            %s\n", shorten(t.show(body(e.Body)), 600))
	}
	if e.Err != nil {
		fmt.Fprintf(t.w, "  response  none: %s\n", t.show(e.Err.Error()))
		return
	}
	fmt.Fprintf(t.w, "  response  %d %s\n", e.Status, shorten(t.show(strings.TrimSpace(body(e.Answer))), 600))
}

func find(r *conformance.Report, id string) (openapi.Clause, bool) {
	i := slices.IndexFunc(r.Clauses, func(c conformance.ClauseResult) bool { return c.ID == id })
	if i < 0 {
		return openapi.Clause{}, false
	}
	return r.Clauses[i].Clause, true
}

// dialect lists the observed reading of each switchable point; a star marks one
// that departs from the default, a question mark one that could not be observed.
func (t *Terminal) dialect(r *conformance.Report) {
	fmt.Fprintln(t.w, "dialect (* departs from the default reading, ? could not be observed)")
	for _, p := range openapi.Points() {
		if !p.Switchable || !slices.Contains(r.APIs, p.API()) {
			continue
		}
		reading, mark := r.Dialect.Reading(p.Slug), " "
		switch {
		case slices.Contains(r.Assumed, p.Slug):
			mark = "?"
		case reading != p.Default():
			mark = "*"
		}
		fmt.Fprintf(t.w, "%s %-42s %s\n", mark, p.Slug, reading)
	}
}

// Counts is the last line of a report.
func Counts(r *conformance.Report) string {
	parts := []string{}
	for _, v := range []conformance.Verdict{conformance.Pass, conformance.Fail, conformance.Warn, conformance.Observed, conformance.Inconclusive, conformance.Skipped} {
		parts = append(parts, fmt.Sprintf("%d %s", r.Count(v), v))
	}
	proven := 0
	for _, c := range r.Clauses {
		if c.Verdict == conformance.Pass || c.Verdict == conformance.Observed {
			proven++
		}
	}
	return fmt.Sprintf("%d checks: %s; %d of %d clauses proven in %.2f s",
		len(r.Results), strings.Join(parts, ", "), proven, len(r.Clauses), cmp.Or(r.Duration.Seconds(), 0))
}
