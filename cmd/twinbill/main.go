// Command twinbill is a digital twin of two billing-partner APIs, Alphaus Ripple and
// the CloudHealth Partner AWS Account Assignment API, and the conformance suite that
// holds any deployment of them to what is documented.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run executes a command line and returns its exit status. What went wrong is one line
// among the warnings.
func run(args []string, out, warnings io.Writer) int {
	quietDefaultLog()
	ctx, stop := untilSignal(context.Background())
	defer stop()
	all := root()
	all.SetArgs(args)
	all.SetOut(out)
	all.SetErr(warnings)
	command, err := all.ExecuteContextC(ctx)
	var code exitCode
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	}
	if status, ended := interrupted(ctx); ended && errors.Is(err, context.Cause(ctx)) {
		return int(status)
	}
	if !command.HasParent() && strings.HasPrefix(err.Error(), "unknown command") {
		err = unknownCommand(command, args)
	}
	fmt.Fprintf(warnings, "twinbill: %s\n", complaint(command, err))
	return 2
}

// quietDefaultLog silences Go's default logger, on which net/http prints what it finds odd
// in an exchange, such as bytes after an answer, with any credential in it. What is for
// people to read goes through slog or an error.
func quietDefaultLog() { log.SetOutput(io.Discard) }

// exitCode ends the command with a status, when everything has been said.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit status %d", int(c)) }
