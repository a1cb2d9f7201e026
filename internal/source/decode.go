package source

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// flaw is what decoding met in a row.
type flaw uint8

const (
	flawUndecodable flaw = 1 << iota // also a U+FFFD that the writer left
	flawNUL
	flawControl // other control characters; they become spaces
)

// pairTable decodes two bytes at once. An entry holds up to six bytes of UTF-8
// in its low bytes, their number in bits 48–55 and flaws in the top byte.
type pairTable [1 << 16]uint64

const (
	pairLen  = 48
	pairFlaw = 56
	pairMost = 7 // mask of the number: at most six
)

// decoder turns raw rows into UTF-8. It is immutable and safe for concurrent use.
type decoder struct {
	pairs *pairTable // nil: the rows are UTF-8
	width int        // most bytes that one byte becomes
}

//nolint:gochecknoglobals // tables that are built once, on first use, and never change
var (
	pairs1251 = sync.OnceValue(func() *pairTable { return buildPairs(charmap.Windows1251) })
	pairs866  = sync.OnceValue(func() *pairTable { return buildPairs(charmap.CodePage866) })
	pairsKOI8 = sync.OnceValue(func() *pairTable { return buildPairs(charmap.KOI8R) })
)

func newDecoder(encoding string) *decoder {
	switch encoding {
	case Windows1251:
		return &decoder{pairs: pairs1251(), width: 3}
	case CP866:
		return &decoder{pairs: pairs866(), width: 3}
	case KOI8R:
		return &decoder{pairs: pairsKOI8(), width: 3}
	}
	return &decoder{width: 3} // an invalid byte becomes the three bytes of U+FFFD
}

func buildPairs(cm *charmap.Charmap) *pairTable {
	var single [256]struct {
		utf8 []byte
		flaw flaw
	}
	for i := range single {
		r := cm.DecodeByte(byte(i))
		switch {
		case r == utf8.RuneError:
			single[i].flaw = flawUndecodable
		case r == 0:
			single[i].flaw = flawNUL
		case isControl(byte(i)):
			r, single[i].flaw = ' ', flawControl
		}
		single[i].utf8 = utf8.AppendRune(nil, r)
	}
	t := new(pairTable)
	for i := range t {
		// little endian: the first byte of the pair is the low one
		a, b := single[i&0xFF], single[i>>8]
		var packed [8]byte
		n := copy(packed[:], a.utf8)
		n += copy(packed[n:], b.utf8)
		t[i] = binary.LittleEndian.Uint64(packed[:]) | uint64(n)<<pairLen | uint64(a.flaw|b.flaw)<<pairFlaw
	}
	return t
}

// isControl reports control characters that have no place in a cell; tabs and
// line breaks do.
func isControl(b byte) bool {
	return b < ' ' && b != '\t' && b != '\n' && b != '\r' || b == 0x7F
}

const (
	highBits  = 0x8080808080808080
	everyByte = 0x0101010101010101
)

// plainASCII reports whether eight bytes are printable ASCII: none above 0x7E,
// none below the blank.
func plainASCII(x uint64) bool {
	return (x|(x+everyByte)|(x-' '*everyByte)&^x)&highBits == 0
}

// workspace is what decoding reuses from row to row.
type workspace struct {
	buf  []byte
	cuts []int // where the delimiters are in the decoded row; single-byte encodings only
}

// row decodes one row and finds its delimiters on the way. The returned string
// is a copy of its own and keeps nothing else alive.
func (d *decoder) row(raw []byte, delimiter byte, w *workspace) (string, flaw) {
	w.cuts = w.cuts[:0]
	if d.pairs == nil {
		return d.utf8Text(raw, w)
	}
	if need := len(raw)*d.width + 32; cap(w.buf) < need {
		w.buf = make([]byte, need+need/2)
	}
	dst := w.buf[:cap(w.buf)]
	every := uint64(delimiter) * everyByte
	n, i := 0, 0
	var flaws uint64
	for ; i+8 <= len(raw); i += 8 {
		x := binary.LittleEndian.Uint64(raw[i:])
		hits := zeroBytes(x ^ every)
		if plainASCII(x) {
			for ; hits != 0; hits &= hits - 1 {
				w.cuts = append(w.cuts, n+bits.TrailingZeros64(hits)/8)
			}
			binary.LittleEndian.PutUint64(dst[n:], x)
			n += 8
			continue
		}
		// eight bytes are written for each pair, the entry says how many of
		// them count; neither lookups nor stores wait for each other
		e0, e1 := d.pairs[uint16(x)], d.pairs[uint16(x>>16)]
		e2, e3 := d.pairs[uint16(x>>32)], d.pairs[uint16(x>>48)]
		flaws |= e0 | e1 | e2 | e3
		at1 := e0 >> pairLen & pairMost
		at2 := at1 + e1>>pairLen&pairMost
		at3 := at2 + e2>>pairLen&pairMost
		at4 := at3 + e3>>pairLen&pairMost
		window := dst[n : n+32]
		binary.LittleEndian.PutUint64(window, e0)
		binary.LittleEndian.PutUint64(window[at1&31:], e1)
		binary.LittleEndian.PutUint64(window[at2&31:], e2)
		binary.LittleEndian.PutUint64(window[at3&31:], e3)
		if hits != 0 {
			w.cuts = appendCuts(w.cuts, hits, n, [5]uint64{0, at1, at2, at3, at4})
		}
		n += int(at4)
	}
	n, tail := d.tail(raw[i:], dst, n, delimiter, w)
	return string(dst[:n]), tail | flaw(flaws>>pairFlaw)
}

