package systemdtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// checkout is the root of the repository.
const checkout = "../.."

// patience bounds every wait for something that takes a fraction of it.
const patience = 20 * time.Second

// machine is a booted system: its processes, files, network and units.
type machine struct {
	*testing.T

	pid int // of its systemd, seen from outside
}

// missing ends a test that this machine cannot carry out.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("SYNCD_TEST_SYSTEMD") == "required" {
		t.Fatalf("SYNCD_TEST_SYSTEMD=required, but %s", what)
	}
	t.Skip("NOT TESTED: " + what)
}

// boot starts a machine, which ends with the test.
func boot(t *testing.T) *machine {
	t.Helper()
	if os.Geteuid() != 0 {
		missing(t, "only root can boot a system in namespaces")
	}
	for _, program := range []string{"/lib/systemd/systemd", "nsenter"} {
		if _, err := exec.LookPath(program); err != nil {
			missing(t, err.Error())
		}
	}
	var console bytes.Buffer
	cmd := exec.Command("./boot.sh", t.TempDir()) //nolint:noctx // the system is to outlive t.Context, for the clean-up
	cmd.Stdout, cmd.Stderr = &console, &console
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWNET | unix.CLONE_NEWCGROUP,
		Pdeathsig:  syscall.SIGKILL,
		Setsid:     true,
	}
	// The system is killed when the thread that started it ends, so this test keeps it.
	runtime.LockOSThread()
	if err := cmd.Start(); errors.Is(err, fs.ErrPermission) {
		missing(t, "namespaces are refused: "+err.Error())
	} else if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
	})
	m := &machine{T: t, pid: cmd.Process.Pid}
	m.eventually("the system boots", func() bool {
		select {
		case <-ended:
			// Root without the right to mount: a container of a CI.
			missing(t, "the system does not boot here:\n"+console.String())
		default:
		}
		state, _ := m.try("systemctl", "is-system-running")
		return state == "running" || state == "degraded"
	})
	return m
}

// eventually waits until something holds.
func (m *machine) eventually(what string, holds func() bool) {
	m.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); ; <-tick.C {
		if holds() {
			return
		}
		if time.Now().After(deadline) {
			m.Fatalf("not within %s: %s\n%s", patience, what, m.journal())
		}
	}
}

// try runs a program inside and returns what it printed, and its exit code.
func (m *machine) try(args ...string) (string, int) {
	m.Helper()
	return m.pipe("", args...)
}

// pipe is try with a text on the program's standard input.
func (m *machine) pipe(stdin string, args ...string) (string, int) {
	m.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Second)
	defer cancel()
	enter := append([]string{"-t", fmt.Sprint(m.pid), "-m", "-u", "-i", "-n", "-p", "-C", "-r", "-w"}, args...)
	cmd := exec.CommandContext(ctx, "nsenter", enter...)
	cmd.Stdin = strings.NewReader(stdin)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		m.Fatalf("%s: %v", strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), cmd.ProcessState.ExitCode()
}

// must is try of a program that has to end well.
func (m *machine) must(args ...string) string {
	m.Helper()
	out, code := m.try(args...)
	if code != 0 {
		m.Fatalf("%s: exit %d\n%s\n%s", strings.Join(args, " "), code, out, m.journal())
	}
	return out
}

// path is a file of the machine as it is reached from outside.
func (m *machine) path(name string) string {
	return filepath.Join("/proc", fmt.Sprint(m.pid), "root", name)
}

// write makes a file inside, with the folders that it needs.
func (m *machine) write(name, text string, mode fs.FileMode) {
	m.Helper()
	path := m.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		m.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		m.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		m.Fatal(err)
	}
}

// copyIn puts a file of the outside in.
func (m *machine) copyIn(from, to string, mode fs.FileMode) {
	m.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		m.Fatal(err)
	}
	m.write(to, string(content), mode)
}

// mode is what `ls -l` says of a file: type, mode, owner and group.
func (m *machine) mode(name string) string {
	m.Helper()
	return m.must("stat", "-c", "%A %U:%G", name)
}

// property is what systemd knows of the service.
func (m *machine) property(name string) string {
	m.Helper()
	return m.must("systemctl", "show", "syncd", "--value", "-p", name)
}

// journal is what the service and systemd wrote of it.
func (m *machine) journal() string {
	m.Helper()
	text, _ := m.try("journalctl", "--no-pager", "-o", "cat", "-u", "syncd")
	return text
}

// listen opens a port inside for this process. The network namespace belongs to a
// thread, so one is made for the call and thrown away.
func (m *machine) listen(address string) net.Listener {
	m.Helper()
	type outcome struct {
		l   net.Listener
		err error
	}
	done := make(chan outcome)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends here
		ns, err := os.Open(filepath.Join("/proc", fmt.Sprint(m.pid), "ns", "net"))
		if err != nil {
			done <- outcome{err: err}
			return
		}
		defer func() { _ = ns.Close() }()
		if err := unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET); err != nil {
			done <- outcome{err: err}
			return
		}
		l, err := (&net.ListenConfig{}).Listen(m.Context(), "tcp", address)
		done <- outcome{l, err}
	}()
	got := <-done
	if got.err != nil {
		m.Fatal(got.err)
	}
	return got.l
}

// static builds a program of this module as it is packaged.
func static(t *testing.T, pkg string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), filepath.Base(pkg))
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", binary, pkg)
	cmd.Dir, cmd.Env = checkout, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", pkg, err, out)
	}
	return binary
}
