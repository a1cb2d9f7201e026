package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// books is the demo's 1C: it exports into one file, takes the files for it in, and
// an accountant edits what it holds. It knows only what docs/1c.md tells an
// integrator, and nothing of the engine.
type books struct{ export string }

// The columns that the demo's 1C goes by, besides those that a file names.
const (
	booksKey      = "Ссылка"
	booksChanged  = "Изменено"
	booksModified = "ДатаИзменения"
)

var errBooks = errors.New("the demo's 1C")

// offer is one row of a file for 1C: what it says about one counterparty.
type offer struct {
	key   string
	cells map[string]string // of the columns that the row names as changed
}

// read parses a file for 1C: UTF-8 with a signature, `;`, names in the first row.
func (books) read(file []byte) ([]offer, error) {
	text := bytes.TrimPrefix(file, []byte("\ufeff"))
	if len(text) == len(file) {
		return nil, fmt.Errorf("%w: the file lacks its signature", errBooks)
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma = ';'
	rows, err := r.ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, fmt.Errorf("%w: the file cannot be read: %w", errBooks, err)
	}
	names := rows[0]
	key, changed := slices.Index(names, booksKey), slices.Index(names, booksChanged)
	if key < 0 || changed < 0 {
		return nil, fmt.Errorf("%w: the file has no column %s or %s", errBooks, booksKey, booksChanged)
	}
	var out []offer
	for _, row := range rows[1:] {
		o := offer{key: row[key], cells: map[string]string{}}
		for name := range strings.SplitSeq(row[changed], ", ") {
			at := slices.Index(names, name)
			if at < 0 {
				return nil, fmt.Errorf("%w: the file names column %s and lacks it", errBooks, name)
			}
			o.cells[name] = row[at]
		}
		out = append(out, o)
	}
	return out, nil
}

// take imports a file and exports again.
func (b books) take(path string) error {
	file, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%w: %w", errBooks, err)
	}
	offers, err := b.read(file)
	if err != nil {
		return err
	}
	for _, o := range offers {
		if err := b.edit(o.key, o.cells); err != nil {
			return err
		}
	}
	return nil
}

// edit changes cells of one object in the export, in every line that it has; all
// other lines stay as they are, byte for byte.
func (b books) edit(key string, cells map[string]string) error {
	lines, err := b.lines()
	if err != nil {
		return err
	}
	head := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, booksKey+";") })
	edited := 0
	for at := range lines {
		if key == "" || head < 0 || !strings.HasPrefix(lines[at], key+";") {
			continue
		}
		if lines[at], err = editedLine(lines[head], lines[at], cells); err != nil {
			return err
		}
		edited++
	}
	if edited == 0 {
		return fmt.Errorf("%w has no object %q", errBooks, key)
	}
	return b.save(lines)
}

// enter adds the one object that a file for 1C tells of and 1C does not have, with
// the cells of its own.
func (b books) enter(path string, own map[string]string) error {
	file, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%w: %w", errBooks, err)
	}
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(file, []byte("\ufeff"))))
	r.Comma = ';'
	told, err := r.ReadAll()
	if err != nil || len(told) != 2 {
		return fmt.Errorf("%w: the file does not tell of one object: %w", errBooks, err)
	}
	lines, err := b.lines()
	if err != nil {
		return err
	}
	for at, line := range lines {
		names := strings.Split(strings.TrimRight(line, "\r\n"), ";")
		if !slices.Contains(names, "ПометкаУдаления") {
			continue
		}
		row := make([]string, len(names))
		for i, name := range names {
			row[i] = own[name]
			if from := slices.Index(told[0], name); from >= 0 && told[1][from] != "" {
				row[i] = told[1][from]
			}
		}
		return b.save(slices.Insert(lines, at+1, strings.Join(row, ";")+"\r\n"))
	}
	return fmt.Errorf("%w: the export has no names of columns", errBooks)
}

// lines are those of the export, with their ends.
func (b books) lines() ([]string, error) {
	raw, err := os.ReadFile(b.export)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBooks, err)
	}
	text, err := charmap.Windows1251.NewDecoder().String(string(raw))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBooks, err)
	}
	return strings.SplitAfter(text, "\r\n"), nil
}

func (b books) save(lines []string) error {
	raw, err := charmap.Windows1251.NewEncoder().Bytes([]byte(strings.Join(lines, "")))
	if err != nil {
		return fmt.Errorf("%w: %w", errBooks, err)
	}
	if err := os.WriteFile(b.export, raw, 0o600); err != nil {
		return fmt.Errorf("%w: %w", errBooks, err)
	}
	return nil
}

// editedLine is a line of the export with other cells, and another date of change.
func editedLine(head, line string, cells map[string]string) (string, error) {
	both := csv.NewReader(strings.NewReader(head + line))
	both.Comma = ';'
	rows, err := both.ReadAll()
	if err != nil {
		return "", fmt.Errorf("%w: %w", errBooks, err)
	}
	names, row := rows[0], rows[1]
	set := func(name, text string) error {
		at := slices.Index(names, name)
		if at < 0 {
			return fmt.Errorf("%w has no column %s", errBooks, name)
		}
		row[at] = text
		return nil
	}
	if slices.Contains(names, booksModified) {
		if err := set(booksModified, "22.11.2026 10:15:00"); err != nil {
			return "", err
		}
	}
	for name, text := range cells {
		if err := set(name, text); err != nil {
			return "", err
		}
	}
	var out strings.Builder
	w := csv.NewWriter(&out)
	w.Comma, w.UseCRLF = ';', true
	if err := w.Write(row); err != nil {
		return "", fmt.Errorf("%w: %w", errBooks, err)
	}
	w.Flush()
	return out.String(), w.Error()
}
