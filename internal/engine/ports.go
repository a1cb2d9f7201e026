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

// Known is what the run knows before the source is read: the questions whether a
// row is that of a settled record, by the hash of its bytes and by that of the
// cells that the mapping reads (nil = nobody knows any), and where the last
// accepted delta ended ("" = there was none).
type Known struct {
	Row, Cells Questions
	Cursor     string
}

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
	// Lines says that the record is what several rows say together: more rows of its
	// uid elsewhere are no copies of them, but lines that stand apart.
	Lines bool
	// Waits is not nil for an InRecord that refers to a record which is not linked
	// (yet): it is held for this reason until that one is, and released by itself.
	Waits *Awaited
}

// Awaited says what a record waits for.
type Awaited struct {
	Reason reconcile.Reason // no-client, no-deal, no-invoice
	Fields []HeldField      // the reference, and why it leads nowhere
	// Planned: in a plan, the run links all of it before it comes to this record.
	Planned bool
}

// Referring is a Source whose records may refer to others.
type Referring interface {
	// Again looks up what a record refers to that was read in an earlier run and
	// has waited since (Standing.Backlog): its row is not read again. It fills in
	// what is linked by now; the rest it still waits for.
	Again(ctx context.Context, rec *record.Record) (*Awaited, error)
}

// Snapshot says what Read saw.
type Snapshot struct {
	Name string // for messages: the file or query
	// ID tells this snapshot from another one: the identity of its files, or of
	// the reading of a query. Absence is proven by two snapshots of different ID.
	ID string
	// Proven says that the source itself proved to be whole (trailer, manifest,
	// ready file, the end of a query), and not only that it was read to its end.
	Proven   bool
	Cursor   string // where a delta ended; "" = it has none
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
	// Locked is why nothing may be written to it any more; "" = it may.
	Locked reconcile.Reason
	// Rivals are the numbers of all that it cannot be told apart from, its own among
	// them: it is no record's for sure. nil = it can.
	Rivals []int64
	// Unplaced: nobody can tell what it belongs to. It goes to no source side as new.
	Unplaced bool
}

// Sought is a record that is looked for in the CRM.
type Sought struct {
	UID    string
	CLID   int64         // the number that was claimed for it, or that it had; 0 = not known
	Set    record.Stored // the source's values
	Ground string        // Op.Ground of the add that may have made it; "" = none
}

// ScanQuery says which clients a scan reads.
type ScanQuery struct {
	Above   int64     // newest first, down to and without this clid; 0 = all
	Changed time.Time // then the older ones that were edited since, as far as the CRM tells; zero = none
	Values  bool      // Observed.Values is wanted
}

