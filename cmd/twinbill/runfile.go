package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/twinbill/twinbill/cmd/twinbill/internal/background"
)

const (
	runFileFlag  = "run-file"
	runFileUsage = "`file` that says where the twin runs; twinbill/run.json in the user's cache directory by default"
)

// runFile is the run file that a command is about.
func runFile(command *cobra.Command) (background.File, error) {
	name, err := command.Flags().GetString(runFileFlag)
	if err != nil {
		return "", err
	}
	file, err := background.At(name)
	if name == "" {
		file, err = background.Default()
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w; name a file with --%s", command.Name(), err, runFileFlag)
	}
	return file, nil
}

// registerTwinURL adds the flags by which a command finds a running twin.
func registerTwinURL(flags *pflag.FlagSet, url *string) {
	flags.StringVar(url, "url", "", "base `URL` of the twin; that of the run file by default, or http://"+defaultAddr+" where it names none")
	flags.String(runFileFlag, "", runFileUsage)
	exclusive(flags, "url", runFileFlag)
}

// twinURL is the base URL of the running twin that a command is about.
func twinURL(command *cobra.Command, url string) (string, error) {
	if command.Flags().Changed("url") {
		return url, nil
	}
	file, err := runFile(command)
	if err != nil && !command.Flags().Changed(runFileFlag) {
		return "http://" + defaultAddr, nil //nolint:nilerr // a machine without a cache directory has no run file
	}
	if err != nil {
		return "", err
	}
	run, err := file.Find()
	switch {
	case errors.Is(err, background.ErrNone) && !command.Flags().Changed(runFileFlag):
		return "http://" + defaultAddr, nil
	case err != nil:
		return "", notFound(command, file, err)
	}
	return run.URL, nil
}

// notFound says why no twin was found by a run file, and how to mend it.
func notFound(command *cobra.Command, file background.File, err error) error {
	if errors.Is(err, background.ErrNone) {
		return fmt.Errorf("%s: %w by %s; start one with `twinbill start`, or name another --%s", command.Name(), err, file, runFileFlag)
	}
	return fmt.Errorf("%s: %w", command.Name(), err)
}

// claim takes hold of the run file that serve is to write; of none where it names none.
func (f serveFlags) claim() (*background.Claim, error) {
	if f.runFile == "" {
		return nil, nil
	}
	file, err := background.At(f.runFile)
	if err != nil {
		return nil, fmt.Errorf("serve: --%s: %w", runFileFlag, err)
	}
	claim, err := file.Claim()
	if _, taken := errors.AsType[background.Taken](err); taken {
		return nil, fmt.Errorf("serve: %w; end it with `twinbill stop`, or name another --%s", err, runFileFlag)
	}
	if err != nil {
		return nil, fmt.Errorf("serve: --%s: %w", runFileFlag, err)
	}
	return claim, nil
}
