package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/twinbill/twinbill/openapi"
)

func contractCommand() *cobra.Command {
	var dialect []string
	command := &cobra.Command{
		Use:   "contract API",
		Short: "Print the contract of an API, as OpenAPI 3.0.3",
		Long: `Prints the contract that the twin serves and verify holds a deployment to, as an
OpenAPI 3.0.3 document in YAML: ripple, cloudhealth, or sandbox for the twin's own
control API. It is the one of the default dialect, unless --dialect names other
readings; "twinbill dialect" lists them. Exit status: 0; 2 usage.`,
		Example: `  twinbill contract ripple >ripple.yaml
  twinbill contract cloudhealth --dialect cloudhealth.not-found=422`,
		Args: func(command *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fmt.Errorf("contract: takes one of ripple, cloudhealth and sandbox, not %d arguments; see `%s --help`", len(args), command.CommandPath())
			}
			return nil
		},
		RunE: func(command *cobra.Command, args []string) error {
			if err := oneWord("API", args[0], "ripple", "cloudhealth", "sandbox"); err != nil {
				return fmt.Errorf("contract: %w", err)
			}
			d, err := unlessStopped(command.Context(), func() (openapi.Dialect, error) { return readDialect(dialect) })
			if err != nil {
				return err
			}
			text, err := openapi.Text(openapi.API(args[0]), d)
			if err != nil {
				return fmt.Errorf("contract: %w", err)
			}
			_, err = command.OutOrStdout().Write(text)
			return err
		},
	}
	command.Flags().StringArrayVar(&dialect, "dialect", nil, "dialect `file`, or point=reading, whose contract is printed (repeatable)")
	return command
}
