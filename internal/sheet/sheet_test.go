package sheet_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"syncd/internal/sheet"
)

func columns() []sheet.Column {
	return []sheet.Column{
		{Name: "№"}, {Name: "решение", Also: []string{"decision", "take"}}, {Name: "ключ", Also: []string{"key"}}, {Name: "название", Also: []string{"title"}},
	}
}

func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sheet.csv")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// cells are the rows as they were read, with their lines.
func cells(rows []sheet.Row) [][]string {
	var out [][]string
	for _, r := range rows {
		var one []string
		for i := range columns() {
			one = append(one, r.Cell(i))
		}
		out = append(out, one)
	}
	return out
}

func Test_a_sheet_is_written_for_spreadsheets(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s.csv")
	rows := [][]string{
		{"bcdf-ghjk", "", "0042", "=1+1"},
		{"x", "link", "123456789012", "Клён; \"А\"\nБ"},
		{"y", "", "1E5", "12.05"},
		{"z", "", "мар-1", "'+7"},
		{"w", "", "A-1", "Клён-12"},
	}
	if err := sheet.Write(path, 0o600, columns(), rows); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := "\ufeff№;решение;ключ;название\r\n" +
		"bcdf-ghjk;;'0042;'=1+1\r\n" + "x;link;'123456789012;\"Клён; \"\"А\"\" Б\"\r\n" + "y;;'1E5;'12.05\r\n" + "z;;'мар-1;''+7\r\n" + "w;;A-1;Клён-12\r\n"
	if string(got) != want {
		t.Errorf("file\n%q, want\n%q", got, want)
	}
	back, err := sheet.Read(path, columns())
	if err != nil {
		t.Fatal(err)
	}
	rows[1][3] = "Клён; \"А\" Б"
	if !slices.EqualFunc(cells(back), rows, slices.Equal) || back[4].Line != 6 {
		t.Errorf("back %q", cells(back))
	}
	if list, err := os.ReadDir(filepath.Dir(path)); err != nil || len(list) != 1 {
		t.Errorf("left behind: %v %v", list, err)
	}
}

func Test_what_a_spreadsheet_saves_is_read_all_the_same(t *testing.T) {
	t.Parallel()
	encode := func(e *charmap.Charmap, text string) string {
		out, err := e.NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for name, in := range map[string]string{
		"as written":                   "\ufeff№;решение;ключ;название\r\nbcd; link ;7;Ёлка\r\n",
		"names of the other language":  "№;Decision;KEY;Title\nbcd;link;7;Ёлка\n",
		"other order, other columns":   "название;x;ключ;;№;Решение.;\nЁлка;1;7;;bcd;link;\n",
		"an older version's name":      "№;take;key;title\nbcd;link;7;Ёлка\n",
		"commas and quotes":            "\"№\",\"решение\",\"ключ\",\"название\"\n\"bcd\",\"link\",\"7\",\"Ёлка\"",
		"tabs":                         "№\tрешение\tключ\tназвание\r\nbcd\tlink\t7\tЁлка\r\n",
		"carriage returns":             "№;решение;ключ;название\rbcd;link;7;Ёлка\r",
		"sep= and titles above":        "sep=;\r\nСверка\r\n\r\n№;решение;ключ;название\r\nbcd;link;7;Ёлка\r\n",
		"empty rows and cells":         ";;;\n№;решение;ключ;название;;;\n;;;;;;\nbcd;link;7;Ёлка;;;;;;\n\n;;;",
		"windows-1251":                 encode(charmap.Windows1251, "№;решение;ключ;название\r\nbcd;link;7;Ёлка\r\n"),
		"mac cyrillic":                 encode(charmap.MacintoshCyrillic, "№;решение;ключ;название\rbcd;link;7;Ёлка\r"),
		"windows-1251, English names":  encode(charmap.Windows1251, "№;decision;key;title\r\nbcd;link;7;Ёлка\r\n"),
		"cp866":                        encode(charmap.CodePage866, "№;решение;ключ;название\r\nbcd;link;7;Ёлка\r\n"),
		"UTF-16":                       "\xff\xfe" + utf16le("№\tрешение\tключ\tназвание\r\nbcd\tlink\t7\tЁлка\r\n"),
		"UTF-16 that lost its mark":    utf16le("№\tрешение\tключ\tназвание\r\nbcd\tlink\t7\tЁлка\r\n"),
		"blanks that are no plain one": "№;решение;ключ;название\nbcd;\u00a0link\u00a0; 7 ;\tЁлка\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows, err := sheet.Read(file(t, in), columns())
			if err != nil {
				t.Fatal(err)
			}
			if want := [][]string{{"bcd", "link", "7", "Ёлка"}}; !slices.EqualFunc(cells(rows), want, slices.Equal) {
				t.Errorf("rows %q", cells(rows))
			}
			if rows[0].Shift {
				t.Error("nothing stands behind the last column")
			}
		})
	}
}

func utf16le(text string) string {
	var b strings.Builder
	for _, r := range text { // no characters beyond the first plane here
		b.WriteByte(byte(r))
		b.WriteByte(byte(r >> 8))
	}
	return b.String()
}

