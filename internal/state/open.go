package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"modernc.org/sqlite"

	"syncd/internal/reconcile"
)

// Options of Open. With a Clock alone it opens an existing state for writing.
type Options struct {
	// Clock gives the time of what is stored. Open needs it, reading does not.
	Clock func() time.Time
	// Fold gives the form in which the CRM compares uids; it must be the
	// engine's FoldUID. nil = reconcile.FoldUID.
	Fold func(uid string) string
	// Create makes the file, in a new 0700 folder if need be, when it is
	// missing. Take the run lock first.
	Create bool
	// SkipCheck leaves out the check of all pages, which is made at every
	// opening of a file up to 16 MiB.
	SkipCheck bool
	// Older opens for reading also an older schema: what of it can be read is only
	// Backup, Verify and Census.
	Older bool
	// Retired opens for writing also a state that moved to another server.
	Retired bool

	scripts []string // tests: other migrations
}

// checkedSize is up to which size a file is checked page by page at each
// opening (about 50 ms). Larger ones are checked by Verify.
const checkedSize = 16 << 20

// smallest is the size of the smallest SQLite page.
const smallest = 512

// DB is an open state.
type DB struct {
	file    string
	options Options
	write   *sql.DB // one connection; nil = opened for reading
	read    *sql.DB
	broken  atomic.Pointer[error] // a write whose fate is unknown; no more writes
	opened  fs.FileInfo           // of the file when it was opened
	blobs   bool                  // group_concat passes blobs through
	backup  string
}

// Open opens the state at path for reading and writing: asserts WAL and
// synchronous=FULL, refuses what is damaged, newer, foreign or exposed, and
// brings an older schema up to date after a backup. Errors: *MissingError,
// *NewerError, *DamagedError, *ForeignError, *ExposedError, *NetworkError,
// *RetiredError, *LockedError, *FullError, *WriteError.
func Open(ctx context.Context, path string, o Options) (*DB, error) {
	if o.Clock == nil {
		return nil, errors.New("open state: no clock")
	}
	d, err := prepare(path, o)
	if err != nil {
		return nil, err
	}
	if err := d.ensure(ctx); err != nil {
		return nil, err
	}
	if err := d.openForWriting(ctx); err != nil {
		return nil, errors.Join(classify(d.file, err), d.Close())
	}
	if d.opened, err = os.Stat(d.file); err != nil {
		return nil, errors.Join(fmt.Errorf("state: %w", err), d.Close())
	}
	return d, nil
}

// OpenReadOnly opens the state for commands that read, and for plan: it takes
// no run lock and changes nothing. An older schema, which only a run migrates, is
// an *OlderError. Errors otherwise as for Open.
func OpenReadOnly(ctx context.Context, path string, o Options) (*DB, error) {
	o.Create = false
	d, err := prepare(path, o)
	if err != nil {
		return nil, err
	}
	if err := d.ensure(ctx); err != nil {
		return nil, err
	}
	if err := d.openForReading(ctx); err != nil {
		return nil, errors.Join(classify(d.file, err), d.Close())
	}
	return d, nil
}

// OlderError says: the file waits for its migration, which only a run does.
type OlderError struct {
	File         string
	Found, Known int
}

func (e *OlderError) Error() string {
	return fmt.Sprintf("state %s has schema %d, this program reads %d", e.File, e.Found, e.Known)
}

// Empty returns a state without content, in memory: for a plan before the first
// run. It can be read only.
func Empty(ctx context.Context, o Options) (*DB, error) {
	d, err := prepare(":memory:", o)
	if err != nil {
		return nil, err
	}
	// a database of one connection: all reads of one plan share it
	if d.read, err = sql.Open("sqlite", "file:empty?mode=memory"); err != nil {
		return nil, err
	}
	d.read.SetMaxOpenConns(1)
	if err := migrate(ctx, d.read, d.options.scripts); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func prepare(path string, o Options) (*DB, error) {
	if o.Fold == nil {
		o.Fold = reconcile.FoldUID
	}
	if o.scripts == nil {
		var err error
		if o.scripts, err = migrations(embedded); err != nil {
			return nil, err
		}
	}
	// locks that survive the closing of another handle of the file; where the
	// system has none, or SQLite locked something before, the usual ones do
	if _, err := sqlite.OFDLocking(true); err != nil &&
		!errors.Is(err, sqlite.ErrOFDLockingTooLate) && !errors.Is(err, sqlite.ErrOFDLockingUnavailable) {
		return nil, err
	}
	if path == ":memory:" {
		return &DB{file: path, options: o}, nil
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("state: %w", err)
	}
	return &DB{file: abs, options: o}, nil
}

// ensure looks at the file without opening it, and creates it if asked to.
func (d *DB) ensure(ctx context.Context) error {
	if name := networkFilesystem(filepath.Dir(d.file)); name != "" {
		return &NetworkError{File: d.file, Filesystem: name}
	}
	st, err := os.Stat(d.file)
	if errors.Is(err, fs.ErrNotExist) {
		if !d.options.Create {
			return &MissingError{File: d.file}
		}
		return d.create(ctx)
	}
	if err != nil {
		return fmt.Errorf("state: %w", err)
	}
	if st.Mode().IsDir() {
		return &DamagedError{File: d.file, Cause: "a folder"}
	}
	if st.Size() == 0 {
		return &DamagedError{File: d.file, Cause: "zero length"}
	}
	// SQLite would take a shorter file for an empty database, and fill it
	if st.Size() < smallest {
		return &DamagedError{File: d.file, Cause: "cut off"}
	}
	if st.Mode().Perm()&0o077 != 0 {
		return &ExposedError{File: d.file, Mode: st.Mode().String()}
	}
	return d.folderOK()
}

// folderOK refuses a folder in which anyone may replace the file.
func (d *DB) folderOK() error {
	dir := filepath.Dir(d.file)
	st, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("state: %w", err)
	}
	if st.Mode().Perm()&0o002 != 0 && st.Mode()&fs.ModeSticky == 0 {
		return &ExposedError{File: dir, Mode: st.Mode().String()}
	}
	return nil
}

