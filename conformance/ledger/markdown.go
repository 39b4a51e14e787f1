package ledger

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Markdown writes everything that the ledger holds, page by page.
func Markdown(w io.Writer, l *Ledger) error {
	out := bufio.NewWriter(w)
	fmt.Fprint(out, `# The ledger

Every clause, with the checks that claim it and what breaks it on purpose: `+"`--defect`"+` is the defect of the clause's own
slug, the others are wire mutants. Braces stand for several names, as in a shell.
`)
	if l.Scored {
		fmt.Fprint(out, "Each was killed by a check that saw one of its clauses broken, but for those that say what else became of them.\n")
	}
	fmt.Fprintln(out)
	summary(out, l)
	questions(out, l)
	for _, page := range pages(l) {
		fmt.Fprintf(out, "\n## %s\n\n| clause | level | says | checks | broken by | kind | asked |\n| --- | --- | --- | --- | --- | --- | --- |\n", page)
		for _, e := range l.Clauses {
			if e.Page() == page {
				fmt.Fprintf(out, "| `%s`<br><a id=\"%s\"></a>%s | %s | %s | %s | %s | %s | %s |\n",
					e.ID, e.ID, e.Source, e.Level, cell(e.sentence()), listed(e.Checks), cell(broken(e)), e.Kind, e.asked())
			}
		}
	}
	return out.Flush()
}

// sentence is what a clause says, and why no check can see it.
func (e Entry) sentence() string {
	switch {
	case len(e.Readings) > 0:
		return e.Says + " " + strings.Join(e.Readings, ", ")
	case e.Unobservable != "":
		return e.Says + " Not observable: " + e.Unobservable + "."
	}
	return e.Says
}

// broken lists what breaks a clause. The defect of the clause's own slug is --defect.
func broken(e Entry) string {
	var killed, others []string
	defect := ""
	for _, b := range e.Breaches {
		switch {
		case b.Outcome != "" && b.Outcome != Killed:
			others = append(others, fmt.Sprintf("%s (%s)", b.ID, b.Outcome))
		case b.ID == e.ID:
			defect = "--defect"
		default:
			killed = append(killed, b.ID)
		}
	}
	all := slices.Concat([]string{defect, braced(killed)}, others)
	return strings.Join(slices.DeleteFunc(all, func(s string) bool { return s == "" }), ", ")
}

// listed is the number of some ids, and the ids.
func listed(ids []string) string {
	if len(ids) == 0 {
		return "-"
	}
	return fmt.Sprintf("%d: %s", len(ids), cell(braced(ids)))
}

// cell is a text that can stand in a table.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "*", `\*`, "<", "&lt;").Replace(text)
}

// braced writes ids as a shell's braces do, what several begin with once: a/{b,c/d}.
func braced(ids []string) string {
	ids = slices.Sorted(slices.Values(ids))
	var parts []string
	for len(ids) > 0 {
		head, _, nested := strings.Cut(ids[0], "/")
		n := 1
		for nested && n < len(ids) && strings.HasPrefix(ids[n], head+"/") {
			n++
		}
		if n == 1 {
			parts = append(parts, ids[0])
		} else {
			var rest []string
			for _, id := range ids[:n] {
				rest = append(rest, strings.TrimPrefix(id, head+"/"))
			}
			inner := braced(rest)
			if strings.Contains(inner, ",") && !oneGroup(inner) {
				inner = "{" + inner + "}"
			}
			parts = append(parts, head+"/"+inner)
		}
		ids = ids[n:]
	}
	return strings.Join(parts, ",")
}

// oneGroup reports whether every comma of a text is in braces.
func oneGroup(text string) bool {
	depth := 0
	for _, r := range text {
		switch r {
		case '{':
			depth++
		case '}':
			depth--
		case ',':
			if depth == 0 {
				return false
			}
		}
	}
	return true
}

// pages lists the pages of the clauses in their order.
func pages(l *Ledger) []string {
	var out []string
	for _, e := range l.Clauses {
		if !slices.Contains(out, e.Page()) {
			out = append(out, e.Page())
		}
	}
	return out
}
