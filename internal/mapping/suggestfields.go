package mapping

import (
	"fmt"
	"slices"
	"strings"
)

// stockFields are the fields that a CRM has switched on when it is installed.
var stockFields = []string{"title", "type", "phone", "fax", "mail_url", "site_url", "address", "date_create", "user"}

// body fills the fields, in the order of the dictionary.
func (s *firstMapping) body() {
	for _, a := range aliases {
		switch a.field {
		case roleKey, roleCLID, roleSkip, roleNone:
		case roleINNKPP:
			s.combined()
		case "title":
			s.title()
		default:
			s.field(a.field)
		}
	}
	for _, f := range s.in.Fields {
		if isInput(f.Key) {
			s.field(f.Key)
		}
	}
	s.documents()
}

// free are the columns of a field that nothing took.
func (s *firstMapping) free(field string) []int {
	var out []int
	for _, c := range s.byRole[field] {
		if !s.used[c.column] {
			out = append(out, c.column)
		}
	}
	return out
}

func (s *firstMapping) field(name string) {
	columns := s.free(name)
	if len(columns) == 0 {
		return
	}
	if name == "phone" || name == "mail_url" {
		s.list(name, columns)
		return
	}
	s.used[columns[0]] = true
	if name == "recv.castInn" && slices.ContainsFunc(s.cells(columns[0]), isINNKPP) {
		s.both(columns[0])
		return
	}
	line := s.line(name, columns[0])
	s.lines = append(s.lines, line)
	for _, c := range columns[1:] {
		s.used[c] = true
		s.lines = append(s.lines, fieldLine{name, fmt.Sprintf("{column: %s}", s.name(c)), s.say("вместо столбца выше", "in place of the column above")})
	}
}

func (s *firstMapping) list(name string, columns []int) {
	kind := TypePhones
	if name == "mail_url" {
		kind = TypeEmails
	}
	slices.Sort(columns) // as they stand in the export
	var names []string
	for _, c := range columns {
		s.used[c] = true
		names = append(names, s.name(c))
	}
	body := fmt.Sprintf("{column: %s, type: %s}", names[0], kind)
	if len(names) > 1 {
		body = fmt.Sprintf("{columns: [%s], type: %s}", strings.Join(names, ", "), kind)
	}
	s.lines = append(s.lines, fieldLine{name, body, s.inactive(name)})
}

// inactive says that the CRM has a field switched off, and would drop it.
func (s *firstMapping) inactive(name string) string {
	on := strings.HasPrefix(name, "recv.") || name == "title" || name == "type" || name == "date_create" || name == "user"
	if s.in.Fields == nil {
		on = on || slices.Contains(stockFields, name)
	}
	if on || slices.ContainsFunc(s.in.Fields, func(f KnownField) bool { return f.Key == name }) {
		return ""
	}
	return s.say("поле выключено в CRM: включите его («Панель управления / Формы») и снимите комментарий",
		"the CRM has this field switched off: switch it on («Панель управления / Формы»), then uncomment it")
}

// title takes the name of a client; every mapping needs one.
func (s *firstMapping) title() {
	columns := s.free("title")
	if len(columns) == 0 {
		columns = append(s.free("recv.castUrName"), s.free("recv.castUrNameShort")...)
	}
	if len(columns) == 0 {
		for i := range s.in.Header {
			if _, _, known := aliasOf(s.in.Header[i]); !known && !s.unusual[i] && !s.used[i] {
				columns = append(columns, i)
			}
		}
		if len(columns) == 0 {
			s.note("столбца с наименованием не нашлось: добавьте его в выгрузку", "no column holds the name: add it to the export")
			s.lines = append(s.lines, fieldLine{field: "title", body: "{column: Наименование, required: true}"})
			return
		}
		columns = columns[:1]
		s.note("столбец с наименованием не распознан: взят %s, проверьте", "no column was recognized as the name: %s was taken, check it", s.name(columns[0]))
	}
	s.used[columns[0]] = true
	s.lines = append(s.lines, fieldLine{field: "title", body: fmt.Sprintf("{column: %s, required: true}", s.name(columns[0]))})
}

