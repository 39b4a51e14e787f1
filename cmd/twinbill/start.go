package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/twinbill/twinbill/cmd/twinbill/internal/background"
)

// startPatience bounds how long start waits until the twin answers.
const startPatience = 30 * time.Second

func startCommand() *cobra.Command {
	var arguments []string
	command := &cobra.Command{
		Use:   "start",
		Short: "Run the twin in the background",
		Long: `Runs "twinbill serve" apart from the terminal, with the flags that are given, and
prints its URL once it answers. Where it runs, stands in the run file, and what it
logs in a file beside that; "twinbill status" names both. One twin runs by a run
file: name another for a second one. Exit status: 0 it answers; 2 one runs already,
or it does not start.`,
		Example: `  twinbill start
  eval "$(twinbill env)"
  twinbill stop`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error { return start(command, arguments) },
	}
	command.Flags().AddFlagSet(serveCommand().Flags())
	command.Flags().Lookup(runFileFlag).Usage = runFileUsage
	// The twin reads the environment by itself, where a secret does not show as among
	// its arguments.
	command.PersistentPreRunE = func(command *cobra.Command, _ []string) error {
		if token := command.Flags().Lookup("admin-token"); token.Changed {
			if err := os.Setenv(variable(token), token.Value.String()); err != nil {
				return err
			}
		}
		arguments = passedOn(command.Flags())
		return fromEnvironment(command.Flags())
	}
	return command
}

// passedOn are the flags that the command line sets, as arguments for another, save the
// run file, and the token, which is passed on where nobody sees it.
func passedOn(flags *pflag.FlagSet) []string {
	var arguments []string
	flags.Visit(func(f *pflag.Flag) {
		values := []string{f.Value.String()}
		if repeatable, ok := f.Value.(pflag.SliceValue); ok {
			values = repeatable.GetSlice()
		}
		for _, value := range values {
			if f.Name != runFileFlag && f.Name != "admin-token" {
				arguments = append(arguments, "--"+f.Name+"="+value)
			}
		}
	})
	return arguments
}

func start(command *cobra.Command, arguments []string) error {
	file, err := runFile(command)
	if err != nil {
		return err
	}
	switch run, err := file.Find(); {
	case err == nil:
		return fmt.Errorf("start: %w; end it with `twinbill stop`, or name another --%s", background.Taken{Run: run}, runFileFlag)
	case !errors.Is(err, background.ErrNone):
		return fmt.Errorf("start: %w", err)
	}
	child, err := background.Start(file.Log(), append(append([]string{"serve"}, arguments...), "--"+runFileFlag+"="+string(file))...)
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	ctx, cancel := context.WithTimeout(command.Context(), startPatience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if run, err := file.Find(); err == nil && run.PID == child.PID && background.Answers(ctx, run.URL) == nil {
			_, err := fmt.Fprintln(command.OutOrStdout(), run.URL)
			return err
		}
		select {
		case <-child.Ended:
			if said := background.Complaint(file.Log()); said != "" {
				return errors.New(said)
			}
			return errors.New("start: the twin ended at once and said nothing; try `twinbill serve` with the same flags")
		case <-ctx.Done():
			child.Kill()
			if status, ok := interrupted(command.Context()); ok {
				return status
			}
			return fmt.Errorf("start: the twin did not answer within %v; see %s", startPatience, file.Log())
		case <-tick.C:
		}
	}
}
