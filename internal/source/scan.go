package source

import (
	"bytes"
	"io"
	"strings"

	"github.com/zeebo/xxh3"
)

// decideHeader finds header and delimiter in the first bytes and makes the
// splitter ready behind them.
func (r *CSVReader) decideHeader(o *CSVOptions, finder *headerFinder) error {
	head := r.head
	lines := textLines(r.decoder.lossy(firstLines(head)))
	h, warnings, err := finder.find(r.name, lines)
	if err != nil {
		return err
	}
	names, odd := uniqueNames(h.cells)
	r.header.Names, r.header.Delimiter = names, h.delimiter
	r.header.Warnings = append(append(r.header.Warnings, warnings...), odd...)
	if o.Header != HeaderNone {
		r.header.Line, r.header.LastLine = h.first+1, h.first+h.lines
	}
	if doublyEncoded(strings.Join(h.cells, " ")) {
		r.header.Warnings = append(r.header.Warnings, Warning{Code: DoublyEncoded})
	}
	r.header.index()
	if err := r.readySplitter(o, h.cells, head); err != nil {
		return err
	}
	r.makePreamble(head)
	r.splitter.learn(head[r.skip:])
	r.head = nil
	r.seed = r.seedOf(o)
	return nil
}

func (r *CSVReader) readySplitter(o *CSVOptions, rawNames []string, head []byte) error {
	overflow := -1
	if o.OverflowColumn != "" {
		if overflow = r.header.Index(o.OverflowColumn); overflow < 0 {
			return &FormatError{Name: r.name, Reason: ColumnMissing, Detail: o.OverflowColumn}
		}
	}
	key := -1
	for _, name := range o.KeyColumns {
		if key = r.header.Index(name); key >= 0 {
			break
		}
	}
	most := len(r.header.Names)
	least := most
	for least > 1 && cleanName(rawNames[least-1]) == "" {
		least-- // columns without a name at the end need not be there
	}
	firstEnd := bytes.IndexByte(head, '\n')
	s := splitter{
		delimiter: []byte{r.header.Delimiter}, eol: r.splitter.eol,
		crlf:  r.splitter.eol == '\n' && firstEnd > 0 && head[firstEnd-1] == '\r',
		least: least, most: most, overflow: overflow, rowLimit: r.limits.Row,
		keys: keyShapes{column: max(key, 0), named: key >= 0},
	}
	as := r.header.Encoding
	if r.decoder.pairs == nil {
		as = UTF8
	}
	s.labels = newLabels(as, r.header.Delimiter, r.trailer, key)
	r.splitter = s
	return nil
}

// makePreamble accounts for the lines up to the header.
func (r *CSVReader) makePreamble(head []byte) {
	r.splitter.block(head, r.headWhole)
	pos := 0
	for r.line <= r.header.LastLine && pos < len(head) {
		l, _ := r.splitter.at(pos)
		row := Row{Status: Title, Line: r.line, LastLine: r.line, start: l.start, end: l.end}
		switch {
		case r.line == r.header.Line:
			row.Status = Caption
			// a caption with line breaks: one row of several lines
			for k := r.line; k < r.header.LastLine && l.next < len(head); k++ {
				l, _ = r.splitter.at(l.next)
			}
			row.LastLine, row.end = r.header.LastLine, l.end
		case r.splitter.blank(head[l.start:l.end]):
			row.Status = Blank
		}
		if l.open && !r.optionalNL {
			r.account.whyNot[NoFinalNewline] = true
		}
		r.preamble = append(r.preamble, row)
		r.line = row.LastLine + 1
		pos = l.next
	}
	r.skip = pos
}

// NextBatch fills b with the next rows. io.EOF means that all were handed out
// and the account is final but for Close.
func (r *CSVReader) NextBatch(b *Batch) error {
	b.Release()
	b.reader = r
	if r.ended {
		return io.EOF
	}
	if need := max(r.skip, len(r.carry)) + r.block; cap(b.buf) < need {
		b.buf = make([]byte, 0, need)
	}
	b.buf = append(b.buf, r.carry...)
	pos := r.skip
	b.Rows = append(b.Rows, r.preamble...)
	r.skip, r.preamble = 0, nil
	for {
		var err error
		if b.buf, err = r.fill(b.buf); err != nil {
			return err
		}
		pos = r.split(b, pos)
		if len(b.Rows) > 0 || r.eof {
			break
		}
		if pos == len(b.buf) {
			b.buf, pos = b.buf[:0], 0 // the middle of a row that is dropped
			continue
		}
		// one row does not fit: more room, bounded by the limits of a row
		grown := make([]byte, len(b.buf), 2*cap(b.buf))
		copy(grown, b.buf)
		b.buf = grown
	}
	r.carry = append(r.carry[:0], b.buf[pos:]...)
	b.keys = r.splitter.keys
	b.keys.buf = nil // another goroutine may use the copy
	r.account.add(b.Rows)
	if r.eof && len(r.carry) == 0 {
		r.finish()
	}
	if len(b.Rows) == 0 {
		return io.EOF
	}
	return nil
}

