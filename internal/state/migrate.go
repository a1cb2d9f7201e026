package state

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"sort"
)

//go:embed migrations/*.sql
var embedded embed.FS

// applicationID marks the file as syncd's ("sync" in ASCII).
const applicationID = 0x73796e63

// migrations returns the scripts in order; the n-th brings the schema to n.
func migrations(from fs.FS) ([]string, error) {
	names, err := fs.Glob(from, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	scripts := make([]string, len(names))
	for i, name := range names {
		b, err := fs.ReadFile(from, name)
		if err != nil {
			return nil, err
		}
		scripts[i] = string(b)
	}
	return scripts, nil
}

// migrate brings the database to the newest schema, each step in one
// transaction: a kill leaves a whole older schema, and the next start goes on.
func migrate(ctx context.Context, db *sql.DB, scripts []string) error {
	for {
		done, err := migrateStep(ctx, db, scripts)
		if err != nil || done {
			return err
		}
	}
}

func migrateStep(ctx context.Context, db *sql.DB, scripts []string) (done bool, err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	// after a commit this says that the transaction is over, which is well
	defer func() { _ = tx.Rollback() }()
	// read within the transaction: another process may have migrated meanwhile
	var version int
	if err := tx.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil {
		return false, err
	}
	if version >= len(scripts) {
		return true, nil
	}
	if _, err := tx.ExecContext(ctx, scripts[version]); err != nil {
		return false, fmt.Errorf("migrate the state to schema %d: %w", version+1, err)
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf(
		`PRAGMA application_id = %d; PRAGMA user_version = %d`, applicationID, version+1)); err != nil {
		return false, err
	}
	return false, tx.Commit()
}
