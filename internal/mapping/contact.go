package mapping

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// listSeparator joins the numbers or addresses of one field in Value.Text.
const listSeparator = ", "

// phone is one number taken out of a cell.
type phone struct {
	text   string // as people read it: the number with its own punctuation
	digits string // canonical
	ext    string // digits of the extension, "" without
}

func (p phone) canon() string {
	if p.ext == "" {
		return p.digits
	}
	return p.digits + "#" + p.ext
}

var extensionWords = []string{"добавочный", "доб", "вн", "внутр", "внутренний", "ext", "extension", "#", "*"}

// isSeparator reports what stands between two numbers of one cell.
func isSeparator(r rune) bool {
	return r == ',' || r == ';' || r == '/' || r == '\n' || r == '\r' || r == '|'
}

// splitPhones calls take with each piece of a cell that may be a number.
func splitPhones(s string, take func(piece string)) {
	for s != "" {
		i := strings.IndexFunc(s, isSeparator)
		if j := strings.Index(s, " и "); j >= 0 && (i < 0 || j < i) {
			take(s[:j])
			s = s[j+len(" и "):]
			continue
		}
		if i < 0 {
			take(s)
			return
		}
		take(s[:i])
		s = s[i+1:]
	}
}

// phonesOf takes the numbers out of one cell. odd holds the pieces that have
// digits and make no number; pieces without any digit are words and go.
func phonesOf(cell string, into []phone, odd func(piece string)) []phone {
	if p, ok := plainPhone(cell); ok {
		return addPhone(into, p)
	}
	readPhones(cell, phoneTaker{
		number: func(p phone) { into = addPhone(into, p) },
		tail:   func(ext string) bool { return extend(into, ext) },
		odd:    odd,
	})
	return into
}

// phoneTaker is told what stands in a cell, piece by piece.
type phoneTaker struct {
	number func(p phone)
	tail   func(ext string) bool // an extension on its own; false when no number can take it
	odd    func(piece string)
}

func readPhones(cell string, to phoneTaker) {
	if whole := trimBlank(cell); isExponent(whole) {
		to.odd(whole) // before its comma is taken for a separator
		return
	}
	splitPhones(cell, func(piece string) {
		piece = trimBlank(piece)
		if piece == "" {
			return
		}
		if ext, ok := onlyExtension(piece); ok && to.tail(ext) {
			return
		}
		if several := splitRun(piece); several != nil {
			for _, s := range several {
				to.piece(s)
			}
			return
		}
		to.piece(piece)
	})
}

func (to phoneTaker) piece(piece string) {
	p, ok := onePhone(piece)
	switch {
	case !ok && strings.ContainsAny(piece, "0123456789"):
		to.odd(piece)
	case ok:
		to.number(p)
	}
}

// extensionMark stands before an extension in the text of a number.
const extensionMark = " доб. "

// extend gives an extension to the last number, unless it has one.
func extend(list []phone, ext string) bool {
	if len(list) == 0 || list[len(list)-1].ext != "" {
		return false
	}
	p := &list[len(list)-1]
	p.ext, p.text = ext, p.text+extensionMark+ext
	return true
}

// addPhone adds a number that is not there yet.
func addPhone(into []phone, p phone) []phone {
	for i := range into {
		if into[i].digits == p.digits && into[i].ext == p.ext {
			return into
		}
	}
	return append(into, p)
}

// plainPhone reads the common cell: one number, with nothing but its own
// punctuation.
func plainPhone(s string) (phone, bool) {
	if s == "" || s[len(s)-1] < '0' || s[len(s)-1] > '9' || s[0] == '-' || s[0] == '.' || s[0] == ' ' || s[0] == ')' {
		return phone{}, false
	}
	var room [16]byte
	n := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			if n == 15 {
				return phone{}, false
			}
			room[n] = c
			n++
		case c == ' ' || c == '+' || c == '-' || c == '(' || c == ')' || c == '.':
		default:
			return phone{}, false
		}
	}
	if n < 3 {
		return phone{}, false
	}
	if n == len(s) {
		return phone{text: s, digits: foldPhone(s)}, true
	}
	if n == 11 && room[0] == '8' {
		room[0] = '7'
	}
	if n == 10 {
		copy(room[1:], room[:10])
		room[0], n = '7', 11
	}
	return phone{text: s, digits: foldPhone(string(room[:n]))}, true
}

// numberIn finds the number of a piece, without the words before it, and what
// follows it.
func numberIn(piece string) (core, rest string) {
	start := strings.IndexAny(piece, "+(0123456789")
	if start < 0 {
		return "", ""
	}
	core = piece[start:]
	if end := strings.IndexFunc(core, notPhone); end >= 0 {
		return core[:end], core[end:]
	}
	return core, ""
}

// onePhone reads one number: words before and after it go, an extension is
// kept apart.
func onePhone(piece string) (phone, bool) {
	core, rest := numberIn(piece)
	last := strings.LastIndexAny(core, "0123456789")
	if last < 0 {
		return phone{}, false
	}
	p := phone{text: trimBlank(core[:last+1])}
	p.digits = foldPhone(digitsIn(core))
	if len(p.digits) < 3 {
		return phone{}, false
	}
	if ext, ok := onlyExtension(rest); ok {
		p.ext = ext
		p.text += extensionMark + ext
	}
	if strings.ContainsFunc(p.text, func(r rune) bool { return r != ' ' && isBlank(r) }) {
		p.text = tidy(p.text, false)
	}
	return p, true
}

// notPhone reports the first character that ends a number.
func notPhone(r rune) bool {
	switch {
	case r >= '0' && r <= '9', r == '+', r == '-', r == '(', r == ')', r == '.', r == '‑', r == '–', r == '—':
		return false
	}
	return !isBlank(r)
}

// onlyExtension reads "доб. 12", "вн.12", "ext 12", "#12".
func onlyExtension(s string) (string, bool) {
	s = strings.TrimLeft(s, " \u00a0,;(")
	low := strings.ToLower(s)
	for _, w := range extensionWords {
		rest, ok := strings.CutPrefix(low, w)
		if !ok {
			continue
		}
		rest = strings.TrimLeft(rest, ".: \u00a0№")
		n := 0
		for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
			n++
		}
		if n > 0 && n <= 8 {
			return rest[:n], true
		}
	}
	return "", false
}

// splitRun splits a piece that is several full numbers with blanks between
// them; nil when it is one.
func splitRun(piece string) []string {
	if len(piece) < 20 {
		return nil
	}
	core, rest := numberIn(piece)
	if len(digitsIn(core)) < 20 {
		return nil
	}
	words := strings.FieldsFunc(core, isBlank)
	for _, w := range words {
		if n := len(digitsIn(w)); n != 10 && n != 11 {
			return nil
		}
	}
	words[len(words)-1] += rest // it may be an extension
	return words
}

// digitsIn returns the ASCII digits of a text.
func digitsIn(s string) string {
	if isDigits(s) {
		return s
	}
	out := make([]byte, 0, 24)
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			out = append(out, s[i])
		}
	}
	return string(out)
}

// foldPhone brings a number's digits to one form: 8 and 7 in front of ten
// digits are one, ten digits get the 7, the 8-10 of an international call
// goes. Other lengths stay.
func foldPhone(d string) string {
	for len(d) >= 13 && d[:3] == "810" {
		d = d[3:]
	}
	switch {
	case len(d) == 10:
		return "7" + d
	case len(d) == 11 && d[0] == '8':
		return "7" + d[1:]
	}
	return d
}

// canonOfPhones is the set of numbers of a text.
func canonOfPhones(s string) string {
	if d := s; len(d) >= 10 && len(d) <= 12 && isDigits(d) {
		return foldPhone(d)
	}
	return settle(s, func(s string) string {
		var room [4]phone
		var words []string
		for _, p := range phonesOf(serverText(s), room[:0], func(piece string) { words = append(words, canonOfText(piece)) }) {
			words = append(words, p.canon())
		}
		return sortedSet(words)
	})
}

// isOneMail reports a text without anything that splits or decorates: one
// address, or no address at all.
func isOneMail(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7F || mailPunctuation[c] {
			return false
		}
	}
	return s != "" && s[len(s)-1] != '.' && (len(s) <= 7 || s[6] != ':')
}

var mailPunctuation = [128]bool{
	',': true, ';': true, '<': true, '>': true, '|': true, '(': true, ')': true, '[': true, ']': true,
	'"': true, '\'': true, '`': true, '&': true, '\\': true,
}

// splitMails calls take with each piece of a cell that may be an address.
func splitMails(s string, take func(piece string)) {
	if isOneMail(s) {
		take(s)
		return
	}
	named := strings.Contains(s, "<") // Мария <maria@example.ru>: words without @ are the name
	for _, piece := range strings.FieldsFunc(s, func(r rune) bool {
		return r == ',' || r == ';' || r == '<' || r == '>' || r == '|' || isBlank(r)
	}) {
		piece = strings.Trim(piece, "()[]\"«»“”.")
		if len(piece) > 7 && strings.EqualFold(piece[:7], "mailto:") {
			piece = piece[7:]
		}
		if piece != "" && (!named || strings.Contains(piece, "@")) {
			take(piece)
		}
	}
}

// mailForm says what is wrong with an address: "" for nothing.
func mailForm(s string) Code {
	local, domain, ok := strings.Cut(s, "@")
	if !ok || local == "" || strings.Contains(domain, "@") || !strings.Contains(domain, ".") ||
		strings.HasPrefix(domain, ".") || strings.HasSuffix(domain, ".") || strings.Contains(domain, "..") {
		return CodeForm
	}
	if isOneMail(s) && strings.IndexByte(s, '/') < 0 {
		return ""
	}
	for _, r := range s {
		switch {
		case isApostrophe(r):
			return CodeApostrophe
		case isQuote(r), r == '\\', r == '/', r == '[', r == ']', r == utf8.RuneError, r > 0xFFFF, unicode.IsControl(r), isInvisible(r):
			return CodeForm
		}
	}
	return ""
}

// canonOfMails is the set of addresses of a text, in lower case.
func canonOfMails(s string) string {
	return settle(s, func(s string) string {
		if isOneMail(s) {
			return strings.ToLower(s)
		}
		var room [4]string
		words := room[:0]
		splitMails(canonOfText(s), func(piece string) { words = append(words, strings.ToLower(piece)) })
		return sortedSet(words)
	})
}
