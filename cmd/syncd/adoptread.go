package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"syncd/internal/engine"
	"syncd/internal/message"
	"syncd/internal/sheet"
	"syncd/internal/state"
)

// signOff reads a marked file, tells what it comes to and, when it is signed off,
// puts that on record.
func (v *adoptView) signOff(ctx context.Context, f *adoptFlags) error {
	m := v.newAdoptMarks()
	rows, err := v.app.readSheet(f.from, "syncd adopt "+v.job+" --out "+v.app.say(phrase{"FILE", "ФАЙЛ"}), m.needed())
	if err != nil {
		return err
	}
	for _, r := range rows {
		m.take(rowOfSheet(r))
	}
	m.contradictions()
	if len(m.wrong.list) > 0 {
		m.wrong.list = append(m.wrong.list, m.aside.list...)
		if err := m.wrong.tell(f.from); err != nil {
			return err
		}
		return fault(exitUsage, nil, message.AdoptContradicts, message.S("file", f.from), message.S("job", v.job),
			message.N("lines", int64(len(m.wrong.distinct()))))
	}
	if !v.app.flags.json {
		if err := v.tellSamples(); err != nil {
			return err
		}
	}
	return v.conclude(ctx, f, m)
}

// conclude tells the decisions, stores them when they are signed off, and lists
// the lines that were set aside.
func (v *adoptView) conclude(ctx context.Context, f *adoptFlags, m *adoptMarks) error {
	s := m.result()
	n := map[string]int64{}
	for _, c := range s.Choices {
		n[c.Take]++
	}
	if err := v.tellDecisions(m); err != nil {
		return err
	}
	code := message.AdoptPreview
	allowed := int64(0)
	if f.yes {
		var err error
		if allowed, err = v.parts.state.SignOff(ctx, s); err != nil {
			return v.app.stateFault(err)
		}
		code = message.AdoptSignedOff
	}
	if v.app.flags.json {
		if err := json.NewEncoder(v.app.out).Encode(struct {
			Type    string       `json:"type"`
			Job     string       `json:"job"`
			Samples []sampleJSON `json:"samples"`
			Link    int64        `json:"link"`
			Add     int64        `json:"add"`
			Ignore  int64        `json:"ignore"`
			Later   int          `json:"undecided"`
			Aside   int          `json:"set_aside"`
			Signed  bool         `json:"signed_off"`
		}{"adopted", v.job, v.samples(), n[takeLinkWord], n[takeAddWord], n[takeIgnoreWord], len(s.Later), len(m.aside.distinct()), f.yes}); err != nil {
			return err
		}
	}
	if m.unlisted > 0 {
		if _, err := fmt.Fprintln(v.app.err, message.In(v.app.lang, message.AdoptNotInSheet, message.S("job", v.job),
			message.S("file", f.from), message.N("records", m.unlisted))); err != nil {
			return err
		}
	}
	if err := m.aside.tell(f.from); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(v.app.err, message.In(v.app.lang, code, message.S("job", v.job), message.S("file", f.from),
		message.N("links", n[takeLinkWord]), message.N("adds", n[takeAddWord]), message.N("ignored", n[takeIgnoreWord]),
		message.N("later", int64(len(s.Later))), message.N("allowed", allowed))); err != nil {
		return err
	}
	if len(m.aside.list) > 0 {
		return &outcomeError{exitPartial}
	}
	return nil
}

// tellDecisions lists the decisions, the first of many.
func (v *adoptView) tellDecisions(m *adoptMarks) error {
	if v.app.flags.json {
		return nil
	}
	t := newTable()
	t.indent = "  "
	t.whole = []int{0, 2}
	for _, d := range m.list[:min(len(m.list), recordsShown)] {
		beside := ""
		if d.take == takeLinkWord {
			beside = "clid " + clidText(d.clid)
		}
		title := ""
		if c := v.Clients[d.clid]; c != nil && d.take == takeLinkWord {
			title = c.Title
		}
		t.row(v.app.say(takeNames[d.take]), v.value(d.record, "title"), beside, title)
	}
	text := t.String()
	if more := len(m.list) - recordsShown; more > 0 {
		text += fmt.Sprintf(v.app.say(phrase{"  … and %d more\n", "  … и ещё %d\n"}), more)
	}
	_, err := fmt.Fprint(v.app.out, text)
	return err
}

