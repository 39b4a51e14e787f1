package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/twinbill/twinbill/conformance/report"
)

func diffCommand() *cobra.Command {
	var asJSON bool
	command := &cobra.Command{
		Use:   "diff BEFORE.json AFTER.json",
		Short: "Say what changed between two verifications",
		Long: `Compares two reports that verify wrote with --report json=FILE: the verdicts of
checks and clauses, the readings of the dialect, what was left behind, and the
latency of operations. A latency counts as changed where both runs have at least 10
answers, the middle halves of the two do not meet, and the medians differ by at
least 1 ms and a quarter.

A line begins with + for what is new, - for what is gone, ! for what now fails or
warns, ~ for any other change.

Exit status: 0 nothing changed; 1 something did; 2 usage, or a file that is no report.`,
		Example: `  twinbill diff before.json after.json
  twinbill diff --json before.json after.json`,
		Args: func(command *cobra.Command, args []string) error {
			if len(args) != 2 {
				return fmt.Errorf("diff: takes two reports, not %d; see `%s --help`", len(args), command.CommandPath())
			}
			return nil
		},
		RunE: func(command *cobra.Command, args []string) error {
			before, err := readReport(command.Context(), args[0])
			if err != nil {
				return fmt.Errorf("diff: %w", err)
			}
			after, err := readReport(command.Context(), args[1])
			if err != nil {
				return fmt.Errorf("diff: %w", err)
			}
			changed := report.Diff(before, after)
			write := changed.Text
			if asJSON {
				write = changed.JSON
			}
			if err := write(command.OutOrStdout()); err != nil {
				return fmt.Errorf("diff: %w", err)
			}
			if !changed.None() {
				return exitCode(1)
			}
			return nil
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print the changes as a JSON document")
	return command
}

// readReport reads a report. The error names the file.
func readReport(ctx context.Context, name string) (*report.Document, error) {
	return unlessStopped(ctx, func() (*report.Document, error) {
		file, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("%w; name a file that verify --report json=FILE wrote", err)
		}
		defer func() { _ = file.Close() }()
		d, err := report.Read(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w; name a file that verify --report json=FILE wrote", name, err)
		}
		return d, nil
	})
}
