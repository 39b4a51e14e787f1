package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

func stopCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "stop",
		Short: "End the twin that start runs",
		Long: `Ends the twin that the run file names, and waits until it has ended: requests in
flight finish first (on Windows it is ended at once). Exit status: 0 it has ended; 2
none runs.`,
		Example: "  twinbill stop",
		Args:    noArguments,
		RunE:    func(command *cobra.Command, _ []string) error { return stopTwin(command) },
	}
	command.Flags().String(runFileFlag, "", runFileUsage)
	return command
}

func stopTwin(command *cobra.Command) error {
	file, err := runFile(command)
	if err != nil {
		return err
	}
	run, err := file.Stop(command.Context(), patience.stop+5*time.Second)
	if err != nil {
		if status, ok := interrupted(command.Context()); ok {
			return status
		}
		return notFound(command, file, err)
	}
	_, err = fmt.Fprintf(command.OutOrStdout(), "stopped %s (pid %d)\n", run.URL, run.PID)
	return err
}
