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
	{regexp.MustCompile(`^title is not mapped; .*$`), "нет поля title: клиента без названия CRM не примет"},
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
	{regexp.MustCompile(`^goes with (.*) only$`), "бывает только вместе с $1"},
	{regexp.MustCompile(`^want reject, cut, or a positive number$`), "нужно reject, cut или число больше нуля"},
	{regexp.MustCompile(`^want "," or "\.": what stands before the decimals$`), "нужно \",\" или \".\": знак перед дробной частью"},
	{regexp.MustCompile(`^want two words of yes and no, as in (.*)$`), "нужны два слова, «да» и «нет», например $1"},
	{regexp.MustCompile(`^want a date that a mapping can read, as in (.*)$`), "нужен вид даты, который можно прочесть, например $1"},
	{regexp.MustCompile(`^the CRM keeps (\d+) characters of this field$`), "CRM хранит в этом поле $1 знаков"},
}

// mappingCause is what the mapping says of itself, in a language.
func mappingCause(lang message.Lang, text string) string {
	if lang != message.Russian {
		return text
	}
	return inRussian(text, mappingWordings)
}
