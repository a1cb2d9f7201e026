package source

import (
	"errors"
	"fmt"
	"io"

	"github.com/gocarina/gocsv"
)

var _ gocsv.CSVReader = (*Records)(nil)

// BadRow is a row that could not be read.
type BadRow struct {
	Line, LastLine int
	Reason         Reason
}

// Records reads a file as gocsv wants it: the header first, then the rows that
// can be read. Those that cannot are kept aside and never end the reading.
type Records struct {
	reader *CSVReader
	batch  Batch
	at     int
	header bool
	names  []string // instead of those of the file; nil = as they are
	bad    []BadRow
	lines  []int
}

// NewRecords reads over r, which the caller closes.
func NewRecords(r *CSVReader) *Records { return &Records{reader: r} }

// Read returns the header, then one row after the other, then io.EOF.
func (r *Records) Read() ([]string, error) {
	if !r.header {
		r.header = true
		if r.names != nil {
			return r.names, nil
		}
		return r.reader.Header().Names, nil
	}
	for {
		for ; r.at < len(r.batch.Rows); r.at++ {
			row := &r.batch.Rows[r.at]
			reason := row.Reason
			switch row.Status {
			case Data, Known:
				var cells []string
				if cells, reason = r.batch.Cells(r.at, nil); reason.Code == OK {
					r.at++
					r.lines = append(r.lines, row.Line)
					return cells, nil
				}
			case Rejected, Held:
			default:
				continue
			}
			r.bad = append(r.bad, BadRow{Line: row.Line, LastLine: row.LastLine, Reason: reason})
		}
		r.at = 0
		if err := r.reader.NextBatch(&r.batch); err != nil {
			if errors.Is(err, io.EOF) {
				return nil, io.EOF // gocsv compares
			}
			return nil, fmt.Errorf("next rows: %w", err)
		}
	}
}

// ReadAll returns the header and all readable rows.
func (r *Records) ReadAll() ([][]string, error) {
	var all [][]string
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, row)
	}
}

// Bad lists the rows that could not be read, so far.
func (r *Records) Bad() []BadRow { return r.bad }

// Lines are the first physical lines of the rows that were returned.
func (r *Records) Lines() []int { return r.lines }