// zeroBytes marks exactly the bytes that are zero by their high bit.
func zeroBytes(x uint64) uint64 { return ^((x&^highBits + ^uint64(highBits)) | x) & highBits }

// appendCuts finds the decoded places of delimiters in a word of four pairs,
// which begin at the given places behind n. A delimiter is one byte, so the
// second of a pair stands one before the next pair.
func appendCuts(cuts []int, hits uint64, n int, begin [5]uint64) []int {
	for ; hits != 0; hits &= hits - 1 {
		k := bits.TrailingZeros64(hits) / 8
		at := begin[k/2]
		if k%2 == 1 {
			at = begin[k/2+1] - 1
		}
		cuts = append(cuts, n+int(at))
	}
	return cuts
}

// tail decodes the last bytes, fewer than eight, one by one.
func (d *decoder) tail(raw, dst []byte, n int, delimiter byte, w *workspace) (int, flaw) {
	var flaws uint64
	for _, b := range raw {
		if b == delimiter {
			w.cuts = append(w.cuts, n)
		}
		// the partner is a blank, dropped again
		e := d.pairs[uint16(b)|uint16(' ')<<8]
		binary.LittleEndian.PutUint64(dst[n:], e)
		n += int(e>>pairLen&pairMost) - 1
		flaws |= e
	}
	return n, flaw(flaws >> pairFlaw)
}

func (d *decoder) utf8Text(raw []byte, w *workspace) (string, flaw) {
	var flaws flaw
	if hasControl(raw) {
		if bytes.IndexByte(raw, 0) >= 0 {
			flaws |= flawNUL
		}
		w.buf = append(w.buf[:0], raw...)
		for i, b := range w.buf {
			if b != 0 && isControl(b) {
				w.buf[i] = ' '
				flaws |= flawControl
			}
		}
		raw = w.buf
	}
	if !utf8.Valid(raw) {
		return strings.ToValidUTF8(string(raw), string(utf8.RuneError)), flaws | flawUndecodable
	}
	if bytes.Contains(raw, replacement) {
		flaws |= flawUndecodable
	}
	return string(raw), flaws
}

var replacement = []byte(string(utf8.RuneError))

// hasControl looks at eight bytes at a time; tabs and line breaks are sorted
// out only where something was found.
func hasControl(b []byte) bool {
	i := 0
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		del := x ^ 0x7F*everyByte
		if ((x-' '*everyByte)&^x|(del-everyByte)&^del)&highBits == 0 {
			continue
		}
		for _, c := range b[i : i+8] {
			if isControl(c) {
				return true
			}
		}
	}
	for _, c := range b[i:] {
		if isControl(c) {
			return true
		}
	}
	return false
}

// lossy decodes a piece of a file for judging it; what cannot be decoded
// becomes U+FFFD.
func (d *decoder) lossy(raw []byte) string {
	s, _ := d.row(raw, 0, new(workspace))
	return s
}

// encode gives the bytes of a text in an encoding that the splitter works on;
// ok is false when it has none.
func encode(encoding, text string) (b []byte, ok bool) {
	var cm *charmap.Charmap
	switch encoding {
	case Windows1251:
		cm = charmap.Windows1251
	case CP866:
		cm = charmap.CodePage866
	case KOI8R:
		cm = charmap.KOI8R
	default:
		return []byte(text), true
	}
	b, err := cm.NewEncoder().Bytes([]byte(text))
	return b, err == nil
}
