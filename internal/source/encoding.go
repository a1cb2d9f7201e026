package source

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	xunicode "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// The encodings a file may have. AutoEncoding lets the rule of decideEncoding
// find it.
const (
	AutoEncoding = "auto"
	UTF8         = "utf-8"
	UTF8BOM      = "utf-8-bom"
	Windows1251  = "windows-1251"
	CP866        = "cp866"
	KOI8R        = "koi8-r"
	UTF16        = "utf-16" // the byte order mark decides, little endian without one
	UTF16LE      = "utf-16le"
	UTF16BE      = "utf-16be"
)

// parseEncoding maps the spellings that people use to the constants.
func parseEncoding(name string) (string, bool) {
	switch n := strings.ToLower(strings.TrimSpace(name)); n {
	case "", AutoEncoding:
		return AutoEncoding, true
	case UTF8, "utf8":
		return UTF8, true
	case UTF8BOM, "utf8-bom", "utf-8-sig":
		return UTF8BOM, true
	case Windows1251, "cp1251", "win1251", "ansi":
		return Windows1251, true
	case CP866, "oem", "ibm866":
		return CP866, true
	case KOI8R, "koi8r":
		return KOI8R, true
	case UTF16, UTF16LE, UTF16BE:
		return n, true
	}
	return "", false
}

var (
	bomUTF8    = []byte{0xEF, 0xBB, 0xBF}
	bomUTF16LE = []byte{0xFF, 0xFE}
	bomUTF16BE = []byte{0xFE, 0xFF}
)

// decision is the encoding of a file and how sure we are.
type decision struct {
	encoding string
	bom      int // bytes to skip at the start
	warnings []Warning
}

// decideEncoding follows a rule, not statistics: configured → byte order mark →
// NUL parity → UTF-8 validity → single-byte candidates judged by the header.
// file is read from its start and left anywhere.
func decideEncoding(configured string, head []byte, file io.ReadSeeker, judge headerJudge) (decision, error) {
	marked, bom := markedEncoding(head)
	if configured != AutoEncoding {
		return configuredEncoding(configured, marked, bom), nil
	}
	if marked != "" {
		return decision{encoding: marked, bom: bom}, nil
	}
	if enc := nulParity(head); enc != "" {
		return decision{encoding: enc}, nil
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return decision{}, fmt.Errorf("rewind: %w", err)
	}
	valid, err := looksUTF8(file)
	if err != nil {
		return decision{}, fmt.Errorf("read: %w", err)
	}
	if valid {
		return decision{encoding: UTF8}, nil
	}
	return bestSingleByte(firstLines(head), judge), nil
}

// firstLines cuts the head of a file down to the lines that judge it.
func firstLines(head []byte) []byte {
	eol := lineBreak(head)
	end := 0
	for range sampleLines {
		i := bytes.IndexByte(head[end:], eol)
		if i < 0 {
			return head
		}
		end += i + 1
	}
	return head[:end]
}

func configuredEncoding(configured, marked string, bom int) decision {
	d := decision{encoding: configured}
	switch configured {
	case UTF8BOM:
		d.encoding = UTF8
	case UTF16:
		d.encoding = UTF16LE
		if marked == UTF16BE {
			d.encoding = UTF16BE
		}
	}
	if marked == d.encoding {
		d.bom = bom
	} else if marked != "" {
		d.warnings = append(d.warnings, Warning{Code: EncodingMismatch, Name: marked})
	}
	return d
}

func markedEncoding(head []byte) (string, int) {
	switch {
	case bytes.HasPrefix(head, bomUTF8):
		return UTF8, len(bomUTF8)
	case bytes.HasPrefix(head, bomUTF16LE):
		return UTF16LE, len(bomUTF16LE)
	case bytes.HasPrefix(head, bomUTF16BE):
		return UTF16BE, len(bomUTF16BE)
	}
	return "", 0
}

// nulParity recognises UTF-16 without a mark: delimiters, digits and line ends
// have a zero high byte, so the zeros stand on one side of the pairs. A few
// stray NULs are damage, not an encoding.
func nulParity(head []byte) string {
	var zeros [2]int
	for i, b := range head {
		if b == 0 {
			zeros[i&1]++
		}
	}
	few := len(head) / 40
	switch {
	case zeros[1] > few && zeros[1] >= 10*zeros[0]:
		return UTF16LE
	case zeros[0] > few && zeros[0] >= 10*zeros[1]:
		return UTF16BE
	}
	return ""
}

