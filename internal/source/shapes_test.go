package source_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/source"
)

const guid = "9d5c422d-8c4c-11db-a9b0-00055d49b45"

func Test_every_shape_of_row_that_exports_have(t *testing.T) {
	for _, tc := range []struct {
		name, in string
		o        source.CSVOptions
		want     []got
	}{
		{name: "line feeds", in: head + "1;А;7700\n2;Б;7701\n", want: []got{data(2, "1|А|7700"), data(3, "2|Б|7701")}},
		{name: "CR LF", in: crlf(head + "1;А;7700\n2;Б;7701\n"), want: []got{data(2, "1|А|7700"), data(3, "2|Б|7701")}},
		{name: "CR alone", in: strings.ReplaceAll(head+"1;А;7700\n2;\"Б\nВ\";7701\n", "\n", "\r"), want: []got{data(2, "1|А|7700"), lines(3, 4, "2|Б⏎В|7701")}},
		{name: "all cells quoted", in: "\"Код\";\"Наименование\";\"ИНН\"\n\"1\";\"5\"\" труба\";\"7700\"\n", want: []got{data(2, `1|5" труба|7700`)}},
		{name: "a quoted delimiter", in: head + "1;\"Москва; ул. Ленина\";7700\n", want: []got{data(2, "1|Москва; ул. Ленина|7700")}},
		{name: "a quoted delimiter beside a bare quote", in: head + "1;\"Москва; ул. Ленина\";ИП \"Я\"\n", want: []got{data(2, `1|Москва; ул. Ленина|ИП "Я"`)}},
		{
			name: "a delimiter inside quotes that are not doubled", in: head + "1;\"ООО \"Ромашка\", филиал; цех\";7700\n",
			want: []got{data(2, `1|ООО "Ромашка", филиал; цех|7700`)},
		},
		{name: "quoted line breaks in the middle", in: head + "1;\"Первая\nвторая\n\nтретья\";7700\n2;Б;7701\n", want: []got{lines(2, 5, "1|Первая⏎вторая⏎⏎третья|7700"), data(6, "2|Б|7701")}},
		{name: "quoted line breaks in the last column", in: head + "1;А;\"7700\nи ещё\"\n2;Б;7701\n", want: []got{lines(2, 3, "1|А|7700⏎и ещё"), data(4, "2|Б|7701")}},
		{
			name: "quoted line breaks in the first column", in: head + "\"1\nа\";А;7700\n2;Б;7701\n",
			want: []got{lines(2, 3, "1⏎а|А|7700"), data(4, "2|Б|7701")},
		},
		{
			name: "quoted text with line breaks and as many delimiters as the header",
			in:   head + "1;\"Москва; ул. Ленина\nдом 5\";7700\n2;Б;7701\n",
			want: []got{lines(2, 3, "1|Москва; ул. Ленина⏎дом 5|7700"), data(4, "2|Б|7701")},
		},
		{
			name: "quoted line breaks in two cells, and a bare quote behind them",
			in:   "Код;Наименование;ИНН;Комментарий\n1;\"А\nБ\";ИП \"Я\";\"в\nг\"\n2;Б;7701;\n",
			want: []got{lines(2, 4, "1|А⏎Б|ИП \"Я\"|в⏎г"), data(5, "2|Б|7701|")},
		},
		{name: "CR LF rows with LF in quoted cells", in: crlf(head) + "1;\"А\nБ\";7700\r\n2;В;7701\r\n", want: []got{lines(2, 3, "1|А⏎Б|7700"), data(4, "2|В|7701")}},
		{name: "CR LF rows with LF in unquoted cells", in: crlf(head) + "1;А\nБ;7700\r\n2;В;7701\r\n", want: []got{lines(2, 3, "1|А⏎Б|7700"), data(4, "2|В|7701")}},
		{name: "CR LF rows with LF in an unquoted last cell", in: crlf(head) + "1;А;7700\nещё\r\n2;В;7701\r\n", want: []got{lines(2, 3, "1|А|7700⏎ещё"), data(4, "2|В|7701")}},
		{name: "CR LF rows, some of them with LF alone", in: crlf(head) + "1;А;7700\n2;В;7701\r\n", want: []got{data(2, "1|А|7700"), data(3, "2|В|7701")}},
		{name: "an unquoted cell of several lines", in: head + "1;А;7700\n2;Труба\nстальная\n\nгнутая;7701\n3;В;7702\n", want: []got{data(2, "1|А|7700"), lines(3, 6, "2|Труба⏎стальная⏎⏎гнутая|7701"), data(7, "3|В|7702")}},
		{
			name: "an unquoted last cell of several lines, named", o: source.CSVOptions{OverflowColumn: "Комментарий"},
			in:   "Код;Наименование;Комментарий\n1;А;раз\nдва\n\nтри\n2;Б;ещё\n\n3;В;\n",
			want: []got{lines(2, 5, "1|А|раз⏎два⏎⏎три"), data(6, "2|Б|ещё"), data(8, "3|В|")},
		},
		{
			name: "surplus delimiters in the named last cell", o: source.CSVOptions{OverflowColumn: "Адрес"},
			in:   "Код;Наименование;Адрес\n1;А;Москва; ул. Ленина; 5\n2;Б;Тверь\n",
			want: []got{data(2, "1|А|Москва; ул. Ленина; 5"), data(3, "2|Б|Тверь")},
		},
		{
			name: "surplus delimiters in a named middle cell", o: source.CSVOptions{OverflowColumn: "Адрес"},
			in:   "Код;Адрес;ИНН\n1;Москва; ул. Ленина;7700\n2;Тверь;7701\n",
			want: []got{data(2, "1|Москва; ул. Ленина|7700"), data(3, "2|Тверь|7701")},
		},
		{name: "trailing delimiters in rows", in: head + "1;А;7700;\n2;Б;7701;;;\n3;В;;\n", want: []got{data(2, "1|А|7700"), data(3, "2|Б|7701"), data(4, "3|В|")}},
		{name: "a trailing delimiter in the header and the rows", in: "Код;Наименование;ИНН;\n1;А;7700;\n", want: []got{data(2, "1|А|7700|")}},
		{name: "a trailing delimiter in the header alone", in: "Код;Наименование;ИНН;\n1;А;7700\n", want: []got{data(2, "1|А|7700|")}},
		{name: "blank rows", in: head + "\n;;\n  \n\"\";\"\";\"\"\n1;А;7700\n\n", want: []got{data(6, "1|А|7700")}},
		{
			name: "totals rows", in: head + "1;А;7700\nИтого;;1 234,50\n;Всего:;12\nИтого по группе;;\n2;Б;7701\n",
			want: []got{data(2, "1|А|7700"), total(3), total(4), total(5), data(6, "2|Б|7701")},
		},
		{
			name: "companies whose names begin like totals", o: source.CSVOptions{KeyColumns: []string{"ИНН"}},
			in:   "Наименование;Город;ИНН\nВсего хорошего;Москва;7700\nИтого;;7701\nИтог плюс ООО;;7702\n",
			want: []got{data(2, "Всего хорошего|Москва|7700"), data(3, "Итого||7701"), data(4, "Итог плюс ООО||7702")},
		},
		{name: "a company called like totals, with words beside it", in: head + "Итого;Магазин;7700\n", want: []got{data(2, "Итого|Магазин|7700")}},
		{
			name: "a stray quote that the next row would close, were it not for what follows",
			in:   "Код;Наименование;ИНН;Комментарий\n6;А;7699;\n7;Б;7700;\"я\n9;\"\n\";;\n10;В;7701;\n",
			want: []got{data(2, "6|А|7699|"), data(3, `7|Б|7700|"я`), lines(4, 5, "9|⏎||"), data(6, "10|В|7701|")},
		},
		{
			name: "a quoted cell with lines like rows, but without a GUID", o: source.CSVOptions{KeyColumns: []string{"Ссылка"}},
			in:   "Ссылка;Наименование\n" + guid + "1;А\n" + guid + "2;\"раз; два\nтри; четыре\"\n",
			want: []got{data(2, guid+"1|А"), lines(3, 4, guid+"2|раз; два⏎три; четыре")},
		},
		{name: "one column", in: "Код\n1\n2\n", want: []got{data(2, "1"), data(3, "2")}},
		{name: "control characters become blanks", in: head + "1;А\x0bБ\x1f;7700\n", want: []got{data(2, "1|А Б |7700")}},
		{name: "NUL is damage", in: head + "1;А\x00Б;7700\n2;Б;7701\n", want: []got{rejected(2, source.NULByte), data(3, "2|Б|7701")}},
		{name: "U+FFFD is damage", in: head + "1;А\uFFFD;7700\n2;Б;7701\n", want: []got{rejected(2, source.Undecodable), data(3, "2|Б|7701")}},
		{name: "an end mark of DOS", in: head + "1;А;7700\n\x1a", want: []got{data(2, "1|А|7700")}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := open(t, tc.in, tc.o)
			rows, a := readAll(t, r)
			if diff := cmp.Diff(tc.want, rows); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			if !a.Complete {
				t.Errorf("incomplete: %v", a.WhyNot)
			}
		})
	}
}

func total(line int) got { return got{Line: line, Last: line, Status: source.Totals} }

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }
