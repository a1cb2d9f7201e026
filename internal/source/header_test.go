package source_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"syncd/internal/source"
)

func Test_header_and_delimiter_are_found(t *testing.T) {
	rows := "1;А;7700\n2;Б;7701\n"
	for _, tc := range []struct {
		name, in  string
		o         source.CSVOptions
		names     []string
		line      int
		delimiter byte
	}{
		{"first line", head + rows, source.CSVOptions{}, []string{"Код", "Наименование", "ИНН"}, 1, ';'},
		{
			"below titles and blank lines", "Отчет о поставщиках от 01.02.2026 10:00\nСформировал: Иванов; бухгалтерия\n\nВсего поставщиков: 2\n\n" + head + rows,
			source.CSVOptions{},
			[]string{"Код", "Наименование", "ИНН"},
			6, ';',
		},
		{
			"below a title with two known names", "Организация;ООО Заря;Период;2026\n\nКод;Наименование;ИНН;КПП\n1;А;7700;1\n",
			source.CSVOptions{},
			[]string{"Код", "Наименование", "ИНН", "КПП"},
			3, ';',
		},
		{"commas", strings.ReplaceAll(head+rows, ";", ","), source.CSVOptions{}, []string{"Код", "Наименование", "ИНН"}, 1, ','},
		{"tabs", strings.ReplaceAll(head+rows, ";", "\t"), source.CSVOptions{}, []string{"Код", "Наименование", "ИНН"}, 1, '\t'},
		{"pipes", strings.ReplaceAll(head+rows, ";", "|"), source.CSVOptions{}, []string{"Код", "Наименование", "ИНН"}, 1, '|'},
		{
			"spaces and dots in captions, commas in the data", "Код;\"Наименование полное, с формой\";Ед. изм.\n1;А, Б, В, Г;шт\n",
			source.CSVOptions{},
			[]string{"Код", "Наименование полное, с формой", "Ед. изм."},
			1, ';',
		},
		{"a line break in a caption", "\"Код\";\"Наименование\nполное\";\"ИНН\"\n1;А;7700\n", source.CSVOptions{}, []string{"Код", "Наименование полное", "ИНН"}, 1, ';'},
		{"only wanted names", "Шифр;Прозвище\n1;Ваня\n", source.CSVOptions{Wanted: []string{"Шифр", "прозвище"}}, []string{"Шифр", "Прозвище"}, 1, ';'},
		{"no known name: the usual width", "Отчёт\nШифр|Прозвище\n1|Ваня; Петя\n2|Коля\n", source.CSVOptions{}, []string{"Шифр", "Прозвище"}, 2, '|'},
		{"a given line", "Код;ИНН;Банк\n" + "Шифр;Прозвище;Вес\n1;2;3\n", source.CSVOptions{Header: 2}, []string{"Шифр", "Прозвище", "Вес"}, 2, ';'},
		{"a given delimiter", "Код,а;ИНН,б;Банк,в\n1,2,3,4\n", source.CSVOptions{Delimiter: ",", Header: 1}, []string{"Код", "а;ИНН", "б;Банк", "в"}, 1, ','},
		{"no header", "1,А,7700\n2,Б,7701\n", source.CSVOptions{Header: source.HeaderNone, Columns: []string{"Код", "Имя", "ИНН"}}, []string{"Код", "Имя", "ИНН"}, 0, ','},
		{"one column", "Код\n1\n", source.CSVOptions{}, []string{"Код"}, 1, ';'},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := open(t, tc.in, tc.o)
			h := r.Header()
			if !slices.Equal(h.Names, tc.names) || h.Line != tc.line || h.Delimiter != tc.delimiter {
				t.Errorf("names %q line %d delimiter %q", h.Names, h.Line, h.Delimiter)
			}
			if rows, a := readAll(t, r); len(rows) == 0 || a.ByStatus[source.Rejected].Rows > 0 {
				t.Errorf("rows %v", rows)
			}
		})
	}
}

