package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/twinbill/twinbill/cmd/twinbill/internal/background"
)

func statusCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "status",
		Short: "Say whether the twin that start runs answers, and where",
		Long: `Says where the twin runs that the run file names: its URL, version and process, since
when, and what file it logs to. Exit status: 0 it answers; 2 none runs, or it gives
no answer.`,
		Example: "  twinbill status",
		Args:    noArguments,
		RunE:    func(command *cobra.Command, _ []string) error { return status(command) },
	}
	command.Flags().String(runFileFlag, "", runFileUsage)
	return command
}

func status(command *cobra.Command) error {
	file, err := runFile(command)
	if err != nil {
		return err
	}
	run, err := file.Find()
	if err != nil {
		return notFound(command, file, err)
	}
	if err := background.Answers(command.Context(), run.URL); err != nil {
		if status, ok := interrupted(command.Context()); ok {
			return status
		}
		return fmt.Errorf("status: the twin (pid %d) gives no answer: %w; end it with `twinbill stop`", run.PID, err)
	}
	out := command.OutOrStdout()
	fmt.Fprintf(out, "twinbill %s answers at %s\npid: %d\nsince: %s\nrun file: %s\n",
		run.Version, run.URL, run.PID, run.Started.Local().Format(time.RFC3339), file)
	if run.Log != "" {
		fmt.Fprintf(out, "log: %s\n", run.Log)
	}
	return nil
}
