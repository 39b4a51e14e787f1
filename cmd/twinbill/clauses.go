package main

import (
	"bytes"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/twinbill/twinbill/conformance/ledger"
	"github.com/twinbill/twinbill/internal/yamlfile"
	"github.com/twinbill/twinbill/mock"
)

func clausesCommand() *cobra.Command {
	var api, format, scored string
	command := &cobra.Command{
		Use:   "clauses",
		Short: "Print the ledger: every clause, where it is written, and its checks",
		Long: `Prints one line for each clause: its slug, level, source, the number of checks
that claim it (or - where none can observe it), the number of ways it is broken on
purpose, which of the eight questions checks ask of it, and what it says. Points of the dialect are the clauses of level silent;
their readings follow, the default first.

The formats json and md name the checks and what breaks the clause, and say why a
question does not apply. With the JSON
of a score, the ledger also says which of that is killed for the right reason.`,
		Example: `  twinbill clauses --api cloudhealth
  twinbill score --report json=score.json; twinbill clauses --score score.json --format md`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := oneOf("format", format, "text", "json", "md"); err != nil {
				return fmt.Errorf("clauses: %w", err)
			}
			write := ledgerFormats[format]
			apis, err := selected(api)
			if err != nil {
				return fmt.Errorf("clauses: %w", err)
			}
			breaches, err := unlessStopped(command.Context(), func() ([]ledger.Breach, error) { return breaches(command.ErrOrStderr(), scored) })
			if err != nil {
				return err
			}
			all, err := ledger.New(apis, breaches)
			if err != nil {
				return err
			}
			return write(command.OutOrStdout(), all)
		},
	}
	flags := command.Flags()
	flags.StringVar(&api, "api", "", "print the clauses of `ripple` or cloudhealth alone")
	flags.StringVar(&format, "format", "text", "print `text`, json or md (Markdown)")
	flags.StringVar(&scored, "score", "", "say what became of each breach, from the `file` that score --report json=FILE wrote")
	return command
}

var ledgerFormats = map[string]func(io.Writer, *ledger.Ledger) error{"text": ledger.Text, "json": ledger.JSON, "md": ledger.Markdown}

// breaches are those of a score's file, or else those that there are. Where the score
// lacks some of them, warnings hold that.
func breaches(warnings io.Writer, scored string) ([]ledger.Breach, error) {
	all, err := mock.Breaches()
	if err != nil {
		return nil, err
	}
	if scored != "" {
		data, err := yamlfile.Read(scored, maxReport)
		if err != nil {
			return nil, fmt.Errorf("clauses: --score: %w", err)
		}
		out, err := ledger.ReadScore(bytes.NewReader(data))
		if err != nil {
			return nil, fmt.Errorf("clauses: --score: %s: %w", scored, err)
		}
		have := map[string]bool{}
		for _, b := range out {
			have[b.ID] = true
		}
		missing := 0
		for _, b := range all {
			if !have[b.ID] {
				missing++
			}
		}
		if missing > 0 {
			fmt.Fprintf(warnings, "twinbill: clauses: --score: %s is a sample: it lacks %d of the %d breaches, so the ledger counts those in it alone; `twinbill score --report json=FILE` scores all\n", scored, missing, len(all))
		}
		return out, nil
	}
	var out []ledger.Breach
	for _, b := range all {
		out = append(out, ledger.Breach{ID: b.ID, Clauses: b.Clauses})
	}
	return out, nil
}
