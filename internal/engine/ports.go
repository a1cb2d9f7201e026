package engine

import (
	"context"
	"time"

	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// Source is the source side of a job: rows already translated into records.
type Source interface {
	// Read streams the snapshot to its end. known tells which rows need no
	// mapping. yield is called from one goroutine, in the order of the
	// source; the slice and all in it are valid until it returns. An error
	// means that nothing of the snapshot may be believed.
	Read(ctx context.Context, known Known, yield func([]Incoming) error) (Snapshot, error)
	// Done tells the source that the run with this snapshot is settled: files
	// read once are put away.
	Done(ctx context.Context, s Snapshot) error
}

// Known are the questions whether a row is that of a settled record, by the hash
// of its bytes and by that of the cells that the mapping reads. Nil = nobody
// knows any.
type Known struct{ Row, Cells Questions }

// Questions makes a question for one goroutine to ask. Its row is a number that
// grows with the rows, such as the line: the nearer it is to counting them, the
// quicker the answer.
type Questions func() func(f record.Fingerprint, row int) bool

// IncomingKind is what became of one row.
type IncomingKind uint8

// The kinds.
const (
	InRecord     IncomingKind = iota // a record in scope (or marked deleted)
	InKnown                          // its bytes, or its mapped cells, are those of a settled row
	InRejected                       // no record; the key may be readable (Record.UID)
	InOutOfScope                     // `skip` or `where`
	InSkipped                        // blank, title, totals, trailer
)

// Incoming is one row after mapping.
type Incoming struct {
	Kind     IncomingKind
	Row      record.Fingerprint // of its bytes
	Cells    record.Fingerprint // of what the mapping reads of it; zero = not looked at
	Rows     int                // rows of the export that it stands for, at least 1
	Origin   record.Origin
	Record   *record.Record     // InRecord; for InRejected and InOutOfScope UID and Key where readable
	Source   record.Fingerprint // of Record
	Problems []Reject           // warnings, or why it was rejected
	Skip     string             // InSkipped, InOutOfScope: the rule, in a stable spelling
}

// Snapshot says what Read saw.
type Snapshot struct {
	Name     string // for messages: the file or query
	Rows     int64  // rows delivered, of every kind
	Lines    int64  // physical lines (0 for SQL)
	Full     bool   // a full snapshot, not a delta
	Complete bool   // read to a proven end
	Why      string // why it is not complete
	Nothing  bool   // no new file: nothing was read, which is not an empty source
	Files    []SnapshotFile
	Warnings []Reject
}

// SnapshotFile is one file that was read.
type SnapshotFile struct {
	Path    string
	Size    int64
	ModTime time.Time
	Hash    record.Fingerprint
}

// Observed is a CRM client as read.
type Observed struct {
	Entry  reconcile.Entry // clid, uid, match keys, trash
	Title  string
	Values []record.Value // by schema position; nil when only the mirror's fields were asked for
}

// CRM is the reading half of the CRM side.
type CRM interface {
	// Scan yields clients newest first, down to and without clid `above`
	// (0 = all). An error means the scan proves nothing.
	// Then, when changed is not zero, it yields the older clients that were edited
	// since then, as far as the CRM tells: it does not date edits of requisites.
	Scan(ctx context.Context, above int64, changed time.Time, yield func(reconcile.Entry) error) error
	// Read returns the client, or ErrNotVisible when the CRM does not show it
	// (gone, not for this login, or, ErrUnreadable, in no form that can be read).
	Read(ctx context.Context, clid int64) (Observed, error)
	// Find looks the uid up; ErrNotFound is the CRM's own well-formed "not found",
	// ErrUnreadable its answer about a client that is there.
	Find(ctx context.Context, uid string) (Observed, error)
	// Newest returns the newest clients with all values, newest first, at most
	// a page.
	Newest(ctx context.Context) ([]Observed, error)
	// SeesAll reports whether the login is proven to see every client.
	SeesAll(ctx context.Context) (bool, error)
}

// Writer is the writing half of the CRM side. Errors are *WriteError.
type Writer interface {
	// Add creates clients in one request. On a nil error there is exactly one
	// answer for each op, in order; an answer is a claim, never a proof.
	Add(ctx context.Context, ops []*Op) ([]AddAnswer, error)
	// Update writes the changed fields of one client (and for OpLink the uid).
	Update(ctx context.Context, op *Op) error
	// Delete removes one client.
	Delete(ctx context.Context, clid int64) error
}

// AddAnswer is the CRM's answer for one record.
type AddAnswer struct {
	CLID     int64       // claimed id, when created
	Existing bool        // "existing client"; CLID is its id, or 0 when not told
	Err      *WriteError // refused, or unknown
}

// Ledger is what is settled. Reads may run beside one writer.
type Ledger interface {
	Seen(ctx context.Context, yield func(Seen) error) error                             // by ascending link
	Rows(ctx context.Context, salt record.Fingerprint, yield func(SeenRow) error) error // by ascending link; nothing when the salt differs
	Links(ctx context.Context, uids []string) (map[string]Link, error)
	// Owners tells who owns these clids on this CRM and entity: clid → "job/uid".
	Owners(ctx context.Context, clids []int64) (map[int64]string, error)
	SaveRows(ctx context.Context, salt record.Fingerprint, rows func(yield func(SeenRow) error) error) error
}

// Journal is the write-ahead log of ops. Every method is one durable transaction.
type Journal interface {
	// Begin makes the ops durable as sent (synchronous=FULL) and fills in ID
	// and Batch. It must return before a byte of the request leaves.
	Begin(ctx context.Context, run int64, ops []*Op) error
	// Settle folds outcomes: op status, link with bases, audit, hold or reject,
	// mirror entry; all or nothing.
	Settle(ctx context.Context, run int64, done []Settlement) error
	// Open returns the ops that are sent or in doubt, oldest first.
	Open(ctx context.Context) ([]*Op, error)
	// SaveBacklog replaces the records that wait although their file was read
	// and put away (Standing.Backlog of the next run).
	SaveBacklog(ctx context.Context, waiting []record.Record) error
}

// Settlement is the outcome of one record. Nil parts stay as they are.
type Settlement struct {
	Op      *Op // its Status, Code, Text and CLID are stored
	UID     string
	Link    *Link         // upserted; its CLID must be free on this CRM and entity
	Changes []FieldChange // for the audit, when there is no op
	Hold    *Hold
	Reject  *Reject
	Clear   bool // the record is fine again: its standing hold and refusal close
	Mirror  *reconcile.Entry
	Used    []int64 // choices (Choice.ID) that this carried out
}

// MirrorStore keeps the index of the CRM's clients.
type MirrorStore interface {
	// MirrorMark tells how fresh the index is, without loading it.
	MirrorMark(ctx context.Context) (MirrorMark, error)
	LoadMirror(ctx context.Context, yield func(reconcile.Entry) error) error
	// SaveMirror upserts entries; with full it first forgets every other one.
	SaveMirror(ctx context.Context, m MirrorMark, full bool, entries func(yield func(reconcile.Entry) error) error) error
	// Newest returns up to n links of this CRM and entity, highest clid first.
	Newest(ctx context.Context, n int) ([]Link, error)
}

// MirrorMark says how fresh the mirror is. The zero value means never read.
type MirrorMark struct {
	TopCLID int64 // highest clid seen since the last full scan began
	FullAt  time.Time
	ReadAt  time.Time // when news were read last
}

// Standing is what waits from earlier runs.
type Standing struct {
	Holds    map[string]Hold   // by uid
	Refused  map[string]Reject // by uid: refused by the CRM
	Choices  map[string][]Choice
	Attempts map[string]int  // by uid: suspect adds proven not to have happened; sent alone from 1 on
	Backlog  []record.Record // unsettled records of files read once
	Halts    []Halt
	Allow    map[string]int64   // one-shot allowances of `resume --allow`
	Mapping  record.Fingerprint // of the mapping last carried out; zero = none
	Identity string             // how keys became uids then
	LastRows int64              // rows of the last accepted full snapshot
	Runs     int64              // finished runs of this job
	Links    int64
	Adopted  bool
	Rewound  *int64 // the CRM's highest clid when a person last accepted that it was put back; nil = never
}

// RunLog keeps runs, and what pass 1 found.
type RunLog interface {
	Standing(ctx context.Context) (Standing, error)
	Start(ctx context.Context, at time.Time) (run int64, err error)
	// Found replaces the job's rejects, and its holds that pass 1 makes anew
	// every run; holds and rejects not named any more close when complete.
	// It tells how many rejected rows were not listed before.
	Found(ctx context.Context, run int64, f Findings) (newRejects int64, err error)
	Halt(ctx context.Context, run int64, h Halt) error
	Finish(ctx context.Context, run int64, r *Report) error
}

// Findings is what reading and deciding turned up, apart from ops.
type Findings struct {
	Holds    []Hold
	Rejects  []Reject
	Complete bool // the whole source was read: what is not named is over
	Mapping  record.Fingerprint
	Identity string // how keys become uids; frozen once links exist
	Rows     int64
}
