package source

import (
	"bytes"
	"strings"
)

// The warnings of queries, beside those of files.
const (
	// CursorRestarted: the cursor's values are of another type than last time, so
	// everything was read.
	CursorRestarted WarningCode = "cursor-restarted"
	// NotOneSnapshot: the server gives no consistent snapshot; rows that changed
	// while they were read may be missing or doubled.
	NotOneSnapshot WarningCode = "not-one-snapshot"
)

// SQLBatch is a run of rows of a query. The zero value is ready; a batch is
// filled by SQLReader.NextBatch and may be used again and again. Rows are Data,
// Known or Rejected; their Line is the number of the row, from 1.
type SQLBatch struct {
	Rows []Row

	buf []byte // the cells of all rows, each with cellEnd behind
}

// Release ends the use of the rows; the memory serves the next NextBatch.
func (b *SQLBatch) Release() {
	b.Rows = b.Rows[:0]
	b.buf = b.buf[:0]
}

// Raw is the row's cells in a form that is equal for equal cells only. It stays
// valid until Release.
func (b *SQLBatch) Raw(i int) []byte { return b.buf[b.Rows[i].start:b.Rows[i].end] }

// Text is the row for showing a reject to people. It holds personal data: not for
// logs.
func (b *SQLBatch) Text(i int) string {
	cells := b.split(i, nil)
	for k, c := range cells {
		if c == Null {
			cells[k] = "NULL"
		}
	}
	return strings.Join(cells, ";")
}

// Cells returns row i in dst, one string per column of the header, Null for an
// SQL NULL. The strings are safe to keep. A Reason other than OK says why the row
// is not readable.
func (b *SQLBatch) Cells(i int, dst []string) ([]string, Reason) {
	return b.split(i, dst[:0]), b.Rows[i].Reason
}

func (b *SQLBatch) split(i int, dst []string) []string {
	text := string(b.Raw(i))
	for {
		end := strings.IndexByte(text, cellEnd)
		if end < 0 {
			return dst
		}
		dst = append(dst, text[:end])
		text = text[end+1:]
	}
}

// Key returns the text of one column of a rejected row, when that column is not
// what is wrong with it.
func (b *SQLBatch) Key(i, column int) (string, bool) {
	rest := b.Raw(i)
	for range column {
		end := bytes.IndexByte(rest, cellEnd)
		if end < 0 {
			return "", false
		}
		rest = rest[end+1:]
	}
	end := bytes.IndexByte(rest, cellEnd)
	if end < 0 || b.Rows[i].Reason.Column == column+1 {
		return "", false
	}
	key := string(rest[:end])
	return key, key != Null && key != "" && !strings.Contains(key, "\uFFFD")
}
