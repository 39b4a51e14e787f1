package main

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
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
--log-format by TWINBILL_LOG_FORMAT. A repeatable flag takes several values there,
with commas or line breaks between them; one that holds a comma itself stands in
double quotes. Given flags win, also over the variables of flags that they rule out:
--target over TWINBILL_URL. An empty variable says nothing.`,
		Example: `  twinbill serve
  twinbill verify --url http://127.0.0.1:4610`,
		SilenceErrors:      true,
		SilenceUsage:       true,
		DisableSuggestions: true, // they take several lines
		CompletionOptions:  cobra.CompletionOptions{DisableDefaultCmd: true},
		PersistentPreRunE:  func(command *cobra.Command, _ []string) error { return fromEnvironment(command.Flags()) },
	}
	command.AddCommand(serveCommand(), startCommand(), stopCommand(), statusCommand(), envCommand(), verifyCommand(), cleanupCommand(), diffCommand(), explainCommand(), expectCommand(), scoreCommand(), clausesCommand(), dialectCommand(), contractCommand(), gateCommand(), healthCommand(), versionCommand())
	command.SetHelpCommand(helpCommand())
	command.SetFlagErrorFunc(unknownFlag)
	return command
}

// noArguments refuses arguments that are no flags.
func noArguments(command *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s: takes flags alone, not %q; see `%s --help`", command.Name(), args[0], command.CommandPath())
	}
	return nil
}

func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "help [command]",
		Short:   "Print the help of a command",
		Example: "  twinbill help verify",
		RunE: func(command *cobra.Command, args []string) error {
			about, _, err := command.Root().Find(args)
			if err != nil {
				return fmt.Errorf("help: %w", unknownCommand(command.Root(), args))
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  twinbill version",
		Args:    noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(command.OutOrStdout(), "twinbill", productVersion())
			return err
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
