package main

import (
	"slices"

	"syncd/internal/sheet"
)

// besideRow is what a marked row holds beside the cells that are asked for by
// name: whether those cells are still the row's own shows by what stands around
// them.
type besideRow struct {
	cells map[int]string // by position in the columns; those that the file has
	rest  []string       // of columns that are not ours
}

// besideOf takes it from a row of this many columns.
func besideOf(r sheet.Row, columns int) besideRow {
	out := besideRow{cells: make(map[int]string, columns), rest: r.Rest()}
	for i := range columns {
		if r.Has(i) {
			out.cells[i] = r.Cell(i)
		}
	}
	return out
}

// stray finds a decision that stands outside its column and was not written
// there: then cells of the row have shifted, or somebody marked the wrong column.
func (b besideRow) stray(decision int, takes, written []string) bool {
	decides := func(cell string) bool {
		take, known := takeNamed(cell)
		return known && slices.Contains(takes, take)
	}
	for i, cell := range b.cells {
		if i != decision && decides(cell) && !sheet.Same(cell, written[i]) {
			return true
		}
	}
	return slices.ContainsFunc(b.rest, decides)
}

// changed finds the first of these columns in which something else stands than
// what is left of what was written; -1 when there is none.
func (b besideRow) changed(written []string, columns ...int) int {
	for _, i := range columns {
		if cell, there := b.cells[i]; there && !sheet.Left(cell, written[i]) {
			return i
		}
	}
	return -1
}

// sparing are columns of which only some have to be there when the file comes
// back.
func sparing(columns []sheet.Column, needed ...int) []sheet.Column {
	out := slices.Clone(columns)
	for i := range out {
		out[i].Spare = !slices.Contains(needed, i)
	}
	return out
}

// The causes of rows of which cells have moved.
var (
	causeStray = phrase{
		"a decision stands outside the column «%s»: cells of the row may have shifted; it decides nothing",
		"решение стоит не в столбце «%s»: ячейки строки могли сдвинуться; решения в ней не видно",
	}
	causeMoved = phrase{
		"column «%s» is not as it was written: cells of the row may have shifted; restore that cell, or write the file anew",
		"столбец «%s» не такой, каким был записан: ячейки строки могли сдвинуться; верните эту ячейку или выгрузите файл заново",
	}
)
