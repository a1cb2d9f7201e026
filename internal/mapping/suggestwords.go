package mapping

import (
	"fmt"
	"slices"
	"strings"
)

// clientKinds are the words by which exports tell what kind of client a row is.
var clientKinds = []valuePair{
	{"ЮрЛицо", "client"},
	{"ФизЛицо", "person"},
	{"ИП", "client"},
	{"Юридическое лицо", "client"},
	{"Физическое лицо", "person"},
	{"Индивидуальный предприниматель", "client"},
	{"ЮрЛицоНеРезидент", "client"},
	{"Юридическое лицо, не резидент", "client"},
	{"Обособленное подразделение", "client"},
	{"ОбособленноеПодразделение", "client"},
	{"Государственный орган", "client"},
	{"ГосударственныйОрган", "client"},
	{"Компания", "client"},
	{"Частное лицо", "person"},
	{"ЧастноеЛицо", "person"},
	{"Организация", "client"},
	{"Предприниматель", "client"},
	{"ЮЛ", "client"},
	{"ФЛ", "person"},
	{"Юр", "client"},
	{"Физ", "person"},
}

// stockKinds is how many of them stand in a mapping whose export tells none.
const stockKinds = 3

// mostWords bounds a column that is read as a list of words.
const mostWords = 20

// kinds maps the words of a column to the CRM's kinds of clients.
func (s *firstMapping) kinds(column int) fieldLine {
	out := fieldLine{field: "type"}
	var pairs, unknown []string
	words := s.words(column)
	for _, w := range words {
		i := slices.IndexFunc(clientKinds, func(p valuePair) bool { return foldWord(p.from) == foldWord(w) })
		if i < 0 {
			unknown = append(unknown, w)
			continue
		}
		pairs = append(pairs, quoteYAML(w)+": "+clientKinds[i].to)
	}
	switch {
	case len(words) == 0:
		for _, p := range clientKinds[:stockKinds] {
			pairs = append(pairs, quoteYAML(p.from)+": "+p.to)
		}
	case len(pairs) == 0 || len(words) > mostWords:
		out.body = fmt.Sprintf("{column: %s, values: {ЮрЛицо: client, ФизЛицо: person}, unmapped: reject, default: client}", s.name(column))
		out.off = s.say("слова столбца не распознаны: впишите их", "the words of the column are not known: write them in")
		return out
	}
	if len(unknown) > 0 {
		for i := range unknown {
			unknown[i] = quoteYAML(unknown[i])
		}
		s.note("в столбце %s есть незнакомые слова: %s — впишите их в values, иначе такие строки будут отклонены",
			"column %s has unknown words: %s; put them into values, or such rows are rejected", s.name(column), strings.Join(unknown, ", "))
	}
	out.body = fmt.Sprintf("{column: %s, values: {%s}, unmapped: reject, default: client}", s.name(column), strings.Join(pairs, ", "))
	return out
}

// users maps the names of a column to the logins of the CRM's users of these
// names.
func (s *firstMapping) users(column int) fieldLine {
	out := fieldLine{field: "user"}
	var pairs []string
	words := s.words(column)
	for _, w := range words {
		for _, u := range s.in.Users {
			if u.Login != "" && u.Title != "" && foldWord(u.Title) == foldWord(w) {
				pairs = append(pairs, quoteYAML(u.Title)+": "+quoteYAML(u.Login))
				break
			}
		}
	}
	if len(pairs) == 0 {
		out.body = fmt.Sprintf("{column: %s, values: {Иванов И.И.: ivanov@example.ru}, unmapped: empty, when: add}", s.name(column))
		out.off = s.say("впишите имена и логины сотрудников CRM", "write in the names and the logins of the CRM's users")
		return out
	}
	if n := len(words) - len(pairs); n > 0 {
		s.note("в столбце %s имён без сотрудника в CRM: %d — такие клиенты достанутся учётной записи syncd", "column %s has names of no user of the CRM: %d; such clients go to syncd's own login", s.name(column), n)
	}
	out.body = fmt.Sprintf("{column: %s, values: {%s}, unmapped: empty, when: add}", s.name(column), strings.Join(pairs, ", "))
	return out
}

// words are the different words of a column, in the order met.
func (s *firstMapping) words(column int) []string {
	var out []string
	for _, cell := range s.cells(column) {
		if !slices.ContainsFunc(out, func(w string) bool { return foldWord(w) == foldWord(cell) }) {
			out = append(out, cell)
		}
	}
	return out
}
