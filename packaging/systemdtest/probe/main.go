// Command probe is started in the place of syncd, under its unit, and tries what
// the unit forbids. It prints one line for each try: its name, a tab, and "done"
// or the error.
package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// again is the argument of a copy that was executed after all: it does nothing.
const again = "again"

func main() {
	if len(os.Args) > 1 && os.Args[1] == again {
		return
	}
	for _, p := range probes() {
		outcome := "done"
		if err := p.try(); err != nil {
			outcome = err.Error()
		}
		_, _ = fmt.Fprintf(os.Stdout, "%s\t%s\n", p.name, outcome)
	}
}

type probe struct {
	name string
	try  func() error
}

func probes() []probe {
	return append(append(files(), programs()...), kernel()...)
}

func files() []probe {
	write := func(path string) func() error {
		return func() error { return os.WriteFile(path, []byte("x"), 0o600) }
	}
	read := func(path string) func() error {
		return func() error { _, err := os.ReadFile(path); return err }
	}
	return []probe{
		{"write its state", write("/var/lib/syncd/probe")},
		{"write its temporary folder", write("/tmp/probe")},
		{"write a folder of the exchange", write("/srv/exchange/outbox/probe")},
		{"write /etc", write("/etc/syncd/probe")},
		{"write /usr", write("/usr/bin/probe")},
		{"write /var/lib", write("/var/lib/probe")},
		{"write /srv", write("/srv/probe")},
		{"write /root", write("/root/probe")},
		{"read its configuration", read("/etc/syncd/syncd.yaml")},
		{"read its credential", read("/run/credentials/syncd.service/crm_apikey")},
		{"write its credential", write("/run/credentials/syncd.service/crm_apikey")},
		{"read /etc/shadow", read("/etc/shadow")},
		{"list /root", func() error { _, err := os.ReadDir("/root"); return err }},
		{"see process 1", read("/proc/1/cmdline")},
		{"read the kernel's log", read("/dev/kmsg")},
		{"set a setuid bit", func() error {
			if err := write("/var/lib/syncd/setuid")(); err != nil {
				return err
			}
			return syscall.Chmod("/var/lib/syncd/setuid", 0o4755)
		}},
		{"make a device", func() error { return syscall.Mknod("/var/lib/syncd/null", syscall.S_IFCHR|0o666, 1<<8|3) }},
	}
}

func programs() []probe {
	return []probe{
		{"execute a shell", func() error { return exec.Command("/bin/sh", "-c", "true").Run() }}, //nolint:noctx // it is refused at once
		{"execute from its state", executeIn("/var/lib/syncd")},
		{"execute from /tmp", executeIn("/tmp")},
		{"execute from /var/tmp", executeIn("/var/tmp")},
		{"execute from /dev/shm", executeIn("/dev/shm")},
		{"execute from a folder of the exchange", executeIn("/srv/exchange/outbox")},
	}
}

// executeIn executes a copy of this program that it makes in a folder.
func executeIn(dir string) func() error {
	return func() error {
		program, err := os.ReadFile("/proc/self/exe")
		if err != nil {
			return fmt.Errorf("cannot be tried: %w", err)
		}
		copied := filepath.Join(dir, "program")
		if err := os.WriteFile(copied, program, 0o700); err != nil { //nolint:gosec // it is to be executable
			return fmt.Errorf("not even written: %w", err)
		}
		return exec.Command(copied, again).Run() //nolint:noctx // it is refused at once
	}
}

func kernel() []probe {
	socket := func(family, kind, protocol int) func() error {
		return func() error {
			fd, err := syscall.Socket(family, kind, protocol)
			if err != nil {
				return err
			}
			return syscall.Close(fd)
		}
	}
	return []probe{
		{"listen on the loopback address", func() error {
			l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it is answered at once
			if err != nil {
				return err
			}
			return l.Close()
		}},
		{"open a raw socket", socket(syscall.AF_INET, syscall.SOCK_RAW, syscall.IPPROTO_ICMP)},
		{"open a packet socket", socket(syscall.AF_PACKET, syscall.SOCK_RAW, 0)},
		{"open a netlink socket", socket(syscall.AF_NETLINK, syscall.SOCK_RAW, 0)},
		{"mount", func() error { return syscall.Mount("tmpfs", "/tmp", "tmpfs", 0, "") }},
		{"make a user namespace", func() error { return syscall.Unshare(syscall.CLONE_NEWUSER) }},
		{"trace another process", func() error { return syscall.PtraceAttach(os.Getppid()) }},
		{"become root", func() error { return syscall.Setuid(0) }},
		{"set the clock", func() error {
			var now syscall.Timeval
			if err := syscall.Gettimeofday(&now); err != nil {
				return err
			}
			return syscall.Settimeofday(&now)
		}},
		{"set the host's name", func() error { return syscall.Sethostname([]byte("probe")) }},
		{"map memory that is written and executed", writeAndExecute},
		{"raise its priority", func() error { return syscall.Setpriority(syscall.PRIO_PROCESS, 0, -10) }},
	}
}

func writeAndExecute() error {
	memory, err := syscall.Mmap(-1, 0, os.Getpagesize(), syscall.PROT_READ|syscall.PROT_WRITE|syscall.PROT_EXEC, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return err
	}
	return syscall.Munmap(memory)
}
