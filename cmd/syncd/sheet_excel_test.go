package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	utf "golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"
)

// book is what a spreadsheet holds after it opened a file: the row of names first.
type book [][]string

// opened opens a file as a spreadsheet does, which means its own thing by cells.
func opened(t interface{ Fatal(...any) }, path string) book {
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\ufeff"))))
	r.Comma = ';'
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		for i := range row {
			row[i] = typed(row[i])
		}
	}
	return rows
}

var (
	allDigitsCell = regexp.MustCompile(`^\d+$`)
	isoCell       = regexp.MustCompile(`^(\d{4})-(\d\d)-(\d\d)$`)
	dayMonth      = regexp.MustCompile(`^(\d\d)[./](\d\d)$`)
	exponentCell  = regexp.MustCompile(`^(\d)[eE](\d+)$`)
)

// typed is what becomes of a cell that a spreadsheet takes for something.
func typed(cell string) string {
	switch {
	case cell == "":
	case allDigitsCell.MatchString(cell):
		cell = strings.TrimLeft(cell, "0")
		if len(cell) > 11 {
			return fmt.Sprintf("%s,%sE+%d", cell[:1], cell[1:6], len(cell)-1)
		}
		if cell == "" {
			return "0"
		}
	case strings.ContainsRune("=+-@", rune(cell[0])):
		return "#ИМЯ?"
	case isoCell.MatchString(cell):
		return isoCell.ReplaceAllString(cell, "$3.$2.$1")
	case dayMonth.MatchString(cell):
		return dayMonth.ReplaceAllString(cell, "$1.май")
	case exponentCell.MatchString(cell):
		return exponentCell.ReplaceAllString(cell, "$1,00E+$2")
	case strings.EqualFold(cell, "true"), strings.EqualFold(cell, "истина"):
		return "ИСТИНА"
	}
	return cell
}

func (b book) column(name string) int { return slices.Index(b[0], name) }

// harm is something that a spreadsheet, or a person with one, does to a book.
type harm struct {
	name string
	do   func(*rapid.T, book) book
}

// sortedApart is the harm that no cell typed by hand can be told from.
const sortedApart = "a column sorted apart"

// harms are those of which none may change a decision. Each may refuse.
func harms() []harm {
	return []harm{
		{"the columns in another order", func(t *rapid.T, b book) book {
			order := rapid.Permutation(indexes(len(b[0]))).Draw(t, "columns")
			return b.each(func(row []string) []string {
				out := make([]string, len(row))
				for to, from := range order {
					out[to] = row[from]
				}
				return out
			})
		}},
		{"more columns", func(t *rapid.T, b book) book {
			at := rapid.IntRange(0, len(b[0])).Draw(t, "where")
			n := rapid.SampledFrom([]string{"", "моё"}).Draw(t, "called")
			out := b.each(func(row []string) []string { return slices.Insert(slices.Clone(row), at, "") })
			out[0][at] = n
			return out
		}},
		{"empty rows", func(t *rapid.T, b book) book {
			at := rapid.IntRange(1, len(b)).Draw(t, "where")
			return slices.Insert(slices.Clone(b), at, make([]string, len(b[0])), make([]string, len(b[0])))
		}},
		{"a title above", func(_ *rapid.T, b book) book {
			title := make([]string, len(b[0]))
			title[0] = "Сверка"
			return slices.Insert(slices.Clone(b), 0, title)
		}},
		{"rows that end early", func(_ *rapid.T, b book) book {
			out := b.each(func(row []string) []string {
				for len(row) > 1 && row[len(row)-1] == "" {
					row = row[:len(row)-1]
				}
				return row
			})
			out[0] = b[0]
			return out
		}},
		{"blanks around", func(t *rapid.T, b book) book {
			blank := rapid.SampledFrom([]string{" ", "\u00a0", "  "}).Draw(t, "blank")
			return b.each(func(row []string) []string {
				out := slices.Clone(row)
				for i := range out {
					if out[i] != "" {
						out[i] = blank + out[i] + blank
					}
				}
				return out
			})
		}},
		{"another case", func(t *rapid.T, b book) book {
			change := rapid.SampledFrom([]func(string) string{strings.ToUpper, strings.ToTitle, strings.ToLower}).Draw(t, "case")
			return b.in(func(cell string) string { return change(cell) }, "решение", "№")
		}},
		{"rows sorted", func(t *rapid.T, b book) book {
			return append(book{b[0]}, rapid.Permutation(slices.Clone(b[1:])).Draw(t, "rows")...)
		}},
		{"a row twice", func(t *rapid.T, b book) book {
			return append(slices.Clone(b), rapid.SampledFrom(b[1:]).Draw(t, "which"))
		}},
		{sortedApart, func(t *rapid.T, b book) book {
			at := b.column(rapid.SampledFrom([]string{"№", "ключ", "поле", "clid", "название в CRM"}).Draw(t, "which"))
			if at < 0 {
				return b
			}
			var cells []string
			for _, row := range b[1:] {
				cells = append(cells, cellOf(row, at))
			}
			cells = rapid.Permutation(cells).Draw(t, "order")
			n := -1
			return b.each(func(row []string) []string {
				if n++; n == 0 || at >= len(row) {
					return row
				}
				out := slices.Clone(row)
				out[at] = cells[n-1]
				return out
			})
		}},
		{"apostrophes taken off, and typed again", func(_ *rapid.T, b book) book {
			return b.in(func(cell string) string { return typed(strings.TrimPrefix(cell, "'")) }, "ключ", "название")
		}},
		{"a cell pushed in", func(t *rapid.T, b book) book {
			which := rapid.IntRange(1, len(b)-1).Draw(t, "row")
			out := slices.Clone(b)
			at := rapid.IntRange(0, len(out[which])).Draw(t, "where")
			out[which] = slices.Insert(slices.Clone(out[which]), at, "x")
			return out
		}},
		{"cells blanked", func(t *rapid.T, b book) book {
			which := rapid.SampledFrom([]string{"№", "ключ", "название"}).Draw(t, "column")
			return b.in(func(string) string { return "" }, which)
		}},
	}
}

