package source_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/source"
)

// got is what a test wants to see of one row.
type got struct {
	Line, Last int
	Status     source.Status
	Cells      string // joined with |, line breaks as ⏎
	Code       source.Code
}

func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "export.csv")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t *testing.T, content string, o source.CSVOptions) *source.CSVReader {
	t.Helper()
	o.Path = write(t, content)
	r, err := source.OpenCSV(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// readAll reads a file to its end; rows above and with the header, and blank
// ones, are left out.
func readAll(t *testing.T, r *source.CSVReader) ([]got, source.Account) {
	t.Helper()
	var rows []got
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
			g := got{Line: b.Rows[i].Line, Last: b.Rows[i].LastLine}
			switch b.Rows[i].Status {
			case source.Title, source.Caption, source.Blank:
				continue
			case source.Data:
				cells, _ := b.Cells(i, nil)
				g.Cells = strings.ReplaceAll(strings.Join(cells, "|"), "\n", "⏎")
			}
			g.Status, g.Code = b.Rows[i].Status, b.Rows[i].Reason.Code
			if g.Status == source.Rejected {
				g.Cells = ""
			}
			rows = append(rows, g)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	a := r.Account()
	if !a.Balanced() {
		t.Errorf("lines are lost: %d physical, rows %v", a.Lines, a.ByStatus)
	}
	return rows, a
}

func data(line int, cells string) got {
	return got{Line: line, Last: line, Status: source.Data, Cells: cells}
}

func lines(first, last int, cells string) got {
	return got{Line: first, Last: last, Status: source.Data, Cells: cells}
}

func rejected(line int, code source.Code) got {
	return got{Line: line, Last: line, Status: source.Rejected, Code: code}
}

const head = "Код;Наименование;ИНН\n"

func Test_a_bad_row_never_changes_its_neighbours(t *testing.T) {
	for _, tc := range []struct {
		name, in string
		want     []got
	}{
		{"quotes inside an unquoted cell", "15;Магазин \"Обувь\";7700\n2;А;7701\n3;Б;7702\n", []got{
			data(2, `15|Магазин "Обувь"|7700`), data(3, "2|А|7701"), data(4, "3|Б|7702"),
		}},
		{"quotes not doubled", "15;\"ООО \"Ромашка\"\";7700\n2;\"А\";7701\n3;\"Б\";7702\n", []got{
			data(2, `15|ООО "Ромашка"|7700`), data(3, "2|А|7701"), data(4, "3|Б|7702"),
		}},
		{"text behind a closing quote", "15;\"Обувь\" магазин;7700\n2;\"А\";7701\n3;Б;7702\n", []got{
			data(2, `15|"Обувь" магазин|7700`), data(3, "2|А|7701"), data(4, "3|Б|7702"),
		}},
		{"a quote never closed, unquoted neighbours", "15;\"Обувь магазин;7700\n2;А;7701\n3;Б;7702\n", []got{
			data(2, `15|"Обувь магазин|7700`), data(3, "2|А|7701"), data(4, "3|Б|7702"),
		}},
		{"a quote never closed, quoted neighbours", "15;\"Обувь магазин;7700\n2;\"А\";7701\n3;\"Б\";7702\n", []got{
			data(2, `15|"Обувь магазин|7700`), data(3, "2|А|7701"), data(4, "3|Б|7702"),
		}},
		{"a quote never closed in the last row", "2;А;7701\n15;\"Обувь магазин;7700\n", []got{
			data(2, "2|А|7701"), data(3, `15|"Обувь магазин|7700`),
		}},
		{"two unbalanced quotes that close each other", "1;\"Обувь;7700\n2;А;7701\n3;Б\";7702\n", []got{
			data(2, `1|"Обувь|7700`), data(3, "2|А|7701"), data(4, `3|Б"|7702`),
		}},
		{"two unbalanced quotes in neighbouring rows", "1;\"Обувь;7700\n3;Б\";7702\n4;В;7703\n", []got{
			data(2, `1|"Обувь|7700`), data(3, `3|Б"|7702`), data(4, "4|В|7703"),
		}},
		{"a quote never closed in the last column", "1;А;\"Обувь\n2;Б;7701\n3;В;7702\n", []got{
			data(2, `1|А|"Обувь`), data(3, "2|Б|7701"), data(4, "3|В|7702"),
		}},
		{"too few cells", "1;А;7700\nмусор\n2;Б;7701\n", []got{
			data(2, "1|А|7700"), rejected(3, source.TooFewCells), data(4, "2|Б|7701"),
		}},
		{"too many cells", "1;А;7700\n2;Москва; ул. Ленина; 5\n3;Б;7701\n", []got{
			data(2, "1|А|7700"), rejected(3, source.TooManyCells), data(4, "3|Б|7701"),
		}},
		{"two short rows do not become one", "1;А;7700\n2;Б\n3;7702\n4;Г;7703\n", []got{
			data(2, "1|А|7700"), rejected(3, source.TooFewCells), rejected(4, source.TooFewCells), data(5, "4|Г|7703"),
		}},
		{"rubbish before a row of several lines", "НФ-1;А;7700\nхвост\nЦБ2;Труба\nстальная;7701\nНФ-3;Б;7702\n", []got{
			data(2, "НФ-1|А|7700"), rejected(3, source.TooFewCells), lines(4, 5, "ЦБ2|Труба⏎стальная|7701"), data(6, "НФ-3|Б|7702"),
		}},
		{"an unclosed quote before a key beyond doubt", "НФ-1;А;7700\nНФ-2;Б;\"я\nНФ-3;\nx;\"\"\n", []got{
			data(2, "НФ-1|А|7700"), data(3, `НФ-2|Б|"я`), lines(4, 5, "НФ-3|⏎x|"),
		}},
		{"a stray quote that a later row would close", "1;А;7700\n2;Б;\"я\n3;;\"\n\"\n4;В;7701\n", []got{
			data(2, "1|А|7700"), data(3, `2|Б|"я`), lines(4, 5, "3||⏎"), data(6, "4|В|7701"),
		}},
		{"an unclosed quote in a short row", "1;А;7700\n2;\"Б\n3;В;7702\n", []got{
			data(2, "1|А|7700"), rejected(3, source.BadQuotes), data(4, "3|В|7702"),
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := open(t, head+tc.in, source.CSVOptions{})
			rows, _ := readAll(t, r)
			if diff := cmp.Diff(tc.want, rows); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}
