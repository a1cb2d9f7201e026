package source_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"golang.org/x/text/encoding/charmap"
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

func Test_a_look_at_a_file_passes_over_what_cannot_be_read(t *testing.T) {
	text, err := charmap.Windows1251.NewEncoder().String(head + "1;ООО \"Ёлка\";7700\nмусор\n2;\"Б\nВ\";7701\n")
	if err != nil {
		t.Fatal(err)
	}
	records := source.NewRecords(open(t, text, source.CSVOptions{}))
	for _, want := range [][]string{{"1", "ООО \"Ёлка\"", "7700"}, {"2", "Б\nВ", "7701"}} {
		if row, err := records.Read(); err != nil || !slices.Equal(row, want) {
			t.Errorf("row %q, %v, want %q", row, err, want)
		}
	}
	for range 2 {
		if row, err := records.Read(); !errors.Is(err, io.EOF) || row != nil {
			t.Errorf("after the last: %q, %v", row, err)
		}
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
		_, back, err := readBack(path, source.BackOptions{FormulaGuard: true})
		if err != nil || len(back) != len(rows) {
			t.Fatalf("%d rows of %d, %v", len(back), len(rows), err)
		}
		for i, m := range rows {
			if want := []string{m.Key, m.Title, m.Phone, strconv.Itoa(m.Seen), m.Answer}; !slices.Equal(back[i], want) {
				t.Fatalf("back %q, want %q", back[i], want)
			}
		}
	})
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