func cellOf(row []string, at int) string {
	if at >= len(row) {
		return ""
	}
	return row[at]
}

func indexes(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func (b book) each(change func([]string) []string) book {
	out := make(book, len(b))
	for i, row := range b {
		out[i] = slices.Clone(change(row))
	}
	return out
}

// wide is a book whose rows have all their cells.
func (b book) wide() book {
	return b.each(func(row []string) []string {
		for len(row) < len(b[0]) {
			row = append(row, "")
		}
		return row
	})
}

// in changes the cells of these columns, apart from their names.
func (b book) in(change func(string) string, names ...string) book {
	first := true
	return b.each(func(row []string) []string {
		if first {
			first = false
			return row
		}
		out := slices.Clone(row)
		for _, n := range names {
			if at := b.column(n); at >= 0 && at < len(out) {
				out[at] = change(out[at])
			}
		}
		return out
	})
}

// saved saves a book the spreadsheet's way.
func (b book) saved(t *rapid.T, path string) {
	comma := rapid.SampledFrom([]string{";", ",", "\t"}).Draw(t, "delimiter")
	end := rapid.SampledFrom([]string{"\r\n", "\n", "\r"}).Draw(t, "line end")
	all := rapid.Bool().Draw(t, "quote all")
	var text strings.Builder
	for _, row := range b {
		for i, c := range row {
			if i > 0 {
				text.WriteString(comma)
			}
			if all || strings.ContainsAny(c, comma+"\"\r\n") {
				c = `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
			}
			text.WriteString(c)
		}
		text.WriteString(end)
	}
	if err := os.WriteFile(path, encodedAs(t, text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

func encodedAs(t *rapid.T, text string) []byte {
	ansi := func(c *charmap.Charmap) []byte {
		var out []byte
		for _, r := range text {
			if b, ok := c.EncodeRune(r); ok {
				out = append(out, b)
			} else {
				out = append(out, '?')
			}
		}
		return out
	}
	switch rapid.SampledFrom([]string{"utf-8", "utf-8-bom", "windows-1251", "mac", "utf-16"}).Draw(t, "encoding") {
	case "utf-8-bom":
		return []byte("\ufeff" + text)
	case "windows-1251":
		return ansi(charmap.Windows1251)
	case "mac":
		return ansi(charmap.MacintoshCyrillic)
	case "utf-16":
		out, err := utf.UTF16(utf.LittleEndian, utf.UseBOM).NewEncoder().Bytes([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	return []byte(text)
}

// harmed opens, harms and saves a file; but names a harm that is spared.
func harmed(t *rapid.T, path string, mark func(book) (but string)) {
	b := opened(t, path)
	but := mark(b)
	for _, h := range rapid.SliceOfNDistinct(rapid.SampledFrom(harms()), 0, 3, func(h harm) string { return h.name }).Draw(t, "harms") {
		if h.name == but {
			continue
		}
		if len(b) < 2 || b.column("№") < 0 { // a title stands above: what follows is about the rows below
			break
		}
		b = h.do(t, b.wide())
	}
	b.saved(t, path)
}

// awkward are texts that spreadsheets or encodings take amiss. Letters tell them
// apart, digits too.
func awkward() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return rapid.SampledFrom([]string{
			"ООО \"Ёлка\"", "=Дуб", "+7-Липа", "Клён; Вяз, и Ива", "Осина\nстрока", "Bäume ☂", "'Пихта", "007", "12.05", "2024-01-05", "1E5",
			"123456789012345", "истина", "Сосна", "мар-1", "  Бук  ",
		}).Draw(t, "text")
	})
}

func sheetPath(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "sheet.csv")
}
