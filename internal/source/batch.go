package source

import (
	"slices"
	"strings"
)

// Status says what a row is. Every physical line of a file is in exactly one
// row.
type Status uint8

// The statuses.
const (
	Data     Status = iota + 1 // decode it with Batch.Cells
	Known                      // CSVOptions.Known answered true: the bytes are as they were
	Rejected                   // cannot be a record; see Reason
	Held                       // the file ends inside this row: kept back, the file is incomplete
	Blank
	Title   // above the header
	Caption // the header row itself
	Totals
	Trailer // the closing line
	statuses
)

var statusNames = [...]string{
	Data: "data", Known: "known", Rejected: "rejected", Held: "held-back", Blank: "blank", Title: "title",
	Caption: "header", Totals: "totals", Trailer: "trailer",
}

func (s Status) String() string {
	if int(s) < len(statusNames) {
		return statusNames[s]
	}
	return "unknown"
}

// Row is one row of a file as it was split, not decoded.
type Row struct {
	Status Status
	Hash   [16]byte // of the row's bytes, the header binding and the salt; zero for rows that are no records, or too long
	Line   int      // first physical line, from 1
	// LastLine is the last physical line; above Line for cells with line breaks.
	LastLine int
	Reason   Reason // for Rejected and Held

	start, end int
	mode       mode
}

// Lines is the number of physical lines of the row.
func (r *Row) Lines() int { return r.LastLine - r.Line + 1 }

// Batch is a run of rows and the bytes behind them. The zero value is ready;
// a batch is filled by CSVReader.NextBatch and may be used again and again.
type Batch struct {
	Rows []Row

	buf    []byte
	reader *CSVReader
	keys   keyShapes // as known when the batch was split
	work   workspace
}

// Release ends the use of the rows; the memory serves the next NextBatch.
func (b *Batch) Release() {
	b.Rows = b.Rows[:0]
	b.buf = b.buf[:0]
}

// Raw is the row's bytes as they are in the file (UTF-16 as UTF-8), without the
// final line break. They stay valid until Release.
func (b *Batch) Raw(i int) []byte { return b.buf[b.Rows[i].start:b.Rows[i].end] }

// Text is the row decoded as far as it can be, for showing a reject to people.
// It holds personal data: not for logs.
func (b *Batch) Text(i int) string {
	return b.reader.decoder.lossy(b.Raw(i))
}

// Cells decodes row i into dst, one string per column of the header. The
// strings are safe to keep. A Reason other than OK means that the row turned
// out not to be readable; it is a Rejected row from then on, and dst holds what
// could be read, for messages. Call it for Data rows, or for Known ones whose
// content is needed after all.
func (b *Batch) Cells(i int, dst []string) ([]string, Reason) {
	r, row := b.reader, &b.Rows[i]
	d := r.header.Delimiter
	text, flaws := r.decoder.row(b.buf[row.start:row.end], d, &b.work)
	cuts := b.work.cuts
	if strings.IndexByte(text, '\r') >= 0 {
		// one spelling of line breaks inside cells, whatever the file uses
		text = strings.ReplaceAll(text, "\r\n", "\n")
		text = strings.ReplaceAll(text, "\r", "\n")
		cuts = nil
	}
	switch {
	case row.mode == modeQuoted:
		dst = splitQuoted(dst[:0], text, d)
	case len(cuts) > 0:
		dst = splitCuts(dst[:0], text, cuts)
	default:
		dst = splitRaw(dst[:0], text, d)
	}
	dst = fitCells(dst, r.splitter.most, r.splitter.overflow, d)
	reason := r.flawReason(flaws, dst, len(text))
	if reason.Code == OK && r.splitter.named > 0 && slices.ContainsFunc(dst[r.splitter.named:], notBlank) {
		reason = Reason{Code: TooManyCells, Want: r.splitter.named, Got: r.splitter.named + 1}
	}
	if reason.Code != OK && (row.Status == Data || row.Status == Known) {
		r.account.reject(row, reason)
		row.Status, row.Reason = Rejected, reason
	}
	return dst, reason
}

func notBlank(cell string) bool { return strings.TrimSpace(cell) != "" }

// Key returns the text of one column of a rejected row when it can be told in
// spite of the defect: the cell is there, undamaged, and looks like the keys of
// this file. So a row that cannot be read need not count as absent.
func (b *Batch) Key(i, column int) (string, bool) {
	keys, d := b.keys, b.reader.header.Delimiter
	raw := b.Raw(i)
	if column != keys.column || !keys.evident(raw, d) {
		return "", false
	}
	key, flaws := b.reader.decoder.row(keys.cell(raw, d), d, new(workspace))
	return key, flaws == 0
}

// flawReason turns what decoding met into the reason of the row and names the
// column.
func (r *CSVReader) flawReason(flaws flaw, cells []string, size int) Reason {
	if flaws&flawControl != 0 {
		r.account.controls.Add(1)
	}
	switch {
	case flaws&flawUndecodable != 0:
		return Reason{Code: Undecodable, Column: columnWith(cells, "\uFFFD")}
	case flaws&flawNUL != 0:
		return Reason{Code: NULByte, Column: columnWith(cells, "\x00")}
	case size > r.limits.Cell:
		for i, c := range cells {
			if len(c) > r.limits.Cell {
				return Reason{Code: CellTooLong, Column: i + 1, Want: r.limits.Cell, Got: len(c)}
			}
		}
	}
	return Reason{}
}

func columnWith(cells []string, sign string) int {
	for i, c := range cells {
		if strings.Contains(c, sign) {
			return i + 1
		}
	}
	return 0
}
