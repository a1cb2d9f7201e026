package sample

import "strings"

// specials returns the special rows in groups that stay together, in the
// file's order.
func (b *book) specials() ([][]line, error) {
	w := &writer{book: b, next: firstSpecial}
	var out [][]line
	for _, part := range []func(*writer) [][]line{meetings, scopes, keys, numbers, contacts, spellings, broken} {
		out = append(out, part(w)...)
	}
	return out, w.err
}

// writer makes special rows one after the other; the first error stays.
type writer struct {
	book *book
	next uint64
	err  error
}

// set is the text of one cell.
type set map[column]string

// company returns the next generated company with some cells replaced.
func (w *writer) company(over set) line { return w.of("ЮрЛицо", over) }

// of returns the next generated counterparty of a kind, some cells replaced.
func (w *writer) of(kind string, over set) line {
	for w.err == nil {
		c, err := w.book.counterparty(w.next)
		w.next++
		if err != nil {
			w.err = err
			break
		}
		if c[colKind] != kind {
			continue
		}
		for at, text := range over {
			c[at] = text
		}
		return line{cells: c}
	}
	return line{}
}

func (l line) named(name string, outcome Outcome, reason, why string) line {
	l.remark = &remark{name: name, outcome: outcome, reason: reason, why: why}
	return l
}

func (l line) meeting(title string) line {
	l.remark.meets = title
	return l
}

// spelt says how the exporter wrote some cells.
func (l line) spelt(as set) line {
	l.asWritten = as
	return l
}

func inn10(serial uint64) string { return string(appendINN10(nil, "99", serial)) }

// meetings are the rows that meet clients of Seed.
func meetings(w *writer) [][]line {
	merged := w.company(set{
		colName: `ООО "Ромашка-17"`, colFullName: `Общество с ограниченной ответственностью "Ромашка-17"`,
		colINN: inn10(7_000_017), colKPP: "990101001", colPhone: "+7 (495) 000-17-01", colMobile: "",
		colMail: "info@romashka-17.example.ru", colActualAddress: "992101, Заречный край, г. Травинск, ул. Тихая, д. 1",
	}).named("existing-merged", Merged, "existing client",
		"the CRM has this title, phone and mail without uid, and the same ИНН: its answer \"existing client\" is a merge").meeting("Ромашка-17, ООО")
	other := w.company(set{
		colName: "Тополь-Мебель ООО", colFullName: `ООО "Тополь-Мебель"`,
		colINN: inn10(7_000_018), colKPP: "990201001", colPhone: "8 (495) 000-18-02", colMobile: "", colMail: "",
	}).named("existing-other-company", Held, "match-differs",
		"the CRM has this title and phone, but with another ИНН: another company, nothing is overwritten").meeting("Тополь-Мебель ООО")
	linked := w.company(set{
		colName: "Ива-Строй ООО", colFullName: `ООО "Ива-Строй"`,
		colINN: inn10(7_000_019), colKPP: "990301001", colPhone: "+7 (495) 000-19-03", colMobile: "", colMail: "buh@iva-stroy.example.com",
	}).named("linked-by-inn-kpp", Merged, "inn_kpp",
		"the CRM has this ИНН and КПП under another title: linked before anything is added").meeting("Ива-Строй (старый договор)")
	maybe := w.company(set{
		colName: "Сойка-Сервис АО", colFullName: `АО "Сойка-Сервис"`,
		colINN: inn10(7_000_020), colKPP: "990401001", colPhone: "84950002004", colMobile: "", colMail: "",
	}).named("maybe-same", Held, "maybe-same",
		"a client without requisites shares the phone alone: a person decides").meeting("Сойка, сервисный центр")
	return [][]line{{merged}, {other}, {linked}, {maybe}}
}

