package message

import (
	"strconv"
	"strings"
)

// Code is the stable name of a message, such as SYNC-0104.
type Code string

// Arg is a named argument of a message; {name} in the text stands for it.
type Arg struct {
	Name string
	Text string
}

// S is a text argument.
func S(name, text string) Arg { return Arg{Name: name, Text: text} }

// N is a numeric argument. The text may inflect a noun by it:
// {rows|row|rows}, {rows|строка|строки|строк}.
func N(name string, n int64) Arg { return Arg{Name: name, Text: strconv.FormatInt(n, 10)} }

// Message is one message in one language, its arguments filled in.
type Message struct {
	Code Code
	What string // what happened
	Did  string // what syncd did about it
	Next string // what to do, or the command to type
}

// String is the code and the three parts in one line.
func (m Message) String() string { return string(m.Code) + ": " + m.join() }

func (m Message) join() string {
	parts := make([]string, 0, 3)
	for _, p := range []string{m.What, m.Did, m.Next} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, " ")
}

// In returns the message in a language; an unknown language is English. An
// unknown code is returned as its own text, so that a mistake of ours never
// hides the message from a person. An argument that was not given stays
// visible as {name}.
func In(lang Lang, code Code, args ...Arg) Message {
	e, ok := find(code)
	if !ok {
		return Message{Code: code, What: string(code)}
	}
	t := e.en
	if lang == Russian {
		t = e.ru
	}
	return Message{
		Code: code,
		What: fill(lang, t.what, args),
		Did:  fill(lang, t.did, args),
		Next: fill(lang, t.next, args),
	}
}

// Codes lists every code of the catalog in its order, which is ascending.
func Codes() []Code {
	codes := make([]Code, 0, 256)
	for _, area := range areas {
		for _, e := range area {
			codes = append(codes, e.code)
		}
	}
	return codes
}

// Pattern is a message as the documentation shows it: {name} stands for each
// argument, and the nouns that follow one are in the form of many.
func Pattern(lang Lang, code Code) Message {
	e, ok := find(code)
	if !ok {
		return Message{Code: code}
	}
	t := e.en
	if lang == Russian {
		t = e.ru
	}
	show := func(text string) string {
		return eachPlaceholder(text, func(inner string) string {
			name, forms, inflected := strings.Cut(inner, "|")
			if !inflected {
				return "{" + name + "}"
			}
			return "{" + name + "} " + plural(lang, "", strings.Split(forms, "|"))
		})
	}
	return Message{Code: code, What: show(t.what), Did: show(t.did), Next: show(t.next)}
}

// Text is the three parts of a message in one line, without the code.
func Text(lang Lang, code Code, args ...Arg) string { return In(lang, code, args...).join() }

type entry struct {
	code Code
	en   text
	ru   text
}

type text struct{ what, did, next string }

// areas is the catalog, in the order of the codes.
var areas = [][]entry{
	configEntries, mappingEntries, dealRejectEntries, dialectRejectEntries, dealApartEntries, sourceEntries, crmEntries, dialectEntries, crmSightEntries, holdEntries, dealHoldEntries,
	guardEntries, stateEntries, runEntries, usageEntries, initEntries, adoptEntries,
	writeBackEntries, serviceEntries, notifyEntries,
}

func find(code Code) (entry, bool) {
	for _, area := range areas {
		for _, e := range area {
			if e.code == code {
				return e, true
			}
		}
	}
	return entry{}, false
}

func fill(lang Lang, pattern string, args []Arg) string {
	return eachPlaceholder(pattern, func(inner string) string {
		name, forms, inflected := strings.Cut(inner, "|")
		for _, a := range args {
			if a.Name != name {
				continue
			}
			if !inflected {
				return a.Text
			}
			return a.Text + " " + plural(lang, a.Text, strings.Split(forms, "|"))
		}
		return "{" + name + "}"
	})
}

// eachPlaceholder replaces every {…} of a pattern. What replaces it is not
// looked at again, so an argument that holds braces cannot pull in another.
func eachPlaceholder(pattern string, replace func(inner string) string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(pattern, "{")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		inner, after, ok := strings.Cut(rest, "}")
		if !ok {
			b.WriteString("{" + rest)
			return b.String()
		}
		if isPlaceholder(inner) {
			b.WriteString(replace(inner))
		} else {
			b.WriteString("{" + inner + "}")
		}
		pattern = after
	}
}

// isPlaceholder tells {file} and {rows|row|rows} from YAML that a text shows,
// such as {env: NAME}.
func isPlaceholder(inner string) bool {
	name, _, _ := strings.Cut(inner, "|")
	for _, r := range name {
		if r < 'a' || r > 'z' {
			return false
		}
	}
	return name != ""
}

// plural chooses the form of a noun: one, (few,) many. A number that cannot be
// read takes the last form.
func plural(lang Lang, number string, forms []string) string {
	last := forms[len(forms)-1]
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return last
	}
	if lang != Russian {
		if n == 1 {
			return forms[0]
		}
		return last
	}
	if n < 0 {
		n = -n
	}
	tens, ones := n%100, n%10
	switch {
	case ones == 1 && tens != 11:
		return forms[0]
	case ones >= 2 && ones <= 4 && (tens < 12 || tens > 14) && len(forms) == 3:
		return forms[1]
	}
	return last
}
