package engine_test

import (
	"slices"
	"strings"

	"pgregory.net/rapid"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/reconcile"
	"syncd/internal/state"
)

// check holds after every step: no uid of ours is in the CRM twice; links are one
// to one, and the client of a link carries its uid; and what a person typed into
// the CRM is there still, unless the audit has it.
func (l *lives) check(*rapid.T) {
	l.w.Helper()
	l.w.sound()
	l.w.linked()
	for at, e := range l.inCRM {
		c, ok := l.w.crm.Client(at.clid)
		switch {
		case !ok, c.UID != e.uid: // met since: what it had then is no edit
			delete(l.inCRM, at)
		case same(at.field, valueOf(c, at.field), e.value):
		case l.lost[at.field][plain(at.field, e.value)]:
			delete(l.inCRM, at)
		case e.value == "" && l.apart[c.UID]: // met anew without a base: what is blank is filled
			delete(l.inCRM, at)
		default:
			l.w.Errorf("client %d (%s): a person typed %q into %s, it is %q, and no audit has it\n%s",
				at.clid, c.UID, e.value, at.field, valueOf(c, at.field), l)
		}
	}
}

// picture is every client as it is now.
func (l *lives) picture() map[int64]emulator.Client {
	out := map[int64]emulator.Client{}
	for _, c := range l.w.crm.Clients() {
		out[c.CLID] = c
	}
	return out
}

// afterRun holds what a run did against what it was allowed to.
func (l *lives) afterRun(before map[int64]emulator.Client, export []string) {
	l.w.Helper()
	l.gatherLost()
	l.checkOffers()
	this := l.w.clock().String() + strings.Join(export, "\n")
	keys := map[string][]string{}
	for _, row := range export {
		keys[cellsOf(row)[keyColumn]] = append(keys[cellsOf(row)[keyColumn]], row)
	}
	after := l.picture()
	for clid, was := range before {
		c, there := after[clid]
		switch {
		case l.inRun[clid]:
		case !there:
			l.checkDeleted(was, keys, this)
		default:
			l.checkWritten(was, c, keys)
		}
	}
	for clid, c := range after {
		if _, old := before[clid]; !old && !l.foreign[clid] {
			l.checkAdded(c, keys)
		}
	}
	for _, c := range after {
		if len(keys[c.UID]) > 0 {
			delete(l.lacking, c.UID)
		} else if l.lacking[c.UID] == "" {
			l.lacking[c.UID] = this
		}
	}
	l.settleTyped(export)
	if l.b.settles {
		l.checkTaken(export)
	}
}

// checkWritten: only what is mapped is written, only to clients that are ours, and
// nothing that the books do not have.
func (l *lives) checkWritten(was, c emulator.Client, keys map[string][]string) {
	l.w.Helper()
	if was.UID == "" && c.UID != "" {
		l.apart[c.UID] = true
	}
	for _, f := range append([]string{"des", "fax"}, modelFields...) {
		old, v := valueOf(was, f), valueOf(c, f)
		if old == v {
			continue
		}
		switch {
		case !l.mapped(f) || f == "fax":
			l.w.Errorf("client %d (%s): %s is not mapped, and became %q", c.CLID, c.UID, f, v)
		case c.UID == "":
			l.w.Errorf("client %d is nobody's, and its %s became %q", c.CLID, f, v)
		case c.Trash:
			l.w.Errorf("client %d (%s) lies in the trash, and its %s became %q", c.CLID, c.UID, f, v)
		case !l.chosen[v] && !slices.ContainsFunc(keys[c.UID], func(row string) bool { return same(f, cellsOf(row)[column(f)], v) }):
			l.w.Errorf("client %d (%s): %s became %q, which the books do not have\n%s", c.CLID, c.UID, f, v, l)
		}
	}
}

// checkDeleted: a client goes only when its record was absent twice, and nobody
// edited it since both sides agreed.
func (l *lives) checkDeleted(was emulator.Client, keys map[string][]string, this string) {
	l.w.Helper()
	since := l.lacking[was.UID]
	if l.policy.OnAbsent != reconcile.Delete || was.UID == "" || len(keys[was.UID]) > 0 || since == "" || since == this {
		l.w.Errorf("client %d (%s) was deleted; absent since %q, it is %q\n%s", was.CLID, was.UID, since, this, l)
	}
	for at, e := range l.inCRM {
		if at.clid == was.CLID && !l.isNew(at.field, was.UID) && l.mapped(at.field) && !l.lost[at.field][plain(at.field, e.value)] {
			l.w.Errorf("client %d (%s) was deleted with %s=%q, which a person typed\n%s", was.CLID, was.UID, at.field, e.value, l)
		}
	}
}

