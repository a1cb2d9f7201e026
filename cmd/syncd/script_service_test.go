package main

import (
	"errors"
	"net"
	"os/exec"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// serviceCommands are what scripts about the service say besides:
//
//	free-port NAME             put an address that nobody uses into a variable
//	occupy NAME                the same, and keep it taken until `release`
//	await PATTERN command …    run a command until its output matches, at most 20 s
func serviceCommands(c map[string]func(*testscript.TestScript, bool, []string)) map[string]func(*testscript.TestScript, bool, []string) {
	var taken net.Listener
	c["await"] = awaitOutput
	c["free-port"] = func(ts *testscript.TestScript, _ bool, args []string) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		ts.Check(err)
		ts.Setenv(args[0], l.Addr().String())
		ts.Check(l.Close())
	}
	c["occupy"] = func(ts *testscript.TestScript, _ bool, args []string) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		ts.Check(err)
		ts.Setenv(args[0], l.Addr().String())
		taken = l
		ts.Defer(func() { _ = l.Close() })
	}
	c["release"] = func(ts *testscript.TestScript, _ bool, _ []string) {
		if taken == nil {
			ts.Fatalf("nothing is occupied")
		}
		ts.Check(taken.Close())
	}
	return c
}

// awaitPatience is how long a script waits for another process.
const awaitPatience = 20 * time.Second

func awaitOutput(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) < 2 {
		ts.Fatalf("usage: await PATTERN command [ARG…]")
	}
	want, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	said := ""
	for until := time.Now().Add(awaitPatience); time.Now().Before(until); <-time.After(250 * time.Millisecond) {
		err := ts.Exec(args[1], args[2:]...)
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		said = ts.ReadFile("stdout") + ts.ReadFile("stderr")
		if want.MatchString(said) {
			return
		}
	}
	ts.Fatalf("%s never said %s; at last:\n%s", strings.Join(args[1:], " "), args[0], said)
}
