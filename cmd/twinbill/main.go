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

func main() { os.Exit(run()) }

// run executes the command line and returns its exit status. What went wrong is one
// line on standard error.
func run() int {
	quietDefaultLog()
	ctx, stop := untilSignal(context.Background())
	defer stop()
	command, err := root().ExecuteContextC(ctx)
	var code exitCode
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	}
	hint := ""
	if !command.HasParent() { // an unknown command or flag
		hint = "; see `twinbill --help`"
	}
	fmt.Fprintf(os.Stderr, "twinbill: %s%s\n", oneLine(err), hint)
	return 2
}

// quietDefaultLog silences Go's default logger, on which net/http prints what it finds odd
// in an exchange, such as bytes after an answer, with any credential in it. What is for
// people to read goes through slog or an error.
func quietDefaultLog() { log.SetOutput(io.Discard) }

// exitCode ends the command with a status, when everything has been said.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit status %d", int(c)) }

// oneLine is the text of an error without line breaks.
func oneLine(err error) string {
	return strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ").Replace(err.Error())
}
