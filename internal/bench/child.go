package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// launcherVariable makes this program start another one and measure it.
const launcherVariable = "SYNCD_BENCH_LAUNCHER"

// usage is what a child process took.
type usage struct {
	Wall   time.Duration
	CPU    time.Duration // user and system
	Peak   int64         // resident memory, bytes
	Exit   int
	Stdout []byte
	Stderr []byte
}

// launched does the launcher's part and reports whether that was this process.
//
// The kernel counts the peak of a process that starts another one towards the
// started one, so the bench, which holds a whole CRM, must not start it itself.
func launched() bool {
	if os.Getenv(launcherVariable) == "" {
		return false
	}
	u, err := launch(os.Args[1:])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(u)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench: launch:", err)
		os.Exit(1)
	}
	return true
}

func launch(args []string) (usage, error) {
	var out, errs bytes.Buffer
	cmd := exec.Command(args[0], args[1:]...) //nolint:noctx // its end is the parent's matter: it kills the group
	cmd.Stdout, cmd.Stderr = &out, &errs
	start := time.Now()
	err := cmd.Run()
	u := usage{Wall: time.Since(start), Stdout: out.Bytes(), Stderr: errs.Bytes()}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return u, err
	}
	u.Exit = cmd.ProcessState.ExitCode()
	u.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if r, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.Peak = r.Maxrss << 10
	}
	return u, nil
}

// measure runs a program to its end.
func measure(ctx context.Context, args ...string) (usage, error) {
	var u usage
	self, err := os.Executable()
	if err != nil {
		return u, err
	}
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Env = append(os.Environ(), launcherVariable+"=1")
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	if err := cmd.Run(); err != nil {
		return u, fmt.Errorf("%s: %w", filepath.Base(args[0]), err)
	}
	return u, json.Unmarshal(out.Bytes(), &u)
}

// build makes the program that is measured.
func (b *bench) build(ctx context.Context) error {
	if b.binary != "" {
		return nil
	}
	b.say("build syncd")
	b.binary = b.file("syncd")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", b.binary, "syncd/cmd/syncd")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stdout, cmd.Stderr = b.log, b.log
	return cmd.Run()
}
