package source

import "bytes"

// learnRows is how many first rows teach what keys look like.
const learnRows = 256

// maxShapes bounds the kinds of keys that are remembered.
const maxShapes = 16

// keyShapes knows what the keys of a file look like, from its first rows. It
// answers two questions about a physical line: may it be a row of its own, and
// is it certainly no middle of somebody else's cell.
type keyShapes struct {
	column int // position of the key; the first column when none is named
	named  bool
	rows   int
	guids  int
	shapes [][]byte
	buf    []byte
}

// learn looks at a row that was read without doubt.
func (k *keyShapes) learn(line []byte, delimiter byte) {
	k.rows++
	cell := k.cell(line, delimiter)
	if len(cell) == 0 {
		return
	}
	if isGUID(cell) {
		k.guids++
	}
	k.buf = appendShape(k.buf[:0], cell)
	if len(k.shapes) < maxShapes && !k.knows(k.buf) {
		k.shapes = append(k.shapes, bytes.Clone(k.buf))
	}
}

func (k *keyShapes) knows(shape []byte) bool {
	for _, s := range k.shapes {
		if bytes.Equal(s, shape) {
			return true
		}
	}
	return false
}

// cell is the raw key cell of a line, without an outer pair of quotes.
func (k *keyShapes) cell(line []byte, delimiter byte) []byte {
	for i := 0; i < k.column; i++ {
		at := bytes.IndexByte(line, delimiter)
		if at < 0 {
			return nil
		}
		line = line[at+1:]
	}
	if at := bytes.IndexByte(line, delimiter); at >= 0 {
		line = line[:at]
	}
	line = bytes.TrimSpace(line)
	if n := len(line); n > 1 && line[0] == '"' && line[n-1] == '"' {
		line = line[1 : n-1]
	}
	return line
}

// plausible reports whether a line's key may be one: not empty, no stray
// quote, and a GUID where the file's keys are GUIDs.
func (k *keyShapes) plausible(line []byte, delimiter byte) bool {
	cell := k.cell(line, delimiter)
	if len(cell) == 0 {
		// without a named key the first column may well be empty
		return !k.named
	}
	if k.allGUIDs() {
		return isGUID(cell)
	}
	return true
}

// whole reports whether a row of several lines has a plausible key that no line
// break cuts.
func (k *keyShapes) whole(row []byte, delimiter byte) bool {
	return !bytes.ContainsAny(k.cell(row, delimiter), "\r\n") && k.plausible(row, delimiter)
}

// evident reports whether the key has a shape that this file's keys have.
func (k *keyShapes) evident(line []byte, delimiter byte) bool {
	cell := k.cell(line, delimiter)
	if len(cell) == 0 {
		return false
	}
	k.buf = appendShape(k.buf[:0], cell)
	return k.knows(k.buf)
}

// telling reports an evident key that hardly any text begins with: a GUID, or
// letters and digits together. Bare numbers and words tell nothing.
func (k *keyShapes) telling(line []byte, delimiter byte) bool {
	return k.evident(line, delimiter) && (len(k.buf) > 1 || k.buf[0] == 'G') && bytes.IndexByte(k.buf, ' ') < 0
}

func (k *keyShapes) allGUIDs() bool {
	return k.guids*2 > k.rows
}

// appendShape maps runs of digits to 9, runs of letters to a, runs of blanks
// to one blank; a GUID is one letter of its own.
func appendShape(dst, cell []byte) []byte {
	if isGUID(cell) {
		return append(dst, 'G')
	}
	var last byte
	for _, c := range cell {
		switch {
		case c >= '0' && c <= '9':
			c = '9'
		case c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= 0x80:
			c = 'a'
		}
		if c != last {
			dst = append(dst, c)
		}
		last = c
	}
	return dst
}

// isGUID takes the 36-character form, 32 hexadecimal digits, and both inside
// the link form of an accounting base (…?ref=<32 hex>).
func isGUID(cell []byte) bool {
	if at := bytes.LastIndex(cell, []byte("ref=")); at >= 0 {
		cell = cell[at+4:]
	}
	if len(cell) != 36 && len(cell) != 32 {
		return false
	}
	for i, c := range cell {
		if len(cell) == 36 && (i == 8 || i == 13 || i == 18 || i == 23) {
			if c != '-' {
				return false
			}
			continue
		}
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
			return false
		}
	}
	return true
}
