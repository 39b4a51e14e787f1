package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/twinbill/twinbill/conformance/target"
)

func healthCommand() *cobra.Command {
	var url string
	command := &cobra.Command{
		Use:     "health",
		Short:   "Ask a running twin whether it answers",
		Example: "  twinbill health --url http://127.0.0.1:4610",
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			t, err := target.New(url, 5*time.Second)
			if err != nil {
				return err
			}
			health, err := t.Health(command.Context())
			if err != nil {
				return err
			}
			if health.Product == "" {
				return fmt.Errorf("health: %s answers, but it is no Twinbill", url)
			}
			fmt.Fprintf(command.OutOrStdout(), "%s %s at %s is healthy\n", health.Product, health.Version, url)
			return nil
		},
	}
	command.Flags().StringVar(&url, "url", "http://127.0.0.1:4610", "base `URL` of the twin")
	return command
}
