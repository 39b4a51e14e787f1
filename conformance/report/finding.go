package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/openapi"
)

// Finding is one thing that is wrong, and every check that saw it: a broken clause, or the
// reason for which checks say nothing.
type Finding struct {
	Verdict conformance.Verdict
	Clause  Clause     // empty where none is broken: a user's own criterion, or inconclusive
	Checks  []*Check   // that which says most with the fewest requests first
	Also    []Clause   // that the same checks alone saw broken
	Follows []*Finding // what breaks because the same operation fails in the same way
	Left    int        // checks that were skipped for it
}

// Findings groups the checks that a reader has to look at: failures by the clause that most
// of them saw broken, then warnings, then what is inconclusive, by its reason.
func (d *Document) Findings() []*Finding {
	var out []*Finding
	for _, v := range []conformance.Verdict{conformance.Fail, conformance.Warn} {
		out = append(out, d.broken(v)...)
	}
	out = d.below(out)
	at := map[string]*Finding{}
	for _, c := range d.Unsettled() {
		if c.Verdict != conformance.Inconclusive {
			continue
		}
		if at[c.Reason] == nil {
			at[c.Reason] = &Finding{Verdict: c.Verdict}
			out = append(out, at[c.Reason])
		}
		at[c.Reason].Checks = append(at[c.Reason].Checks, c)
	}
	for _, f := range out {
		slices.SortStableFunc(f.Checks, func(a, b *Check) int {
			switch {
			case (a.Lawful == "") == (b.Lawful == ""):
				return cmp.Compare(len(a.Chain), len(b.Chain))
			case b.Lawful == "":
				return -1
			}
			return 1
		})
	}
	return out
}

// broken groups the checks of a verdict by clause, the clause that most of them saw broken
// first.
func (d *Document) broken(v conformance.Verdict) []*Finding {
	var out []*Finding
	rest := slices.DeleteFunc(d.Unsettled(), func(c *Check) bool { return c.Verdict != v })
	for len(rest) > 0 {
		f := &Finding{Verdict: v, Clause: d.most(rest)}
		belongs := func(c *Check) bool { return f.Clause.ID == "" || slices.Contains(c.Broken, f.Clause.ID) }
		for _, c := range rest {
			if belongs(c) && (f.Clause.ID != "" || len(f.Checks) == 0) {
				f.Checks = append(f.Checks, c)
			}
		}
		rest = slices.DeleteFunc(rest, func(c *Check) bool { return slices.Contains(f.Checks, c) })
		for _, c := range f.Checks {
			for _, id := range c.Broken {
				clause, ok := d.clause(id)
				if ok && id != f.Clause.ID && !slices.Contains(clausesOf(f.Also), id) &&
					!slices.ContainsFunc(rest, func(c *Check) bool { return slices.Contains(c.Broken, id) }) {
					f.Also = append(f.Also, clause)
				}
			}
		}
		out = append(out, f)
	}
	return out
}

// most is the clause that most of some checks saw broken, a must before others; empty where
// they broke none.
func (d *Document) most(checks []*Check) (first Clause) {
	seen := map[string]int{}
	for _, c := range checks {
		for _, id := range c.Broken {
			seen[id]++
		}
	}
	for _, c := range checks {
		for _, id := range c.Broken {
			if seen[id] < seen[first.ID] || id == first.ID {
				continue
			}
			clause, ok := d.clause(id)
			if ok && (seen[id] > seen[first.ID] || clause.Level == openapi.Must && first.Level != openapi.Must) {
				first = clause
			}
		}
	}
	return first
}

// below puts a finding below the one that it follows from: an operation that fails where
// it is to succeed, always in the same way, breaks much that depends on it.
func (d *Document) below(all []*Finding) []*Finding {
	heads := map[string]*Finding{}
	for _, f := range all {
		cause := f.cause()
		if cause == "" {
			continue
		}
		if head := heads[cause]; head == nil || !strings.HasSuffix(head.Clause.ID, ".status") && strings.HasSuffix(f.Clause.ID, ".status") {
			heads[cause] = f
		}
	}
	var out []*Finding
	for _, f := range all {
		if head := heads[f.cause()]; head != nil && head != f {
			head.Follows = append(head.Follows, f)
			continue
		}
		out = append(out, f)
	}
	for _, f := range out {
		for i := range d.Checks {
			c := &d.Checks[i]
			if f.cause() != "" && c.Verdict == conformance.Skipped && strings.HasPrefix(c.Reason, "starts from a valid request") &&
				slices.Contains(c.Operations, f.Checks[0].Exchange().Operation) {
				f.Left++
			}
		}
	}
	return out
}

// cause is the operation and the way in which it fails where it is to succeed, if that is
// what every check of a finding saw.
func (f *Finding) cause() string {
	cause := ""
	for _, c := range f.Checks {
		e := c.Exchange()
		if e == nil || len(c.Differs) != 1 || !strings.HasPrefix(c.Differs[0], "status: 2") {
			return ""
		}
		its := e.Operation + " " + c.Differs[0]
		if cause != "" && cause != its {
			return ""
		}
		cause = its
	}
	return cause
}

func clausesOf(clauses []Clause) []string {
	var out []string
	for _, c := range clauses {
		out = append(out, c.ID)
	}
	return out
}
