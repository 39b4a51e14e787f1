package main

import (
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
)

// received is the last signal that asked the command to stop.
var received atomic.Int32

func init() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		for s := range signals {
			received.Store(int32(s.(syscall.Signal)))
		}
	}()
}

// interrupted is the exit status of a command that a signal stopped: 130 or 143.
func interrupted() int { return 128 + int(received.Load()) }
