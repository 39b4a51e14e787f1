package ledger

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/twinbill/twinbill/openapi"
)

// Summary writes the three parts of the ledger as counts, in Markdown.
func Summary(w io.Writer, l *Ledger) error {
	out := bufio.NewWriter(w)
	summary(out, l)
	return out.Flush()
}

func summary(out io.Writer, l *Ledger) {
	proven(out, l)
	notProven(out, l)
	ruled(out, l)
}

// tally counts clauses, and gathers what they hold.
type tally struct {
	clauses, must, should, broken int
	checks, breaches, killed      map[string]bool
	permitted                     map[string]bool
}

func newTally() *tally {
	return &tally{checks: map[string]bool{}, breaches: map[string]bool{}, killed: map[string]bool{}, permitted: map[string]bool{}}
}

func (t *tally) add(e Entry) {
	t.clauses++
	switch e.Level {
	case openapi.Must:
		t.must++
	case openapi.Should:
		t.should++
	}
	if len(e.Breaches) > 0 {
		t.broken++
	}
	for _, c := range e.Checks {
		t.checks[c] = true
	}
	for _, b := range e.Breaches {
		t.breaches[b.ID] = true
		if b.Outcome == Killed {
			t.killed[b.ID] = true
		}
		if b.Outcome.permitted() {
			t.permitted[b.ID] = true
		}
	}
}

func proven(out io.Writer, l *Ledger) {
	total, of := newTally(), map[string]*tally{}
	for _, e := range l.part(Proven) {
		page := e.Page()
		if of[page] == nil {
			of[page] = newTally()
		}
		of[page].add(e)
		total.add(e)
	}
	fmt.Fprintf(out, "**Proven: %d clauses**, each claimed by a check; %d of them are also broken on purpose.\n\n", total.clauses, total.broken)
	head, rule := "| page | must | should | checks | breaches |", "| --- | --: | --: | --: | --: |"
	if l.Scored {
		head, rule = head+" killed for the right reason | permitted |", rule+" --: | --: |"
	}
	fmt.Fprintf(out, "%s\n%s\n", head, rule)
	row := func(name string, t *tally) {
		fmt.Fprintf(out, "| %s | %d | %d | %d | %d |", name, t.must, t.should, len(t.checks), len(t.breaches))
		if l.Scored {
			fmt.Fprintf(out, " %d | %d |", len(t.killed), len(t.permitted))
		}
		fmt.Fprintln(out)
	}
	for _, page := range pages(l) {
		if t := of[page]; t != nil {
			row(page, t)
		}
	}
	row("all", total)
	fmt.Fprintln(out, "\nA check, or a breach, of several pages counts on each.")
}

func notProven(out io.Writer, l *Ledger) {
	entries := l.part(NotProven)
	fmt.Fprintf(out, "\n**Not proven: %d clauses**, which no check can see from outside.\n\n| why | must | should |\n| --- | --: | --: |\n", len(entries))
	of := map[string]*tally{}
	for _, e := range entries {
		if of[e.Unobservable] == nil {
			of[e.Unobservable] = newTally()
		}
		of[e.Unobservable].add(e)
	}
	for _, why := range byCount(of) {
		fmt.Fprintf(out, "| %s | %d | %d |\n", cell(why), of[why].must, of[why].should)
	}
}

func ruled(out io.Writer, l *Ledger) {
	entries := l.part(Ruled)
	points, declared := 0, 0
	of := map[string]*tally{}
	for _, e := range entries {
		if point, ok := openapi.FindPoint(e.ID); ok {
			points++
			if point.DeclaredOnly {
				declared++
			}
			continue
		}
		if of[e.Point] == nil {
			of[e.Point] = newTally()
		}
		of[e.Point].add(e)
	}
	fmt.Fprintf(out, "\n**Ruled by the dialect: %d clauses**. The documentation leaves them open, so no target fails over them.\n\n", len(entries))
	fmt.Fprint(out, "| what | clauses |\n| --- | --: |\n")
	fmt.Fprintf(out, "| a point whose reading is observed | %d |\n", points-declared)
	fmt.Fprintf(out, "| a point whose reading is declared, never observed | %d |\n", declared)
	for _, point := range byCount(of) {
		fmt.Fprintf(out, "| a keyword that `%s` decides | %d |\n", point, of[point].clauses)
	}
}

// byCount lists the names of some tallies, the greatest first.
func byCount(of map[string]*tally) []string {
	var names []string
	for name := range of {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(of[b].clauses-of[a].clauses, strings.Compare(a, b))
	})
	return names
}

// part lists the clauses of a part.
func (l *Ledger) part(p Part) []Entry {
	var out []Entry
	for _, e := range l.Clauses {
		if e.Part == p {
			out = append(out, e)
		}
	}
	return out
}
