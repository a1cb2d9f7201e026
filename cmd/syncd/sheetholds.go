package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"syncd/internal/engine"
	"syncd/internal/message"
	"syncd/internal/sheet"
	"syncd/internal/state"
)

// The columns of the file of holds, in the order in which it is written.
const (
	heldCode = iota
	heldDecision
	heldValue
	heldPossible
	heldJob
	heldReason
	heldTitle
	heldField
	heldSource
	heldCRM
	heldCLID
	heldKey
	heldUID
)

func (a *app) heldColumns() []sheet.Column {
	return []sheet.Column{
		heldCode: a.column(phrase{"№", "№"}), heldDecision: a.column(phrase{"decision", "решение"}, "take"),
		heldValue:    a.column(phrase{"value", "значение"}, "set"),
		heldPossible: a.column(phrase{"possible", "можно"}), heldJob: a.column(phrase{"job", "задание"}),
		heldReason: a.column(phrase{"reason", "причина"}), heldTitle: a.column(phrase{"title", "название"}),
		heldField: a.column(phrase{"field", "поле"}), heldSource: a.column(phrase{"export", "выгрузка"}),
		heldCRM: a.column(phrase{"crm", "CRM"}), heldCLID: a.column(phrase{"clid", "clid"}),
		heldKey: a.column(phrase{"key", "ключ"}), heldUID: a.column(phrase{"uid", "uid"}),
	}
}

// heldRow is a row of the file: a hold, or one field of it.
type heldRow struct {
	hold       int // in the list of holds
	field      string
	row, state string // the halves of its code
}

// heldRows are the rows of holds as the state has them: one for each field in
// dispute, or one for the record as a whole.
func heldRows(list []state.StandingHold) []heldRow {
	var out []heldRow
	for i := range list {
		h := &list[i]
		put := func(field string, about ...string) {
			out = append(out, heldRow{
				hold: i, field: field, row: sheet.Code(rowLetters, "hold", h.Job, h.UID, field),
				state: sheet.Code(stateLetters, append(about, string(h.Reason), clidText(h.CLID))...),
			})
		}
		var all []string
		for _, f := range h.Fields {
			values := []string{f.Field, shown(f.Base), shown(f.Source), shown(f.CRM)}
			if byField(h.Reason) {
				put(f.Field, values...)
			}
			all = append(all, values...)
		}
		if !byField(h.Reason) || len(h.Fields) == 0 {
			put("", append(all, h.Source.String())...)
		}
	}
	return out
}

// writeHolds writes holds, with both sides as far as they are known, as a file to
// be marked.
func (in *installation) writeHolds(path, command string, list []state.StandingHold, rows []heldRow) error {
	if _, err := os.Lstat(path); err == nil {
		return usageError(message.SheetThere, message.S("file", path))
	}
	cells := make([][]string, len(rows))
	for i, r := range rows {
		h := &list[r.hold]
		cells[i] = in.app.heldCells(h, r, in.plain(h.Job))
	}
	if err := sheet.Write(path, 0o600, in.app.heldColumns(), cells); err != nil {
		return in.notWritten(path, command, err)
	}
	return in.app.wrote(path, len(rows), in.app.say(phrase{
		"Mark its columns «decision» or «value», then: ", "Отметьте столбец «решение» или «значение», затем: ",
	})+"syncd resolve --from "+path)
}

func (a *app) heldCells(h *state.StandingHold, r heldRow, texts plain) []string {
	cells := make([]string, heldUID+1)
	cells[heldCode], cells[heldPossible] = rowCode(r.row, r.state), a.named(takesOf(&h.Hold))
	cells[heldJob], cells[heldReason], cells[heldTitle], cells[heldField] = h.Job, string(h.Reason), h.Title, r.field
	cells[heldCLID], cells[heldKey], cells[heldUID] = clidText(h.CLID), h.Key, h.UID
	for _, f := range texts.held(h.Fields) {
		switch r.field {
		case f.Field:
			cells[heldSource], cells[heldCRM] = shown(f.Source), shown(f.CRM)
		case "":
			cells[heldSource] = joined(cells[heldSource], f.Field, f.Source)
			cells[heldCRM] = joined(cells[heldCRM], f.Field, f.CRM)
		}
	}
	return cells
}

// joined appends a field and its value to a cell.
func joined(all, field string, value *string) string {
	if all != "" {
		all += "; "
	}
	return all + field + ": " + shown(value)
}

