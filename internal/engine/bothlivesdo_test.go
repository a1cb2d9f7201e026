package engine_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/engine"
	"syncd/internal/reconcile"
	"syncd/internal/state"
)

// The columns of the books' rows beside those of worldColumns.
const (
	keyColumn   = 0
	groupColumn = 7
	clidColumn  = 8
)

// column is where a field of the CRM stands in the books.
func column(field string) int { return worldColumns[offered(field)] }

// offered is what the engine calls a field of the CRM.
func offered(field string) string {
	if strings.HasPrefix(field, "cast") {
		return "recv." + field
	}
	return field
}

func cellsOf(row string) []string { return strings.Split(row, ";") }

// at lists the rows with a key.
func (l *lives) at(key string) []int {
	var out []int
	for i, row := range l.w.rows {
		if cellsOf(row)[keyColumn] == key {
			out = append(out, i)
		}
	}
	return out
}

func (l *lives) value(t *rapid.T, field string) string {
	n := l.next()
	if rapid.IntRange(0, 5).Draw(t, "shared") == 0 {
		n = rapid.IntRange(1, 4).Draw(t, "value")
	}
	switch field {
	case "title":
		return fmt.Sprintf("Клиент %d", n)
	case "phone":
		return fmt.Sprintf("8495100%04d", n)
	case "mail_url":
		return fmt.Sprintf("c%d@example.org", n)
	case "address":
		return fmt.Sprintf("Тихая %d", n)
	case "castInn":
		return rapid.SampledFrom(modelINNs).Draw(t, "inn")
	}
	return fmt.Sprintf("77070%04d", n)
}

// byHand is a value that only a person in the CRM would have put there.
func (l *lives) byHand(field string) string {
	n := l.next()
	switch field {
	case "phone":
		return fmt.Sprintf("8495777%04d", n)
	case "mail_url":
		return fmt.Sprintf("p%d@example.org", n)
	case "castInn":
		return modelINNs[n%len(modelINNs)]
	case "castKpp":
		return fmt.Sprintf("99010%04d", n)
	}
	return fmt.Sprintf("Правка %d", n)
}

func (l *lives) addRow(t *rapid.T) {
	key := rapid.SampledFrom(modelKeys).Draw(t, "key")
	if len(l.at(key)) > 0 {
		return
	}
	cells := []string{key, "", "", "", "", "", "", "Нет", ""}
	for _, f := range modelFields {
		if f == "title" || rapid.IntRange(0, 3).Draw(t, f) > 0 && f != "castInn" || rapid.IntRange(0, 4).Draw(t, f) == 0 {
			cells[column(f)] = l.value(t, f)
			l.inBooks[cellAt{key, f}] = typed{value: cells[column(f)], step: l.n}
		}
	}
	l.w.rows = append(l.w.rows, strings.Join(cells, ";"))
	if links, err := l.w.job.Links(noCancel{}, []string{key}); err != nil {
		l.w.Fatalf("links: %v", err)
	} else if len(links) == 0 {
		delete(l.buried, key) // gone from both sides, the link closed: this is a new record
	}
	l.tell("books: new row %s", l.w.rows[len(l.w.rows)-1])
}

// aRow draws a row of a record, or says that there is none.
func (l *lives) aRow(t *rapid.T) int {
	if len(l.w.rows) == 0 {
		return -1
	}
	i := rapid.IntRange(0, len(l.w.rows)-1).Draw(t, "row")
	if cellsOf(l.w.rows[i])[keyColumn] == "g" {
		return -1
	}
	return i
}

func (l *lives) setCell(i int, f, v string) {
	cells := cellsOf(l.w.rows[i])
	at := cellAt{cells[keyColumn], f}
	if same(f, cells[column(f)], v) {
		return
	}
	cells[column(f)] = v
	l.w.rows[i] = strings.Join(cells, ";")
	l.tell("books: %s becomes %q: %s", f, v, l.w.rows[i])
	delete(l.inBooks, at)
	if v != "" {
		l.inBooks[at] = typed{value: v, step: l.next()}
	}
}

func (l *lives) editRow(t *rapid.T) {
	if i := l.aRow(t); i >= 0 {
		f := rapid.SampledFrom(modelFields).Draw(t, "field")
		l.setCell(i, f, l.value(t, f))
	}
}

func (l *lives) blankCell(t *rapid.T) {
	if i := l.aRow(t); i >= 0 {
		l.setCell(i, rapid.SampledFrom(modelFields[1:]).Draw(t, "field"), "")
	}
}

// forget: a record left the books by hand, with what was typed there.
func (l *lives) forget(key string) {
	delete(l.buried, key)
	if len(l.at(key)) > 0 {
		return
	}
	for at := range l.inBooks {
		if at.key == key {
			delete(l.inBooks, at)
		}
	}
}

func (l *lives) removeRow(t *rapid.T) {
	if i := l.aRow(t); i >= 0 {
		key := cellsOf(l.w.rows[i])[keyColumn]
		l.tell("books: row removed: %s", l.w.rows[i])
		l.w.rows = slices.Delete(l.w.rows, i, i+1)
		l.forget(key)
	}
}

func (l *lives) changeKey(t *rapid.T) {
	i := l.aRow(t)
	to := rapid.SampledFrom(modelKeys).Draw(t, "key")
	if i < 0 || len(l.at(to)) > 0 {
		return
	}
	cells := cellsOf(l.w.rows[i])
	from := cells[keyColumn]
	cells[keyColumn] = to
	l.w.rows[i] = strings.Join(cells, ";")
	l.tell("books: %s is called %s", from, to)
	l.forget(from)
	l.apart[to] = true // its clid may lead to the old one's client
}

func (l *lives) duplicateRow(t *rapid.T) {
	if i := l.aRow(t); i >= 0 {
		row := l.w.rows[i]
		l.w.rows = append(l.w.rows, row)
		if rapid.Bool().Draw(t, "different") {
			cells := cellsOf(row)
			cells[column("title")] = l.value(t, "title")
			l.w.rows[len(l.w.rows)-1] = strings.Join(cells, ";")
		}
	}
}

func (l *lives) leaveScope(t *rapid.T) {
	if i := l.aRow(t); i >= 0 {
		cells := cellsOf(l.w.rows[i])
		cells[groupColumn] = map[string]string{"Да": "Нет", "Нет": "Да"}[cells[groupColumn]]
		l.w.rows[i] = strings.Join(cells, ";")
		delete(l.buried, cells[keyColumn])
	}
}

func (l *lives) someone(t *rapid.T) (emulator.Client, bool) {
	all := l.w.crm.Clients()
	if len(all) == 0 {
		return emulator.Client{}, false
	}
	return all[rapid.IntRange(0, len(all)-1).Draw(t, "client")], true
}

func (l *lives) drawEdit(t *rapid.T, c emulator.Client) (f, v string) {
	f = rapid.SampledFrom(append([]string{"des"}, modelFields...)).Draw(t, "field")
	if f != "title" && rapid.IntRange(0, 4).Draw(t, "blank") == 0 {
		return f, ""
	}
	return f, l.byHand(f)
}

func (l *lives) crmEdit(t *rapid.T) {
	if c, ok := l.someone(t); ok {
		l.land() // a write that arrives after a person's would be nobody's fault
		f, v := l.drawEdit(t, c)
		byCLID, _ := l.links()
		l.typeCRM(c, f, v, byCLID)
	}
}

// typeCRM is a person who edits a client.
func (l *lives) typeCRM(c emulator.Client, f, v string, linked map[int64]string) {
	if err := l.w.crm.Edit(c.CLID, f, v); err != nil {
		l.w.Fatalf("edit: %v", err)
	}
	l.tell("crm: %d (%s) %s %q becomes %q", c.CLID, c.UID, f, valueOf(c, f), v)
	if l.inRun != nil {
		l.inRun[c.CLID] = true
	}
	l.ever(f, v)
	at := place{c.CLID, f}
	if now := valueOf(c, f); same(f, now, v) {
		return
	}
	delete(l.inCRM, at)
	if v == "" && (linked[c.CLID] == "" || l.unsure) {
		return // a first meeting fills what is blank
	}
	l.inCRM[at] = typed{value: v, uid: c.UID, step: l.next()}
}

func (l *lives) ever(f, v string) {
	if l.everCRM[f] == nil {
		l.everCRM[f] = map[string]bool{}
	}
	l.everCRM[f][plain(f, v)] = true
}

// plain is the one form of all spellings of a value.
func plain(f, v string) string {
	if f == "phone" {
		return digits(v)
	}
	return v
}

func (l *lives) crmDelete(t *rapid.T) {
	if c, ok := l.someone(t); ok {
		l.land()
		_, byUID := l.links()
		l.deleteCRM(c, byUID)
	}
}

func (l *lives) deleteCRM(c emulator.Client, linked map[string]int64) {
	if err := l.w.crm.Delete(c.CLID); err != nil {
		l.w.Fatalf("delete: %v", err)
	}
	if l.inRun != nil {
		l.inRun[c.CLID] = true
	}
	l.tell("crm: %d (%s) deleted", c.CLID, c.UID)
	l.leftCRM(c, linked)
}

// leftCRM: people took a client out of the CRM.
func (l *lives) leftCRM(c emulator.Client, linked map[string]int64) {
	l.dropped[c.UID] = true
	if c.UID != "" && linked[reconcile.FoldUID(c.UID)] == c.CLID {
		l.buried[c.UID] = true
	}
	for at := range l.inCRM {
		if at.clid == c.CLID {
			delete(l.inCRM, at)
		}
	}
	for at := range l.inBooks {
		if at.key == c.UID {
			delete(l.inBooks, at)
		}
	}
}

func (l *lives) crmTrash(t *rapid.T) {
	if c, ok := l.someone(t); ok {
		l.trash(c)
	}
}

func (l *lives) trash(c emulator.Client) {
	turn := l.w.crm.Trash
	if c.Trash {
		turn = l.w.crm.Untrash
	}
	l.tell("crm: %d (%s) trash was %v", c.CLID, c.UID, c.Trash)
	if err := turn(c.CLID); err != nil {
		l.w.Fatalf("trash: %v", err)
	}
	if l.inRun != nil {
		l.inRun[c.CLID] = true
	}
}

// crmMerge joins two cards: what the main one lacks comes from the other.
func (l *lives) crmMerge(t *rapid.T) {
	main, ok := l.someone(t)
	loser, _ := l.someone(t)
	if !ok || main.CLID == loser.CLID || main.Trash || loser.Trash {
		return
	}
	l.land()
	_, byUID := l.links()
	if err := l.w.crm.Merge(main.CLID, loser.CLID); err != nil {
		l.w.Fatalf("merge: %v", err)
	}
	l.tell("crm: %d (%s) takes %d (%s) in", main.CLID, main.UID, loser.CLID, loser.UID)
	now, _ := l.w.crm.Client(main.CLID)
	for at := range l.inCRM {
		if at.clid == main.CLID {
			delete(l.inCRM, at)
		}
	}
	for _, f := range modelFields {
		l.ever(f, valueOf(now, f))
	}
	if now.UID != loser.UID {
		l.leftCRM(loser, byUID)
	} else {
		l.leftCRM(loser, nil)
	}
	if l.foreign[main.CLID] {
		l.apart[now.UID] = true
	}
}

// crmAdd is a person who enters a client by hand: often one that the books
// have too.
func (l *lives) crmAdd(t *rapid.T) {
	c := emulator.Client{Title: l.byHand("title"), Fields: map[string]string{}, Recv: map[string]string{}}
	if rapid.Bool().Draw(t, "phone") {
		c.Fields["phone"] = l.byHand("phone")
	}
	if i := l.aRow(t); i >= 0 && rapid.Bool().Draw(t, "known") {
		for _, f := range modelFields {
			if v := cellsOf(l.w.rows[i])[column(f)]; v != "" && rapid.Bool().Draw(t, "same "+f) {
				setValue(&c, f, v)
			}
		}
	}
	if err := l.w.crm.Seed(c); err != nil {
		t.Fatal(err)
	}
	all := l.w.crm.Clients()
	made := all[len(all)-1]
	l.foreign[made.CLID] = true
	l.tell("crm: %d by hand: %+v", made.CLID, made)
	for _, f := range modelFields {
		l.ever(f, valueOf(made, f))
	}
}

// takeInbox: the books take all of it in; a later export shows it.
func (l *lives) takeInbox(*rapid.T) {
	l.tell("books take %q", l.b.lying())
	l.taking(func() { l.b.take() })
}

// takePart takes the first deliveries, or one row of the first.
func (l *lives) takePart(t *rapid.T) {
	if len(l.b.order) == 0 {
		return
	}
	name := l.b.order[0]
	rows := l.b.inbox[name]
	n := len(rows)
	if n > 0 {
		n = rapid.IntRange(1, n).Draw(t, "rows")
	}
	l.tell("books take %d rows of %q", n, l.b.lying())
	l.taking(func() {
		for _, row := range rows[:n] {
			l.b.takeRow(row)
		}
	})
	if l.b.inbox[name] = rows[n:]; n == len(rows) {
		delete(l.b.inbox, name)
		l.b.order = l.b.order[1:]
	}
}

func (l *lives) loseInbox(*rapid.T) {
	l.tell("books lose %q", l.b.lying())
	l.b.empty()
}

func (l *lives) loseState(t *rapid.T) {
	if rapid.IntRange(0, 2).Draw(t, "really") > 0 {
		return
	}
	l.land() // no program knows of a write that left before its state was lost
	l.tell("the state is lost")
	l.w.loseState()
	l.taint()
}

// taint: what was settled is forgotten, so what is blank may be filled or stay.
func (l *lives) taint() {
	for _, c := range l.w.crm.Clients() {
		l.apart[c.UID] = true
	}
	for _, row := range l.w.rows {
		l.apart[cellsOf(row)[keyColumn]] = true
	}
	l.buried, l.unsure = map[string]bool{}, true
	for at, e := range l.inCRM {
		if e.value == "" {
			delete(l.inCRM, at)
		}
	}
}

func (l *lives) backUp(*rapid.T) {
	l.tell("the state is backed up")
	path := filepath.Join(l.w.dir, fmt.Sprintf("backup-%d.db", l.next()))
	if err := l.w.db.Backup(noCancel{}, path); err != nil {
		l.w.Fatalf("backup: %v", err)
	}
	l.backup = path
}

func (l *lives) restore(*rapid.T) {
	if l.backup == "" {
		return
	}
	l.land()
	l.tell("the backup is restored")
	_ = l.w.db.Close()
	for _, f := range []string{"state.db-wal", "state.db-shm"} {
		_ = os.Remove(filepath.Join(l.w.dir, f))
	}
	b, err := os.ReadFile(l.backup)
	if err != nil {
		l.w.Fatalf("backup: %v", err)
	}
	if err := os.WriteFile(filepath.Join(l.w.dir, "state.db"), b, 0o600); err != nil {
		l.w.Fatalf("backup: %v", err)
	}
	l.w.openState()
	if _, _, restored, err := l.w.db.Restored(noCancel{}); err != nil {
		l.w.Fatalf("restored: %v", err)
	} else if restored {
		if err := l.w.db.Mistrust(noCancel{}); err != nil {
			l.w.Fatalf("mistrust: %v", err)
		}
	}
	l.taint()
}

// changeMapping drops a field from the mapping, or takes it up again.
func (l *lives) changeMapping(*rapid.T) {
	text := strings.Replace(worldMapping, "skip:", "clid: {column: КодCRM}\nskip:", 1)
	for _, c := range l.w.crm.Clients() {
		l.metAnew[c.UID] = true
	}
	if l.narrow = !l.narrow; l.narrow {
		text = strings.Replace(text, "  mail_url: {column: Почта, type: emails}\n", "", 1)
	}
	l.tell("the mapping changes; narrow %v", l.narrow)
	l.w.remap(text)
}

// mapped reports whether the job looks after a field.
func (l *lives) mapped(field string) bool {
	return field != "des" && (!l.narrow || field != "mail_url")
}

// isNew reports whether the mapping took a field of a client up anew: then it has no
// base, or one that slept.
func (l *lives) isNew(field, uid string) bool { return field == "mail_url" && l.metAnew[uid] }

// wordsFor are the choices that a person may make, by the reason of a hold.
func wordsFor(r reconcile.Reason) []string {
	switch r {
	case reconcile.ReasonConflict:
		return []string{"source", "crm", "set"}
	case reconcile.ReasonNoBase, reconcile.ReasonAbsentButEdited:
		return []string{"source", "crm"}
	case reconcile.ReasonNotTaken:
		return []string{"source", "retry"}
	case reconcile.ReasonCRMGone:
		return []string{"add", "add", "ignore"}
	case reconcile.ReasonMaybeSame, reconcile.ReasonMatchWeak, reconcile.ReasonMatchAmbiguous, reconcile.ReasonMatchDiffers:
		return []string{"link", "add"}
	case reconcile.ReasonHidden, reconcile.ReasonTrashed, reconcile.ReasonUIDTwice:
		return []string{"retry"}
	}
	return nil
}

func (l *lives) resolve(t *rapid.T) {
	holds := l.standing()
	if len(holds) == 0 {
		return
	}
	l.decide(t, &holds[rapid.IntRange(0, len(holds)-1).Draw(t, "hold")])
}

func (l *lives) resolveAll(t *rapid.T) {
	holds := l.standing()
	for i := range holds {
		l.decide(t, &holds[i])
	}
}

// decide is a person who looks at a hold.
func (l *lives) decide(t *rapid.T, h *state.StandingHold) {
	words := wordsFor(h.Reason)
	if strings.HasPrefix(h.UID, "clid-") {
		words = []string{"retry", "crm"}
	}
	if at := l.at(h.Key); len(at) > 1 { // a hold of another reason hides that of the twins
		for _, i := range slices.Backward(at[1:]) {
			l.tell("books: second row removed: %s", l.w.rows[i])
			l.w.rows = slices.Delete(l.w.rows, i, i+1)
		}
		l.forget(h.Key)
		return
	}
	if len(words) == 0 {
		return
	}
	if h.Sticky && len(words) == 2 && words[1] == "add" {
		words = words[:1] // the CRM itself said that the client exists: it would say so again
	}
	word := rapid.SampledFrom(words).Draw(t, "take")
	l.ignored[h.UID] = l.ignored[h.UID] || word == "ignore"
	c := engine.Choice{Take: word}
	if word == "set" {
		f := h.Fields[0].Field
		v := l.byHand(strings.TrimPrefix(f, "recv."))
		c = engine.Choice{Field: f, Set: &v}
		l.chosen[v] = true
		l.ever(strings.TrimPrefix(f, "recv."), v)
	}
	if err := l.w.job.Resolve(noCancel{}, h.UID, c); err != nil {
		l.w.Fatalf("resolve %s (%s): %v", h.UID, h.Reason, err)
	}
	l.tell("%s held %s: take %+v", h.UID, h.Reason, c)
	l.saidOf(h, word)
}
