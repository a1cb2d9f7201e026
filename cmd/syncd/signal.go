package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// interruptible returns a context that the first SIGINT or SIGTERM cancels, so
// that a run comes to rest between two writes. The signals have their usual
// effect again before the context ends: a second one always ends the process at
// once. The function returned lets go of the signals.
//
// A reader that goes away (`syncd run | head`) must not end a run in the middle
// of its writes, so SIGPIPE is ignored; writing to it merely fails.
func interruptible(parent context.Context) (context.Context, context.CancelFunc) {
	signal.Ignore(syscall.SIGPIPE)
	ctx, cancel := context.WithCancel(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		select {
		case <-signals:
		case <-ctx.Done():
		}
		signal.Stop(signals)
		cancel()
	}()
	return ctx, cancel
}