// markedRow is a row that somebody marked.
type markedRow struct {
	line  int
	code  string // its first half
	take  string
	value string
}

// carryOver stores what a person marked in a file: every line that can be carried
// out. The others are told with their lines, and make the outcome a partial one.
func (in *installation) carryOver(ctx context.Context, path string) error {
	again := "syncd holds --out " + in.app.say(phrase{"FILE", "ФАЙЛ"})
	list, err := in.db.Holds(ctx, state.HoldFilter{})
	if err != nil {
		return in.app.stateFault(err)
	}
	m := in.newMarks(list)
	rows, err := in.app.readSheet(path, again, m.needed())
	if err != nil {
		return err
	}
	for _, r := range rows {
		m.read(r)
	}
	if m.marked == 0 {
		_, err := fmt.Fprintln(in.app.err, message.In(in.app.lang, message.UsageNothingMarked,
			message.S("file", path), message.S("known", in.app.named(allTakes()))))
		return err
	}
	stored, err := m.store(ctx, in)
	if err != nil {
		return err
	}
	if err := in.wakeService(ctx, jobsOf(stored)...); err != nil {
		return err
	}
	if err := in.resolved(stored); err != nil || len(m.faults.list) == 0 {
		return err
	}
	if err := m.faults.tell(path); err != nil {
		return err
	}
	return fault(exitPartial, nil, message.SheetLinesLeft, message.S("file", path),
		message.N("lines", int64(len(m.faults.distinct()))), message.N("applied", int64(len(stored))), message.S("next", again))
}

// marks are the decisions of a file, held against what waits now.
type marks struct {
	columns []sheet.Column
	app     *app
	holds   []state.StandingHold
	rows    map[string]heldRow // by the first half of the code
	faults  lineFaults
	marked  int // rows that decide something, sound or not
	list    []markedRow
	at      map[string]int // in list, by the first half of the code
}

func (in *installation) newMarks(list []state.StandingHold) *marks {
	m := &marks{
		columns: in.app.heldColumns(), app: in.app, holds: list, rows: map[string]heldRow{}, at: map[string]int{},
		faults: lineFaults{app: in.app},
	}
	for _, r := range heldRows(list) {
		m.rows[r.row] = r
	}
	return m
}

// needed are the columns of the file; without those that are not spare it decides
// nothing.
func (m *marks) needed() []sheet.Column {
	return sparing(m.columns, heldCode, heldDecision, heldValue, heldTitle, heldKey, heldField, heldJob)
}

// read takes a row of the columns of the file.
func (m *marks) read(r sheet.Row) {
	m.take(heldMark{
		line: r.Line, shift: r.Shift, code: r.Cell(heldCode), word: r.Cell(heldDecision), value: r.Cell(heldValue),
		title: r.Cell(heldTitle), key: r.Cell(heldKey), field: r.Cell(heldField), job: r.Cell(heldJob), beside: besideOf(r, heldUID+1),
	})
}

// heldMark is a row of the file as it was read.
type heldMark struct {
	line                                      int
	shift                                     bool
	code, word, value, title, key, field, job string

	beside besideRow // what else the row holds
}

// take books one row of the file.
func (m *marks) take(mark heldMark) {
	row, was, ok := cutCode(mark.code)
	r, waits := m.rows[row]
	if mark.word == "" && mark.value == "" && !m.shifted(mark, r, ok && waits, was) {
		return
	}
	m.marked++
	line := mark.line
	take, known := takeNamed(mark.word)
	switch {
	case mark.shift:
		m.faults.add(line, causeShift)
	case !ok:
		m.faults.add(line, causeNoCode)
	case !waits:
		m.faults.add(line, phrase{"the record waits for nothing any more, or the code in column № is damaged", "запись больше ничего не ждёт, или код в столбце № повреждён"})
	case !m.same(mark, r):
	case was != r.state:
		m.faults.add(line, causeChanged)
	case !m.inPlace(mark, r):
	case !known:
		m.faults.add(line, causeWord, m.columns[heldDecision].Name, m.app.named(takesOf(&m.holds[r.hold].Hold)))
	case take != "" && mark.value != "":
		m.faults.add(line, phrase{"a decision and a value exclude each other", "решение и значение исключают друг друга"})
	case sheet.Rounded(mark.value):
		m.faults.add(line, causeRounded, m.columns[heldValue].Name)
	default:
		if mark.value, ok = m.restored(line, r, mark.value); ok {
			m.once(markedRow{line: line, code: row, take: take, value: mark.value})
		}
	}
}

