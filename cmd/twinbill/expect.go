package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/twinbill/twinbill/conformance"
)

func expectCommand() *cobra.Command {
	var existing, reason, out string
	command := &cobra.Command{
		Use:   "expect REPORT.json",
		Short: "Write a file of expected failures from a verification",
		Long: `Writes the failures of a report, which verify wrote with --report json=FILE, as the
file that verify --expected-failures takes: each check with why it failed. Those of
an existing file keep their reasons and days, also where the run did not reach their
checks; what passes by now is left out. What was left out, and what has
expired, is said on standard error. Warnings are expected too where the run was
--strict. Exit status: 0; 2 usage, or a file that is no report.`,
		Example: `  twinbill verify --target target.yaml --report json=report.json
  twinbill expect report.json --reason 'ticket 12' --out known.yaml
  twinbill expect report.json --expected-failures known.yaml --out known.yaml`,
		Args: func(command *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("expect: takes one report, not %d; see `%s --help`", len(args), command.CommandPath())
			}
			return nil
		},
		RunE: func(command *cobra.Command, args []string) error {
			document, err := readReport(command.Context(), args[0])
			if err != nil {
				return fmt.Errorf("expect: %w", err)
			}
			var known []conformance.ExpectedFailure
			if existing != "" {
				if known, err = unlessStopped(command.Context(), func() ([]conformance.ExpectedFailure, error) { return readExpected(existing) }); err != nil {
					return fmt.Errorf("expect: --expected-failures: %w", err)
				}
			}
			if out == "" {
				out = standard
			}
			file, err := openOutput("expect: --out", out)
			if err != nil {
				return err
			}
			defer file.drop()
			var results []conformance.Result
			for _, c := range document.Checks {
				results = append(results, conformance.Result{Check: conformance.Check{ID: c.ID}, Verdict: c.Verdict, Reason: c.Reason, Broken: c.Broken})
			}
			entries, notes := conformance.Expect(known, results, document.Strict, reason)
			for _, note := range notes {
				fmt.Fprintf(command.ErrOrStderr(), "twinbill: expect: %s\n", note)
			}
			return file.write(func(w io.Writer) error {
				_, err := w.Write(conformance.EncodeExpected(entries))
				return err
			})
		},
	}
	flags := command.Flags()
	flags.StringVar(&existing, "expected-failures", "", "YAML `file` whose reasons are kept")
	flags.StringVar(&reason, "reason", "", "`words` of every new entry; by default what broke, as the report says it")
	flags.StringVar(&out, "out", "", "`file` to write (default standard output)")
	return command
}
