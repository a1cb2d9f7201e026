package mapping

import (
	"slices"
	"strings"
)

// entry is one number or address of a list, with the place where the source has
// it.
type entry struct {
	column int
	text   string
	key    string // equal for equal entries
	digits string // of a number, without its extension
	tail   int    // of a number: the column that holds its extension, or -1
}

// lists proposes the cells of a list: known entries stay in their columns, new
// ones go to the first.
func (w *wayBack) lists() []proposal {
	n := len(w.f.slots)
	columns, told := make([]string, n), true
	if !w.old.Blank() {
		columns, told = w.f.columnTexts(w.old.Text)
	}
	var have []entry
	for i, text := range columns {
		have = w.f.entries(have, text, i)
	}
	wanted := w.f.entries(nil, w.toText(), 0)
	// an entry that goes may stand in a column that the text does not tell
	every := !told && slices.ContainsFunc(have, func(e entry) bool { return !known(wanted, e) })
	var out []proposal
	for _, inline := range []bool{false, true} {
		p := proposal{layOut(have, wanted, n, inline), make([]bool, n)}
		for i, text := range p.texts {
			p.named[i] = every || text != columns[i]
		}
		out = append(out, p)
	}
	return out
}

// toText is the CRM's text without what it does to texts.
func (w *wayBack) toText() string {
	if w.to.Blank() {
		return ""
	}
	return serverText(w.to.Text)
}

// entries adds the entries of one column's text.
func (f *field) entries(list []entry, text string, column int) []entry {
	if f.typ == TypeEmails {
		splitMails(text, func(piece string) {
			list = append(list, entry{column: column, text: piece, key: strings.ToLower(piece), tail: -1})
		})
		return list
	}
	number := func(p phone) {
		list = append(list, entry{column: column, text: p.text, key: p.canon(), digits: p.digits, tail: -1})
	}
	if p, ok := plainPhone(text); ok {
		number(p)
		return list
	}
	readPhones(text, phoneTaker{
		number: number,
		tail: func(ext string) bool {
			if len(list) == 0 || strings.Contains(list[len(list)-1].key, "#") {
				return false
			}
			e := &list[len(list)-1]
			e.key += "#" + ext
			if e.column == column {
				e.text += extensionMark + ext
			} else {
				e.tail = column
			}
			return true
		},
		odd: func(piece string) {
			list = append(list, entry{column: column, text: piece, key: piece, tail: -1})
		},
	})
	return list
}

// layOut lays the wanted entries over the columns. inline writes extensions that
// stand in a column of their own behind their numbers.
func layOut(have, wanted []entry, columns int, inline bool) []string {
	out := make([][]string, columns)
	taken := make([]bool, len(wanted))
	for _, e := range have {
		i := slices.IndexFunc(wanted, func(x entry) bool { return x.key == e.key })
		if i < 0 && e.digits != "" { // the same number with another extension
			i = slices.IndexFunc(wanted, func(x entry) bool { return x.digits == e.digits && !known(have, x) })
		}
		if i < 0 {
			continue
		}
		x := wanted[i]
		taken[i] = true
		switch {
		case x.key != e.key:
			out[e.column] = append(out[e.column], x.text)
		case e.tail < 0:
			out[e.column] = append(out[e.column], e.text)
		case inline:
			out[e.column] = append(out[e.column], e.text+extensionMark+after(e.key, "#"))
		default:
			out[e.column] = append(out[e.column], e.text)
			out[e.tail] = append(out[e.tail], extensionMark[1:]+after(e.key, "#"))
		}
	}
	for i, x := range wanted {
		if !taken[i] {
			out[0] = append(out[0], x.text)
		}
	}
	texts := make([]string, columns)
	for i := range out {
		texts[i] = strings.Join(out[i], listSeparator)
	}
	return texts
}

func known(have []entry, x entry) bool {
	return slices.ContainsFunc(have, func(e entry) bool { return e.key == x.key })
}

func after(s, mark string) string {
	_, rest, _ := strings.Cut(s, mark)
	return rest
}
