package main

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"syncd/internal/engine"
	"syncd/internal/mapping"
)

// linesShown is how many differences between lines a terminal has of one record.
const linesShown = 12

// lineSides tells of the lines of a deal one by one what each side has: a row for
// each column that differs, a row for a line that a side lacks. The lines of a deal
// in one cell are cut before the difference. ok is false for any other field.
func (in *installation) lineSides(job string, f engine.HeldField) (rows []engine.HeldField, ok bool) {
	m := in.plain(job).m
	if f.Field != mapping.FieldLines || m == nil {
		return nil, false
	}
	var sides [3][][]string
	var known []int
	for i, text := range []*string{f.Base, f.Source, f.CRM} {
		if text != nil {
			sides[i] = m.LineCells(*text)
			known = append(known, i)
		}
	}
	before, most := 0, 0
	if len(known) > 1 {
		before, most = unlike(&sides, known)
	} else {
		for _, side := range known {
			most = len(sides[side])
		}
	}
	names := m.LineNames()
	for at := before; at < most; at++ {
		rows = append(rows, in.lineRow(at, &sides, known, names)...)
	}
	if more := len(rows) - linesShown; more > 0 && in.app.onTerminal() {
		rows = append(rows[:linesShown], engine.HeldField{Field: fmt.Sprintf(in.app.say(phrase{"… %d more", "… ещё %d"}), more)})
	}
	return rows, len(rows) > 0
}

// unlike cuts the lines at the end that all known sides have, and counts those at
// the beginning, and the most that a side has then.
func unlike(sides *[3][][]string, known []int) (before, most int) {
	same := func(at func(lines int) int) bool {
		var first []string
		for n, i := range known {
			place := at(len(sides[i]))
			if place < before || place >= len(sides[i]) {
				return false
			}
			if n == 0 {
				first = sides[i][place]
			}
			if !slices.Equal(first, sides[i][place]) {
				return false
			}
		}
		return true
	}
	for same(func(int) int { return before }) {
		before++
	}
	for same(func(lines int) int { return lines - 1 }) {
		for _, i := range known {
			sides[i] = sides[i][:len(sides[i])-1]
		}
	}
	for _, i := range known {
		most = max(most, len(sides[i]))
	}
	return before, most
}

// lineRow is what the sides have at one place: column by column where each has a
// line there, else whole lines.
func (in *installation) lineRow(at int, sides *[3][][]string, known []int, names []string) []engine.HeldField {
	name := fmt.Sprintf(in.app.say(phrase{"line %d", "строка %d"}), at+1)
	byColumn := len(known) > 1
	for _, i := range known {
		byColumn = byColumn && at < len(sides[i]) && len(sides[i][at]) == len(names)
	}
	if !byColumn {
		var whole [3]*string
		for _, i := range known {
			if at < len(sides[i]) {
				text := strings.Join(sides[i][at], " | ")
				whole[i] = &text
			}
		}
		return []engine.HeldField{{Field: name, Base: whole[0], Source: whole[1], CRM: whole[2]}}
	}
	var rows []engine.HeldField
	for c, column := range names {
		var cell [3]*string
		differs := false
		for _, i := range known {
			cell[i] = &sides[i][at][c]
			differs = differs || *cell[i] != sides[known[0]][at][c]
		}
		if differs {
			rows = append(rows, engine.HeldField{Field: name + ", " + column, Base: cell[0], Source: cell[1], CRM: cell[2]})
		}
	}
	return in.apart(rows)
}

// longSide is how long a side of a line may be that a terminal has room for.
const longSide = 24

// apart cuts what long values begin with alike, for a terminal: a table would cut
// them before the difference.
func (in *installation) apart(rows []engine.HeldField) []engine.HeldField {
	if !in.app.onTerminal() {
		return rows
	}
	for i := range rows {
		sides := []**string{&rows[i].Base, &rows[i].Source, &rows[i].CRM}
		var texts [][]rune
		long := false
		for _, s := range sides {
			if *s != nil {
				texts = append(texts, []rune(**s))
				long = long || utf8.RuneCountInString(**s) > longSide
			}
		}
		cut := 0
		for long && !slices.ContainsFunc(texts, func(t []rune) bool { return cut >= len(t) || t[cut] != texts[0][cut] }) {
			cut++
		}
		if cut -= longSide / 4; cut <= 0 { // some of it tells where the difference is
			continue
		}
		for _, s := range sides {
			if *s != nil {
				text := "…" + string([]rune(**s)[cut:])
				*s = &text
			}
		}
	}
	return rows
}
