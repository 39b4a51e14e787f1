package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/journal"
	"github.com/twinbill/twinbill/conformance/report"
)

func cleanupCommand() *cobra.Command {
	var name string
	var t targetFlags
	command := &cobra.Command{
		Use:   "cleanup",
		Short: "Take back what a killed verification created",
		Long: `Reads the undo journal of a verification and takes back what is still open in it,
the last first. What a lost answer may have created is looked for in the target's
lists. The journal says which target it is, and whose credentials: --url and --target
say it anew, where the target has moved. The journal is removed once nothing is open.

Exit status: 0 nothing is left; 1 something could not be taken back, and is named;
2 usage, or no answer at all.`,
		Example: "  twinbill cleanup --journal twinbill-1763842266.journal",
		Args:    noArguments,
		RunE:    func(command *cobra.Command, _ []string) error { return cleanup(command, name, t) },
	}
	command.Flags().StringVar(&name, "journal", "", "`file` that the verification wrote")
	t.add(command.Flags())
	return command
}

func cleanup(command *cobra.Command, name string, t targetFlags) error {
	if name == "" {
		return errors.New("cleanup: --journal FILE is needed: the file that the verification named")
	}
	contents, err := journal.Read(name)
	if err != nil {
		return fmt.Errorf("cleanup: --journal: %w", err)
	}
	if t.url == "" && t.target == "" {
		t.url, t.target = contents.Header.Target, contents.Header.TargetFile
		if t.target != "" {
			t.url = ""
		}
	}
	opened, file, err := t.open()
	if err != nil {
		return fmt.Errorf("cleanup: %w", err)
	}
	j, err := journal.Reopen(name, contents)
	if err != nil {
		return fmt.Errorf("cleanup: --journal: %w", err)
	}
	ctx, out := command.Context(), command.OutOrStdout()
	cleaned, err := conformance.Cleanup(ctx, opened, credentialsOf(file), contents, j)
	if err != nil {
		_, _ = j.Close()
		if status, ok := interrupted(ctx); ok {
			return status
		}
		return fmt.Errorf("cleanup: %w", err)
	}
	report.Cleaned(out, cleaned)
	if _, err := j.Close(); err != nil {
		return fmt.Errorf("cleanup: --journal: %w", err)
	}
	if status, ok := interrupted(ctx); ok {
		return status
	}
	if len(cleaned.Residue) > 0 {
		return exitCode(1)
	}
	return nil
}
