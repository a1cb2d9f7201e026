package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Backup writes a whole copy of the state to a new file with mode 0600, also
// while a run is on: the copy shows one moment. It appears under its name only
// when it is complete, checked page by page, and on the disk. An existing file is an
// error.
func (d *DB) Backup(ctx context.Context, to string) error {
	if _, err := os.Stat(to); err == nil {
		return fmt.Errorf("back up the state: %s: %w", to, fs.ErrExist)
	}
	part := to + ".part"
	// VACUUM INTO takes an empty file: so the copy is never readable by others
	f, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("back up the state: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("back up the state: %w", err)
	}
	err = d.vacuumInto(ctx, part)
	if err == nil {
		err = sound(ctx, part)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("back up the state: %w", classify(part, err)), os.Remove(part))
	}
	if err := syncFile(part); err != nil {
		return fmt.Errorf("back up the state: %w", err)
	}
	if err := os.Rename(part, to); err != nil {
		return fmt.Errorf("back up the state: %w", err)
	}
	return syncFolder(filepath.Dir(to))
}

// vacuumInto uses a connection of its own: the pool's are query_only, and the
// writer's may be busy with a run.
func (d *DB) vacuumInto(ctx context.Context, to string) error {
	db, err := sql.Open("sqlite", dsn(d.file)+"&mode=ro")
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `VACUUM INTO ?`, to)
	return errors.Join(err, db.Close())
}

// sound checks the pages of a copy.
func sound(ctx context.Context, file string) error {
	db, err := sql.Open("sqlite", dsn(file, "query_only(ON)")+"&mode=ro&immutable=1")
	if err != nil {
		return err
	}
	return errors.Join(check(ctx, db, file, "quick_check"), db.Close())
}

func syncFile(name string) error {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