// combined maps a column "ИНН/КПП" to both fields.
func (s *firstMapping) combined() {
	columns := s.free(roleINNKPP)
	if len(columns) == 0 || slices.ContainsFunc(s.lines, func(l fieldLine) bool { return l.field == "recv.castInn" }) {
		return
	}
	s.used[columns[0]] = true
	s.both(columns[0])
}

func (s *firstMapping) both(column int) {
	s.lines = append(s.lines, fieldLine{field: "recv.castInn", body: fmt.Sprintf("{column: %s, type: inn}", s.name(column))})
	if len(s.free("recv.castKpp")) == 0 {
		s.lines = append(s.lines, fieldLine{field: "recv.castKpp", body: fmt.Sprintf("{column: %s, type: kpp}", s.name(column))})
	}
}

// isINNKPP reports a cell that holds both numbers.
func isINNKPP(cell string) bool {
	inn, kpp, found := strings.Cut(strings.ReplaceAll(cell, `\`, "/"), "/")
	return found && isDigits(trimBlank(inn)) && kppForm(trimBlank(kpp))
}

// recvTypes are the types of requisites that are no text.
var recvTypes = map[string]FieldType{
	"recv.castInn": TypeINN, "recv.castKpp": TypeKPP, "recv.castOgrn": TypeOGRN, "recv.castOkpo": TypeOKPO, "recv.castBankBik": TypeBIK,
	"recv.castBankRs": TypeAccount, "recv.castBankKs": TypeCorrAccount,
}

// line is the field as one column fills it.
func (s *firstMapping) line(name string, column int) fieldLine {
	col := s.name(column)
	out := fieldLine{field: name, body: fmt.Sprintf("{column: %s}", col), off: s.inactive(name)}
	if typ := recvTypes[name]; typ != "" {
		excel := ""
		if (typ == TypeBIK || typ == TypeKPP) && s.lostZeros(column) {
			excel = ", excel: true"
			s.note("в столбце %s потеряны ведущие нули (таблица приняла его за число): добавлено excel: true",
				"column %s lost its leading zeros (a spreadsheet took it for numbers): excel: true was added", col)
		}
		out.body = fmt.Sprintf("{column: %s, type: %s%s}", col, typ, excel)
		return out
	}
	switch name {
	case "type":
		return s.kinds(column)
	case "user":
		return s.users(column)
	case "site_url":
		out.body = fmt.Sprintf("{column: %s, type: url}", col)
	case "date_create":
		out.body = fmt.Sprintf("{column: %s, type: datetime, when: add}", col)
		if !s.all(column, func(cell string) bool { return isDate(cell) }) {
			out.off = s.say("в столбце не только даты", "the column holds more than dates")
		}
	case "des":
		out.body = fmt.Sprintf("{column: %s, owner: crm}", col)
	case "territory", "idcategory", "clientpath", "tip_cmr":
		out.body = fmt.Sprintf("{column: %s, dictionary: create}", col)
	}
	return out
}

func isDate(cell string) bool {
	_, _, code := parseDate(cell, Zones{}.filled().Source, false)
	return code == ""
}

// lostZeros reports codes of nine digits of which some have eight.
func (s *firstMapping) lostZeros(column int) bool {
	return slices.ContainsFunc(s.cells(column), func(cell string) bool { return len(cell) == 8 && isDigits(cell) })
}

// documents warns of an export that lists documents, not clients.
func (s *firstMapping) documents() {
	has := func(names ...string) bool {
		for _, n := range names {
			if !slices.ContainsFunc(s.in.Header, func(h string) bool { return foldAlias(h) == foldAlias(n) }) {
				return false
			}
		}
		return true
	}
	if has("Номер", "Дата") || has("Номенклатура", "Количество") {
		s.note("похоже, в выгрузке документы, а не контрагенты: это описание — для клиентов", "the export seems to list documents, not clients: this mapping is for clients")
	}
}
