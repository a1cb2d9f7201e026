package mapping

// traits say what a text holds that a canonical form or a cleaning would touch.
// Nearly every cell has none and is then used as it is, without a copy.
type traits uint16

const (
	hasQuote      traits = 1 << iota // " « » “ ” „
	hasApostrophe                    // ' ` ’ ‘
	hasCurly                         // one of the two that the CRM leaves in titles
	hasGap                           // blanks at the ends, doubled, or of another kind than the space
	hasLine                          // a line break
	hasAngle                         // < >
	hasAmp                           // &
	hasBackslash
	hasSemicolon
	hasOdd // everything else: control and invisible characters, combining marks, rare scripts, four bytes
)

// byteTraits classes bytes; those that begin C2 and E2 sequences are looked at
// closer.
var byteTraits = func() (t [256]traits) {
	for c := range t {
		switch {
		case c == '"':
			t[c] = hasQuote
		case c == '\'' || c == '`':
			t[c] = hasApostrophe
		case c == ' ' || c == '\t':
			t[c] = hasGap
		case c == '\n' || c == '\r':
			t[c] = hasLine | hasGap
		case c == '<' || c == '>':
			t[c] = hasAngle
		case c == '&':
			t[c] = hasAmp
		case c == '\\':
			t[c] = hasBackslash
		case c == ';':
			t[c] = hasSemicolon
		case c < 0x20, c == 0x7F, c == 0xC2, c >= 0xC3 && c < 0xD0, c > 0xD1:
			t[c] = hasOdd
		}
	}
	return t
}()

// scan finds the traits of a text in one pass.
func scan(s string) traits {
	var t traits
	for i := 0; i < len(s); i++ {
		x := byteTraits[s[i]]
		if x == 0 {
			continue
		}
		switch c := s[i]; {
		case c == ' ':
			if i > 0 && i < len(s)-1 && s[i+1] != ' ' {
				continue
			}
		case c == 0xC2 && i+1 < len(s):
			i++
			x = latinTraits(s[i])
		case c == 0xE2 && i+2 < len(s):
			x = punctuationTraits(s[i+1], s[i+2])
			i += 2
		}
		t |= x
	}
	return t
}

// latinTraits classes U+0080 to U+00BF by their second byte.
func latinTraits(c byte) traits {
	switch {
	case c == 0xAB || c == 0xBB:
		return hasQuote
	case c == 0xB4:
		return hasApostrophe | hasCurly
	case c == 0xA0:
		return hasGap
	case c < 0xA0 || c == 0xAD:
		return hasOdd
	}
	return 0
}

// punctuationTraits classes U+2000 to U+2FFF by their second and third byte.
func punctuationTraits(c, d byte) traits {
	switch {
	case c == 0x84 && d == 0x96: // №
		return 0
	case c != 0x80:
		return hasOdd
	case d <= 0x8A || d == 0xAF:
		return hasGap
	case d >= 0x90 && d <= 0x95, d == 0xA6, d == 0xA2: // dashes, …, •
		return 0
	case d >= 0x98 && d <= 0x9B:
		return hasApostrophe | hasCurly
	case d >= 0x9C && d <= 0x9F:
		return hasQuote | hasCurly
	}
	return hasOdd
}

// foldPlain folds a text whose traits are quotes, apostrophes, gaps and
// semicolons only: the quotes become double and single (0 removes them), the
// semicolons semi, runs of blanks one space.
func foldPlain(s string, double, single rune, semi byte) string {
	var room [256]byte
	out := room[:0]
	gap := false
	start := 0 // of a run that is copied as it is
	flush := func(end int) {
		if start == end {
			return
		}
		if gap && len(out) > 0 {
			out = append(out, ' ')
		}
		gap = false
		out = append(out, s[start:end]...)
	}
	put := func(r rune) {
		if r == 0 {
			return
		}
		if gap && len(out) > 0 {
			out = append(out, ' ')
		}
		gap = false
		out = append(out, string(r)...)
	}
	for i, r := range s {
		if r < 0x80 && byteTraits[r] == 0 || r >= 0x400 && r < 0x480 {
			continue
		}
		to, touched := r, true
		switch {
		case isQuote(r):
			to = double
		case isApostrophe(r):
			to = single
		case r == ';':
			to = rune(semi)
		case isBlank(r):
			to = 0
		default:
			touched = false
		}
		if !touched {
			continue
		}
		flush(i)
		if to == 0 && isBlank(r) {
			gap = true
		} else {
			put(to)
		}
		start = i + len(string(r))
	}
	flush(len(s))
	return string(out)
}
