package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// stopped is the cause of a context that a signal ended.
type stopped struct{ signal syscall.Signal }

func (s stopped) Error() string { return "stopped by a signal: " + s.signal.String() }

// untilSignal returns a context that the first SIGINT or SIGTERM ends, with stopped as
// its cause. A second one ends the process at once, as if nobody listened.
func untilSignal(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		select {
		case s := <-signals:
			signal.Stop(signals)
			cancel(stopped{s.(syscall.Signal)})
		case <-ctx.Done():
			signal.Stop(signals)
		}
	}()
	return ctx, func() { cancel(nil) }
}

// interrupted is the exit status of a command whose context a signal ended, 130 or
// 143; ok is false where none did.
func interrupted(ctx context.Context) (status exitCode, ok bool) {
	var s stopped
	if !errors.As(context.Cause(ctx), &s) {
		return 0, false
	}
	return exitCode(128 + int(s.signal)), true
}
