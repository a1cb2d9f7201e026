package source

import "bytes"

// verdict is what the strict reading of a row with quotes came to.
type verdict uint8

const (
	strictRow  verdict = iota // closed where a line ends
	badQuote                  // no RFC 4180 row
	crossesRow                // the open cell would swallow a row
	cutCell                   // the file ends inside the cell
	needsMore                 // the block ends inside the cell
)

// quoted decides a row that begins with a line with quotes: strictly if that
// swallows nobody, else by salvage.
func (s *splitter) quoted(first line) (found, bool) {
	v, f, cells := s.strict(first)
	switch v {
	case needsMore:
		return found{}, false
	case strictRow:
		row := s.data[first.start:f.end]
		if _, ok := s.fits(row, cells); ok {
			if f.lines == 1 || !s.full(s.bytes(first)) {
				return f, true
			}
			// two readings: one row of several lines, or a stray quote in the
			// first line; what follows decides
			strictly, known := s.startsRow(f.next)
			if !known {
				return found{}, false
			}
			rawly, known := s.startsRow(first.next)
			if !known {
				return found{}, false
			}
			if strictly || !rawly {
				return f, true
			}
			break
		}
		if f.lines > 1 {
			break
		}
		// clean quotes, wrong width: raw may know better, otherwise the
		// trouble is the width and not the quotes
		return s.wrongWidth(first, f, cells)
	case cutCell:
		row := s.bytes(first)
		if s.full(row) && s.crossesOwn(first) {
			break
		}
		f.status, f.reason, f.how = Held, Reason{Code: CutOff}, asIs
		return f, true
	case badQuote, crossesRow:
	}
	return s.salvage(first, BadQuotes)
}

// wrongWidth decides a line with clean quotes and too few or too many cells.
func (s *splitter) wrongWidth(first line, f found, cells int) (found, bool) {
	g, ok := s.salvage(first, BadQuotes)
	if !ok || g.status != Rejected && g.how != repairedSurplus {
		return g, ok
	}
	width, _ := s.fits(s.bytes(first), cells)
	switch {
	case width > s.most && s.overflow >= 0:
		f.how = repairedSurplus
		return f, true
	case width > s.most:
		f.reason.Code = TooManyCells
	default:
		f.reason.Code = TooFewCells
	}
	f.status, f.reason.Want, f.reason.Got = Rejected, s.most, width
	return f, true
}

// strict follows a row over its physical lines. A line inside an open cell that
// is itself a full row, with delimiters that the cell would swallow, ends the
// attempt: a bad quote never crosses it.
func (s *splitter) strict(first line) (verdict, found, int) {
	d := s.delimiter[0]
	l, cells, open := first, 0, false
	for lines := 1; lines <= quotedLines; lines++ {
		row := s.bytes(l)
		scan := scanLine(row, d, open)
		if open && s.swallows(first, row, scan) {
			return crossesRow, found{}, 0
		}
		cells += scan.cells
		if open {
			cells-- // the cell went on, it did not begin
		}
		f := found{end: l.end, next: l.next, lines: lines, status: Data, mode: modeQuoted, open: l.open}
		switch scan.state {
		case lineClosed:
			return strictRow, f, cells
		case lineBroken:
			return badQuote, found{}, 0
		case lineOpen:
		}
		if l.open || l.next == len(s.data) && s.eof {
			return cutCell, f, cells
		}
		if l.end-first.start > s.rowLimit {
			return badQuote, found{}, 0
		}
		next, known := s.at(l.next)
		if !known {
			if len(s.data)-first.start > 2*s.rowLimit {
				return badQuote, found{}, 0
			}
			return needsMore, found{}, 0
		}
		l, open = next, true
	}
	return badQuote, found{}, 0
}

// swallows reports whether a line that starts inside a cell is a full row and
// would lose at least one of its delimiters to that cell. The line on which the
// cell ends needs more evidence, for the rest of a careful row may add up to
// the width by chance: a key like the others of this file, or a first line that
// is a full row as well.
func (s *splitter) swallows(first line, row []byte, scan lineScan) bool {
	inside := row
	if scan.closeAt >= 0 {
		inside = row[:scan.closeAt]
	}
	if bytes.IndexByte(inside, s.delimiter[0]) < 0 {
		return false
	}
	if s.keys.telling(row, s.delimiter[0]) {
		return true
	}
	if !s.full(row) && !s.fullQuoted(row) {
		return false
	}
	return scan.closeAt < 0 || s.keys.evident(row, s.delimiter[0]) || s.full(s.bytes(first))
}

// startsRow reports whether the file goes on at pos as it should: with a row,
// something skipped by rule, or its end. known is false when the block ends
// too early to tell.
func (s *splitter) startsRow(pos int) (starts, known bool) {
	var l line
	var row []byte
	for blanks := 0; ; blanks++ {
		if pos == len(s.data) {
			return true, s.eof
		}
		if l, known = s.at(pos); !known {
			return false, len(s.data)-pos > s.rowLimit
		}
		// blank lines tell nothing: they may stand inside the cell
		if row = s.bytes(l); !s.blank(row) || blanks == joinedLines {
			break
		}
		pos = l.next
	}
	if s.labels.classify(row) != Data {
		return true, true
	}
	v, f, cells := s.strict(l)
	switch v {
	case needsMore:
		return false, false
	case strictRow:
		_, fits := s.fits(s.data[l.start:f.end], cells)
		return fits, true
	case badQuote, crossesRow, cutCell:
	}
	return s.full(row), true
}

// fullQuoted reports whether a physical line is a row by itself when its quotes
// are believed.
func (s *splitter) fullQuoted(row []byte) bool {
	scan := scanLine(row, s.delimiter[0], false)
	_, ok := s.fits(row, scan.cells)
	return ok && scan.state == lineClosed && s.keys.plausible(row, s.delimiter[0])
}

// crossesOwn reports whether the cell left open by a line holds delimiters of
// that very line.
func (s *splitter) crossesOwn(first line) bool {
	row := s.bytes(first)
	scan := scanLine(row, s.delimiter[0], false)
	return scan.cells < bytes.Count(row, s.delimiter)+1
}