func Test_column_names_are_made_unique(t *testing.T) {
	h := open(t, "Код;Телефон;;ТЕЛЕФОН;Телефон#2;Телефон;№;%;\n1;2;3;4;5;6;7;8;9\n", source.CSVOptions{}).Header()
	want := []string{"Код", "Телефон", "col_3", "ТЕЛЕФОН#3", "Телефон#2", "Телефон#4", "№", "%", "col_9"}
	if !slices.Equal(h.Names, want) {
		t.Errorf("names %q, want %q", h.Names, want)
	}
	var told []string
	for _, w := range h.Warnings {
		told = append(told, fmt.Sprint(w.Code, w.Column))
	}
	if want := []string{"nameless-column3", "duplicate-column4", "duplicate-column6", "nameless-column9"}; !slices.Equal(told, want) {
		t.Errorf("warnings %v, want %v", told, want)
	}
	for name, want := range map[string]int{"код": 0, "Теле фон": 1, "телефон#2": 4, "№": 6, "%": 7, "COL 9": 8, "нет": -1, "": -1} {
		if got := h.Index(name); got != want {
			t.Errorf("Index(%q) = %d, want %d", name, got, want)
		}
	}
}

func Test_names_are_compared_without_case_yo_spaces_and_dots(t *testing.T) {
	for a, b := range map[string]string{
		"НаименованиеПолное": "Наименование полное", "Ед.изм": "ед изм", "Расчётный счёт": "РасчетныйСчет", "E-mail": "email",
	} {
		if source.FoldName(a) != source.FoldName(b) {
			t.Errorf("%q and %q differ", a, b)
		}
	}
}

func Test_files_and_options_that_cannot_be_used_are_named(t *testing.T) {
	for _, tc := range []struct {
		name, in string
		o        source.CSVOptions
		want     source.Malformed
	}{
		{"encoding", head, source.CSVOptions{Encoding: "latin-9"}, source.UnknownEncoding},
		{"delimiter", head, source.CSVOptions{Delimiter: "::"}, source.UnknownDelimiter},
		{"closing line that is any row", head, source.CSVOptions{Trailer: "{rows}"}, source.BadTrailer},
		{"overflow column", head, source.CSVOptions{OverflowColumn: "Адрес"}, source.ColumnMissing},
		{"no header and no columns", head, source.CSVOptions{Header: source.HeaderNone}, source.HeaderNotFound},
		{"header line that is not there", head, source.CSVOptions{Header: 7}, source.HeaderNotFound},
		{"no table at all", "просто текст\nещё текст\n", source.CSVOptions{}, source.HeaderNotFound},
		{"header below the first thirty lines", strings.Repeat("титул\n", 31) + head, source.CSVOptions{}, source.HeaderNotFound},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.o.Path = write(t, tc.in)
			_, err := source.OpenCSV(t.Context(), tc.o)
			var format *source.FormatError
			if !errors.As(err, &format) || format.Reason != tc.want {
				t.Errorf("error %v, want %s", err, tc.want)
			}
		})
	}
}

// A delimiter at the end of the header makes a column without a name. Where it
// holds nothing, content in it is the surplus of a bare delimiter further left,
// which shifted every cell behind it.
func Test_a_surplus_cell_does_not_hide_in_a_nameless_column(t *testing.T) {
	var b strings.Builder
	b.WriteString("Код;Наименование;ИНН;\n")
	for i := range 30 {
		fmt.Fprintf(&b, "%d;А;7700;\n", i)
	}
	b.WriteString("30;А; Б;7700;\n31;В;7701;\n")
	rows, _ := readAll(t, open(t, b.String(), source.CSVOptions{}))
	var bad []int
	for _, r := range rows {
		if r.Status == source.Rejected {
			bad = append(bad, r.Line)
		}
	}
	if !slices.Equal(bad, []int{32}) {
		t.Errorf("rejected lines %v, want 32 alone", bad)
	}
}

func Test_a_nameless_column_that_holds_something_is_kept(t *testing.T) {
	rows, _ := readAll(t, open(t, "Код;Наименование;ИНН;\n1;А;7700;да\n2;Б;7701;нет\n", source.CSVOptions{}))
	for _, r := range rows {
		if r.Status == source.Rejected {
			t.Errorf("line %d is rejected", r.Line)
		}
	}
}
