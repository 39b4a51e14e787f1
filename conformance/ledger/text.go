package ledger

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/twinbill/twinbill/openapi"
)

// Text writes one line for each clause, and one that counts them.
func Text(w io.Writer, l *Ledger) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	levels := map[openapi.Level]int{}
	unobservable, breached := 0, 0
	for _, e := range l.Clauses {
		levels[e.Level]++
		checks, says := fmt.Sprint(len(e.Checks)), e.Says
		if e.Unobservable != "" {
			unobservable++
			checks = "-"
			says += " (not observable: " + e.Unobservable + ")"
		}
		if len(e.Readings) > 0 {
			says += " [" + strings.Join(e.Readings, ", ") + "]"
		}
		if len(e.Breaches) > 0 {
			breached++
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", e.ID, e.Level, e.Source, checks, l.kills(e), e.letters(), says)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w, "The letters: data, rows, operation, caller, race, later, back, seam are asked; ? nobody asks it; . it does not apply.")
	_, err := fmt.Fprintf(w, "%d clauses: %d must, %d should, %d silent; %d of them not observable, %d broken on purpose\n",
		len(l.Clauses), levels[openapi.Must], levels[openapi.Should], levels[openapi.Silent], unobservable, breached)
	return err
}

// kills is the number of a clause's breaches, after that of those killed where they
// were scored; - where there are none. Permitted ones do not count.
func (l *Ledger) kills(e Entry) string {
	breaches, killed := 0, 0
	for _, b := range e.Breaches {
		if !b.Outcome.permitted() {
			breaches++
		}
		if b.Outcome == Killed {
			killed++
		}
	}
	switch {
	case breaches == 0:
		return "-"
	case l.Scored:
		return fmt.Sprintf("%d/%d", killed, breaches)
	}
	return fmt.Sprint(breaches)
}
