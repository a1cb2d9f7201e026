package source

import (
	"bytes"
)

// Bounds of looking ahead for one row. They keep one bad quote, or one short
// line, from costing more than a small part of the file.
const (
	quotedLines = 500 // physical lines of one row with quoted line breaks
	joinedLines = 50  // physical lines of one row with unquoted line breaks
)

// mode says how the cells of a row are cut.
type mode uint8

const (
	modeRaw    mode = iota // quotes are literal, an outer pair is taken off
	modeQuoted             // after RFC 4180
)

// found is one row as the splitter decided it.
type found struct {
	end    int // end of the content, without the line break
	next   int // start of the next row
	lines  int
	status Status
	mode   mode
	reason Reason
	open   bool // the last line has no line end
	how    repair
}

// repair says which liberty made a row readable.
type repair uint8

const (
	asIs repair = iota
	repairedQuotes
	repairedJoin
	repairedSurplus
)

// splitter cuts a block of raw bytes into rows. It sees bytes only: line
// breaks, delimiters and quotes are ASCII in every encoding that reaches it.
type splitter struct {
	delimiter []byte // one byte
	eol       byte
	crlf      bool // rows end with CR LF, so that a bare LF is inside a row
	least     int  // cells: up to the last column with a name
	most      int  // cells: all columns
	named     int  // cells; above 0: the columns behind are nameless and hold nothing
	overflow  int  // column that takes surplus cells; -1 = none
	rowLimit  int
	keys      keyShapes
	labels    *labels

	data []byte
	eof  bool
	// quote is the position of the first quote at or after the last line
	// looked at: one pass over the block instead of one per line
	quote int
}

func (s *splitter) block(data []byte, eof bool) {
	s.data, s.eof, s.quote = data, eof, -1
}

// line is one physical line inside the block.
type line struct {
	start, end, next int
	bare             bool // ended with LF alone
	open             bool // ended by the end of the file
}

// quick decides the everyday row: one line, no quotes, the right width. ok is
// false when the row needs a closer look.
func (s *splitter) quick(pos int) (end, next int, ok bool) {
	i := bytes.IndexByte(s.data[pos:], s.eol)
	if i < 1 {
		return 0, 0, false
	}
	end, next = pos+i, pos+i+1
	if s.eol == '\n' && s.data[end-1] == '\r' {
		end--
	} else if s.crlf {
		return 0, 0, false
	}
	row := s.data[pos:end]
	if len(row) == 0 || len(row) > s.rowLimit || s.overflow == s.most-1 || s.labels.suspicious(row) {
		return 0, 0, false
	}
	if s.quote < pos {
		s.quote = len(s.data)
		if at := bytes.IndexByte(s.data[pos:], '"'); at >= 0 {
			s.quote = pos + at
		}
	}
	if s.quote < end {
		return 0, 0, false
	}
	n := bytes.Count(row, s.delimiter) + 1
	if n < s.least || n > s.most {
		return 0, 0, false
	}
	return end, next, true
}

// learn looks at the first lines behind the header that are rows by themselves:
// what keys look like must be known before the first doubtful row.
//
// It also finds out whether the nameless columns at the end, which a trailing
// delimiter in the header makes, hold anything in most rows: where they do not, content in
// them is a surplus cell that shifted its row.
func (s *splitter) learn(head []byte) {
	s.block(head, false)
	rows, filled := 0, 0
	defer func() {
		if s.least < s.most && filled*2 <= rows {
			s.named = s.least
		}
	}()
	for pos := 0; s.keys.rows < learnRows; {
		l, whole := s.at(pos)
		if !whole {
			return
		}
		pos = l.next
		row := s.bytes(l)
		scan := scanLine(row, s.delimiter[0], false)
		if bytes.Count(row, []byte{'"'})%2 != 0 {
			continue // the end of somebody's cell
		}
		if _, ok := s.fits(row, scan.cells); !ok || scan.state != lineClosed || s.blank(row) || s.labels.classify(row) != Data {
			continue
		}
		s.keys.learn(row, s.delimiter[0])
		rows++
		if len(row)-len(bytes.TrimRight(row, string(s.delimiter))) < scan.cells-s.least {
			filled++
		}
	}
}

// at finds the physical line that starts at pos. ok is false when the block
// ends before the line does and the file does not.
func (s *splitter) at(pos int) (line, bool) {
	i := bytes.IndexByte(s.data[pos:], s.eol)
	if i < 0 {
		return line{start: pos, end: len(s.data), next: len(s.data), open: true}, s.eof
	}
	l := line{start: pos, end: pos + i, next: pos + i + 1, bare: true}
	if s.eol == '\n' && i > 0 && s.data[l.end-1] == '\r' {
		l.end--
		l.bare = false
	}
	return l, true
}

func (s *splitter) bytes(l line) []byte { return s.data[l.start:l.end] }

// slow decides any row. ok is false when more of the file is needed.
func (s *splitter) slow(pos int) (found, bool) {
	first, ok := s.at(pos)
	if !ok {
		return found{}, false
	}
	row := s.bytes(first)
	single := found{end: first.end, next: first.next, lines: 1, open: first.open}
	switch {
	case len(row) > s.rowLimit:
		single.status, single.reason = Rejected, Reason{Code: RowTooLong, Want: s.rowLimit, Got: len(row)}
		return single, true
	case s.blank(row):
		single.status = Blank
		return single, true
	}
	if kind := s.labels.classify(row); kind != Data {
		single.status = kind
		return single, true
	}
	if bytes.IndexByte(row, '"') < 0 {
		return s.salvage(first, OK)
	}
	return s.quoted(first)
}

