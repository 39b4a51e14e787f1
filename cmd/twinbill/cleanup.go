package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/journal"
	"github.com/twinbill/twinbill/conformance/report"
)

func cleanupCommand() *cobra.Command {
	var name string
	var t targetFlags
	var moved bool
	command := &cobra.Command{
		Use:   "cleanup",
		Short: "Take back what a killed verification created",
		Long: `Reads the undo journal of a verification and takes back what is still open in it,
the last first. What a lost answer may have created is looked for in the target's
lists. The journal says which target it is, and whose credentials; where the target
has moved, --url or --target say where to, with --moved. The journal is removed once nothing is open.

Exit status: 0 nothing is left; 1 something could not be taken back, and is named;
2 usage, or no answer at all.`,
		Example: "  twinbill cleanup --journal twinbill-1763842266.journal",
		Args:    noArguments,
		RunE:    func(command *cobra.Command, _ []string) error { return cleanup(command, name, t, moved) },
	}
	command.Flags().StringVar(&name, "journal", "", "`file` that the verification wrote")
	command.Flags().BoolVar(&moved, "moved", false, "the deployment of the journal is now the one of --url or --target")
	t.add(command.Flags())
	return command
}

func cleanup(command *cobra.Command, name string, t targetFlags, moved bool) error {
	if name == "" {
		return errors.New("cleanup: --journal FILE is needed: the file that the verification named")
	}
	j, contents, err := journal.Reopen(name)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cleanup: --journal: there is no file %s; name the one that the verification named (a run that left nothing leaves no journal either)", name)
	}
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
	if err == nil && opened.Base != contents.Header.Target && !moved {
		err = fmt.Errorf("%s is about %s, not %s; --moved says that it is the same deployment at another address", name, contents.Header.Target, opened.Base)
	}
	if err != nil {
		_, _ = j.Close()
		return fmt.Errorf("cleanup: %w", err)
	}
	config := conformance.Config{Target: opened, Credentials: credentialsOf(file), Journal: j, Contact: contactTimeout}
	if file != nil {
		config.Inputs, config.Secrets = file.Inputs, file.Secrets()
	}
	ctx, out := command.Context(), command.OutOrStdout()
	cleaned, err := conformance.Cleanup(ctx, config, contents)
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