// shifted reports whether a row in which nothing is marked is no longer what was
// written: what was marked may stand in another column now. A row that is about
// nothing any more is nobody's loss.
func (m *marks) shifted(mark heldMark, r heldRow, waits bool, was string) bool {
	if !waits || mark.shift {
		return mark.shift
	}
	if !sheet.Same(mark.key, m.holds[r.hold].Key) || !sheet.Same(mark.field, r.field) {
		return true
	}
	return was == r.state && (mark.beside.changed(m.written(r), heldReason, heldCLID, heldUID) >= 0 || m.stray(mark, r))
}

// inPlace checks that what is marked stands where it was marked.
func (m *marks) inPlace(mark heldMark, r heldRow) bool {
	if at := mark.beside.changed(m.written(r), heldReason, heldCLID, heldUID); at >= 0 {
		m.faults.add(mark.line, causeMoved, m.columns[at].Name)
		return false
	}
	if m.stray(mark, r) {
		m.faults.add(mark.line, causeStray, m.columns[heldDecision].Name)
		return false
	}
	return true
}

// stray reports whether a decision stands outside its column. Where only one is
// possible, the column that says so holds one too.
func (m *marks) stray(mark heldMark, r heldRow) bool {
	written := m.written(r)
	if len(takesOf(&m.holds[r.hold].Hold)) == 1 {
		written[heldPossible] = mark.beside.cells[heldPossible]
	}
	return mark.beside.stray(heldDecision, allTakes(), written)
}

// written are the cells of a row as far as they are the same in every language
// and with every mapping.
func (m *marks) written(r heldRow) []string {
	return m.app.heldCells(&m.holds[r.hold], r, plain{})
}

// same reports whether a row still is that of its code.
func (m *marks) same(mark heldMark, r heldRow) bool {
	h := &m.holds[r.hold]
	return m.faults.sameKey(mark.line, m.columns[heldKey], mark.key, h.Key) &&
		m.faults.sameTitle(mark.line, m.columns[heldTitle], mark.title, h.Title) &&
		m.faults.sameName(mark.line, m.columns[heldField], mark.field, r.field) &&
		m.faults.sameName(mark.line, m.columns[heldJob], mark.job, h.Job)
}

// once keeps a decision; two that differ about one thing refuse each other.
func (m *marks) once(row markedRow) {
	i, again := m.at[row.code]
	if !again {
		m.at[row.code] = len(m.list)
		m.list = append(m.list, row)
		return
	}
	if first := &m.list[i]; first.take != row.take || first.value != row.value {
		m.faults.add(row.line, causeTwice, first.line)
		m.faults.add(first.line, causeTwice, row.line)
	}
}

// restored gives a value back what spreadsheets take from it.
func (m *marks) restored(line int, r heldRow, value string) (string, bool) {
	h := &m.holds[r.hold]
	for _, f := range h.Fields {
		if f.Field != r.field || value == "" {
			continue
		}
		if whole, ok := restoreValue(f, value); ok {
			return whole, true
		}
		m.faults.add(line, phrase{
			"column «%s»: not a value of the field %s as it was typed; format the column as text",
			"столбец «%s»: не похоже на значение поля %s, каким его ввели; задайте столбцу формат «Текстовый»",
		}, m.columns[heldValue].Name, f.Field)
		return "", false
	}
	return value, true
}

// store puts the sound decisions on record.
func (m *marks) store(ctx context.Context, in *installation) ([]decision, error) {
	bad := map[int]bool{}
	for _, f := range m.faults.list {
		bad[f.line] = true
	}
	var stored []decision
	for _, row := range m.list {
		if bad[row.line] {
			continue
		}
		r := m.rows[row.code]
		h := &m.holds[r.hold]
		choice := engine.Choice{UID: h.UID, Field: r.field, Take: row.take}
		if row.value != "" {
			choice.Set = &row.value
		}
		d, err := in.decide(ctx, h.Job, h.UID, choice)
		if err == nil {
			err = in.store(ctx, d)
		}
		var wrong *faultError
		if errors.As(err, &wrong) && wrong.exit == exitUsage {
			said := message.In(in.app.lang, wrong.code, wrong.args...)
			m.faults.list = append(m.faults.list, lineFault{row.line, strings.TrimSpace(said.What + " " + said.Next)})
			continue
		}
		if err != nil {
			return stored, err
		}
		stored = append(stored, d)
	}
	return stored, nil
}
