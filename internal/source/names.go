package source

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// FoldName gives the form in which column names are compared: lower case, ё as
// е, letters and digits only, so that «Ед.изм» is «ед изм» and
// «НаименованиеПолное» is «Наименование полное».
func FoldName(name string) string {
	var b strings.Builder
	b.Grow(len(name))
	for _, r := range norm.NFKC.String(name) {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			continue
		}
		r = unicode.ToLower(r)
		if r == 'ё' {
			r = 'е'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// knownNames are the column names that accounting exports use, folded. Two of
// them in one line make it the header; they also judge encoding and delimiter.
var knownNames = foldAll(strings.Fields(`
	Ссылка GUID УникальныйИдентификатор Ид UID Код Наименование НаименованиеПолное
	ОфициальноеНаименование ПолноеНаименование ЮрФизЛицо ВидКонтрагента ГруппаКонтрагента ИНН КПП ИНН/КПП ОГРН
	ОГРНИП РегистрационныйНомер ОКПО КодПоОКПО РасчетныйСчет Р/с НомерСчета БИК БИКБанка
	КоррСчет Корсчет СчетКорреспондентский Банк Телефон Телефоны МобильныйТелефон НомерТелефона
	ЭлектроннаяПочта E-mail Почта АдресЭП АдресЭлектроннойПочты ЮридическийАдрес ФактическийАдрес
	Адрес Представление Родитель Группа ЭтоГруппа ПометкаУдаления Номер Дата ДатаСоздания
	Контрагент Покупатель Организация Договор Сумма СуммаДокумента СуммаНДС Валюта Проведен
	Статус Состояние Ответственный Менеджер Автор ДокументОснование Номенклатура Количество
	ЕдиницаИзмерения Ед.изм БазоваяЕдиница Цена Артикул НазначениеПлатежа Регион Комментарий Сайт
	ХозОперация Регистратор Период Вид Имя Фамилия Отчество
`))

func foldAll(names []string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[FoldName(n)] = true
	}
	return m
}

// uniqueNames gives every column a name of its own: nameless ones become
// col_N, repeated ones get #2, #3, …; both are told as warnings.
func uniqueNames(raw []string) ([]string, []Warning) {
	names := make([]string, len(raw))
	seen := make(map[string]bool, len(raw))
	for _, n := range raw {
		// a suffixed name must not take the place of a real one
		seen["="+FoldName(n)] = true
	}
	var warnings []Warning
	for i, n := range raw {
		name := cleanName(n)
		if name == "" {
			name = "col_" + strconv.Itoa(i+1)
			warnings = append(warnings, Warning{Code: NamelessColumn, Column: i + 1, Name: name})
		}
		if seen[foldOrSelf(name)] {
			name = nextFree(name, seen)
			warnings = append(warnings, Warning{Code: DuplicateColumn, Column: i + 1, Name: name})
		}
		seen[foldOrSelf(name)] = true
		names[i] = name
	}
	return names, warnings
}

func nextFree(name string, seen map[string]bool) string {
	for k := 2; ; k++ {
		candidate := name + "#" + strconv.Itoa(k)
		f := foldOrSelf(candidate)
		if !seen[f] && !seen["="+f] {
			return candidate
		}
	}
}

// foldOrSelf keeps names apart that consist of signs only («№», «%»).
func foldOrSelf(name string) string {
	if f := FoldName(name); f != "" {
		return f
	}
	return name
}

func cleanName(s string) string {
	s = strings.TrimFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || r == '\uFEFF' || unicode.IsControl(r)
	})
	return strings.ReplaceAll(s, "\n", " ")
}