// blank reports a line without content: nothing, blanks, delimiters, and pairs
// of quotes.
func (s *splitter) blank(row []byte) bool {
	quotes := 0
	for _, c := range row {
		switch c {
		case ' ', '\t', '\r', s.delimiter[0]:
		case '"':
			quotes++
		case 0x1A: // the end mark of DOS text files
			if len(row) > 1 {
				return false
			}
		default:
			return false
		}
	}
	return quotes%2 == 0
}

// fits reports whether a row of n cells has the width of the header, and its
// width after empty surplus cells at its end were dropped.
func (s *splitter) fits(row []byte, n int) (int, bool) {
	for n > s.most && len(row) > 0 && row[len(row)-1] == s.delimiter[0] {
		row = row[:len(row)-1]
		n--
	}
	return n, n >= s.least && n <= s.most
}

// full reports whether a physical line is a row by itself: the right count and
// a plausible key.
func (s *splitter) full(row []byte) bool {
	_, ok := s.fits(row, bytes.Count(row, s.delimiter)+1)
	return ok && s.keys.plausible(row, s.delimiter[0])
}

// salvage decides a row that starts with a line to which RFC 4180 gives no
// answer, or that has no quotes at all: raw, lenient, joined with the following
// lines, folded, or rejected alone. Neighbours are never touched.
func (s *splitter) salvage(first line, trouble Code) (found, bool) {
	row := s.bytes(first)
	f := found{end: first.end, next: first.next, lines: 1, status: Data, open: first.open}
	if trouble != OK {
		f.how = repairedQuotes
	}
	n, ok := s.fits(row, bytes.Count(row, s.delimiter)+1)
	if ok {
		if s.mayContinue(first) {
			return s.continued(first, f)
		}
		return f, true
	}
	if trouble != OK {
		if m, ok := s.fits(row, len(splitQuoted(nil, string(row), s.delimiter[0]))); ok {
			f.mode = modeQuoted
			return f, true
		} else if m < n {
			n = m
		}
	}
	if n < s.least {
		joined, decided, ok := s.join(first)
		if !decided {
			return found{}, false
		}
		if ok {
			return joined, true
		}
	}
	if n > s.most && s.overflow >= 0 {
		f.how = repairedSurplus
		return f, true
	}
	f.status, f.how = Rejected, asIs
	f.reason = Reason{Code: trouble, Want: s.most, Got: n}
	switch {
	case trouble != OK:
	case n < s.least:
		f.reason.Code = TooFewCells
	default:
		f.reason.Code = TooManyCells
	}
	return f, true
}

// join adds following lines to a short one: a cell with line breaks that the
// exporter did not quote. It gives up at a line that is a row by itself, and
// at one whose key is evident, for then two damaged rows would become one.
func (s *splitter) join(first line) (f found, decided, ok bool) {
	delimiters := bytes.Count(s.bytes(first), s.delimiter)
	last := first
	for lines := 2; lines <= joinedLines; lines++ {
		if last.open || last.next == len(s.data) && s.eof {
			return found{}, true, false
		}
		l, known := s.at(last.next)
		if !known {
			// a neighbour too long for the limit is no continuation
			return found{}, len(s.data)-first.start > 2*s.rowLimit, false
		}
		row := s.bytes(l)
		if l.end-first.start > s.rowLimit || s.full(row) || s.keys.evident(row, s.delimiter[0]) || s.labels.classify(row) != Data {
			return found{}, true, false
		}
		delimiters += bytes.Count(row, s.delimiter)
		n, fits := s.fits(row, delimiters+1)
		if fits && s.keys.whole(s.data[first.start:l.end], s.delimiter[0]) {
			return found{end: l.end, next: l.next, lines: lines, status: Data, open: l.open, how: repairedJoin}, true, true
		}
		if n > s.most {
			return found{}, true, false
		}
		last = l
	}
	return found{}, true, false
}

// mayContinue reports whether the last cell of a complete line may go on in the
// next one: it was named as the overflow column, or the rows of this file end
// with CR LF and this line with LF alone.
func (s *splitter) mayContinue(l line) bool {
	return !l.open && (s.overflow == s.most-1 || s.crlf && l.bare)
}

// continued adds the lines that belong to the last cell of a complete row.
func (s *splitter) continued(first line, f found) (found, bool) {
	last := first
	for lines := 2; lines <= joinedLines && s.mayContinue(last); lines++ {
		if last.next == len(s.data) && s.eof {
			break
		}
		l, known := s.at(last.next)
		if !known {
			if len(s.data)-first.start > 2*s.rowLimit {
				break
			}
			return found{}, false
		}
		row := s.bytes(l)
		if l.end-first.start > s.rowLimit || s.full(row) || s.labels.classify(row) != Data ||
			s.keys.evident(row, s.delimiter[0]) && s.keys.column < s.most-1 ||
			bytes.Count(row, s.delimiter) > 0 && !s.blank(row) {
			break
		}
		if !s.blank(row) {
			// a blank line belongs to the cell only when text follows it
			f.end, f.next, f.lines, f.open, f.how = l.end, l.next, lines, l.open, repairedJoin
		}
		last = l
	}
	return f, true
}