func Test_what_is_no_sheet_is_refused_with_its_line(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		in    string
		fault sheet.Fault
		line  int
		names []string
	}{
		"empty":                    {"", sheet.NoColumns, 0, []string{"№", "решение", "ключ", "название"}},
		"a column is gone":         {"№;решение;название\n1;;\n", sheet.NoColumns, 0, []string{"ключ"}},
		"a column stands twice":    {"\n№;решение;ключ;название;решение\n", sheet.ColumnTwice, 2, []string{"решение"}},
		"… by two of its names":    {"№;решение;ключ;название;take\n", sheet.ColumnTwice, 1, []string{"решение"}},
		"a quote that never ends":  {"№;решение;ключ;название\na;;;b\nc;\"link;7;x\n", sheet.BadQuotes, 3, nil},
		"a quote within a cell":    {"№;решение;ключ;название\na;li\"nk;7;x\n", sheet.BadQuotes, 2, nil},
		"a workbook":               {"PK\x03\x04\x14\x00\x06\x00", sheet.NotText, 0, nil},
		"an old workbook":          {"\xd0\xcf\x11\xe0\xa1\xb1", sheet.NotText, 0, nil},
		"question marks for names": {"№;???????;????;????????\n1;;;\n", sheet.NoColumns, 0, []string{"решение", "ключ", "название"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := sheet.Read(file(t, tc.in), columns())
			var format *sheet.FormatError
			if !errors.As(err, &format) || format.Fault != tc.fault || format.Line != tc.line || !slices.Equal(format.Columns, tc.names) {
				t.Errorf("error %v", err)
			}
		})
	}
	if _, err := sheet.Read(filepath.Join(t.TempDir(), "nowhere.csv"), columns()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

func Test_a_row_with_more_cells_than_columns_is_told(t *testing.T) {
	t.Parallel()
	rows, err := sheet.Read(file(t, "№;решение;ключ;название\nbcd;link;7;ООО;Ёлка\nfgh;;8\n"), columns())
	if err != nil {
		t.Fatal(err)
	}
	if !rows[0].Shift || rows[1].Shift || rows[1].Cell(3) != "" {
		t.Errorf("rows %+v", rows)
	}
}

func Test_cells(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]int64{"12": 12, " 1\u00a0234 567": 1234567, "0012": 12, "": 0, "1,2E+05": 0, "12.0": 0, "12,5": 0, "-3": 0, "двенадцать": 0, "9999999999999999999": 0} {
		if n, ok := sheet.Number(cell); n != want || ok != (want != 0) {
			t.Errorf("Number(%q) = %d %t", cell, n, ok)
		}
	}
	for cell, want := range map[string]bool{
		"1,23457E+11": true, "1.2e11": true, "7E+09": true, "-1E-3": true, "12E": false, "7707083893": false, "E5": false, "": false,
		"40702810900000000000": true, "40702810900000012345": false, "100000000000000": false, // up to 15 digits are exact
	} {
		if got := sheet.Rounded(cell); got != want {
			t.Errorf("Rounded(%q) = %t", cell, got)
		}
	}
	for _, tc := range []struct {
		cell, text string
		want       bool
	}{
		{"ООО «РОМАШКА»", "ооо \"Ромашка\"", true},
		{"Ёлка", "Елка", true},
		{"Cafe ?", "Café ☕", true},
		{"Ромашка", "Ромашка-2", false},
		{"", "Ромашка", false},
		{"", "", true},
	} {
		if got := sheet.Same(tc.cell, tc.text); got != tc.want {
			t.Errorf("Same(%q, %q) = %t", tc.cell, tc.text, got)
		}
	}
	if sheet.Word("  Не  ТРОГАТЬ. ") != "не трогать" || sheet.Word("Ещё") != "еще" {
		t.Error("words")
	}
}

func Test_codes_are_letters_and_tell_texts_apart(t *testing.T) {
	t.Parallel()
	a, b := sheet.Code(10, "clients", "A-1", ""), sheet.Code(10, "clients", "A-", "1")
	if len(a) != 10 || a == b || a != sheet.Code(10, "clients", "A-1", "") {
		t.Errorf("%s %s", a, b)
	}
	if strings.Trim(a+b, "bcdfghjklmnpqrstvwxz") != "" {
		t.Errorf("%s %s", a, b)
	}
}

// A sheet may lack spare columns, or have one twice; what stands in columns that
// nobody asked for is the rest.
func Test_spare_columns(t *testing.T) {
	t.Parallel()
	asked := append(columns(), sheet.Column{Name: "строка", Spare: true}, sheet.Column{Name: "uid", Spare: true}, sheet.Column{Name: "clid", Spare: true})
	rows, err := sheet.Read(file(t, "№;решение;моё;ключ;название;uid;clid;clid\nbcdf;add; мне ;K;Дуб;'007;1;2\n"), asked)
	if err != nil {
		t.Fatal(err)
	}
	r := rows[0]
	if r.Has(4) || !r.Has(5) || r.Has(6) || r.Cell(4)+r.Cell(6) != "" || r.Cell(5) != "007" {
		t.Errorf("spare cells %q %q %q", r.Cell(4), r.Cell(5), r.Cell(6))
	}
	if got := r.Rest(); !slices.Equal(got, []string{"мне", "1", "2"}) {
		t.Errorf("the rest is %q", got)
	}
}

func Test_what_may_be_left_of_a_text(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		cell, text string
		want       bool
	}{
		{"", "Дуб", true},
		{"ДУБ", "Дуб", true},
		{"1,23E+11", "123456789012", true}, // a spreadsheet rewrites it
		{"#ИМЯ?", "=Дуб", true},
		{"Ива", "Дуб", false},
		{"x", "", false},
		{"-", "", false},
		{"7", "5", false},
	} {
		if got := sheet.Left(tc.cell, tc.text); got != tc.want {
			t.Errorf("%q of %q: %t", tc.cell, tc.text, got)
		}
	}
}