// split cuts the block into rows, from pos on, and returns where it stopped.
func (r *CSVReader) split(b *Batch, pos int) int {
	s := &r.splitter
	s.block(b.buf, r.eof)
	if r.tooLong > 0 {
		pos = r.dropLong(b, pos)
	}
	for pos < len(b.buf) {
		if end, next, ok := s.quick(pos); ok {
			b.Rows = append(b.Rows, Row{Status: Data, Line: r.line, LastLine: r.line, start: pos, end: end})
			r.markKnown(&b.Rows[len(b.Rows)-1], b.buf[pos:end])
			r.line++
			r.account.lastBad, r.account.trailing = false, false
			pos = next
			continue
		}
		f, ok := s.slow(pos)
		if !ok {
			if len(b.buf)-pos > s.rowLimit && bytes.IndexByte(b.buf[pos:], s.eol) < 0 {
				return r.dropLong(b, pos)
			}
			return pos
		}
		r.enter(b, pos, f)
		pos = f.next
	}
	return pos
}

// dropLong passes over a row above the limit without keeping it, and rejects it
// at its end.
func (r *CSVReader) dropLong(b *Batch, pos int) int {
	f := found{end: len(b.buf), next: len(b.buf), lines: 1, status: Rejected, open: true}
	if i := bytes.IndexByte(b.buf[pos:], r.splitter.eol); i >= 0 {
		f.end, f.next, f.open = pos+i, pos+i+1, false
	}
	r.tooLong += f.end - pos
	if f.open && !r.eof {
		return f.next
	}
	f.reason = Reason{Code: RowTooLong, Want: r.limits.Row, Got: r.tooLong}
	r.tooLong = 0
	r.enter(b, pos, f)
	return f.next
}

// enter adds a decided row to the batch.
func (r *CSVReader) enter(b *Batch, pos int, f found) {
	row := Row{
		Status: f.status, Line: r.line, LastLine: r.line + f.lines - 1, Reason: f.reason,
		start: pos, end: f.end, mode: f.mode,
	}
	if f.open {
		r.lastLine(&row)
	}
	switch row.Status {
	case Data:
		r.markKnown(&row, b.buf[pos:f.end])
		if f.how != asIs {
			r.account.repaired++
		}
	case Rejected:
		if f.reason.Code != RowTooLong {
			row.Hash = r.hash(b.buf[pos:f.end])
		}
	case Held:
		r.account.whyNot[r.heldBecause(f)] = true
	case Trailer:
		if n, ok := r.trailer.match(r.decoder.lossy(b.buf[pos:f.end]), r.header.Delimiter); ok {
			r.account.declared = n
		}
	case Known, Blank, Title, Caption, Totals:
	}
	if row.Status != Blank {
		short := row.Reason.Code == TooFewCells || row.Reason.Code == BadQuotes
		r.account.lastBad = row.Status == Rejected && short
		r.account.trailing = row.Status == Trailer
	}
	b.Rows = append(b.Rows, row)
	r.line = row.LastLine + 1
}

// lastLine judges a row that the file ends in without a line end.
func (r *CSVReader) lastLine(row *Row) {
	switch {
	case row.Status == Blank || row.Status == Trailer:
		// blanks end no row; a closing line is judged by its number
	case r.optionalNL && row.Status != Rejected:
	case r.optionalNL && row.Reason.Code != TooFewCells && row.Reason.Code != BadQuotes:
	default:
		row.Status, row.Reason = Held, Reason{Code: CutOff}
	}
}

func (r *CSVReader) heldBecause(f found) Incomplete {
	switch {
	case f.status == Held:
		return CutInsideQuotes // decided by the quotes, whatever ends the file
	case r.optionalNL:
		return CutInsideRow
	}
	return NoFinalNewline
}

// hash is the fingerprint of a row's bytes under this header, these options and
// the caller's salt.
func (r *CSVReader) hash(raw []byte) [16]byte {
	return xxh3.Hash128Seed(raw, r.seed).Bytes()
}

func (r *CSVReader) markKnown(row *Row, raw []byte) {
	row.Hash = r.hash(raw)
	if r.known != nil && r.known(row.Hash) {
		row.Status = Known
	}
}

// finish closes the account at the end of the file.
func (r *CSVReader) finish() {
	r.ended = true
	a := r.account
	delete(a.whyNot, NotReadToEnd)
	if r.lastByte != r.splitter.eol {
		a.lines++ // the last line has no end, but it is a line
	}
	if a.lastBad {
		a.whyNot[CutInsideRow] = true
	}
	if r.trailer.prefix != "" {
		switch {
		case !a.trailing:
			a.whyNot[TrailerMissing] = true
		case r.trailer.counts && a.declared != a.rows():
			a.whyNot[TrailerMismatch] = true
		}
	}
	r.lookAgain()
}
