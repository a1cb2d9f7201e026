package source

import (
	"errors"
	"fmt"
	"io"
)

// Records goes through the rows of a file that can be read, one after the other,
// decoded; those that cannot are passed over. It is for a look at a file, not for
// a run, which must account for every row.
type Records struct {
	reader *CSVReader
	batch  Batch
	at     int
}

// NewRecords reads over r, which the caller closes.
func NewRecords(r *CSVReader) *Records { return &Records{reader: r} }

// Read returns the cells of the next row, or io.EOF.
func (r *Records) Read() ([]string, error) {
	for {
		for r.at < len(r.batch.Rows) {
			i := r.at
			r.at++
			if status := r.batch.Rows[i].Status; status != Data && status != Known {
				continue
			}
			if cells, reason := r.batch.Cells(i, nil); reason.Code == OK {
				return cells, nil
			}
		}
		r.at = 0
		if err := r.reader.NextBatch(&r.batch); err != nil {
			if errors.Is(err, io.EOF) {
				return nil, io.EOF
			}
			return nil, fmt.Errorf("next rows: %w", err)
		}
	}
}
