package source_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"syncd/internal/source"
)

// wellFormed is a row that a careful exporter writes: its text in the file, and
// the cells that must come out of it whatever stands around it.
type wellFormed struct {
	text  string
	cells []string
}

const columns = 4

func goodRow(key int) *rapid.Generator[wellFormed] {
	word := rapid.StringOfN(rapid.RuneFrom([]rune("абВГё12 ,.'№-")), 0, 6, -1)
	rich := rapid.StringOfN(rapid.RuneFrom([]rune("аБ7 ;\"\n")), 0, 8, -1)
	return rapid.Custom(func(t *rapid.T) wellFormed {
		cells := []string{fmt.Sprintf("НФ-%05d", key)}
		always := rapid.Bool().Draw(t, "always quoted")
		texts := []string{quote(cells[0], always)}
		for len(cells) < columns {
			cell := word.Draw(t, "cell")
			if rapid.IntRange(0, 5).Draw(t, "rich") == 0 {
				cell = rich.Draw(t, "rich cell")
			}
			if looksLikeRow(cell) {
				cell = "x" // documented: such a line is taken for a row
			}
			cells = append(cells, cell)
			texts = append(texts, quote(cell, always))
		}
		text := strings.Join(texts, ";")
		if twoRowsInOne(text) {
			return wellFormed{cells[0] + ";;;", []string{cells[0], "", "", ""}}
		}
		return wellFormed{text, cells}
	})
}

// looksLikeRow: a line of a cell with as many delimiters as the header is what
// the reader takes for a swallowed row.
func looksLikeRow(cell string) bool {
	for _, l := range strings.Split(cell, "\n") {
		if strings.Count(l, ";") > 1 {
			return true
		}
	}
	return false
}

// twoRowsInOne: so does a row of several lines whose first line and another one
// have the delimiters of a row; two rows with one unbalanced quote each look
// the same, and taking those for one would lose a record.
func twoRowsInOne(text string) bool {
	full := 0
	physical := strings.Split(text, "\n")
	for _, l := range physical {
		if strings.Count(l, ";") == columns-1 {
			full++
		}
	}
	return full > 1 && strings.Count(physical[0], ";") == columns-1
}

func quote(cell string, always bool) string {
	if always || strings.ContainsAny(cell, ";\"\n") {
		return `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
	}
	return cell
}

// defects are rows as careless exporters, and accidents, write them.
func defect(key int) *rapid.Generator[string] {
	return rapid.Map(rapid.SampledFrom([]string{
		`%s;Магазин "Обувь";7700;я`,
		`%s;"ООО "Ромашка"";7700;я`,
		`%s;"Обувь" магазин;7700;я`,
		`%s;"Обувь магазин;7700;я`,
		`%s;Обувь";7700;я`,
		`%s;А;7700;"я`,
		`%s;А;7700`,
		`%s;"А`,
		`%s`,
		`мусор`,
		`;мусор`,
		`%s;А;Москва; ул. Ленина; 5;я`,
		"%s;Труба\nстальная;7700;я",
		"%s;А;\x00;я",
		"%s;А;\xff;я",
		`"`,
		`";";`,
		`Итого;;;7`,
		``,
		`;;;`,
		`;;;;;;`,
	}), func(s string) string {
		if strings.Contains(s, "%s") {
			return fmt.Sprintf(s, fmt.Sprintf("НФ-%05d", key))
		}
		return s
	})
}

func Test_property_no_defect_changes_a_well_formed_row_and_no_line_is_lost(t *testing.T) {
	path := filepath.Join(t.TempDir(), "export.csv")
	rapid.Check(t, func(t *rapid.T) {
		eol := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "line end")
		var file strings.Builder
		file.WriteString("Код;Наименование;ИНН;Комментарий" + eol)
		want := map[string][]string{}
		for key := range rapid.IntRange(1, 12).Draw(t, "rows") {
			if key > 2 && rapid.IntRange(0, 2).Draw(t, "broken") == 0 {
				file.WriteString(defect(key).Draw(t, "defect") + eol)
				continue
			}
			row := goodRow(key).Draw(t, "row")
			file.WriteString(row.text + eol)
			want[row.cells[0]] = row.cells
		}
		if err := os.WriteFile(path, []byte(file.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		o := source.CSVOptions{Path: path, Encoding: "utf-8", KeyColumns: []string{"Код"}}
		o = source.WithBlock(o, rapid.IntRange(1, 300).Draw(t, "block"))
		seen := lawfulRows(t, o)
		for key, cells := range want {
			if diff := cmp.Diff(cells, seen[key]); diff != "" {
				t.Fatalf("row %s changed (-want +got):\n%s\nfile:\n%q", key, diff, file.String())
			}
		}
	})
}

// lawfulRows reads a file, checks that its lines are all in rows, in order, and
// returns the readable rows by key.
func lawfulRows(t *rapid.T, o source.CSVOptions) map[string][]string {
	r, err := source.OpenCSV(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	seen := map[string][]string{}
	var b source.Batch
	next := 1
	for {
		err := r.NextBatch(&b)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range b.Rows {
			row := &b.Rows[i]
			if row.Line != next || row.LastLine < row.Line {
				t.Fatalf("row %d–%d, expected line %d", row.Line, row.LastLine, next)
			}
			next = row.LastLine + 1
			if row.Status != source.Data {
				continue
			}
			if cells, why := b.Cells(i, nil); why.Code == source.OK {
				if seen[cells[0]] != nil {
					t.Fatalf("key %s twice", cells[0])
				}
				seen[cells[0]] = cells
			}
		}
	}
	a := r.Account()
	if !a.Balanced() || a.Lines != next-1 {
		t.Fatalf("%d physical lines, %d in rows: %+v", a.Lines, next-1, a.ByStatus)
	}
	raw, err := os.ReadFile(o.Path)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(raw), "\n"); n != a.Lines && n+1 != a.Lines {
		t.Fatalf("%d line feeds in the file, %d lines in the account", n, a.Lines)
	}
	return seen
}

func Fuzz_any_bytes_are_read_lawfully(f *testing.F) {
	for _, seed := range []string{
		head + "1;А;7700\n", "\ufeff" + head, "\xff\xfeA\x00;\x00", head + "1;\"А\n\n2;Б;7\r\n\"\"\";;\n", "a,b\r1,\"2\r", "\"", "\x00\x00", head + "1;А",
		head + "\"\n\"\n;\";\n", "Код;\"ИНН\n\";Банк\n1;2;3\n\x1a",
	} {
		f.Add(seed, 16)
	}
	f.Fuzz(func(t *testing.T, content string, block int) {
		path := write(t, content)
		o := source.CSVOptions{Path: path, OverflowColumn: "ИНН", FinalNewline: source.FinalNewlineOptional, Limits: source.Limits{Row: 200, Cell: 50}}
		if block%2 == 0 {
			o.OverflowColumn, o.FinalNewline = "", ""
		}
		r, err := source.OpenCSV(t.Context(), source.WithBlock(o, min(max(block, 1), 4096)))
		if err != nil {
			var notReady *source.NotReadyError
			var format *source.FormatError
			if !errors.As(err, &notReady) && !errors.As(err, &format) {
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		width := len(r.Header().Names)
		var b source.Batch
		for {
			err := r.NextBatch(&b)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			for i := range b.Rows {
				if b.Rows[i].Status != source.Data {
					continue
				}
				if cells, _ := b.Cells(i, nil); len(cells) != width {
					t.Fatalf("%d cells, header %d", len(cells), width)
				}
			}
		}
		if a := r.Account(); !a.Balanced() {
			t.Fatalf("lines are lost: %+v", a)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