// create builds the file beside its place and moves it there whole, so that a
// kill leaves either no state or a complete one.
func (d *DB) create(ctx context.Context) error {
	dir := filepath.Dir(d.file)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("create state: %w", err)
	}
	if err := d.folderOK(); err != nil {
		return err
	}
	fresh := d.file + ".new"
	if err := removeDatabase(fresh); err != nil {
		return err
	}
	f, err := os.OpenFile(fresh, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("create state: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("create state: %w", err)
	}
	if err := build(ctx, fresh, d.options.scripts); err != nil {
		return errors.Join(classify(d.file, err), removeDatabase(fresh))
	}
	if err := os.Rename(fresh, d.file); err != nil {
		return fmt.Errorf("create state: %w", err)
	}
	return syncFolder(dir)
}

// removeDatabase removes a file and what SQLite keeps beside it.
func removeDatabase(file string) error {
	for _, name := range []string{file, file + "-journal", file + "-wal", file + "-shm"} {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("create state: %w", err)
		}
	}
	return nil
}

func build(ctx context.Context, file string, scripts []string) error {
	// what is pruned can go back to the disk: to be said before there is a table
	db, err := sql.Open("sqlite", dsn(file, "auto_vacuum(INCREMENTAL)", "journal_mode(WAL)", "synchronous(FULL)"))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	// closing folds the log into the file, with an fsync, and removes it
	err = migrate(ctx, db, scripts)
	if err == nil {
		// closing would say nothing if there were no room
		_, err = db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	}
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	if _, err := os.Stat(file + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the write-ahead log of %s was not folded in", filepath.Base(file))
	}
	return nil
}

func (d *DB) openForWriting(ctx context.Context) error {
	// looked at by a connection that cannot write: a newer or foreign file is
	// not so much as switched to WAL
	if err := d.openPool(ctx); err != nil {
		return err
	}
	version, err := d.inspect(ctx, d.read)
	if err != nil {
		return err
	}
	if version >= schemaRetired && !d.options.Retired {
		if err := notRetired(ctx, d.read, d.file); err != nil {
			return err
		}
	}
	w, err := sql.Open("sqlite", dsn(d.file, "journal_mode(WAL)", "synchronous(FULL)",
		"foreign_keys(ON)", "journal_size_limit(67108864)", "cache_size(-16384)")+"&_txlock=immediate")
	if err != nil {
		return err
	}
	w.SetMaxOpenConns(1)
	d.write = w
	if version < len(d.options.scripts) {
		d.backup = fmt.Sprintf("%s.schema%d-%s.bak", d.file, version, d.options.Clock().UTC().Format("20060102T150405"))
		if err := d.Backup(ctx, d.backup); err != nil {
			return fmt.Errorf("back up before the migration: %w", err)
		}
		if err := migrate(ctx, w, d.options.scripts); err != nil {
			return err
		}
	}
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
		var got string
		if err := w.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(&got); err != nil {
			return err
		}
		if got != want {
			return &WriteError{File: d.file, Err: fmt.Errorf("%s is %q, want %q", pragma, got, want)}
		}
	}
	return nil
}

func (d *DB) openForReading(ctx context.Context) error {
	if err := d.openPool(ctx); err != nil {
		return err
	}
	version, err := d.inspect(ctx, d.read)
	if err != nil {
		return err
	}
	if version < len(d.options.scripts) && !d.options.Older {
		return &OlderError{File: d.file, Found: version, Known: len(d.options.scripts)}
	}
	return nil
}

func (d *DB) openPool(ctx context.Context) error {
	r, err := sql.Open("sqlite", dsn(d.file, "query_only(ON)", "cache_size(-4096)")+"&mode=ro")
	if err != nil {
		return err
	}
	r.SetMaxOpenConns(4)
	d.read = r
	return d.testBlobs(ctx)
}

// inspect refuses a file that is not a sound state of a schema that is known.
func (d *DB) inspect(ctx context.Context, db *sql.DB) (version int, err error) {
	var id int
	if err := db.QueryRowContext(ctx, `PRAGMA application_id`).Scan(&id); err != nil {
		return 0, err
	}
	if id != applicationID {
		return 0, &ForeignError{File: d.file}
	}
	if err := db.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil {
		return 0, err
	}
	if known := len(d.options.scripts); version > known {
		return 0, &NewerError{File: d.file, Found: version, Known: known}
	}
	st, err := os.Stat(d.file)
	if err != nil {
		return 0, err
	}
	if d.options.SkipCheck || st.Size() > checkedSize {
		return version, nil
	}
	return version, check(ctx, db, d.file, "quick_check")
}

// File is the absolute path of the state; ":memory:" for an empty one.
func (d *DB) File() string { return d.file }

// MigrationBackup is the backup that this opening made before it migrated the
// schema, "" when there was nothing to migrate.
func (d *DB) MigrationBackup() string { return d.backup }

// Close closes all connections; the last one out of all programs folds the
// write-ahead log into the file.
func (d *DB) Close() error {
	var errs []error
	for _, db := range []*sql.DB{d.read, d.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

func dsn(file string, pragmas ...string) string {
	q := url.Values{"_pragma": append([]string{"busy_timeout(5000)"}, pragmas...)}
	return (&url.URL{Scheme: "file", Path: file, RawQuery: q.Encode()}).String()
}

func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
