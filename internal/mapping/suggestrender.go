package mapping

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// render writes the mapping down.
func (s *firstMapping) render() string {
	var b strings.Builder
	comment := func(ru, en string, args ...any) { b.WriteString("# " + s.say(ru, en, args...) + "\n") }
	if s.in.Source != "" {
		comment("Описание полей для выгрузки %s.", "A mapping for the export %s.", oneLine(s.in.Source))
		b.WriteString("#\n")
	}
	comment("Составлено по заголовку и первым строкам: проверьте каждую строку. Столбцы ищутся по имени (без учёта регистра,",
		"Made from the header and the first rows: check every line. Columns are found by name (letter case, ё/е, spaces")
	comment("«ё», пробелов и точек), порядок столбцов не важен. Все ключи описаны в docs/mapping.md.",
		"and dots do not count), never by position. All keys are described in docs/mapping.md.")
	b.WriteString("version: 1\nentity: client\n\n")
	comment("Ключ записи. Выберите его до первого запуска: потом его не сменить.", "The key of a record. Choose it before the first run: it cannot be changed later.")
	fmt.Fprintf(&b, "uid: %s\n", s.uid)
	if s.clid != "" {
		comment("Номер клиента в CRM, если он есть в выгрузке.", "The CRM's own id of a client, where the export knows it.")
		fmt.Fprintf(&b, "clid: %s\n", s.clid)
	}
	if len(s.skip) > 0 {
		b.WriteByte('\n')
		comment("Строки, которые не синхронизируются (Да в любом из столбцов).", "Rows that are left out (a yes in any of the columns).")
		fmt.Fprintf(&b, "skip: [%s]\n", strings.Join(s.skip, ", "))
	}
	var fields, recv []fieldLine
	for _, l := range s.lines {
		if key, ok := strings.CutPrefix(l.field, "recv."); ok {
			l.field = key
			recv = append(recv, l)
			continue
		}
		fields = append(fields, l)
	}
	s.section(&b, "fields", fields)
	s.section(&b, "recv", recv)
	s.rest(&b)
	return b.String()
}

func (s *firstMapping) section(b *strings.Builder, name string, lines []fieldLine) {
	if len(lines) == 0 {
		return
	}
	head, width := name+":", 0
	if !slices.ContainsFunc(lines, func(l fieldLine) bool { return l.off == "" }) {
		head = "# " + head // a section of nothing but comments is none
	}
	for _, l := range lines {
		width = max(width, utf8.RuneCountInString(l.field)+1)
	}
	fmt.Fprintf(b, "\n%s\n", head)
	for _, l := range lines {
		text := fmt.Sprintf("%-*s %s", width, l.field+":", l.body)
		if l.off != "" {
			fmt.Fprintf(b, "  # %s\n  # %s\n", l.off, text)
			continue
		}
		fmt.Fprintf(b, "  %s\n", text)
	}
}

// rest names the columns that stand nowhere above.
func (s *firstMapping) rest(b *strings.Builder) {
	var left []string
	for i, h := range s.in.Header {
		if !s.used[i] && trimBlank(h) != "" {
			left = append(left, oneLine(h))
		}
	}
	if len(left) == 0 {
		return
	}
	fmt.Fprintf(b, "\n# %s\n", s.say("Столбцы, которым здесь ничего не соответствует (подойдут дополнительные поля input1 … input10):",
		"Columns that nothing here reads (the CRM's own fields input1 … input10 may take them):"))
	for _, h := range left {
		fmt.Fprintf(b, "#   %s\n", h)
	}
}

// oneLine keeps a name within its comment.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || isInvisible(r) || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, text)
}
