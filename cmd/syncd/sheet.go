package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"syncd/internal/message"
	"syncd/internal/sheet"
)

// lineFault is a line of a marked file that is not carried out, and why.
type lineFault struct {
	line  int
	cause string // in the user's language
}

// lineFaults gathers them.
type lineFaults struct {
	app  *app
	list []lineFault
}

// add books a line with its cause; %s and %d stand for args.
func (f *lineFaults) add(line int, cause phrase, args ...any) {
	f.list = append(f.list, lineFault{line, fmt.Sprintf(f.app.say(cause), args...)})
}

// tell lists the first lines, each once and with its first cause.
func (f *lineFaults) tell(file string) error {
	list := f.distinct()
	for _, one := range list[:min(len(list), recordsShown)] {
		if _, err := fmt.Fprintf(f.app.err, "%s:%d: %s\n", file, one.line, one.cause); err != nil {
			return err
		}
	}
	if more := len(list) - recordsShown; more > 0 {
		_, err := fmt.Fprintf(f.app.err, f.app.say(phrase{"%s: … and %d more\n", "%s: … и ещё %d\n"}), file, more)
		return err
	}
	return nil
}

func (f *lineFaults) distinct() []lineFault {
	list := slices.Clone(f.list)
	slices.SortStableFunc(list, func(a, b lineFault) int { return cmp.Compare(a.line, b.line) })
	return slices.CompactFunc(list, func(a, b lineFault) bool { return a.line == b.line })
}

// column is a column of a marked file, known by both its names.
func (a *app) column(name phrase, also ...string) sheet.Column {
	return sheet.Column{Name: a.say(name), Also: append([]string{name.en, name.ru}, also...)}
}

// readSheet reads a marked file; next is the command that writes it anew.
func (a *app) readSheet(path, next string, columns []sheet.Column) ([]sheet.Row, error) {
	rows, err := sheet.Read(path, columns)
	if err == nil {
		return rows, nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usageError(message.UsageFileMissing, message.S("file", path), message.S("flag", "--from"))
	}
	var format *sheet.FormatError
	if !errors.As(err, &format) {
		return nil, fault(exitUsage, err, message.SheetUnreadable, message.S("file", path),
			message.S("cause", err.Error()), message.S("next", next))
	}
	return nil, fault(exitUsage, err, message.SheetUnreadable, message.S("file", path),
		message.S("cause", a.sheetCause(format)), message.S("next", next))
}

// sheetCause words why a file is no marked file.
func (a *app) sheetCause(e *sheet.FormatError) string {
	names := strings.Join(eachQuoted(e.Columns), ", ")
	switch e.Fault {
	case sheet.NoColumns:
		return a.say(phrase{"it lacks the columns ", "в нём нет столбцов "}) + names
	case sheet.ColumnTwice:
		return fmt.Sprintf(a.say(phrase{"line %d: it has the column %s twice", "строка %d: столбец %s встречается дважды"}), e.Line, names)
	case sheet.BadQuotes:
		return fmt.Sprintf(a.say(phrase{"line %d: its quotes do not match", "строка %d: кавычки не сходятся"}), e.Line)
	case sheet.NotText:
		return a.say(phrase{"it is a workbook, not CSV", "это книга Excel, а не CSV"})
	case sheet.TooLarge:
		return a.say(phrase{"it is too large", "он слишком велик"})
	}
	return e.Error()
}

// The lengths of the two halves of a row's code: which row it is, and what it
// was about when it was written.
const (
	rowLetters   = 10
	stateLetters = 6
)

// rowCode is the code in the column № of a row.
func rowCode(row, state string) string { return row + "-" + state }

// cutCode takes the halves of a code apart; spreadsheets leave letters alone, so
// anything else was changed by hand.
func cutCode(cell string) (row, state string, ok bool) {
	row, state, ok = strings.Cut(strings.ToLower(cell), "-")
	return row, state, ok && len(row) == rowLetters && len(state) == stateLetters
}

// The causes that every kind of marked file knows.
var (
	causeShift  = phrase{"cells stand behind the last column: the row may have shifted", "есть ячейки за последним столбцом: строка могла сдвинуться"}
	causeNoCode = phrase{"the code in column № is damaged; nobody can tell which record is meant", "код в столбце № повреждён: не понять, о какой записи речь"}
	causeKey    = phrase{
		"column «%s»: not the key that belongs to the code in column №; parts of the table may have been sorted apart",
		"столбец «%s»: не тот ключ, что у кода в столбце №; возможно, часть таблицы отсортировали отдельно",
	}
	causeRounded = phrase{
		"column «%s»: the spreadsheet has rounded a long number; format the column as text",
		"столбец «%s»: таблица округлила длинное число; задайте столбцу формат «Текстовый»",
	}
	causeTitle = phrase{
		"column «%s»: not the title that belongs to the code in column №; parts of the table may have been sorted apart",
		"столбец «%s»: не то название, что у кода в столбце №; возможно, часть таблицы отсортировали отдельно",
	}
	causeWord    = phrase{"column «%s»: this is no decision; possible: %s", "столбец «%s»: такого решения нет; возможны: %s"}
	causeChanged = phrase{"the record has changed since the file was written", "запись изменилась с тех пор, как файл выгрузили"}
	causeTwice   = phrase{"line %d decides otherwise about the same", "строка %d решает о том же иначе"}
)

// sameKey checks the key of a row: the code alone would not notice columns that
// were sorted apart.
func (f *lineFaults) sameKey(line int, column sheet.Column, cell, key string) bool {
	switch {
	case sheet.Exact(cell, key):
		return true
	case sheet.Rounded(cell):
		f.add(line, causeRounded, column.Name)
	default:
		f.add(line, causeKey, column.Name)
	}
	return false
}

// sameTitle does the same with a title; one that the person blanked says nothing.
func (f *lineFaults) sameTitle(line int, column sheet.Column, cell, title string) bool {
	if cell == "" || sheet.Same(cell, title) {
		return true
	}
	f.add(line, causeTitle, column.Name)
	return false
}

// sameName does the same with the name of a field or a job.
func (f *lineFaults) sameName(line int, column sheet.Column, cell, name string) bool {
	if sheet.Exact(strings.ToLower(cell), strings.ToLower(name)) {
		return true
	}
	f.add(line, phrase{
		"column «%s»: not what belongs to the code in column №; parts of the table may have been sorted apart",
		"столбец «%s»: не то, что у кода в столбце №; возможно, часть таблицы отсортировали отдельно",
	}, column.Name)
	return false
}

// clidText is a clid for a cell; "" for none.
func clidText(clid int64) string {
	if clid == 0 {
		return ""
	}
	return strconv.FormatInt(clid, 10)
}
