// Command twinbill is a digital twin of two billing-partner APIs, Alphaus Ripple and
// the CloudHealth Partner AWS Account Assignment API, and the conformance suite that
// holds any deployment of them to what is documented.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(Main()) }

// Main runs the command line and returns its exit status.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	command := root()
	err := command.ExecuteContext(ctx)
	var code exitCode
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	}
	fmt.Fprintf(os.Stderr, "twinbill: %v\n", err)
	return 2
}

// exitCode ends the command with a status, when everything has been said.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit status %d", int(c)) }
