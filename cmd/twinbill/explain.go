package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/twinbill/twinbill/conformance/report"
	"github.com/twinbill/twinbill/internal/hint"
)

func explainCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "explain REPORT.json [CHECK or CLAUSE]...",
		Short: "Say all that a report knows of a check or a clause",
		Long: `Prints, from a report that verify wrote with --report json=FILE, what is wrong, clause
by clause; or all that is known of the checks with an id, or a clause, that fits a
glob: what is promised and where, what was expected and found, what a lawful answer
is, and the curl commands that lead to it from nothing.

Exit status: 0 printed; 2 usage, a file that is no report, or nothing that fits.`,
		Example: `  twinbill explain report.json
  twinbill explain report.json ripple/account/duplicate
  twinbill explain report.json 'ripple.account.customer-id.*'`,
		Args: func(command *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fmt.Errorf("explain: takes a report, and the checks or clauses to tell of; see `%s --help`", command.CommandPath())
			}
			return nil
		},
		RunE: func(command *cobra.Command, args []string) error {
			d, err := readReport(command.Context(), args[0])
			if err != nil {
				return fmt.Errorf("explain: %w", err)
			}
			out := command.OutOrStdout()
			terminal := report.NewTerminal(out, isTerminal(out))
			if len(args) == 1 {
				terminal.Finish(d)
				return nil
			}
			for _, glob := range args[1:] {
				if terminal.Explain(d, glob) == 0 {
					return fmt.Errorf("explain: no check of %s, nor a clause of one, fits %q%s; `twinbill verify --list` prints them all", args[0], glob, hint.For(glob, named(d)))
				}
			}
			return nil
		},
	}
}

// named lists the ids of a report's checks and clauses.
func named(d *report.Document) []string {
	var out []string
	for i := range d.Checks {
		out = append(out, d.Checks[i].ID)
	}
	for _, c := range d.Clauses {
		out = append(out, c.ID)
	}
	return out
}
