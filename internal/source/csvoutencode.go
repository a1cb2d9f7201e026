package source

import (
	"encoding/binary"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// textEncoder turns text into the bytes of one encoding, and tells which
// characters it has none for: nothing is ever replaced.
type textEncoder struct {
	bom   []byte
	table *charmap.Charmap       // nil = a form of Unicode
	wide  binary.AppendByteOrder // nil = not UTF-16
}

func encoderOf(name string) (textEncoder, bool) {
	name, ok := parseEncoding(name)
	if !ok {
		return textEncoder{}, false
	}
	switch name {
	case UTF8:
		return textEncoder{}, true
	case UTF8BOM:
		return textEncoder{bom: bomUTF8}, true
	case UTF16, UTF16LE: // little endian is what "UTF-16" means on Windows
		return textEncoder{bom: bomUTF16LE, wide: binary.LittleEndian}, true
	case UTF16BE:
		return textEncoder{bom: bomUTF16BE, wide: binary.BigEndian}, true
	case Windows1251:
		return textEncoder{table: charmap.Windows1251}, true
	case CP866:
		return textEncoder{table: charmap.CodePage866}, true
	case KOI8R:
		return textEncoder{table: charmap.KOI8R}, true
	}
	return textEncoder{}, false
}

// lacks finds the first character that a cell cannot carry: one outside the
// encoding, or a control character, which readers replace or trip over. Damaged
// text shows as U+FFFD.
func (e textEncoder) lacks(text string) (rune, bool) {
	for _, r := range text {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			continue
		case r == utf8.RuneError || unicode.IsControl(r):
			return r, true
		case e.table != nil:
			if _, ok := e.table.EncodeRune(r); !ok {
				return r, true
			}
		}
	}
	return 0, false
}

// append adds a character that lacks did not name.
func (e textEncoder) append(dst []byte, r rune) []byte {
	switch {
	case e.table != nil:
		b, _ := e.table.EncodeRune(r)
		return append(dst, b)
	case e.wide != nil:
		for _, unit := range utf16.AppendRune(nil, r) {
			dst = e.wide.AppendUint16(dst, unit)
		}
		return dst
	}
	return utf8.AppendRune(dst, r)
}
