package source_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gocarina/gocsv"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"syncd/internal/source"
)

type mark struct {
	Key    string `csv:"key"`
	Title  string `csv:"title"`
	Phone  string `csv:"phone"`
	Seen   int    `csv:"seen"`
	Answer string `csv:"answer"`
}

func Test_gocsv_reads_over_the_tolerant_reader(t *testing.T) {
	type client struct {
		Name string `csv:"Наименование"`
		INN  string `csv:"ИНН"`
	}
	text, err := charmap.Windows1251.NewEncoder().String(head + "1;ООО \"Ёлка\";7700\nмусор\n2;\"Б\nВ\";7701\n")
	if err != nil {
		t.Fatal(err)
	}
	records := source.NewRecords(open(t, text, source.CSVOptions{}))
	var clients []client
	if err := gocsv.UnmarshalCSV(records, &clients); err != nil {
		t.Fatal(err)
	}
	if want := []client{{"ООО \"Ёлка\"", "7700"}, {"Б\nВ", "7701"}}; !slices.Equal(clients, want) {
		t.Errorf("clients %v", clients)
	}
	if bad := records.Bad(); len(bad) != 1 || bad[0].Line != 3 || bad[0].Reason.Code != source.TooFewCells {
		t.Errorf("bad rows %v", bad)
	}
	if !slices.Equal(records.Lines(), []int{2, 4}) {
		t.Errorf("lines %v", records.Lines())
	}
}

func Test_a_typed_file_is_what_a_spreadsheet_opens(t *testing.T) {
	path := filepath.Join(t.TempDir(), "holds.csv")
	if err := source.WriteTyped(path, 0o640, []mark{{Key: "1", Title: "=1+1", Phone: "+7 495", Seen: 2}}); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := "\ufeffkey;title;phone;seen;answer\r\n1;'=1+1;'+7 495;2;\r\n"; string(got) != want {
		t.Errorf("file %q, want %q", got, want)
	}
	if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != 0o640 {
		t.Errorf("mode %v %v", fi.Mode(), err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v %v", entries, err)
	}
}

func Test_typed_rows_come_back_as_they_were(t *testing.T) {
	path := filepath.Join(t.TempDir(), "holds.csv")
	text := rapid.StringOf(rapid.RuneFrom([]rune("аЯё '=+-@;,\"\n|\t9")))
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) mark {
			return mark{
				Key: rapid.StringMatching(`[1-9][0-9]{0,7}`).Draw(t, "key"), Title: text.Draw(t, "title"),
				Phone: text.Draw(t, "phone"), Seen: rapid.Int().Draw(t, "seen"), Answer: text.Draw(t, "answer"),
			}
		}), 0, 8).Draw(t, "rows")
		if err := source.WriteTyped(path, 0o600, rows); err != nil {
			t.Fatal(err)
		}
		back, err := source.ReadTyped[mark](t.Context(), path, source.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(back.Rows, rows) {
			t.Fatalf("back %+v, want %+v", back.Rows, rows)
		}
	})
}

func Test_a_typed_file_that_a_spreadsheet_saved_its_own_way(t *testing.T) {
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String("answer\tkey\ttitle\tphone\tseen\r\nlink\t7\tЁлка\t'+7\t1\r\n")
	if err != nil {
		t.Fatal(err)
	}
	ansi, err := charmap.Windows1251.NewEncoder().String("Key;Title;Phone;Seen;Answer;\r\n7;Ёлка;+7;1;link;\r\n;;;;;")
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"unicode text": utf16, "ANSI with surplus columns": ansi} {
		t.Run(name, func(t *testing.T) {
			back, err := source.ReadTyped[mark](t.Context(), write(t, content), source.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if want := []mark{{"7", "Ёлка", "+7", 1, "link"}}; !slices.Equal(back.Rows, want) || !slices.Equal(back.Lines, []int{2}) {
				t.Errorf("rows %+v", back)
			}
		})
	}
}

func Test_a_typed_file_that_cannot_be_read_whole_is_refused(t *testing.T) {
	const names = "key;title;phone;seen;answer\n"
	for _, tc := range []struct {
		name, in string
		reason   source.Malformed
		line     int
	}{
		{"a column is gone", "key;title;phone;seen\n1;А;;1\n", source.ColumnMissing, 1},
		{"a broken row", names + "1;А;;1;\n2;Б\n3;В;;1;\n", source.BadRows, 3},
		{"a cell of another type", names + "1;А;;1;\n2;Б;;тайна;\n", source.BadRows, 3},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := source.ReadTyped[mark](t.Context(), write(t, tc.in), source.Limits{})
			var format *source.FormatError
			if !errors.As(err, &format) || format.Reason != tc.reason || format.Line != tc.line {
				t.Fatalf("error %v", err)
			}
			if strings.Contains(err.Error(), "тайна") {
				t.Errorf("the message quotes a cell: %v", err)
			}
		})
	}
}

func Test_a_typed_file_that_cannot_be_written_leaves_the_old_one(t *testing.T) {
	dir := t.TempDir()
	if err := source.WriteTyped(filepath.Join(dir, "gone", "a.csv"), 0o600, []mark{}); err == nil {
		t.Error("written into a folder that is not there")
	}
	// the rename fails: a folder with content stands in the way
	path := filepath.Join(dir, "a.csv")
	if err := os.MkdirAll(filepath.Join(path, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := source.WriteTyped(path, 0o600, []mark{{Key: "1"}}); err == nil {
		t.Error("a folder was replaced")
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v %v", entries, err)
	}
}
