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

// unlessStopped does what may wait without end, such as reading a pipe that nobody writes
// to, unless a signal ends the context first. The error is its cause then.
func unlessStopped[T any](ctx context.Context, do func() (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		value, err := do()
		done <- outcome{value, err}
	}()
	select {
	case o := <-done:
		return o.value, o.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx) // the process ends, and with it what is being read
	}
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
