package score

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// Terminal writes a score for people: a bar while it runs, then whatever lives, and the
// counts.
type Terminal struct {
	w    io.Writer
	live bool // the writer is a terminal whose last line can be written over
	last time.Time
}

// NewTerminal returns a terminal report. A live one shows a bar in place.
func NewTerminal(w io.Writer, live bool) *Terminal { return &Terminal{w: w, live: live} }

// barWidth is the width of the progress bar, in characters.
const barWidth = 30

// Progress takes in one row.
func (t *Terminal) Progress(done, total int, row Row) {
	if t.live {
		if done < total && time.Since(t.last) < 50*time.Millisecond {
			return
		}
		t.last = time.Now()
		filled := barWidth * done / total
		fmt.Fprintf(t.w, "\r\x1b[K[%s%s] %d/%d %.40s", strings.Repeat("#", filled), strings.Repeat(".", barWidth-filled), done, total, row.ID)
		if done == total {
			fmt.Fprint(t.w, "\r\x1b[K")
		}
		return
	}
	if done == total || done%250 == 0 {
		fmt.Fprintf(t.w, "%d of %d breaches done\n", done, total)
	}
}

// Finish writes what was found.
func (t *Terminal) Finish(m *Matrix) {
	for _, row := range m.Alive() {
		fmt.Fprintf(t.w, "%s %s\n  breaks    %s\n  breach    %s\n", strings.ToUpper(string(row.Outcome)), row.ID, strings.Join(row.Clauses, ", "), row.Says)
		if row.Check != "" {
			fmt.Fprintf(t.w, "  check     %s (%s)\n  says      %s\n  of        %s\n", row.Check, row.Verdict, row.Reason, strings.Join(row.Broken, ", "))
		}
	}
	for _, problem := range m.problems() {
		fmt.Fprintf(t.w, "MISTAKE %s\n", problem)
	}
	for _, clause := range m.Unnamed {
		fmt.Fprintf(t.w, "NEVER NAMED %s\n", clause)
	}
	t.table(m)
	fmt.Fprintf(t.w, "seed: %d\n", m.Seed)
	fmt.Fprintf(t.w, "%d clauses are broken by none of all breaches; --list and the JSON report say why\n", len(m.Unbroken))
	if m.Whole {
		fmt.Fprintf(t.w, "%d clauses never named\n", len(m.Unnamed))
	}
	fmt.Fprintln(t.w, m.Line())
}

// table counts the breaches by kind and outcome.
func (t *Terminal) table(m *Matrix) {
	fmt.Fprintf(t.w, "%-14s", "kind")
	for _, o := range Outcomes() {
		fmt.Fprintf(t.w, "%12s", o)
	}
	fmt.Fprintln(t.w)
	for _, kind := range m.Kinds() {
		fmt.Fprintf(t.w, "%-14s", kind)
		for _, o := range Outcomes() {
			fmt.Fprintf(t.w, "%12d", m.count(kind, o))
		}
		fmt.Fprintln(t.w)
	}
}

// Line is the last line of a report.
func (m *Matrix) Line() string {
	parts := make([]string, 0, len(Outcomes()))
	for _, o := range Outcomes() {
		parts = append(parts, fmt.Sprintf("%d %s", m.Count(o), o))
	}
	return fmt.Sprintf("%d breaches: %s; %s %% killed for the right reason in %.1f s",
		len(m.Rows), strings.Join(parts, ", "), m.percentText(), m.Duration.Seconds())
}

// percentText never rounds up to 100.
func (m *Matrix) percentText() string {
	p := m.percent()
	if p == 100 {
		return "100"
	}
	return fmt.Sprintf("%.2f", min(p, 99.99))
}

// List writes the breaches, one a line, and the clauses that none breaks, with the
// reasons.
func List(w io.Writer, breaches []Breach, unbroken map[string]string) error {
	var out strings.Builder
	for _, b := range breaches {
		fmt.Fprintf(&out, "%s\t%s\t%s\t%s\n", b.ID, b.Kind, b.Says, strings.Join(b.Clauses, " "))
	}
	for _, id := range slices.Sorted(maps.Keys(unbroken)) {
		fmt.Fprintf(&out, "%s\tunbroken\t%s\n", id, unbroken[id])
	}
	fmt.Fprintf(&out, "%d breaches; %d clauses that none breaks\n", len(breaches), len(unbroken))
	_, err := io.WriteString(w, out.String())
	return err
}