// checkAdded: only records are added, and none whose client people deleted.
func (l *lives) checkAdded(c emulator.Client, keys map[string][]string) {
	l.w.Helper()
	switch {
	case len(keys[c.UID]) == 0:
		l.w.Errorf("client %d was added with the uid %q, which no row has", c.CLID, c.UID)
	case l.buried[c.UID] && !l.policy.Recreate:
		l.w.Errorf("%s was deleted in the CRM and was added again\n%s", c.UID, l)
	}
}

// gatherLost remembers which values lost, wherever that is written down.
func (l *lives) gatherLost() {
	l.w.Helper()
	note := func(field string, v *string, rule reconcile.Rule) {
		switch rule {
		case reconcile.RuleConflictSource, reconcile.RuleChosenSource, reconcile.RuleChosenValue: // a blank loser has no text
		default:
			if v == nil {
				return
			}
		}
		if field = strings.TrimPrefix(field, "recv."); l.lost[field] == nil {
			l.lost[field] = map[string]bool{}
		}
		l.lost[field][plain(field, text(v))] = true
	}
	list, err := l.w.db.Changes(noCancel{}, state.AuditFilter{})
	if err != nil {
		l.w.Fatalf("changes: %v", err)
	}
	for _, c := range list {
		for _, f := range c.Fields {
			note(f.Field, f.Lost, f.Rule)
		}
	}
	open, err := l.w.job.Open(noCancel{})
	if err != nil {
		l.w.Fatalf("open ops: %v", err)
	}
	for _, op := range open {
		for _, f := range op.Changes {
			note(f.Field, f.Lost, f.Rule)
		}
	}
}

// checkOffers: the books are given only what people put into the CRM: never what
// came from the books, and never what the CRM made of it.
func (l *lives) checkOffers() {
	l.w.Helper()
	for _, name := range l.b.order {
		if _, old := l.given[name]; old {
			continue
		}
		l.given[name] = l.next()
		for _, row := range l.b.inbox[name] {
			for _, o := range row.Fields {
				f := strings.TrimPrefix(o.Field, "recv.")
				if !l.everCRM[f][plain(f, text(o.New))] {
					l.w.Errorf("%s (client %d) is offered %s=%q, which nobody typed into the CRM\n%s",
						row.UID, row.CLID, o.Field, text(o.New), l)
				}
			}
		}
	}
}

// settleTyped forgets what both sides have by now.
func (l *lives) settleTyped(export []string) {
	rows := map[string][]string{}
	for _, row := range export {
		rows[cellsOf(row)[keyColumn]] = cellsOf(row)
	}
	for at, e := range l.inCRM {
		c, ok := l.w.crm.Client(at.clid)
		if !ok || rows[c.UID] == nil || !l.mapped(at.field) || !same(at.field, e.value, valueOf(c, at.field)) {
			continue
		}
		cell := rows[c.UID][column(at.field)]
		// a link made anew takes over what the CRM alone has
		if same(at.field, cell, e.value) || l.apart[c.UID] && cell == "" {
			delete(l.inCRM, at)
		}
	}
	for at, e := range l.inBooks {
		for _, c := range l.w.crm.ByUID(at.key) {
			// what differs when two first meet may stand, and is no conflict afterwards
			if same(at.field, valueOf(c, at.field), e.value) || l.foreign[c.CLID] || l.isNew(at.field, c.UID) {
				delete(l.inBooks, at)
			}
		}
	}
}

// taking lets the books take something in.
func (l *lives) taking(f func()) {
	l.w.Helper()
	before := append([]string(nil), l.w.rows...)
	given := map[cellAt]int{}
	for _, name := range l.b.order {
		for _, row := range l.b.inbox[name] {
			for _, o := range row.Fields {
				given[cellAt{row.Key, strings.TrimPrefix(o.Field, "recv.")}] = l.given[name]
			}
		}
	}
	for at, e := range l.inBooks {
		if given[at] != 0 && given[at] < e.step {
			delete(l.inBooks, at) // it lay there before: the books themselves overwrite what was typed since
		}
	}
	f()
	l.checkTaken(before)
}

