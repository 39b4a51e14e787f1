package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/openapi"
)

func clausesCommand() *cobra.Command {
	var api string
	command := &cobra.Command{
		Use:   "clauses",
		Short: "Print the ledger: every clause, where it is written, and its checks",
		Long: `Prints one line for each clause: its slug, level, source, the number of checks
that claim it (or - where none can observe it), and what it says. Points of the
dialect are the clauses of level silent; their readings follow, the default first.`,
		Example: "  twinbill clauses --api cloudhealth",
		Args:    noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			apis := openapi.APIs()
			if api != "" {
				if !slices.Contains(apis, openapi.API(api)) {
					return fmt.Errorf("clauses: --api is ripple or cloudhealth, not %q", api)
				}
				apis = []openapi.API{openapi.API(api)}
			}
			return printClauses(command, apis)
		},
	}
	command.Flags().StringVar(&api, "api", "", "print the clauses of `ripple` or cloudhealth alone")
	return command
}

func printClauses(command *cobra.Command, apis []openapi.API) error {
	ledger, err := conformance.Ledger(apis)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(command.OutOrStdout(), 0, 0, 2, ' ', 0)
	levels := map[openapi.Level]int{}
	unobservable := 0
	for _, c := range ledger {
		levels[c.Level]++
		checks := fmt.Sprint(len(c.Checks))
		says := c.Says
		if c.Unobservable != "" {
			unobservable++
			checks = "-"
			says += " (not observable: " + c.Unobservable + ")"
		}
		if point, ok := openapi.FindPoint(c.ID); ok {
			slugs := make([]string, len(point.Readings))
			for i, r := range point.Readings {
				slugs[i] = r.Slug
			}
			says += " [" + strings.Join(slugs, ", ") + "]"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", c.ID, c.Level, c.Source, checks, says)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(command.OutOrStdout(), "%d clauses: %d must, %d should, %d silent; %d of them not observable\n",
		len(ledger), levels[openapi.Must], levels[openapi.Should], levels[openapi.Silent], unobservable)
	return err
}
