package source_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"syncd/internal/source"
)

// backFile is two changed records and one born in the CRM.
func backFile() source.BackFile {
	return source.BackFile{
		KeyColumn: "Ссылка", CLIDColumn: "КодCRM", ChangedColumn: "Изменено",
		Columns: []string{"Наименование", "ИНН", "Телефон", "Сайт"},
		Rows: []source.BackRow{
			{Key: "k-1", CLID: 1001, Changed: []source.BackCell{{"Телефон", "+7 495 000-00-01"}}},
			{Key: "k-2", CLID: 1002, Changed: []source.BackCell{{"Сайт", ""}, {"Наименование", "ООО «Ёлка; сын»"}}},
			{CLID: 1003, Changed: []source.BackCell{{"Наименование", `Лютик "Л"`}, {"Сайт", "l.ru "}}},
		},
	}
}

const backName = "clients-20260401T093000-17.csv"

func backWriter(t *testing.T, o source.BackOptions) *source.BackWriter {
	t.Helper()
	w, err := source.NewBackWriter(o)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// readBack reads a file with a reader that is not ours, and takes the formula
// guard off.
func readBack(path string, o source.BackOptions) (header []string, rows [][]string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	var as encoding.Encoding
	switch o.Encoding {
	case "windows-1251":
		as = charmap.Windows1251
	case "cp866":
		as = charmap.CodePage866
	case "koi8-r":
		as = charmap.KOI8R
	case "utf-16", "utf-16le", "utf-16be":
		as = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM)
	default:
		as = unicode.UTF8BOM
	}
	r := csv.NewReader(as.NewDecoder().Reader(f))
	r.Comma = ';'
	if o.Delimiter != 0 {
		r.Comma = rune(o.Delimiter)
	}
	all, err := r.ReadAll()
	if err != nil || len(all) == 0 {
		return nil, nil, err
	}
	for _, row := range all[1:] {
		for i := range row {
			if o.FormulaGuard {
				row[i] = unguarded(row[i])
			}
		}
	}
	return all[0], all[1:], nil
}

// unguarded is a cell without the apostrophe that stands before a formula, and
// before what looks guarded already.
func unguarded(cell string) string {
	rest, ok := strings.CutPrefix(cell, "'")
	if bare := strings.TrimLeft(rest, "'"); ok && bare != "" && strings.ContainsRune("=+-@\t\r\n", rune(bare[0])) {
		return rest
	}
	return cell
}

// names lists a folder.
func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return strings.Join(out, " ")
}

func Test_a_file_for_the_accounting_system_holds_what_changed_and_no_more(t *testing.T) {
	for name, tc := range map[string]struct {
		o    source.BackOptions
		want string
	}{
		"by default": {source.BackOptions{}, "\ufeff" +
			"Ссылка;КодCRM;Изменено;Наименование;Телефон;Сайт\r\n" +
			"k-1;1001;Телефон;;+7 495 000-00-01;\r\n" +
			"k-2;1002;Наименование, Сайт;\"ООО «Ёлка; сын»\";;\r\n" +
			";1003;Наименование, Сайт;\"Лютик \"\"Л\"\"\";;\"l.ru \"\r\n"},
		"for a spreadsheet, with commas": {source.BackOptions{Encoding: "utf-8", Delimiter: ',', FormulaGuard: true}, "" +
			"Ссылка,КодCRM,Изменено,Наименование,Телефон,Сайт\r\n" +
			"k-1,1001,Телефон,,'+7 495 000-00-01,\r\n" +
			"k-2,1002,\"Наименование, Сайт\",ООО «Ёлка; сын»,,\r\n" +
			",1003,\"Наименование, Сайт\",\"Лютик \"\"Л\"\"\",,\"l.ru \"\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			tc.o.Dir = t.TempDir()
			bad, err := backWriter(t, tc.o).Write(t.Context(), backName, backFile())
			if err != nil || len(bad) != 0 {
				t.Fatal(bad, err)
			}
			got, err := os.ReadFile(filepath.Join(tc.o.Dir, backName))
			if err != nil || string(got) != tc.want {
				t.Errorf("file %q, want %q (%v)", got, tc.want, err)
			}
			if fi, err := os.Stat(filepath.Join(tc.o.Dir, backName)); err != nil || fi.Mode().Perm() != 0o640 {
				t.Errorf("mode %v, %v", fi.Mode(), err)
			}
			if left := names(t, tc.o.Dir); left != backName {
				t.Errorf("left behind: %s", left)
			}
		})
	}
}

