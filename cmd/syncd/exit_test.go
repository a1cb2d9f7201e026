package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"syncd/internal/message"
)

// published is the table as the project promises it to scripts and to the
// service manager. It changes only together with the documentation.
var published = map[string]int{
	"done": 0, "plain": 1, "usage": 2, "partial": 3, "pending": 4, "halted": 5, "locked": 6, "source": 7, "crm": 8, "config": 78,
}

const publishedInterrupted = 130

func noEnv(string) string { return "" }

// call runs a command line and returns the exit code and both outputs.
func call(ctx context.Context, list commands, args ...string) (code int, out, diagnostics string) {
	var o, e strings.Builder
	code = runWith(ctx, args, noEnv, stdio{in: strings.NewReader(""), out: &o, err: &e}, list)
	return code, o.String(), e.String()
}

func TestEveryClassOfErrorHasItsExitCode(t *testing.T) {
	t.Parallel()
	if len(published) != len(failures()) {
		t.Errorf("%d classes, %d codes", len(failures()), len(published))
	}
	for class, want := range published {
		got, out, diagnostics := call(t.Context(), probeCommands, "fail", class)
		if got != want {
			t.Errorf("%s: exit code %d, want %d", class, got, want)
		}
		if out != "" || (diagnostics == "") != (want == 0) {
			t.Errorf("%s: out %q, diagnostics %q", class, out, diagnostics)
		}
	}
}

var helpLine = regexp.MustCompile(`(?m)^ {2,4}(\d+)  (\S.*)$`)

func TestHelpShowsExactlyTheExitCodesThatThereAre(t *testing.T) {
	t.Parallel()
	want := []int{publishedInterrupted}
	for _, code := range published {
		want = append(want, code)
	}
	slices.Sort(want)
	for _, lang := range []string{"en", "ru"} {
		code, help, _ := call(t.Context(), allCommands, "--lang", lang, "--help")
		if code != 0 {
			t.Errorf("--help: exit code %d", code)
		}
		var got []int
		for _, line := range helpLine.FindAllStringSubmatch(help, -1) {
			n, err := strconv.Atoi(line[1])
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, n)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: help has %v, want %v\n%s", lang, got, want, help)
		}
	}
	for _, row := range exitTable {
		if !slices.Contains(severity, row.code) {
			t.Errorf("%d has no place in the order of severity", row.code)
		}
	}
}

func TestTheWorstJobDecides(t *testing.T) {
	t.Parallel()
	order := []int{78, 5, 8, 7, 1, 3, 0} // as documented
	for i, worse := range order {
		for _, better := range order[i:] {
			if got := worstExit(better, worse); got != worse {
				t.Errorf("worst of %d and %d is %d", better, worse, got)
			}
		}
	}
	err := errors.Join(partly{errTrouble}, halted{errTrouble}, notReady{errTrouble})
	if got := exitFor(err); got != exitHalted {
		t.Errorf("a joined error of several jobs: %d", got)
	}
	if got := exitFor(errors.Join(errTrouble, partly{errTrouble})); got != exitPartial {
		t.Errorf("an error with a class and one without: %d", got)
	}
}

func TestAnInterruptedCommandExits130WhateverItReturns(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, args := range [][]string{{"wait"}, {"fail", "plain"}, {"fail", "config"}} {
		got, _, diagnostics := call(ctx, probeCommands, append(args, "--lang", "ru")...)
		if got != publishedInterrupted || !strings.HasPrefix(diagnostics, "прервано") {
			t.Errorf("%v: exit code %d, %q", args, got, diagnostics)
		}
	}
	if got, _, _ := call(ctx, probeCommands, "fail", "done"); got != exitDone {
		t.Errorf("a command that was done all the same: %d", got)
	}
}

// startProbe runs this test program as `probe` and waits for its first line.
func startProbe(t *testing.T, arg string) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, arg)
	cmd.Env = append(os.Environ(), probeVariable+"=1")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(stdout)
	expectLine(t, lines, "waiting")
	return cmd, lines
}

func expectLine(t *testing.T, lines *bufio.Reader, want string) {
	t.Helper()
	line, err := lines.ReadString('\n')
	if err != nil || line != want+"\n" {
		t.Fatalf("got %q, %v; want %q", line, err, want)
	}
}

func TestTheFirstSignalEndsARunInOrder(t *testing.T) {
	t.Parallel()
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		cmd, lines := startProbe(t, "wait")
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, lines)
		_ = cmd.Wait()
		if got := cmd.ProcessState.ExitCode(); got != publishedInterrupted {
			t.Errorf("%v: exit code %d", signal, got)
		}
	}
}

func TestASecondSignalForcesTheEnd(t *testing.T) {
	t.Parallel()
	cmd, lines := startProbe(t, "hang")
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	expectLine(t, lines, "stopping")
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, lines)
	_ = cmd.Wait()
	if got := cmd.ProcessState.ExitCode(); got != publishedInterrupted {
		t.Errorf("ended as %v", cmd.ProcessState)
	}
}

func TestMessagesOfTheCommandLayerCarryTheirCode(t *testing.T) {
	t.Parallel()
	err := &faultError{exit: exitCRM, code: message.CRMCredentials, args: []message.Arg{message.S("crm", "main")}, err: errTrouble}
	if !errors.Is(err, errTrouble) || exitFor(err) != 8 || !strings.HasPrefix(err.In(message.Russian), "SYNC-0402: CRM main не принимает") {
		t.Errorf("got %v", err)
	}
	if got := exitFor(&outcomeError{code: exitPending}); got != 4 {
		t.Errorf("outcome: %d", got)
	}
}
