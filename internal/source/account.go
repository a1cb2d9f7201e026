package source

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// Incomplete says why a file does not prove that it holds everything. No
// absence may be concluded from such a file.
type Incomplete string

// The reasons.
const (
	NotReadToEnd    Incomplete = "not-read-to-end"
	NoFinalNewline  Incomplete = "no-final-newline" // the last row may be cut inside its last value
	CutInsideQuotes Incomplete = "cut-inside-quotes"
	CutInsideRow    Incomplete = "cut-inside-row" // the last row has too few cells
	TrailerMissing  Incomplete = "trailer-missing"
	TrailerMismatch Incomplete = "trailer-mismatch" // the closing line declares another number of rows
	ChangedWhile    Incomplete = "changed-while-reading"
	NoRows          Incomplete = "no-rows" // of a source in which that cannot be right
)

// Count is how many rows, and how many physical lines, ended in one status.
type Count struct{ Rows, Lines int }

// Account says where every physical line of a file went.
type Account struct {
	Lines    int   // physical lines, counted apart from the rows
	Bytes    int64 // read, after UTF-16 became UTF-8
	ByStatus map[Status]Count
	Rejects  map[Code]int // rows by reason
	Repaired int          // rows that a liberty made readable: odd quotes, unquoted line breaks, surplus cells
	Controls int          // decoded rows in which control characters became spaces
	Declared int          // rows that the closing line declares; -1 = none
	Complete bool
	WhyNot   []Incomplete // sorted; empty when Complete
}

// Rows is the number of logical rows that the file holds, readable or not.
func (a Account) Rows() int {
	return a.ByStatus[Data].Rows + a.ByStatus[Known].Rows + a.ByStatus[Rejected].Rows + a.ByStatus[Held].Rows
}

// Balanced reports whether the lines of all rows add up to the physical lines.
func (a Account) Balanced() bool {
	sum := 0
	for _, c := range a.ByStatus {
		sum += c.Lines
	}
	return sum == a.Lines
}

// ledger is the account while it is written: by the splitting goroutine, and by
// those that decode batches.
type ledger struct {
	mu       sync.Mutex
	counts   [statuses]Count
	rejects  map[Code]int
	controls atomic.Int64

	// the rest belongs to the splitting goroutine
	lines    int
	bytes    int64
	repaired int
	declared int
	whyNot   map[Incomplete]bool
	lastBad  bool // the last row so far is a short one
	trailing bool // the last row so far is the closing line
}

func newLedger() *ledger {
	return &ledger{rejects: map[Code]int{}, whyNot: map[Incomplete]bool{NotReadToEnd: true}, declared: -1}
}

// add enters the rows of one batch.
func (l *ledger) add(rows []Row) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range rows {
		row := &rows[i]
		c := &l.counts[row.Status]
		c.Rows++
		c.Lines += row.Lines()
		if row.Status == Rejected || row.Status == Held {
			l.rejects[row.Reason.Code]++
		}
	}
}

// reject moves a row that was handed out as readable.
func (l *ledger) reject(row *Row, why Reason) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts[row.Status].Rows--
	l.counts[row.Status].Lines -= row.Lines()
	l.counts[Rejected].Rows++
	l.counts[Rejected].Lines += row.Lines()
	l.rejects[why.Code]++
}

func (l *ledger) rows() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.counts[Data].Rows + l.counts[Known].Rows + l.counts[Rejected].Rows + l.counts[Held].Rows
}

func (l *ledger) snapshot() Account {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := Account{
		Lines: l.lines, Bytes: l.bytes, ByStatus: map[Status]Count{}, Rejects: maps.Clone(l.rejects),
		Repaired: l.repaired, Controls: int(l.controls.Load()), Declared: l.declared,
		Complete: len(l.whyNot) == 0, WhyNot: slices.Sorted(maps.Keys(l.whyNot)),
	}
	for s, c := range l.counts {
		if c.Rows > 0 {
			a.ByStatus[Status(s)] = c
		}
	}
	return a
}
