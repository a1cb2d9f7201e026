package state

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// backupForm is the form of the names of rotated backups, in UTC. By it they sort
// by age.
const backupForm = "state-20060102T150405.db"

// BackupName is the name of a backup of this moment.
func BackupName(at time.Time) string { return at.UTC().Format(backupForm) }

// isBackup reports whether a file's name is one that Rotate gives.
func isBackup(name string) bool {
	t, err := time.Parse(backupForm, name)
	return err == nil && BackupName(t) == name
}

// Rotate backs the state up into a file of a folder, which it makes when it is
// missing, named by the time (BackupName), and then removes the oldest of the files
// so named until keep of them are left, the new one among them (keep < 1 counts as 1).
// Other files of the folder are neither counted nor touched. How it went is kept as
// TaskBackup. *ExposedError when others may look into the folder or write to it.
//
// An error after the backup was made comes with its name: old ones could not be
// removed.
func (d *DB) Rotate(ctx context.Context, dir string, keep int) (file string, err error) {
	at := d.options.Clock()
	file, size, err := d.rotate(ctx, dir, at)
	recorded := d.change(context.WithoutCancel(ctx), func(c *changes) error {
		return c.upkeep(TaskBackup, at, err, file, size)
	})
	if err != nil {
		return "", errors.Join(err, recorded)
	}
	return file, errors.Join(recorded, dropOldest(dir, max(keep, 1), filepath.Base(file), at))
}

func (d *DB) rotate(ctx context.Context, dir string, at time.Time) (file string, size int64, err error) {
	if dir, err = filepath.Abs(dir); err != nil {
		return "", 0, fmt.Errorf("back up the state: %w", err)
	}
	if err := privateFolder(dir); err != nil {
		return "", 0, err
	}
	file = filepath.Join(dir, BackupName(at))
	if err := d.Backup(ctx, file); err != nil {
		return "", 0, err
	}
	st, err := os.Stat(file)
	if err != nil {
		return "", 0, fmt.Errorf("back up the state: %w", err)
	}
	return file, st.Size(), nil
}

// privateFolder makes the folder of backups, or refuses one that is not for syncd
// alone: a backup is as confidential as the state, and it may become the state.
func privateFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("folder of the backups: %w", err)
	}
	st, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("folder of the backups: %w", err)
	}
	if st.Mode().Perm()&0o077 != 0 {
		return &ExposedError{File: dir, Mode: st.Mode().String()}
	}
	return nil
}

// abandoned reports whether nobody has written to a file for long: another process may
// be making a backup in the same folder.
func abandoned(e fs.DirEntry, now time.Time) bool {
	i, err := e.Info()
	return err == nil && now.Sub(i.ModTime()) > time.Hour
}

// dropOldest removes what is over but the one just made (also when the clock went
// back), and what an earlier backup that was killed left half done.
func dropOldest(dir string, keep int, made string, at time.Time) error {
	list, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("old backups: %w", err)
	}
	var names []string
	var errs []error
	remove := func(name string) {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("old backups: %w", err))
		}
	}
	for _, e := range list {
		if !e.Type().IsRegular() {
			continue
		}
		name := e.Name()
		if name == made {
			keep--
		} else if isBackup(name) {
			names = append(names, name)
		} else if half, ok := strings.CutSuffix(name, ".part"); ok && isBackup(half) && abandoned(e, at) {
			remove(name)
		}
	}
	slices.Sort(names)
	for _, name := range names[:max(0, len(names)-keep)] {
		remove(name)
	}
	return errors.Join(errs...)
}
