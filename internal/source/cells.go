package source

import (
	"bytes"
	"strings"
)

// splitRaw cuts at every delimiter, quotes being literal, then takes one outer
// pair of quotes off each cell and un-doubles what is inside.
func splitRaw(dst []string, text string, delimiter byte) []string {
	for {
		i := strings.IndexByte(text, delimiter)
		cell := text
		if i >= 0 {
			cell = text[:i]
		}
		dst = append(dst, rawCell(cell))
		if i < 0 {
			return dst
		}
		text = text[i+1:]
	}
}

// splitCuts is splitRaw for a row whose delimiters are known.
func splitCuts(dst []string, text string, cuts []int) []string {
	start := 0
	for _, end := range cuts {
		dst = append(dst, rawCell(text[start:end]))
		start = end + 1
	}
	return append(dst, rawCell(text[start:]))
}

func rawCell(cell string) string {
	if len(cell) > 1 && (cell[0] == '"' || cell[0] == ' ') {
		return unwrap(cell)
	}
	return cell
}

func unwrap(cell string) string {
	t := strings.Trim(cell, " ")
	if len(t) < 2 || t[0] != '"' || t[len(t)-1] != '"' {
		return cell
	}
	return strings.ReplaceAll(t[1:len(t)-1], `""`, `"`)
}

// splitQuoted reads one row after RFC 4180. Where that leaves a choice it takes
// every byte: quotes inside an unquoted cell are literal, and so is a quote
// inside a quoted cell that no delimiter follows.
func splitQuoted(dst []string, text string, delimiter byte) []string {
	p := 0
	for {
		var cell string
		if p < len(text) && text[p] == '"' {
			end := closingQuote(text, p+1, delimiter)
			if end < 0 {
				return append(dst, text[p:])
			}
			cell = text[p+1 : end]
			if strings.Contains(cell, `""`) {
				cell = strings.ReplaceAll(cell, `""`, `"`)
			}
			p = end + 1
		} else if i := strings.IndexByte(text[p:], delimiter); i >= 0 {
			cell = text[p : p+i]
			p += i
		} else {
			cell = text[p:]
			p = len(text)
		}
		dst = append(dst, cell)
		if p >= len(text) {
			return dst
		}
		p++ // the delimiter
	}
}

// closingQuote returns the position of the quote that ends a cell, or -1.
func closingQuote(text string, p int, delimiter byte) int {
	for {
		i := strings.IndexByte(text[p:], '"')
		if i < 0 {
			return -1
		}
		at := p + i
		switch {
		case at+1 == len(text) || text[at+1] == delimiter:
			return at
		case text[at+1] == '"':
			p = at + 2
		default:
			p = at + 1
		}
		if p > len(text) {
			return -1
		}
	}
}

// fitCells brings a row to the width of the header: surplus empty cells at the
// end go, other surplus is folded into the overflow column, columns that the
// row does not reach are empty.
func fitCells(cells []string, width, overflow int, delimiter byte) []string {
	for len(cells) > width && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	if surplus := len(cells) - width; surplus > 0 && overflow >= 0 {
		cells[overflow] = strings.Join(cells[overflow:overflow+surplus+1], string(rune(delimiter)))
		cells = append(cells[:overflow+1], cells[overflow+surplus+1:]...)
	}
	for len(cells) < width {
		cells = append(cells, "")
	}
	return cells
}

// lineState is how a physical line ends for the strict reading.
type lineState uint8

const (
	lineClosed lineState = iota // outside quotes
	lineOpen                    // inside a quoted cell
	lineBroken                  // something other than a delimiter follows a closing quote
)

// lineScan is the strict reading of one physical line.
type lineScan struct {
	state   lineState
	cells   int // cells that begin on this line; the one it starts in counts
	closeAt int // end of the cell that was open at the start of the line; -1 = not closed, or none was
}

// scanLine reads one physical line strictly; open says that it starts inside a
// quoted cell.
func scanLine(line []byte, delimiter byte, open bool) lineScan {
	scan := lineScan{state: lineClosed, cells: 1, closeAt: -1}
	startedOpen := open
	p := 0
	for {
		if open {
			end, ok := strictClose(line, p)
			if !ok {
				scan.state = lineOpen
				return scan
			}
			if startedOpen {
				scan.closeAt, startedOpen = end, false
			}
			p = end + 1
			if p == len(line) {
				return scan
			}
			if line[p] != delimiter {
				scan.state = lineBroken
				return scan
			}
			p++
			scan.cells++
			open = false
		}
		if p < len(line) && line[p] == '"' {
			open = true
			p++
			continue
		}
		i := bytes.IndexByte(line[p:], delimiter)
		if i < 0 {
			return scan
		}
		p += i + 1
		scan.cells++
	}
}

func strictClose(line []byte, p int) (int, bool) {
	for {
		i := bytes.IndexByte(line[p:], '"')
		if i < 0 {
			return 0, false
		}
		at := p + i
		if at+1 < len(line) && line[at+1] == '"' {
			p = at + 2
			continue
		}
		return at, true
	}
}