func Test_a_character_that_the_encoding_lacks_leaves_its_record_out_and_no_other(t *testing.T) {
	row := func(key, title string) source.BackRow {
		return source.BackRow{Key: key, CLID: 1, Changed: []source.BackCell{{"Телефон", "1"}, {"Наименование", title}}}
	}
	for _, tc := range []struct {
		encoding string
		title    string
		lacks    rune // 0 = nothing
	}{
		{"windows-1251", "Ёлка № 5 — «€»", 0},
		{"windows-1251", "Ә", 'Ә'},
		{"windows-1251", "a\u0098", 0x98},
		{"windows-1251", "Кафе ☕", '☕'},
		{"cp866", "Ёлка № 5", 0},
		{"cp866", "«Ёлка»", '«'},
		{"koi8-r", "Ёлка №", '№'},
		{"utf-8", "Кафе ☕ 𐍈", 0},
		{"utf-8", "a\x00", 0},
		{"utf-8", "a\x01b", 1},
		{"utf-8-bom", "a\xffb", utf8.RuneError},
		{"utf-16le", "a\ufffdb", utf8.RuneError},
		{"utf-16be", "𐍈", 0},
	} {
		t.Run(fmt.Sprintf("%s %q", tc.encoding, tc.title), func(t *testing.T) {
			o := source.BackOptions{Dir: t.TempDir(), Encoding: tc.encoding}
			f := backFile()
			f.Rows = []source.BackRow{row("a", "Первая"), row("b", tc.title), row("c", "Третья")}
			bad, err := backWriter(t, o).Write(t.Context(), backName, f)
			if err != nil {
				t.Fatal(err)
			}
			_, rows, err := readBack(filepath.Join(o.Dir, backName), o)
			if err != nil {
				t.Fatal(err)
			}
			if tc.title == "a\x00" {
				tc.lacks = -1 // any
			}
			switch {
			case tc.lacks == 0 && (len(bad) != 0 || len(rows) != 3 || rows[1][3] != tc.title):
				t.Errorf("left out %v, rows %q", bad, rows)
			case tc.lacks > 0 && !slices.Equal(bad, []source.Unwritable{{Row: 1, Column: "Наименование", Rune: tc.lacks}}):
				t.Errorf("left out %v", bad)
			case tc.lacks != 0 && (len(bad) != 1 || len(rows) != 2 || rows[0][0] != "a" || rows[1][0] != "c"):
				t.Errorf("left out %v, rows %q", bad, rows)
			}
		})
	}
}

func Test_where_no_record_can_be_written_there_is_no_file(t *testing.T) {
	o := source.BackOptions{Dir: t.TempDir(), Encoding: "windows-1251"}
	f := backFile()
	f.Rows = []source.BackRow{{Key: "☕", Changed: []source.BackCell{{"Сайт", "a"}}}}
	bad, err := backWriter(t, o).Write(t.Context(), backName, f)
	if err != nil || len(bad) != 1 || bad[0].Column != "Ссылка" || names(t, o.Dir) != "" {
		t.Errorf("left out %v, files %q, %v", bad, names(t, o.Dir), err)
	}
}

func Test_what_is_written_is_what_another_reader_reads(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		encoding := rapid.SampledFrom([]string{
			"utf-8-bom", "utf-8", "windows-1251", "cp866", "koi8-r", "utf-16", "utf-16le", "utf-16be",
		}).Draw(t, "encoding")
		letters := []rune("аЯё Ё=+-@;,\"\n|\t'9/")
		if encoding != "koi8-r" {
			letters = append(letters, '№')
		}
		if strings.HasPrefix(encoding, "utf") {
			letters = append(letters, '☕', '𐍈', '\u00a0', '\u2028')
		}
		text := rapid.StringOf(rapid.RuneFrom(letters))
		o := source.BackOptions{
			Dir: dir, Encoding: encoding, Delimiter: rapid.SampledFrom([]byte(";,\t|")).Draw(t, "delimiter"),
			FormulaGuard: rapid.Bool().Draw(t, "guard"),
		}
		f := backFile()
		f.Rows = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) source.BackRow {
			row := source.BackRow{Key: text.Draw(t, "key"), CLID: rapid.Int64Range(1, 1e9).Draw(t, "clid")}
			for _, c := range f.Columns {
				if rapid.Bool().Draw(t, "changes") {
					row.Changed = append(row.Changed, source.BackCell{Column: c, Text: text.Draw(t, "cell")})
				}
			}
			return row
		}), 1, 16).Draw(t, "rows")
		w, err := source.NewBackWriter(o)
		if err != nil {
			t.Fatal(err)
		}
		if bad, err := w.Write(t.Context(), backName, f); err != nil || len(bad) > 0 {
			t.Fatal(bad, err)
		}
		header, rows, err := readBack(filepath.Join(dir, backName), o)
		if err != nil || len(rows) != len(f.Rows) {
			t.Fatalf("%d rows of %d, %v", len(rows), len(f.Rows), err)
		}
		for i := range f.Rows {
			if want := cellsOf(&f.Rows[i], header); !slices.Equal(rows[i], want) {
				t.Fatalf("row %d is %q, want %q", i, rows[i], want)
			}
		}
	})
}

