package endpoint_test

import (
	"os"
	"path/filepath"
	"testing"

	"syncd/internal/endpoint"
	"syncd/internal/mapping"
)

func is(uid string) func(string) bool { return func(u string) bool { return u == uid } }

func TestA_record_is_found_again_with_the_way_of_its_fields(t *testing.T) {
	t.Parallel()
	s := csv(t, header+"A-1;Ромашка;;\r\nA-2;Верба;7843316106;\r\nA-3;;;\r\nA-4;Осинка;;Да\r\nA-5;\"Лю\"тик;;\r\nA-2;Верба;;\r\n")
	for _, c := range []struct {
		uid  string
		line int
		kind mapping.Kind
		why  string
	}{
		{"A-2", 3, mapping.InScope, ""}, // the first row of the key
		{"A-3", 4, mapping.Unreadable, ""},
		{"A-4", 5, mapping.OutOfScope, ""},
	} {
		got, err := s.Find(t.Context(), is(c.uid))
		if err != nil || got == nil {
			t.Fatalf("%s: %v %v", c.uid, got, err)
		}
		if got.Origin.Line != c.line || got.Kind != c.kind || got.Why != c.why || got.Origin.File != "clients.csv" {
			t.Errorf("%s: %+v", c.uid, got)
		}
		if len(got.Fields) != 2 || got.Fields[0].Field != "title" || got.Fields[0].Columns[0] != "Имя" {
			t.Errorf("%s: the way of its fields: %+v", c.uid, got.Fields)
		}
	}
	if got, err := s.Find(t.Context(), is("A-9")); got != nil || err != nil {
		t.Errorf("nobody: %v %v", got, err)
	}
}

// A row that cannot be split is still told from one that is not there.
func TestA_broken_row_is_found_by_its_key(t *testing.T) {
	t.Parallel()
	s := csv(t, header+"A-1;Ромашка;;\r\nA-2;Верба;1;2;3\r\nA-3;Тополь;;\r\n")
	got, err := s.Find(t.Context(), is("A-2"))
	if err != nil || got == nil || got.Why == "" || got.Origin.Line != 3 || got.Fields != nil {
		t.Errorf("%+v %v", got, err)
	}
}

func TestOf_files_read_once_the_newest_that_has_the_record_counts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"1.csv": header + "A-1;Старая;;\r\nA-2;Верба;;\r\n", "2.csv": header + "A-1;Новая;;\r\n", "3.csv": header + "A-3;Тополь;;\r\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := endpoint.NewCSV(endpoint.CSVConfig{Path: filepath.Join(dir, "*.csv"), Shown: "*.csv", Show: filepath.Base, Once: true}, mappingOf(t, spec), nil)
	for uid, want := range map[string]string{"A-1": "2.csv Новая", "A-2": "1.csv Верба"} {
		got, err := s.Find(t.Context(), is(uid))
		if err != nil || got == nil {
			t.Fatalf("%s: %v %v", uid, got, err)
		}
		if text := got.Origin.File + " " + got.Fields[0].Result.Text; text != want {
			t.Errorf("%s: %s, want %s", uid, text, want)
		}
	}
}