// scopes are groups, rows marked for deletion, and the kinds of counterparty.
func scopes(w *writer) [][]line {
	group := func(name string) line {
		made := w.company(nil).cells
		return line{cells: cells{
			colRef: made[colRef], colCode: made[colCode], colName: name, colIsGroup: "Да", colDeleted: "Нет",
			colCreated: "01.01.0001 0:00:00", colModified: made[colModified],
		}}.named("group", OutOfScope, "", "a folder of the catalog, not a counterparty")
	}
	marked := func() line {
		return w.company(set{colDeleted: "Да"}).
			named("deletion-marked", OutOfScope, "", "marked for deletion in 1C")
	}
	inn := inn10(7_000_050)
	branch := func(name, kpp, phone string) line {
		return w.company(set{
			colName: name, colFullName: `АО "Журавль-Агро"`, colINN: inn, colKPP: kpp, colPhone: phone, colMobile: "", colMail: "",
		}).named("branches", Created, "", "one ИНН, three КПП: the head office and two branches are three clients")
	}
	twin := func(phone string) line {
		return w.company(set{colName: "Лютик ООО", colFullName: `ООО "Лютик"`, colPhone: phone, colMobile: ""}).
			named("same-name", Created, "", "two companies of one name with different phones: a name is no key")
	}
	return [][]line{
		{group("Покупатели")},
		{marked()},
		{
			branch("Журавль-Агро АО", "990101001", "+7 (495) 000-50-01"),
			branch("Журавль-Агро АО (филиал Лугоград)", "990243001", "+7 (343) 000-50-02"),
			branch("Журавль-Агро АО (филиал Ручейск)", "990343001", "+7 (383) 000-50-03"),
		},
		{group("Поставщики")},
		{w.of("ИП", nil).named("sole-trader", Created, "", "a sole trader is a company to the CRM and a person's kind to 1C")},
		{twin("8-495-000-51-01")},
		{twin("8-495-000-51-02")},
		{marked()},
		{group("Прочие")},
		{w.of("ФизЛицо", nil).named("natural-person", Created, "", "a natural person: ИНН of 12 digits, no КПП, no account")},
	}
}

// keys are the troubles with the key column.
func keys(w *writer) [][]line {
	first := w.company(nil).named("duplicate-key", Held, "duplicate-key", "two different rows carry one GUID: both wait")
	second := w.company(set{colRef: first.cells[colRef]}).named("duplicate-key", Held, "duplicate-key", "two different rows carry one GUID: both wait")
	original := w.company(nil).named("identical-twin", Created, "", "the first of two identical rows counts")
	copied := line{cells: original.cells}.named("identical-twin", Skipped, "identical twin", "the second of two identical rows is skipped and counted")
	keyless := w.company(set{colRef: ""}).named("empty-key", Rejected, "key-empty", "without a key nobody can say which client it is")
	return [][]line{{first}, {second}, {original, copied}, {keyless}}
}

// numbers are requisites and dates as spreadsheets and Строка() leave them.
func numbers(w *writer) [][]line {
	wrong := inn10(7_000_060)
	wrong = wrong[:9] + string('0'+(wrong[9]-'0'+1)%10)
	nbsp := inn10(7_000_061)
	nbsp = strings.Join([]string{nbsp[:1], nbsp[1:4], nbsp[4:7], nbsp[7:]}, "\u00a0")
	zero := string(appendINN10(nil, "0999", 62))[1:]
	dated := func(date string) line {
		return w.company(set{colCreated: date}).named("empty-date", Created, "", "an empty date is no date, in each of its spellings")
	}
	return [][]line{
		{w.company(set{colINN: wrong}).named("wrong-inn", Created, "check-digit", "the ИНН's check digit is wrong: sent, and warned of")},
		{w.company(set{colINN: nbsp}).named("inn-nbsp", Created, "", "the ИНН is grouped with no-break spaces, as Строка() of a number writes it")},
		{w.company(set{colINN: zero}).named("inn-zero-lost", Created, "repaired", "the ИНН lost its leading zero; put back because the check digit agrees then")},
		{w.company(set{colINN: inn10(7_000_063) + "/990501001", colKPP: ""}).named("inn-and-kpp", Created, "", "ИНН and КПП stand in one cell")},
		{w.company(set{colINN: "9,97E+09"}).named("inn-excel", Rejected, "excel-damage", "Excel turned the ИНН into 9,97E+09: the digits are gone, nothing may be sent")},
		{dated("01.01.0001 0:00:00")},
		{dated("  .  .    ")},
		{dated("")},
	}
}

