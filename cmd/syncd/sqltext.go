package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"syncd/internal/message"
	"syncd/internal/source"
)

// sqlCause tells of an error of a database in a language. What the server itself
// said stays in the server's.
func (a *app) sqlCause(err error) string {
	var e *source.SQLError
	if a.lang != message.Russian || !errors.As(err, &e) {
		return err.Error()
	}
	var parts []string
	if e.Name != "" {
		parts = append(parts, e.Name)
	}
	parts = append(parts, strings.TrimSpace(string(e.Driver)+" "+e.Where), sqlProblem(e.Reason))
	if e.Column != "" {
		parts = append(parts, fmt.Sprintf("колонка %s", quoted(e.Column)))
	}
	detail := inRussian(e.Detail, sqlWordings)
	switch {
	case detail != "" && e.Code != "":
		detail += " (" + e.Code + ")"
	case e.Code != "":
		detail = "код " + e.Code
	}
	if detail != "" {
		parts = append(parts, detail)
	}
	return strings.Join(parts, ": ")
}

// sqlProblem is a reason in Russian; one without a wording stays as it is.
func sqlProblem(p source.SQLProblem) string {
	for _, w := range sqlProblems {
		if w.problem == p {
			return w.russian
		}
	}
	return string(p)
}

var sqlProblems = []struct {
	problem source.SQLProblem
	russian string
}{
	{source.SQLBadDSN, "строка подключения не читается"},
	{source.SQLUnreachable, "нет связи"},
	{source.SQLDenied, "нет доступа"},
	{source.SQLNoDatabase, "нет такой базы"},
	{source.SQLRefused, "сервер не принял запрос"},
	{source.SQLBusy, "база занята"},
	{source.SQLLost, "связь оборвалась"},
	{source.SQLStopped, "работа прервана"},
	{source.SQLBadColumn, "колонка не читается"},
	{source.SQLBadQuery, "запрос не подходит"},
	{source.SQLNoTable, "нет таблицы"},
	{source.SQLNoColumn, "нет колонки"},
	{source.SQLNoUnique, "значения могут повторяться"},
	{source.SQLUnfit, "таблица не подходит"},
	{source.SQLReadsOnly, "этот драйвер только читает"},
}

// sqlWordings are our own words in the errors of databases.
var sqlWordings = []wording{
	{regexp.MustCompile(`^unknown driver$`), "такого драйвера нет"},
	{regexp.MustCompile(`^expected: (.*)$`), "ожидается: $1"},
	{regexp.MustCompile(`^no such host: (.*)$`), "имя $1 не находится"},
	{regexp.MustCompile(`^no such file( or directory)?$`), "нет такого файла"},
	{regexp.MustCompile(`^no answer in time$`), "ответа нет в отведённое время"},
	{regexp.MustCompile(`^the connection broke off$`), "соединение оборвалось"},
	{regexp.MustCompile(`^connection refused$`), "в соединении отказано"},
	{regexp.MustCompile(`^connection reset by peer$`), "соединение разорвано сервером"},
	{regexp.MustCompile(`^context deadline exceeded$`), "вышло время"},
	{regexp.MustCompile(`^context canceled$`), "прервано"},
	{regexp.MustCompile(`^the server's text is withheld, it may show values(?:, table (.*))?$`), "текст сервера не показан: в нём могут быть данные"},
	{regexp.MustCompile(`^constraint (\S+), table (.*)$`), "ограничение $1, таблица $2"},
	{regexp.MustCompile(`^constraint (\S+)$`), "ограничение $1"},
	{regexp.MustCompile(`^the statement has no result; it must be one SELECT$`), "запрос ничего не возвращает; нужен один SELECT"},
	{regexp.MustCompile(`^more than one result; it must be one SELECT$`), "результатов больше одного; нужен один SELECT"},
	{regexp.MustCompile(`^the query is empty$`), "запрос пуст"},
	{regexp.MustCompile(`^the query asks for (\S+), and no column is its cursor$`), "в запросе есть $1, а колонка cursor не указана"},
	{regexp.MustCompile(`^the query has no column for the cursor; it has: (.*)$`), "в запросе нет колонки cursor; есть: $1"},
	{regexp.MustCompile(`^the overlap does not fit a cursor of type (.*)$`), "overlap не подходит курсору типа $1"},
	{regexp.MustCompile(`^a value of type (.*) cannot be read; cast it in the query$`), "значение типа $1 не читается; приведите его в запросе (CAST)"},
	{regexp.MustCompile(`^write to postgres, mysql or sqlite$`), "писать можно в postgres, mysql или sqlite"},
	{regexp.MustCompile("^there is no table (.*); `(.*)` prints the statement that makes it$"), "таблицы $1 нет; готовую команду для её создания печатает `$2`"},
	{regexp.MustCompile(`^table (.*) has an engine without transactions, or is a view; (.*)$`), "у таблицы $1 движок без транзакций, или это представление; $2"},
	{regexp.MustCompile(`^clients born in the CRM need a column for its id in table (.*)$`), "для клиентов, созданных в CRM, таблице $1 нужна колонка с их номером в CRM"},
	{regexp.MustCompile("^table (.*) lacks it; `(.*)` prints the statement that adds it$"), "в таблице $1 её нет; готовую команду для её добавления печатает `$2`"},
	{regexp.MustCompile(`^it holds bytes, not text, in table (.*)$`), "в таблице $1 в ней байты, а не текст"},
	{regexp.MustCompile(`^two rows could have one value; make it unique: (.*)$`), "две строки могут иметь одно значение; сделайте его уникальным: $1"},
	{regexp.MustCompile(`^it must be filled, and clients born in the CRM have no key; table (.*) must let it be NULL$`), "она обязательна, а у клиентов, созданных в CRM, ключа нет; в таблице $1 она должна допускать NULL"},
}
