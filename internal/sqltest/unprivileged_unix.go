//go:build unix

package sqltest

import (
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// unprivileged is how a server's process starts: in a group of its own, so that
// Ctrl-C on a terminal reaches the tests only, and not as root, which database
// servers refuse.
func unprivileged() *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setpgid: true}
	if uid, gid, ok := nobody(); ok {
		a.Credential = &syscall.Credential{Uid: uid, Gid: gid}
	}
	return a
}

// newFolder makes a folder that the server's user owns. Its path is short: a
// socket stands in it. It is not below TMPDIR, which root may keep to itself.
func newFolder() (dir string, err error) {
	for _, parent := range parents() {
		if dir, err = os.MkdirTemp(parent, "sqltest-"); err == nil {
			break
		}
	}
	uid, gid, other := nobody()
	if err != nil || !other {
		return dir, err
	}
	return dir, os.Chown(dir, int(uid), int(gid))
}

// nobody is the user to run as instead of root; ok is false for who is not root.
func nobody() (uid, gid uint32, ok bool) {
	if os.Geteuid() != 0 {
		return 0, 0, false
	}
	const fallback = 65534 // nobody, wherever it is not listed
	u, err := user.Lookup("nobody")
	if err != nil {
		return fallback, fallback, true
	}
	return number(u.Uid, fallback), number(u.Gid, fallback), true
}

func number(text string, otherwise uint32) uint32 {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return otherwise
	}
	return uint32(n)
}

// kill ends a process and its group, for good.
func kill(c *exec.Cmd) error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
