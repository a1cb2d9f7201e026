package state

import (
	"errors"
	"fmt"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"syncd/internal/engine"
)

// MissingError says: there is no state file (or no folder for it).
type MissingError struct{ File string }

func (e *MissingError) Error() string { return fmt.Sprintf("state %s does not exist", e.File) }

// NewerError says: a newer syncd wrote the file. It was not touched.
type NewerError struct {
	File         string
	Found, Known int
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("state %s has schema %d, this program knows up to %d", e.File, e.Found, e.Known)
}

// DamagedError says: the file is no whole database. It was left as it is. Cause is
// for people: "zero length", "not a database", or what the check found.
type DamagedError struct {
	File  string
	Cause string
	Err   error
}

func (e *DamagedError) Error() string { return fmt.Sprintf("state %s is damaged: %s", e.File, e.Cause) }

// Unwrap returns SQLite's error, if it came from there.
func (e *DamagedError) Unwrap() error { return e.Err }

// ForeignError says: a sound SQLite database, but not one of syncd.
type ForeignError struct{ File string }

func (e *ForeignError) Error() string {
	return fmt.Sprintf("%s is not a state database of syncd", e.File)
}

// ExposedError says: the file may be read, or its folder written, by others.
type ExposedError struct {
	File string // the file or folder concerned
	Mode string // as ls prints it
}

func (e *ExposedError) Error() string {
	return fmt.Sprintf("%s is open to other users (%s)", e.File, e.Mode)
}

// NetworkError says: the file lies on a network share, where locks cannot be relied on.
type NetworkError struct{ File, Filesystem string }

func (e *NetworkError) Error() string {
	return fmt.Sprintf("state %s lies on a network file system (%s)", e.File, e.Filesystem)
}

// RetiredError says: the state moved to another server (Retire). It can be read,
// and no run works on it.
type RetiredError struct {
	File string
	At   time.Time
	Copy string // the backup that went there
}

func (e *RetiredError) Error() string {
	return fmt.Sprintf("state %s was retired at %s, its copy is %s", e.File, e.At.UTC().Format(time.DateTime), e.Copy)
}

// LockedError says: another program holds the database for longer than was waited.
type LockedError struct {
	File string
	Err  error
}

func (e *LockedError) Error() string { return fmt.Sprintf("state %s is locked: %v", e.File, e.Err) }

// Unwrap returns SQLite's error.
func (e *LockedError) Unwrap() error { return e.Err }

// FullError says: no space is left. The transaction did not happen.
type FullError struct {
	File string
	Err  error
}

func (e *FullError) Error() string {
	return fmt.Sprintf("no space left for state %s: %v", e.File, e.Err)
}

// Unwrap returns SQLite's error.
func (e *FullError) Unwrap() error { return e.Err }

// WriteError says: the disk or the file system refused (I/O error, read-only).
// Whether the transaction happened is not known: the DB accepts no further
// writes, and must be closed and opened anew.
type WriteError struct {
	File string
	Err  error
}

func (e *WriteError) Error() string { return fmt.Sprintf("write state %s: %v", e.File, e.Err) }

// Unwrap returns SQLite's error.
func (e *WriteError) Unwrap() error { return e.Err }

// HeldError says: another process holds the run lock.
type HeldError struct {
	File string
	PID  int // 0 when it could not be read
}

func (e *HeldError) Error() string {
	return fmt.Sprintf("another run (process %d) holds %s", e.PID, e.File)
}

// TakenError says: the CRM's record is linked to another record already.
type TakenError struct {
	UID   string // that should have been linked
	CLID  int64
	Owner string // job/uid that owns it
}

func (e *TakenError) Error() string {
	return fmt.Sprintf("link %s: crm id %d belongs to %s", e.UID, e.CLID, e.Owner)
}

// Unwrap tells the engine that somebody else has the client.
func (e *TakenError) Unwrap() error { return engine.ErrClaimed }

// UIDTakenError says: another job has linked this uid on the same CRM and entity.
type UIDTakenError struct{ UID, Owner string }

func (e *UIDTakenError) Error() string {
	return fmt.Sprintf("link %s: the uid belongs to %s", e.UID, e.Owner)
}

// Unwrap tells the engine that somebody else has the client.
func (e *UIDTakenError) Unwrap() error { return engine.ErrClaimed }

// OpenOpError says: the uid has a write that is sent or in doubt.
type OpenOpError struct{ UID string }

func (e *OpenOpError) Error() string {
	return fmt.Sprintf("a write for %s is on its way or in doubt already", e.UID)
}

// StaleOpError says: an op was settled that is not open, or not any more.
type StaleOpError struct {
	ID  int64
	UID string
}

func (e *StaleOpError) Error() string { return fmt.Sprintf("op %d of %s is not open", e.ID, e.UID) }

// UnknownRecordError says: nothing waits for a decision under this uid.
type UnknownRecordError struct{ Job, UID string }

func (e *UnknownRecordError) Error() string {
	return fmt.Sprintf("%s/%s: nothing waits for a decision", e.Job, e.UID)
}

// ErrNoSchema says that records can be kept and given back only with the mapping's
// schema (Job.WithSchema), for they are stored by field name.
var ErrNoSchema = errors.New("unsettled records need the mapping's schema")

// ErrReadOnly says that the state was opened for reading.
var ErrReadOnly = errors.New("the state is opened for reading only")

func codeOf(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

func isUnique(err error) bool {
	c := codeOf(err)
	return c == sqlite3.SQLITE_CONSTRAINT_UNIQUE || c == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
}

// classify gives SQLite's errors the types that callers decide by.
func classify(file string, err error) error {
	if err == nil {
		return nil
	}
	switch codeOf(err) & 0xff {
	case sqlite3.SQLITE_CORRUPT:
		return &DamagedError{File: file, Cause: "its pages contradict each other", Err: err}
	case sqlite3.SQLITE_NOTADB:
		return &DamagedError{File: file, Cause: "not a database", Err: err}
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return &LockedError{File: file, Err: err}
	case sqlite3.SQLITE_FULL:
		return &FullError{File: file, Err: err}
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN:
		return &WriteError{File: file, Err: err}
	}
	return err
}
