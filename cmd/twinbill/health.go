package main

import (
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/twinbill/twinbill/conformance/target"
)

func healthCommand() *cobra.Command {
	var url string
	command := &cobra.Command{
		Use:   "health",
		Short: "Ask a running twin whether it answers",
		Long: `Asks the control API of a twin for its health. Exit status: 0 healthy; 2 nobody
answers, or somebody who is no Twinbill.`,
		Example: "  twinbill health --url http://127.0.0.1:4610",
		Args:    noArguments,
		RunE:    func(command *cobra.Command, _ []string) error { return health(command, url) },
	}
	registerTwinURL(command.Flags(), &url)
	return command
}

func health(command *cobra.Command, url string) error {
	url, err := twinURL(command, url)
	if err != nil {
		return err
	}
	t, err := target.New(url, contactTimeout)
	if err != nil {
		return fmt.Errorf("health: --url: %w", err)
	}
	found, err := t.Health(command.Context())
	if err != nil {
		if status, ok := interrupted(command.Context()); ok {
			return status
		}
		if unknown, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
			return fmt.Errorf("health: %w; name the twin's certificate file by SSL_CERT_FILE", unknown)
		}
		return fmt.Errorf("health: %w; start one with `twinbill serve`, or mend --url", err)
	}
	if found.Product == "" {
		return fmt.Errorf("health: %s answers, but is no Twinbill; mend --url", url)
	}
	_, err = fmt.Fprintf(command.OutOrStdout(), "%s %s at %s is healthy\n", found.Product, found.Version, t.Base)
	return err
}
