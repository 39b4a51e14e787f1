package report

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/twinbill/twinbill/conformance"
)

// Difference is what changed between two runs. Each list is in the order of its
// names.
type Difference struct {
	Checks  []Change  `json:"checks"`  // verdicts, and checks that one of the runs does not have
	Clauses []Change  `json:"clauses"` // the same of clauses
	Dialect []Change  `json:"dialect"` // readings
	Latency []Slowing `json:"latency"` // beyond noise
	Residue []Change  `json:"residue"` // what one of the runs left behind
}

// Change is one thing that is not as it was. An empty side means that it is not there.
type Change struct {
	Name   string `json:"name"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// Slowing is an operation whose answers take another time than before.
type Slowing struct {
	Operation string  `json:"operation"`
	BeforeMS  float64 `json:"before_ms"` // medians
	AfterMS   float64 `json:"after_ms"`
	Ratio     float64 `json:"ratio"`
}

// None reports whether nothing changed.
func (d *Difference) None() bool {
	return len(d.Checks)+len(d.Clauses)+len(d.Dialect)+len(d.Latency)+len(d.Residue) == 0
}

// Diff compares two runs.
func Diff(before, after *Document) *Difference {
	return &Difference{
		Checks: compare(judged(before.Checks), judged(after.Checks)), Clauses: compare(promised(before.Clauses), promised(after.Clauses)),
		Dialect: compare(readings(before), readings(after)), Latency: slowings(before.Latency, after.Latency),
		Residue: compare(leftovers(before.Residue), leftovers(after.Residue)),
	}
}

func judged(checks []Check) map[string]string {
	out := map[string]string{}
	for _, c := range checks {
		out[c.ID] = string(c.Verdict)
		if c.Excused != "" {
			out[c.ID] += " (expected)"
		}
	}
	return out
}

func promised(clauses []Clause) map[string]string {
	out := map[string]string{}
	for _, c := range clauses {
		out[c.ID] = string(c.Verdict)
	}
	return out
}

// readings are those of the points that were looked at.
func readings(d *Document) map[string]string {
	out := map[string]string{}
	for _, p := range d.Points {
		out[p.Slug] = p.Reading
		if !p.Observed {
			out[p.Slug] += " (not observed)"
		}
	}
	return out
}

func leftovers(list []string) map[string]string {
	out := map[string]string{}
	for _, left := range list {
		out[left] = "left"
	}
	return out
}

// compare lists what is not the same in both.
func compare(before, after map[string]string) []Change {
	names := maps.Clone(before)
	maps.Copy(names, after)
	out := []Change{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if before[name] != after[name] {
			out = append(out, Change{name, before[name], after[name]})
		}
	}
	return out
}

// Bounds of what is noise in a latency.
const (
	enoughAnswers   = 10
	littleMS        = 1.0
	noticeableRatio = 1.25
)

// slowings lists the operations whose latency changed beyond noise: both runs have
// enough answers, the middle halves of the two do not meet (the lower quartile of the
// slower run lies above the upper quartile of the faster), and the medians differ both
// in milliseconds and in proportion.
func slowings(before, after []Latency) []Slowing {
	out := []Slowing{}
	for _, b := range before {
		i := slices.IndexFunc(after, func(a Latency) bool { return a.Operation == b.Operation })
		if i < 0 {
			continue
		}
		a := after[i]
		fast, slow := b, a
		if a.MedianMS < b.MedianMS {
			fast, slow = a, b
		}
		if min(a.Requests, b.Requests) >= enoughAnswers && slow.LowerQuartileMS > fast.UpperQuartileMS &&
			slow.MedianMS-fast.MedianMS >= littleMS && slow.MedianMS >= noticeableRatio*fast.MedianMS {
			out = append(out, Slowing{b.Operation, b.MedianMS, a.MedianMS, a.MedianMS / max(b.MedianMS, 0.001)})
		}
	}
	return out
}

// Text writes a difference for people, and a last line with the counts.
func (d *Difference) Text(w io.Writer) error {
	p := &printer{w: w}
	for _, list := range []struct {
		name    string
		changes []Change
	}{{"check", d.Checks}, {"clause", d.Clauses}, {"dialect", d.Dialect}, {"residue", d.Residue}} {
		for _, c := range list.changes {
			switch {
			case c.Before == "":
				p.line("+ %-8s %s: %s", list.name, c.Name, c.After)
			case c.After == "":
				p.line("- %-8s %s: %s", list.name, c.Name, c.Before)
			default:
				p.line("%s %-8s %s: %s, was %s", direction(c), list.name, c.Name, c.After, c.Before)
			}
		}
	}
	for _, s := range d.Latency {
		p.line("~ %-8s %s: median %s ms, was %s ms (%.2f times)", "latency", s.Operation, decimal(s.AfterMS), decimal(s.BeforeMS), s.Ratio)
	}
	p.line("changed: %d checks, %d clauses, %d readings, %d latencies, %d residues",
		len(d.Checks), len(d.Clauses), len(d.Dialect), len(d.Latency), len(d.Residue))
	return p.err
}

// direction marks a change of verdict that is bad news with an exclamation mark.
func direction(c Change) string {
	if conformance.Verdict(c.After) == conformance.Fail || conformance.Verdict(c.After) == conformance.Warn {
		return "!"
	}
	return "~"
}

type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintln(p.w, shown(fmt.Sprintf(format, args...)))
	}
}

// JSON writes a difference as a JSON document.
func (d *Difference) JSON(w io.Writer) error { return EncodeJSON(w, d) }