// checkTaken: what a person typed into the books is overwritten only by what won
// against it.
func (l *lives) checkTaken(before []string) {
	l.w.Helper()
	for i, row := range before {
		if i >= len(l.w.rows) || row == l.w.rows[i] {
			continue
		}
		was, is := cellsOf(row), cellsOf(l.w.rows[i])
		for _, f := range modelFields {
			at := cellAt{was[keyColumn], f}
			e, ok := l.inBooks[at]
			if !ok || same(f, is[column(f)], was[column(f)]) || !same(f, was[column(f)], e.value) {
				continue
			}
			delete(l.inBooks, at)
			if !l.lost[f][plain(f, e.value)] {
				l.w.Errorf("%s: a person typed %q into %s of the books, it is %q, and no audit has it\n%s",
					at.key, e.value, f, is[column(f)], l)
			}
		}
	}
}

func (l *lives) standing() []state.StandingHold {
	holds, err := l.w.db.Holds(noCancel{}, state.HoldFilter{})
	if err != nil {
		l.w.Fatalf("holds: %v", err)
	}
	return holds
}

// saidOf: what follows from a person's word needs no other reason.
func (l *lives) saidOf(h *state.StandingHold, word string) {
	delete(l.buried, h.UID)
	if c, ok := l.w.crm.Client(h.CLID); ok {
		for _, f := range modelFields {
			l.ever(f, valueOf(c, f))
		}
	}
	if word == "source" && h.Reason == reconcile.ReasonAbsentButEdited {
		for at := range l.inCRM {
			if at.clid == h.CLID {
				delete(l.inCRM, at)
			}
		}
	}
}

// agreed holds once nothing is in the way any more.
func (l *lives) agreed() {
	l.w.Helper()
	if ops, err := l.w.job.Open(noCancel{}); err != nil || len(ops) != 0 {
		l.w.Errorf("%d ops are open, %v", len(ops), err)
	}
	held := map[string]reconcile.Reason{}
	for _, h := range l.standing() {
		held[h.UID] = h.Reason
		if c, ok := l.w.crm.Client(h.CLID); ok && c.Trash {
			continue // nothing is done while it lies there
		}
		switch h.Reason {
		case reconcile.ReasonConflict, reconcile.ReasonNoBase, reconcile.ReasonNotTaken, reconcile.ReasonDuplicateKey,
			reconcile.ReasonUnreadable, reconcile.ReasonUIDTwice, reconcile.ReasonAbsentButEdited, reconcile.ReasonCRMGone:
			l.w.Errorf("%s is held as %s still\n%s", h.UID, h.Reason, l)
		}
	}
	pending, err := l.w.db.Pending(noCancel{}, "")
	if err != nil {
		l.w.Fatalf("pending: %v", err)
	}
	rejected := map[string]bool{}
	rejects, err := l.w.db.Rejects(noCancel{}, "")
	if err != nil {
		l.w.Fatalf("rejects: %v", err)
	}
	for _, r := range rejects {
		rejected[r.UID] = rejected[r.UID] || !r.Warning
	}
	for i, row := range l.w.rows {
		cells := cellsOf(row)
		key := cells[keyColumn]
		if at := l.at(key); at[0] != i || held[key] != "" || rejected[key] || l.ignored[key] || cells[groupColumn] == "Да" {
			continue
		}
		clients := l.w.crm.ByUID(key)
		if len(clients) == 1 && clients[0].Trash {
			continue
		}
		for _, p := range pending {
			if p.UID == key {
				l.w.Errorf("%s: %s=%q is on its way still\n%s", key, p.Field, text(p.Offered), l)
			}
		}
		switch {
		case len(clients) == 1:
			l.agrees(key, cells, clients[0])
		case len(clients) == 0 && l.dropped[key]:
		default:
			l.w.Errorf("%s is in the CRM %d times\n%s", key, len(clients), l)
		}
	}
}

// agrees compares a row of the books with its client.
func (l *lives) agrees(key string, cells []string, c emulator.Client) {
	l.w.Helper()
	for _, f := range modelFields {
		cell, v := cells[column(f)], valueOf(c, f)
		_, edited := l.inCRM[place{c.CLID, f}]
		switch {
		case !l.mapped(f), same(f, cell, v):
		case l.foreign[c.CLID], l.apart[key] && cell == "": // what a first meeting leaves apart may stand
		case l.isNew(f, key): // what differs when a field is mapped anew may stand
		case cell == "" && f != "address" && !edited: // a blank cell clears nothing
		default:
			l.w.Errorf("%s: %s is %q in the CRM and %q in the books\n%s", key, f, v, cell, l)
		}
	}
}