// adoptRow is a row of the file as it was read.
type adoptRow struct {
	line                                   int
	shift                                  bool
	code, word, clid, title, crmTitle, key string

	beside besideRow // what else the row holds
}

// rowOfSheet is a row of the columns of an adoption.
func rowOfSheet(r sheet.Row) adoptRow {
	return adoptRow{
		line: r.Line, shift: r.Shift, code: r.Cell(adoptCode), word: r.Cell(adoptDecision), clid: r.Cell(adoptCLID),
		title: r.Cell(adoptTitle), crmTitle: r.Cell(adoptCRMTitle), key: r.Cell(adoptKey), beside: besideOf(r, adoptLine+1),
	}
}

// needed are the columns of the file; without those that are not spare it decides
// nothing.
func (m *adoptMarks) needed() []sheet.Column {
	return sparing(m.columns, adoptCode, adoptDecision, adoptCLID, adoptTitle, adoptCRMTitle, adoptKey)
}

// adopted is one decision of the file.
type adopted struct {
	line   int
	record *engine.AdoptRecord
	take   string // "" = undecided
	clid   int64
}

// adoptMarks are the decisions of a file, held against what both sides have now.
type adoptMarks struct {
	v       *adoptView
	columns []sheet.Column
	records map[string]*engine.AdoptRecord // by the first half of the code
	known   map[string]engine.AdoptKnown   // likewise
	wrong   lineFaults                     // contradictions: they refuse the file
	aside   lineFaults                     // lines that are left undecided
	list    []adopted
	seen    map[*engine.AdoptRecord]bool // the file has them
	marks   map[*engine.AdoptRecord]adoptRow

	unlisted int64 // records that the file does not have
}

func (v *adoptView) newAdoptMarks() *adoptMarks {
	m := &adoptMarks{
		v: v, columns: v.app.adoptColumns(), records: v.byCode(), known: map[string]engine.AdoptKnown{},
		wrong: lineFaults{app: v.app}, aside: lineFaults{app: v.app},
		seen: map[*engine.AdoptRecord]bool{}, marks: map[*engine.AdoptRecord]adoptRow{},
	}
	for uid, why := range v.Known {
		m.known[v.rowOf(uid)] = why
	}
	return m
}

// take books one row.
func (m *adoptMarks) take(row adoptRow) {
	code, was, sound := cutCode(row.code)
	r := m.records[code]
	if r != nil {
		m.seen[r] = true
	}
	take, known := takeNamed(row.word)
	known = known && take != takeSourceWord && take != takeCRMWord && take != takeRetryWord
	displaced := row.shift || !sound || r != nil && !sheet.Same(row.key, r.Key)
	switch {
	case row.word == "" && displaced:
		m.aside.add(row.line, phrase{ // what was decided may stand in another column now
			"the row has shifted, or its code is damaged: it decides nothing", "строка сдвинулась, или её код повреждён: решения в ней не видно",
		})
	case row.word == "":
		m.undecided(row, r)
	case row.shift:
		m.wrong.add(row.line, causeShift)
	case !sound:
		m.wrong.add(row.line, causeNoCode)
	case r == nil && m.known[code] == engine.AdoptLinked, r == nil && m.known[code] == engine.AdoptDecided:
		m.aside.add(row.line, phrase{"the record is linked or decided about already", "запись уже связана, или решение по ней есть"})
	case r == nil && m.known[code] == engine.AdoptUnusable:
		m.aside.add(row.line, phrase{
			"the record cannot be used now: rejected, its key stands twice, or its last write is in doubt",
			"запись сейчас непригодна: отклонена, ключ встречается дважды, или её последняя отправка под вопросом",
		})
	case r == nil:
		m.wrong.add(row.line, phrase{"the export has no such record, or the code in column № is damaged", "такой записи в выгрузке нет, или код в столбце № повреждён"})
	case !m.wrong.sameKey(row.line, m.columns[adoptKey], row.key, r.Key):
	case !m.wrong.sameTitle(row.line, m.columns[adoptTitle], row.title, m.v.value(r, "title")):
	case !known:
		m.wrong.add(row.line, causeWord, m.columns[adoptDecision].Name, m.v.app.named(adoptTakes()))
	case was != m.v.stateOfRow(r):
		m.aside.add(row.line, causeChanged)
	default:
		m.decide(row, r, take)
	}
}

// undecided books a row in whose column of decisions nothing stands: nobody
// decided, or cells were pushed in and the word stands elsewhere.
func (m *adoptMarks) undecided(row adoptRow, r *engine.AdoptRecord) {
	if r != nil && row.beside.stray(adoptDecision, adoptTakes(), m.v.cells(r)) {
		m.aside.add(row.line, causeStray, m.columns[adoptDecision].Name)
	}
}

// adoptTakes are the decisions of an adoption.
func adoptTakes() []string { return []string{takeLinkWord, takeAddWord, takeIgnoreWord} }

// decide books a decision whose row is sound.
func (m *adoptMarks) decide(row adoptRow, r *engine.AdoptRecord, take string) {
	if first, again := m.marks[r]; again {
		if other, _ := takeNamed(first.word); other != take || first.clid != row.clid {
			m.wrong.add(row.line, causeTwice, first.line)
			m.wrong.add(first.line, causeTwice, row.line)
		}
		return
	}
	m.marks[r] = row
	d := adopted{line: row.line, record: r, take: take}
	switch {
	case take == takeLinkWord:
		var ok bool
		if d.clid, ok = m.linkable(row, r); !ok {
			return
		}
	case take == takeAddWord && r.Match.By == engine.AdoptByUID:
		m.wrong.add(row.line, phrase{
			"the CRM has this record already: client %d carries its uid; link it or leave it out",
			"эта запись в CRM уже есть: её uid у клиента %d; свяжите или пропустите",
		}, r.Match.CLIDs[0])
		return
	case take == takeAddWord && r.Exists != 0:
		m.wrong.add(row.line, phrase{
			"the CRM has refused to add it: it takes it for client %d; link it or leave it out",
			"CRM её не добавляет: считает клиентом %d; свяжите или пропустите",
		}, r.Exists)
		return
	case row.clid != "" && row.clid != clidText(m.v.client(r).Entry.CLID):
		m.wrong.add(row.line, phrase{
			"column «%s» was filled in, but the decision is not to link", "столбец «%s» заполнен, а решение — не связывать",
		}, m.columns[adoptCLID].Name)
		return
	}
	m.list = append(m.list, d)
}

