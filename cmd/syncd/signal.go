package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// interruptible returns a context that the first SIGINT or SIGTERM cancels, so
// that a run comes to rest between two writes. At a second one force is called, which
// ends the process at once. The function returned lets go of the signals.
//
// A reader that goes away (`syncd run | head`) must not end a run in the middle
// of its writes, so SIGPIPE is ignored; writing to it merely fails.
func interruptible(parent context.Context, force func()) (context.Context, context.CancelFunc) {
	signal.Ignore(syscall.SIGPIPE)
	ctx, cancel := context.WithCancel(parent)
	signals := make(chan os.Signal, 2) // both, however fast they follow each other
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	over := make(chan struct{})
	go func() {
		defer signal.Stop(signals)
		select {
		case <-signals:
			cancel()
		case <-over:
			return
		}
		select {
		case <-signals:
			force()
		case <-over:
		}
	}()
	return ctx, sync.OnceFunc(func() { cancel(); close(over) })
}

// endAtOnce ends a process that was told to stop a second time: with the exit code of
// the first, for both ask for the same.
func endAtOnce() {
	a := &app{getenv: os.Getenv}
	a.lang = a.detectLang(os.Args[1:])
	_, _ = fmt.Fprintln(os.Stderr, a.say(phrase{
		"ended at once by a second signal; what was on its way to the CRM is looked up by the next run: syncd run",
		"завершено немедленно по второму сигналу; начатую запись в CRM проверит следующий запуск: syncd run",
	}))
	os.Exit(exitInterrupted)
}
