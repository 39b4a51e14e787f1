package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// version is set at link time for releases.
var version = ""

func root() *cobra.Command {
	command := &cobra.Command{
		Use:   "twinbill",
		Short: "A digital twin of two billing-partner APIs, and their conformance suite",
		Long: `Twinbill is a stateful twin of the Alphaus Ripple API and the CloudHealth Partner
AWS Account Assignment API, and the suite that holds any deployment of them to
what their documentation promises.

Each flag can also be set by an environment variable: --addr by TWINBILL_ADDR,
--log-format by TWINBILL_LOG_FORMAT. Flags win.`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		PersistentPreRunE: func(command *cobra.Command, _ []string) error { return fromEnvironment(command.Flags()) },
	}
	command.AddCommand(serveCommand(), verifyCommand(), clausesCommand(), healthCommand(), versionCommand())
	command.SetOut(os.Stdout)
	command.SetErr(os.Stderr)
	return command
}

// fromEnvironment sets the flags that the command line left out.
func fromEnvironment(flags *pflag.FlagSet) error {
	var failed error
	flags.VisitAll(func(f *pflag.Flag) {
		name := "TWINBILL_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		value, set := os.LookupEnv(name)
		if !set || f.Changed || failed != nil {
			return
		}
		if err := flags.Set(f.Name, value); err != nil {
			failed = fmt.Errorf("%s: %w", name, err)
		}
	})
	return failed
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		Run: func(command *cobra.Command, _ []string) {
			fmt.Fprintln(command.OutOrStdout(), "twinbill", productVersion())
		},
	}
}

// productVersion is the release's, or the module's where it was installed by version.
func productVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