// cellsOf is what a row must be under a header; the changed columns stand in
// its order.
func cellsOf(row *source.BackRow, header []string) []string {
	cells := make([]string, len(header))
	cells[0], cells[1] = row.Key, fmt.Sprint(row.CLID)
	var changed []string
	for _, c := range row.Changed {
		cells[slices.Index(header, c.Column)] = c.Text
		changed = append(changed, c.Column)
	}
	cells[2] = strings.Join(changed, ", ")
	return cells
}

// What people set as an export's encoding is what a 1C base of that setting reads.
func Test_a_windows_1251_file_is_plain_bytes_of_that_table(t *testing.T) {
	o := source.BackOptions{Dir: t.TempDir(), Encoding: "windows-1251"}
	if _, err := backWriter(t, o).Write(t.Context(), backName, backFile()); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(o.Dir, backName))
	if err != nil {
		t.Fatal(err)
	}
	want, err := charmap.Windows1251.NewEncoder().Bytes([]byte("Ссылка;КодCRM;Изменено;"))
	if err != nil || !bytes.HasPrefix(got, want) {
		t.Errorf("file begins with %q, %v", got[:30], err)
	}
}

type crash struct{ step string }

func Test_a_crash_at_any_step_leaves_the_old_file_or_the_new_one(t *testing.T) {
	steps := []string{"swept", "created", "written", "synced", "renamed", "durable"}
	for i, step := range steps {
		t.Run(step, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, backName)
			if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
				t.Fatal(err)
			}
			w := backWriter(t, source.BackOptions{Dir: dir, Step: func(s string) {
				if s == step {
					panic(crash{s})
				}
			}})
			func() {
				defer func() {
					if r := recover(); r != (crash{step}) {
						t.Fatalf("ended with %v", r)
					}
				}()
				_, _ = w.Write(t.Context(), backName, backFile())
			}()
			got, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if isOld := string(got) == "old"; isOld != (i < slices.Index(steps, "renamed")) {
				t.Errorf("after a crash at %s the file is %q", step, got)
			}
			if seen, _ := filepath.Glob(filepath.Join(dir, "*.csv")); len(seen) != 1 {
				t.Errorf("an importer sees %q", seen)
			}
			// the next run, of the same or another name, clears up and delivers
			o := source.BackOptions{Dir: dir}
			for _, name := range []string{"clients-20260401T103000-18.csv", backName} {
				if _, err := backWriter(t, o).Write(t.Context(), name, backFile()); err != nil {
					t.Fatal(err)
				}
			}
			if left := names(t, dir); left != backName+" clients-20260401T103000-18.csv" {
				t.Errorf("the folder holds %s", left)
			}
			a, _ := os.ReadFile(path)
			b, _ := os.ReadFile(filepath.Join(dir, "clients-20260401T103000-18.csv"))
			if !bytes.Equal(a, b) || len(a) < 10 {
				t.Errorf("files %q and %q", a, b)
			}
		})
	}
}

