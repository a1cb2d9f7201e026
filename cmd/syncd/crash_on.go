//go:build crashpoints

package main

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
)

// clock is the wall clock, set forward by the duration of SYNCD_CLOCK_SKIP: the
// settle time passes without anybody waiting for it.
func clock(getenv func(string) string) func() time.Time {
	skip, _ := time.ParseDuration(getenv("SYNCD_CLOCK_SKIP"))
	return func() time.Time { return time.Now().Add(skip) }
}

// crashStep kills the process, as kill -9 does, at the n-th step between two
// side effects, where SYNCD_CRASH_AT says n. Steps are listed in the file of
// SYNCD_CRASH_LOG, if one is named.
func crashStep(getenv func(string) string) func(string) {
	at, _ := strconv.Atoi(getenv("SYNCD_CRASH_AT"))
	log := getenv("SYNCD_CRASH_LOG")
	n := 0
	return func(name string) {
		n++
		if log != "" {
			if f, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err == nil {
				fmt.Fprintln(f, n, name)
				_ = f.Close()
			}
		}
		if n == at {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
}