// enoughUTF8 multi-byte sequences in a row, and none wrong, is proof: Cyrillic
// text of a single-byte encoding breaks the pattern within a word or two. So a
// UTF-8 file with damage far inside stays UTF-8, and the damaged rows alone
// are rejected, instead of the whole file turning into mojibake.
const enoughUTF8 = 200

// looksUTF8 reads on until the answer is certain; a file of ASCII alone is
// read to its end.
func looksUTF8(r io.Reader) (bool, error) {
	buf := make([]byte, 128<<10)
	kept, seen := 0, 0
	for {
		n, err := io.ReadFull(r, buf[kept:])
		chunk := buf[:kept+n]
		last := err == io.EOF || err == io.ErrUnexpectedEOF
		if err != nil && !last {
			return false, fmt.Errorf("judge encoding: %w", err)
		}
		for len(chunk) > 0 {
			i := firstNonASCII(chunk)
			chunk = chunk[i:]
			if len(chunk) == 0 {
				break
			}
			if !last && len(chunk) < utf8.UTFMax && !utf8.FullRune(chunk) {
				break // the sequence goes on in the next chunk
			}
			c, size := utf8.DecodeRune(chunk)
			if c == utf8.RuneError && size == 1 {
				// a sequence cut by the end of the file is truncation, which
				// is found and named later
				return last && !utf8.FullRune(chunk) && seen > 0, nil
			}
			if seen++; seen >= enoughUTF8 {
				return true, nil
			}
			chunk = chunk[size:]
		}
		if last {
			return true, nil
		}
		kept = copy(buf, chunk)
	}
}

func firstNonASCII(b []byte) int {
	for i, c := range b {
		if c >= utf8.RuneSelf {
			return i
		}
	}
	return len(b)
}

// bestSingleByte picks the candidate whose header is understood best. UTF-8 is
// among them for files with damage near their start.
func bestSingleByte(head []byte, judge headerJudge) decision {
	best, bestHits := Windows1251, 0
	for _, enc := range []string{Windows1251, CP866, KOI8R, UTF8} {
		// strictly more hits: windows-1251 wins a tie
		if hits := judge(newDecoder(enc).lossy(head)); hits > bestHits {
			best, bestHits = enc, hits
		}
	}
	if bestHits > 0 {
		return decision{encoding: best}
	}
	bestShape := 0
	for _, enc := range []string{Windows1251, CP866, KOI8R} {
		if shape := letterShape(newDecoder(enc).lossy(head)); shape > bestShape {
			best, bestShape = enc, shape
		}
	}
	return decision{encoding: best, warnings: []Warning{{Code: EncodingUncertain, Name: best}}}
}

// letterShape counts neighbouring Cyrillic letters whose case goes together
// and subtracts small-before-capital, which the wrong table produces.
func letterShape(text string) int {
	shape := 0
	var prev rune
	for _, c := range text {
		if unicode.Is(unicode.Cyrillic, c) && c >= 'Ё' && c <= 'ё' && unicode.Is(unicode.Cyrillic, prev) {
			if unicode.IsLower(prev) && unicode.IsUpper(c) {
				shape -= 2
			} else {
				shape++
			}
		}
		prev = c
	}
	return shape
}

// doublyEncoded recognises UTF-8 that was read as a single-byte text and
// encoded again («РќР°РёРјРµРЅРѕРІР°РЅРёРµ»).
func doublyEncoded(text string) bool {
	for _, cm := range []*charmap.Charmap{charmap.Windows1251, charmap.Windows1252} {
		var once []byte
		for _, c := range text {
			if b, ok := cm.EncodeRune(c); ok {
				once = append(once, b)
			} else {
				once = append(once, ' ')
			}
		}
		cyrillic := 0
		for _, c := range string(once) {
			if c >= 'А' && c <= 'я' {
				cyrillic++
			}
		}
		if cyrillic >= 4 {
			return true
		}
	}
	return false
}

// utf8Stream turns the file into bytes that the splitter can work on: UTF-16
// becomes UTF-8, everything else passes as it is.
func utf8Stream(encoding string, r io.Reader) (stream io.Reader, as string) {
	order := xunicode.LittleEndian
	switch encoding {
	case UTF16LE:
	case UTF16BE:
		order = xunicode.BigEndian
	default:
		return r, encoding
	}
	return transform.NewReader(r, xunicode.UTF16(order, xunicode.IgnoreBOM).NewDecoder()), UTF8
}
