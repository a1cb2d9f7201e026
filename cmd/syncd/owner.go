package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// becomeOwner makes a process that root started act as the owner of the state,
// for good: files that it makes must stay usable for the service. It does
// nothing for other users, and where root owns the state.
func becomeOwner(state string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	uid, gid, err := ownerOf(state)
	if err != nil || uid == 0 {
		return err
	}
	if err := syscall.Setgroups([]int{gid}); err != nil {
		return fmt.Errorf("become the owner of the state: %w", err)
	}
	if err := syscall.Setgid(gid); err != nil {
		return fmt.Errorf("become the owner of the state: %w", err)
	}
	if err := syscall.Setuid(uid); err != nil {
		return fmt.Errorf("become the owner of the state: %w", err)
	}
	return nil
}

// ownerOf is who owns the state, or the nearest folder of it that exists.
func ownerOf(path string) (uid, gid int, err error) {
	for {
		i, err := os.Stat(path)
		if err == nil {
			if s, ok := i.Sys().(*syscall.Stat_t); ok {
				return int(s.Uid), int(s.Gid), nil
			}
			return 0, 0, nil
		}
		up := filepath.Dir(path)
		if !errors.Is(err, fs.ErrNotExist) || up == path {
			return 0, 0, fmt.Errorf("find the owner of the state: %w", err)
		}
		path = up
	}
}
