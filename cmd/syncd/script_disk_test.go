package main

import (
	"errors"
	"os"
	"sync"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

// canMount tries whether this process may mount a small disk.
var canMount = sync.OnceValue(func() bool {
	dir, err := os.MkdirTemp("", "syncd-disk-")
	if err != nil {
		return false
	}
	defer func() { _ = os.Remove(dir) }()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		return false
	}
	return syscall.Unmount(dir, 0) == nil
})

// smallDisk mounts a disk at DIR, which ends with the script, or changes the
// size of the one that is there.
func smallDisk(ts *testscript.TestScript, args []string) error {
	if len(args) != 2 {
		return errors.New("usage: small-disk DIR SIZE")
	}
	dir, options := ts.MkAbs(args[0]), "mode=0700,size="+args[1]
	if _, err := os.Stat(dir); err == nil {
		return syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, options)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		return err
	}
	ts.Defer(func() { ts.Check(syscall.Unmount(dir, syscall.MNT_DETACH)) })
	return nil
}
