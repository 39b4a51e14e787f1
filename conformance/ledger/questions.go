package ledger

import (
	"fmt"
	"io"
	"strings"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/openapi"
)

// Unanswered lists what nobody asks of the clauses of a level, as clause and question.
func (l *Ledger) Unanswered(level openapi.Level) []string {
	var out []string
	for _, e := range l.Clauses {
		for _, q := range conformance.Questions() {
			if e.Level == level && e.Questions[q].State == Waiting {
				out = append(out, e.ID+" "+string(q))
			}
		}
	}
	return out
}

// asked lists the questions that checks ask of a clause, and those that nobody does.
func (e Entry) asked() string {
	var asked, open []string
	for _, q := range conformance.Questions() {
		switch e.Questions[q].State {
		case Asked:
			asked = append(asked, string(q))
		case Waiting:
			open = append(open, string(q))
		}
	}
	text := strings.Join(asked, ", ")
	if len(open) > 0 {
		text = strings.TrimPrefix(text+"; open: "+strings.Join(open, ", "), "; ")
	}
	if text == "" {
		return "-"
	}
	return text
}

// letters is a clause's questions in eight characters: the first letter of one that
// checks ask, a question mark for one that nobody does, a dot for one that does not apply.
func (e Entry) letters() string {
	var out strings.Builder
	for _, q := range conformance.Questions() {
		switch e.Questions[q].State {
		case Asked:
			out.WriteString(string(q)[:1])
		case Waiting:
			out.WriteByte('?')
		default:
			out.WriteByte('.')
		}
	}
	return out.String()
}

// questions writes, for each kind of clause, how often each of the eight questions is
// asked, and why it is not.
func questions(out io.Writer, l *Ledger) {
	fmt.Fprint(out, `
## The eight questions

Does a clause hold with other data, with other rows around it, on the other operation, for another caller, at the same
moment (race), later, and back again, at the seam? A number counts the clauses of the kind of which checks ask that;
*open* those of which nobody does; the rest is why the question does not apply.

| kind | clauses |`)
	for _, q := range conformance.Questions() {
		fmt.Fprintf(out, " %s |", q)
	}
	fmt.Fprint(out, "\n| --- | --: |"+strings.Repeat(" --- |", len(conformance.Questions()))+"\n")
	for _, kind := range Kinds() {
		var of []Entry
		for _, e := range l.Clauses {
			if e.Kind == kind {
				of = append(of, e)
			}
		}
		if len(of) == 0 {
			continue
		}
		fmt.Fprintf(out, "| %s | %d |", kind, len(of))
		for _, q := range conformance.Questions() {
			fmt.Fprintf(out, " %s |", tallied(of, q))
		}
		fmt.Fprintln(out)
	}
}

// tallied is what there is to say of a question and the clauses of one kind.
func tallied(of []Entry, q conformance.Question) string {
	asked, open, why := 0, 0, ""
	for _, e := range of {
		switch cell := e.Questions[q]; cell.State {
		case Asked:
			asked++
		case Waiting:
			open++
		default:
			why = cell.Why
		}
	}
	var parts []string
	if asked > 0 {
		parts = append(parts, fmt.Sprint(asked))
	}
	if open > 0 {
		parts = append(parts, fmt.Sprintf("open: %d", open))
	}
	if why != "" {
		parts = append(parts, why)
	}
	return cell(strings.Join(parts, "; "))
}