// contacts are phones and mails.
func contacts(w *writer) [][]line {
	return [][]line{
		{w.company(set{colPhone: "+7 (495) 000-70-01, 8 900 000-70-02", colMobile: ""}).
			named("two-phones", Created, "", "one cell holds two numbers")},
		{w.company(set{colPhone: "8(812)0007003 доб. 12", colMobile: "9000007004"}).
			named("phone-extension", Created, "", "a number with an extension, and one without its first digit")},
		{w.company(set{colPhone: "-", colMobile: "", colMail: "sklad.7005@example.ru"}).
			named("no-phone", Created, "", "a dash stands for an empty phone")},
		{w.company(set{colMail: "d'artemy.7006@example.com"}).
			named("mail-apostrophe", Created, "apostrophe", "an apostrophe in a mail would break the CRM's query: handled before sending, visibly")},
		{w.company(set{colName: "Лопух и партнёры ООО", colFullName: `ООО "Лопух; сыновья и партнёры"`}).
			named("semicolon-in-name", Created, "replaced", "a semicolon in a requisite would shift all that follow it in the CRM")},
	}
}

// spellings are rows whose quotes or line breaks are wrong and yet leave no
// doubt.
func spellings(w *writer) [][]line {
	const why = "quotes are not doubled, the number of cells leaves no doubt: saved"
	return [][]line{
		{w.company(set{colName: `Магазин "Обувь-17"`, colFullName: `ООО "Обувь-17"`}).spelt(set{colName: `Магазин "Обувь-17"`}).
			named("bare-quotes", Created, "quotes", why)},
		{w.company(set{colName: "Мята-17 ООО", colFullName: `ООО "Мята-17"`}).spelt(set{colFullName: `"ООО "Мята-17""`}).
			named("undoubled-quotes", Created, "quotes", why)},
		{w.company(set{colName: `"Обувь-18" магазин`, colFullName: `ООО "Обувь-18"`}).spelt(set{colName: `"Обувь-18" магазин`}).
			named("quotes-at-start", Created, "quotes", why)},
		{w.company(set{colComment: "Звонить до 12:00.\nСклад во дворе; въезд с улицы"}).
			named("multi-line-quoted", Created, "", "a quoted cell goes on in the next line")},
		{w.company(set{colComment: "Отсрочка 14 дней\nсогласована с директором"}).
			spelt(set{colComment: "Отсрочка 14 дней\nсогласована с директором"}).
			named("multi-line-bare", Created, "joined lines", "an unquoted cell goes on in the next line: joined, the number of cells leaves no doubt")},
		{w.company(set{colName: "Ковыль; Клевер ООО"}).spelt(set{colName: "Ковыль; Клевер ООО"}).
			named("surplus-cell", Rejected, "too-many-cells",
				"a delimiter stands bare in the name: every cell after it is one too far right, and only the nameless last column shows it")},
	}
}

// broken is a row that cannot be saved, between two that must not suffer.
func broken(w *writer) [][]line {
	const why = "stands beside the broken row and must come through untouched"
	return [][]line{{
		w.company(nil).named("broken-neighbor", Created, "", why),
		w.company(set{colName: "Торговый дом Крапива ООО", colFullName: `ООО "Торговый дом "Крапива"; опт; розница"`}).spelt(set{colFullName: `"Торговый дом "Крапива"; опт; розница`}).
			named("broken-row", Rejected, "bad-quotes", "a quote is never closed and two delimiters are too many: no reading is sure"),
		w.company(nil).named("broken-neighbor", Created, "", why),
	}}
}