// CRM is the reading half of the CRM side.
type CRM interface {
	// Scan yields clients. Every client that was there from the beginning of the
	// scan to its end is yielded; an error means that the scan proves nothing.
	// The CRM does not date edits of requisites: those show in a scan of all.
	// Values may be nil though asked for, when the list shows the client in no
	// readable form; an *UnreadError at its end says that not even its number is known.
	Scan(ctx context.Context, q ScanQuery, yield func(Observed) error) error
	// Read returns the client, or ErrNotVisible when the CRM does not show it
	// (gone, not for this login, or, ErrUnreadable, in no form that can be read).
	Read(ctx context.Context, clid int64) (Observed, error)
	// Find looks a record up, by its uid or, where the CRM keeps none, by what it is
	// known by there; ErrNotFound is the CRM's own well-formed "not found",
	// ErrUnreadable its answer about a client that is there, ErrUnsure says that
	// what is there now may be somebody else's doing.
	Find(ctx context.Context, s Sought) (Observed, error)
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

// Grounds tells what the CRM shows around a record before it is added, for
// entities whose adds only a comparison can prove (payments).
type Grounds interface {
	// Ground fills in Op.Ground, which is durable before the request leaves.
	// Errors are those of reading.
	Ground(ctx context.Context, ops []*Op) error
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
	// Links returns the job's links of these uids, and of these ids of links, by uid.
	Links(ctx context.Context, uids []string, ids ...int64) (map[string]Link, error)
	// Holders tells which records are linked to these clids on this CRM and
	// entity, tombstones included.
	Holders(ctx context.Context, clids []int64) (map[int64]Holder, error)
	SaveRows(ctx context.Context, salt record.Fingerprint, rows func(yield func(SeenRow) error) error) error
}

// Holder is the record that a client is linked to.
type Holder struct {
	Owner string // "job/uid"
	Link  *Link  // nil when another job owns it
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
	// and put away, or their delta has passed (Standing.Backlog of the next run),
	// and moves the delta's cursor; an empty cursor stays where it is.
	SaveBacklog(ctx context.Context, waiting []record.Record, cursor string) error
}

// Settlement is the outcome of one record. Nil parts stay as they are.
type Settlement struct {
	Op      *Op // its Status, Code, Text and CLID are stored
	UID     string
	Link    *Link         // upserted; its CLID must be free on this CRM and entity
	Close   bool          // Link is removed, with all that stands of it: both sides are gone
	Changes []FieldChange // for the audit, when there is no op
	// Offers are what goes to the source side, for the audit. Link.Pending, or
	// Born.Pending, holds the values: one that is new there waits for its
	// delivery, one that is gone from there is taken or replaced.
	Offers []FieldChange
	Anew   bool // offers that stand already with the same value go out again
	Born   *Born
	Hold   *Hold
	Reject *Reject
	Clear  bool // the record is fine again: its standing hold and refusal close
	Mirror *reconcile.Entry
	Used   []int64 // choices (Choice.ID) that this carried out
	// Edit is a client whose edit is dealt with: it leaves MirrorMark.Job's list.
	Edit int64
}

// Born is a client that was born in the CRM and goes to the source side with its
// clid: there is no record and no link yet.
type Born struct {
	CLID    int64
	Title   string
	Pending record.Stored // empty = nothing is on its way any more
}

// MirrorStore keeps the index of the CRM's clients.
type MirrorStore interface {
	// MirrorMark tells how fresh the index is, without loading it.
	MirrorMark(ctx context.Context) (MirrorMark, error)
	LoadMirror(ctx context.Context, yield func(reconcile.Entry) error) error
	// SaveMirror upserts entries; with full it first forgets every other one.
	// The clids of edited join Standing.Edited in the same transaction.
	SaveMirror(ctx context.Context, m MirrorMark, full bool, edited []int64, entries func(yield func(reconcile.Entry) error) error) error
	// Newest returns up to n links of this CRM and entity, highest clid first.
	Newest(ctx context.Context, n int) ([]Link, error)
	// Unseen yields the job's links, tombstones apart, whose client the stored
	// mirror lacks.
	Unseen(ctx context.Context, yield func(Link) error) error
}

// MirrorMark says how fresh the mirror is. The zero value means never read.
type MirrorMark struct {
	TopCLID int64 // highest clid seen since the last full scan began
	FullAt  time.Time
	ReadAt  time.Time // when news were read last
	Job     JobMark
}

// JobMark says how far a job has compared the CRM's clients with its links. The
// mirror serves all jobs of a CRM, and what one of them saw says nothing of the
// records of another. It is stored only with Compared.
type JobMark struct {
	Compared bool // this scan had values, and edits were looked for
	TopCLID  int64
	FullAt   time.Time
	ReadAt   time.Time
	// Since is the highest clid when the job first compared: clients above it
	// are born after that. Stored once.
	Since int64
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
	Edited   []int64 // clids whose edits were seen in the CRM and are not dealt with
	// Missing are the linked clients that the CRM was proven not to show, by uid:
	// the run that found so first. Tombstones are not among them.
	Missing    map[string]int64
	Cursor     string // where the last accepted delta ended
	SnapshotID string // of the last accepted complete full snapshot
	SnapshotNo int64  // how many such there were, of different ID
	Rewound    *int64 // the CRM's highest clid when a person last accepted that it was put back; nil = never
}

// Anchor is another entity of the same CRM, which keeps uids of it: by its newest
// links a run of one without makes sure that the CRM is the one it knows.
type Anchor struct {
	CRM   CRM
	Links interface {
		// Newest is MirrorStore.Newest.
		Newest(ctx context.Context, n int) ([]Link, error)
	}
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
	// SnapshotID and SnapshotNo are stored when Complete and not zero. Vanished
	// are the links that the snapshot lacks for the first time, Returned those
	// that were absent before and are there again.
	SnapshotID         string
	SnapshotNo         int64
	Vanished, Returned []int64
}

// Outbox takes what the CRM changed to the source side.
type Outbox interface {
	// Name says where a delivery of this run goes: the name of a file, or the
	// table. Deliveries of different runs may share it only when they leave the
	// same whichever comes last.
	Name(run int64, at time.Time) string
	// Deliver returns once the rows are durable there. Delivered again under the
	// same name they leave what one delivery leaves. An *UndeliveredError names
	// the rows that did not go; the others did.
	Deliver(ctx context.Context, name string, rows []OfferRow) error
	// Settles reports whether what was delivered stands in the source at once:
	// a table that the job reads.
	Settles() bool
}

// OfferRow is what goes to the source side of one record.
type OfferRow struct {
	UID, Key string // "" = born in the CRM
	CLID     int64
	Title    string
	Fields   []OfferedField
}

// OfferedField is one value on its way to the source side, in stored texts.
type OfferedField struct {
	Field    string
	Old, New *string // the source's value as settled, and the CRM's; nil = none
	Rule     reconcile.Rule
}

// Offers keeps what is on its way to the source side. Every method is one
// durable transaction.
type Offers interface {
	// Begin puts the offers that are in no delivery yet into one of this name
	// and returns the names of all deliveries that did not end, oldest first.
	// An empty name begins none.
	Begin(ctx context.Context, run int64, name string) ([]string, error)
	// Rows returns what a delivery holds.
	Rows(ctx context.Context, name string) ([]OfferRow, error)
	// End says that a delivery arrived, but for these.
	End(ctx context.Context, run int64, name string, undelivered []Undelivered) error
	// Overdue yields the offers that arrived before a time and are not seen in
	// the source yet, by record.
	Overdue(ctx context.Context, before time.Time, yield func(OfferRow) error) error
	// Born returns what is on its way of clients born in the CRM; a client that
	// was offered before and has nothing on its way is there with an empty map.
	Born(ctx context.Context, clids []int64) (map[int64]record.Stored, error)
}