func Test_leftovers_of_others_stay(t *testing.T) {
	dir := t.TempDir()
	others := []string{
		".other-20260401T093000-1.csv.part", ".clients-x-20260401T093000-1.csv.part", ".clients-draft.csv.part",
		"clients-20260401T093000-1.csv.part", ".clients-20260401T093000-1.csv", ".part",
	}
	for _, name := range append(others, ".clients-20260331T093000-16.csv.part") {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := backWriter(t, source.BackOptions{Dir: dir}).Write(t.Context(), backName, backFile()); err != nil {
		t.Fatal(err)
	}
	want := append(slices.Clone(others), backName)
	slices.Sort(want)
	if got := names(t, dir); got != strings.Join(want, " ") {
		t.Errorf("the folder holds %s", got)
	}
}

func Test_a_folder_that_takes_no_file_is_named_with_the_cause(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := errors.Join(os.WriteFile(file, nil, 0o600), os.MkdirAll(filepath.Join(dir, "taken", backName, "x"), 0o700)); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		dir     string
		reason  source.FolderTrouble
		command string
	}{
		"missing":                {filepath.Join(dir, "it's gone"), source.FolderMissing, "mkdir -p '" + filepath.Join(dir, `it'\''s gone`) + "'"},
		"a file":                 {file, source.FolderNoFolder, "ls -ld '" + file + "'"},
		"below a file":           {filepath.Join(file, "out"), source.FolderNoFolder, "ls -ld '" + filepath.Join(file, "out") + "'"},
		"a folder has that name": {filepath.Join(dir, "taken"), source.FolderFailed, "findmnt -T '" + filepath.Join(dir, "taken") + "'"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := backWriter(t, source.BackOptions{Dir: tc.dir}).Write(t.Context(), backName, backFile())
			var e *source.FolderError
			if !errors.As(err, &e) || e.Reason != tc.reason || e.Dir != tc.dir || e.Command() != tc.command {
				t.Fatalf("error %v, command %q", err, e.Command())
			}
			if !strings.Contains(err.Error(), tc.dir) {
				t.Errorf("the message does not name the folder: %v", err)
			}
		})
	}
	if _, err := os.Stat(filepath.Join(dir, "it's gone")); err == nil {
		t.Error("the missing folder was made")
	}
	if got := names(t, filepath.Join(dir, "taken")); got != backName {
		t.Errorf("left behind: %s", got)
	}
}

func Test_names_with_folders_in_them_are_refused(t *testing.T) {
	w := backWriter(t, source.BackOptions{Dir: t.TempDir()})
	for _, name := range []string{"", ".", "..", "../a.csv", "a/b.csv", "/a.csv", ".hidden.csv"} {
		if _, err := w.Write(t.Context(), name, backFile()); !errors.Is(err, os.ErrInvalid) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func Test_a_file_name_tells_job_time_and_run(t *testing.T) {
	at := time.Date(2026, 4, 1, 12, 30, 5, 0, time.FixedZone("MSK", 3*3600))
	for job, want := range map[string]string{
		"clients":      "clients-20260401T093005-17.csv",
		"контрагенты":  "контрагенты-20260401T093005-17.csv",
		"../a b:c\n\\": ".._a_b_c__-20260401T093005-17.csv",
		"":             "_-20260401T093005-17.csv",
	} {
		got := source.BackName(job, at, 17)
		if job == "../a b:c\n\\" {
			want = "_" + want
		}
		if got != want {
			t.Errorf("job %q: %q, want %q", job, got, want)
		}
	}
}

func Test_a_header_that_the_file_cannot_carry_is_refused(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*source.BackFile)
		reason source.Malformed
	}{
		"a name outside the encoding": {func(f *source.BackFile) { f.CLIDColumn = "☕" }, source.ColumnUnwritable},
		"one name twice":              {func(f *source.BackFile) { f.ChangedColumn = "телефон" }, source.ColumnTwice},
		"no name":                     {func(f *source.BackFile) { f.KeyColumn = "" }, source.ColumnTwice},
		"a column out of order":       {func(f *source.BackFile) { f.Columns = f.Columns[:2] }, source.ColumnMissing},
	} {
		t.Run(name, func(t *testing.T) {
			o := source.BackOptions{Dir: t.TempDir(), Encoding: "windows-1251"}
			f := backFile()
			tc.change(&f)
			_, err := backWriter(t, o).Write(t.Context(), backName, f)
			var e *source.FormatError
			if !errors.As(err, &e) || e.Reason != tc.reason || names(t, o.Dir) != "" {
				t.Errorf("error %v, files %q", err, names(t, o.Dir))
			}
		})
	}
	for _, o := range []source.BackOptions{{Encoding: "auto"}, {Encoding: "latin-9"}, {Delimiter: 'x'}} {
		if _, err := source.NewBackWriter(o); !errors.As(err, new(*source.FormatError)) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}