// linkable is the client that a row links its record to, if it may.
func (m *adoptMarks) linkable(row adoptRow, r *engine.AdoptRecord) (int64, bool) {
	refuse := func(cause phrase, args ...any) (int64, bool) {
		m.wrong.add(row.line, cause, args...)
		return 0, false
	}
	name := m.columns[adoptCLID].Name
	clid, ok := sheet.Number(row.clid)
	switch {
	case row.clid == "":
		return refuse(phrase{"column «%s» is blank: which client is to be linked?", "столбец «%s» пуст: с каким клиентом связать?"}, name)
	case sheet.Rounded(row.clid):
		return refuse(causeRounded, name)
	case !ok:
		return refuse(phrase{"column «%s»: not the number of a client", "столбец «%s»: это не номер клиента"}, name)
	}
	shown := m.v.client(r)
	c := m.v.Clients[clid]
	switch {
	case c == nil:
		return refuse(phrase{"the CRM shows no client %d", "клиента %d CRM не показывает"}, clid)
	case m.v.Owners[clid] != "":
		return refuse(phrase{"client %d is linked to %s", "клиент %d связан с %s"}, clid, m.v.Owners[clid])
	case r.Match.By == engine.AdoptByUID && clid != r.Match.CLIDs[0]:
		return refuse(phrase{"client %d carries the uid of this record", "uid этой записи у клиента %d"}, r.Match.CLIDs[0])
	case c.Entry.UID != "" && r.Match.By != engine.AdoptByUID:
		return refuse(phrase{"client %d carries the uid of another record", "у клиента %d uid другой записи"}, clid)
	case r.Match.Doubt == engine.DoubtSeveral && r.Match.By == engine.AdoptByUID:
		return refuse(phrase{"several clients carry the uid of this record", "uid этой записи у нескольких клиентов"})
	case c.Entry.Trash:
		return refuse(phrase{"client %d is in the CRM's trash", "клиент %d в корзине CRM"}, clid)
	case clid != shown.Entry.CLID && !m.inPlace(row, r):
		return 0, false
	case clid == shown.Entry.CLID && !m.wrong.sameTitle(row.line, m.columns[adoptCRMTitle], row.crmTitle, c.Title):
		return 0, false
	case !slices.Contains(r.Match.CLIDs, clid) && row.crmTitle != "" && !sheet.Same(row.crmTitle, c.Title):
		// chosen by hand, or the column was sorted apart: only the person can tell
		return refuse(phrase{
			"column «%s» names another client than %d; if %d is meant, blank that cell",
			"в столбце «%s» не клиент %d; если нужен именно %d, сотрите эту ячейку",
		}, m.columns[adoptCRMTitle].Name, clid, clid)
	}
	return clid, true
}

// inPlace checks that the clid which a person chose is one: had cells been pushed
// in, a number of another column could stand there. Notes in the column of remarks
// are nobody's business.
func (m *adoptMarks) inPlace(row adoptRow, r *engine.AdoptRecord) bool {
	written := m.v.cells(r)
	at := row.beside.changed(written, adoptINN, adoptCRMINN, adoptKPP, adoptCRMKPP, adoptPhones, adoptCRMPhones,
		adoptMails, adoptCRMMails, adoptOwner, adoptOthers, adoptUID, adoptLine)
	for _, i := range []int{adoptOthers, adoptLine} { // numbers that may pass for a clid
		if cell, there := row.beside.cells[i]; at < 0 && there && !sheet.Exact(cell, written[i]) {
			at = i
		}
	}
	if at >= 0 {
		m.wrong.add(row.line, causeMoved, m.columns[at].Name)
	}
	return at < 0
}

// contradictions finds clients that two records are to be linked to.
func (m *adoptMarks) contradictions() {
	first := map[int64]adopted{}
	for _, d := range m.list {
		if d.take != takeLinkWord {
			continue
		}
		other, taken := first[d.clid]
		if !taken {
			first[d.clid] = d
			continue
		}
		cause := phrase{"line %d links another record to client %d too", "строка %d связывает с клиентом %d другую запись"}
		m.wrong.add(d.line, cause, other.line, d.clid)
		m.wrong.add(other.line, cause, d.line, d.clid)
	}
}

// result is what is to be stored. Records that nobody decided about wait.
func (m *adoptMarks) result() state.SignOff {
	var s state.SignOff
	decided := map[*engine.AdoptRecord]bool{}
	for _, d := range m.list {
		decided[d.record] = true
		s.Choices = append(s.Choices, engine.Choice{UID: d.record.UID, Take: d.take, CLID: d.clid})
	}
	m.unlisted = 0
	for i := range m.v.Records {
		r := &m.v.Records[i]
		if decided[r] {
			continue
		}
		s.Later = append(s.Later, r.UID)
		if !m.seen[r] {
			m.unlisted++
		}
	}
	return s
}
