package main

import (
	"regexp"

	"syncd/internal/message"
)

// wording is a text of a package that speaks English, and the same in Russian.
type wording struct {
	pattern *regexp.Regexp
	russian string
}

// inRussian is a text by the first wording that it fits; one that fits none
// stays as it is.
func inRussian(text string, list []wording) string {
	for _, w := range list {
		if w.pattern.MatchString(text) {
			return w.pattern.ReplaceAllString(text, w.russian)
		}
	}
	return text
}

// mappingWordings are the commonest findings about a mapping.
var mappingWordings = []wording{
	{regexp.MustCompile(`^encode: raw sends the key as it is; .*$`), "encode: raw отправляет ключ как есть; ключи, которые различаются только регистром или буквой ё, CRM не отличит"},
	{regexp.MustCompile(`^no field has type bik: .*$`), "нет поля с типом bik: контрольное число счёта не проверяется"},
	{regexp.MustCompile(`^no field has type kpp: .*$`), "нет поля с типом kpp: КПП за косой чертой не отправляется"},
	{regexp.MustCompile(`^excel has no meaning for (.*)$`), "excel для $1 ничего не значит"},
	{regexp.MustCompile(`^unknown key; did you mean (".*")\?$`), "такого ключа нет; возможно, имелось в виду $1"},
	{regexp.MustCompile(`^unknown key$`), "такого ключа нет"},
	{regexp.MustCompile(`^(\S+): is missing$`), "нет ключа $1"},
	{regexp.MustCompile(`^title is not mapped; the CRM refuses a deal .*$`), "нет поля title: сделку без названия CRM не примет"},
	{regexp.MustCompile(`^title is not mapped; .*$`), "нет поля title: клиента без названия CRM не примет"},
	{regexp.MustCompile(`^a title is never cleared: .*$`), "название не очищается: без него CRM не смогла бы показать запись"},
	{regexp.MustCompile(`(?s)^(".*") is none of (.*); did you mean (".*")\?$`), "$1 — не из допустимых ($2); возможно, имелось в виду $3"},
	{regexp.MustCompile(`(?s)^(".*") is none of (.*)$`), "$1 — не из допустимых: $2"},
	{regexp.MustCompile(`(?s)^(".*") is not supported; this program reads version 1$`), "$1 не поддерживается, эта программа читает версию 1"},
	{regexp.MustCompile(`^stands here for the second time \(first in line (\d+)\)$`), "стоит здесь второй раз (первый — в строке $1)"},
	{regexp.MustCompile(`^must not be empty$`), "не может быть пустым"},
	{regexp.MustCompile(`^want true or false$`), "нужно true или false"},
	{regexp.MustCompile(`^want a list, have .*$`), "нужен список"},
	{regexp.MustCompile(`^want a text, have .*$`), "нужен текст"},
	{regexp.MustCompile(`^want keys and values here, have .*$`), "нужны пары «ключ: значение»"},
	{regexp.MustCompile(`^names no column$`), "не названа ни одна колонка"},
	{regexp.MustCompile(`^takes its value from nowhere: give one of (.*)$`), "неоткуда взять значение: задайте одно из $1"},
	{regexp.MustCompile(`^takes its value from one place, not from (.*)$`), "значение берётся из одного места, а не из $1"},
	{regexp.MustCompile(`^goes with source only: .*$`), "бывает только вместе с source: строки самой сделки и есть её спецификация"},
	{regexp.MustCompile(`^goes with by: id only: .*$`), "бывает только вместе с by: id; номер берётся как есть"},
	{regexp.MustCompile(`^goes with type decimal, bool, date and datetime only$`), "бывает только у типов decimal, bool, date и datetime"},
	{regexp.MustCompile(`^goes with (.*) only$`), "бывает только вместе с $1"},
	{regexp.MustCompile(`^want reject, cut, or a positive number$`), "нужно reject, cut или число больше нуля"},
	{regexp.MustCompile(`^want "," or "\.": what stands before the decimals$`), "нужно \",\" или \".\": знак перед дробной частью"},
	{regexp.MustCompile(`^want two words of yes and no, as in (.*)$`), "нужны два слова, «да» и «нет», например $1"},
	{regexp.MustCompile(`^want a date that a mapping can read, as in (.*)$`), "нужен вид даты, который можно прочесть, например $1"},
	{regexp.MustCompile(`^the CRM keeps (\d+) characters of this field$`), "CRM хранит в этом поле $1 знаков"},
	{regexp.MustCompile(`^client: is missing; .*$`), "нет ключа client: сделку без клиента CRM не примет"},
	{regexp.MustCompile(`^need invoices: .*$`), "нужен раздел invoices: оплата относится к счёту"},
	{regexp.MustCompile(`^job: is missing: .*$`), "нет ключа job — задания, на записи которого это указывает"},
	{regexp.MustCompile(`^when: is missing: .*$`), "нет ключа when — условия, при котором сделка закрывается"},
	{regexp.MustCompile(`^status_close: is missing; .*$`), "нет ключа status_close: без статуса CRM сделку не закроет"},
	{regexp.MustCompile(`^(\S+): is missing; the CRM needs it in every line$`), "нет ключа $1: CRM требует его в каждой строке"},
	{regexp.MustCompile(`^(\S+): is missing; the CRM needs it$`), "нет ключа $1, без него CRM записи не примет"},
	{regexp.MustCompile(`^of: is missing: .*$`), "нет ключа of — колонки, которая называет сделку"},
	{regexp.MustCompile(`^of_invoice: is missing: .*$`), "нет ключа of_invoice — колонки, которая называет счёт"},
	{regexp.MustCompile(`^id: is missing: .*$`), "нет ключа id — колонки, по которой различаются записи"},
	{regexp.MustCompile(`^makes other ids than (\S+) does: .*$`), "ключи получаются не такие, как у $1: encode и prefix должны совпадать"},
	{regexp.MustCompile(`^cannot be said here: .*$`), "здесь этого указать нельзя: в CRM значение уходит один раз или целиком с другими"},
	{regexp.MustCompile(`^means the same as (".*") above: .*$`), "то же, что $1 выше: регистр и пробелы не различаются"},
	{regexp.MustCompile(`^a field sent with an add only is never cleared$`), "поле, которое отправляется только при добавлении, не очищается"},
	{regexp.MustCompile(`^the CRM has no empty (.*)$`), "пустого $1 в CRM не бывает"},
	{regexp.MustCompile(`^the CRM keeps (\S+) here; .*$`), "CRM хранит здесь $1: уберите type или укажите $1"},
	{regexp.MustCompile(`(?s)^(".*") is no kind of client: (.*)$`), "$1 — не вид клиента; есть такие: $2"},
	{regexp.MustCompile(`^the CRM takes a number for an id of its list, .*$`), "число CRM примет за номер из своего списка, а не за название"},
	{regexp.MustCompile(`^has (\d+) characters; at most (\d+) fit before a uid$`), "знаков $1, а перед uid помещается не больше $2"},
	{regexp.MustCompile(`^must not hold quotes, .*$`), "не может содержать кавычки, обратную косую черту, управляющие и редкие знаки"},
	{regexp.MustCompile(`^cannot be mapped: the uid has .*$`), "здесь его не задать: у uid свой ключ, uid: {column: …}"},
	{regexp.MustCompile(`^cannot be mapped: the CRM's id has .*$`), "здесь его не задать: у номера в CRM свой ключ, clid: {column: …}"},
	{regexp.MustCompile(`^cannot be mapped: requisites .*$`), "здесь его не задать: реквизиты стоят в разделе recv"},
	{regexp.MustCompile(`^cannot be mapped: the owner .*$`), "здесь его не задать: ответственный — это user, с логином"},
	{regexp.MustCompile(`^cannot be mapped: the CRM sets it itself$`), "здесь его не задать: CRM заполняет его сама"},
	{regexp.MustCompile(`^cannot be mapped: it refers to another client, .*$`), "здесь его не задать: это ссылка на другого клиента, описания полей таких не знают"},
	{regexp.MustCompile(`^cannot be mapped: it refers to a contact, .*$`), "здесь его не задать: это ссылка на контакт, описания полей таких не знают"},
	{regexp.MustCompile(`^cannot be mapped: the client has .*$`), "здесь его не задать: у клиента свой ключ, client: {column: …, job: …}"},
	{regexp.MustCompile(`^cannot be mapped: who pays has .*$`), "здесь его не задать: у плательщика свой ключ, payer: {column: …, job: …}"},
	{regexp.MustCompile(`^cannot be mapped: the stage has .*$`), "здесь его не задать: у этапа свой ключ, step: {column: …}"},
	{regexp.MustCompile(`^cannot be mapped: the specification has .*$`), "здесь его не задать: у спецификации свой ключ, lines: {…}"},
	{regexp.MustCompile(`^cannot be mapped: what a deal is closed with .*$`), "здесь его не задать: всё о закрытии сделки — в разделе close"},
	{regexp.MustCompile(`^the file has (\d+) bytes; a mapping has at most (\d+)$`), "в файле $1 байт, а в описании полей их может быть не больше $2"},
	{regexp.MustCompile(`^the file is empty$`), "файл пуст"},
	{regexp.MustCompile(`^a mapping file holds one document$`), "в файле описания полей может быть только один документ"},
	{regexp.MustCompile(`^a key must be a word$`), "ключ должен быть словом"},
	{regexp.MustCompile(`^merge keys \(<<\) are not supported; .*$`), "слияние ключей (<<) не поддерживается: выпишите их"},
	{regexp.MustCompile(`^holds no test$`), "нет ни одной проверки"},
	{regexp.MustCompile(`^unknown time zone$`), "такого часового пояса нет"},
	{regexp.MustCompile(`^want one \{field: code\}$`), "нужна одна пара {поле: код}"},
	{regexp.MustCompile(`^expects nothing: give (.*)$`), "ничего не ожидает: задайте одно из $1"},
	{regexp.MustCompile(`^the mapping has no part (".*"); did you mean (".*")\?$`), "части $1 в описании полей нет; возможно, имелась в виду $2"},
	{regexp.MustCompile(`^the mapping has no part (".*")$`), "части $1 в описании полей нет"},
	{regexp.MustCompile(`^every row of this mapping is a record: .*$`), "у этого описания полей каждая строка — запись: по строке на проверку"},
	{regexp.MustCompile(`^the mapping has no lines of another source$`), "строк из другого источника в этом описании полей нет"},
}

// mappingCause is what the mapping says of itself, in a language.
func mappingCause(lang message.Lang, text string) string {
	if lang != message.Russian {
		return text
	}
	return inRussian(text, mappingWordings)
}
