package engine_test

import (
	"slices"
	"strings"

	"pgregory.net/rapid"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/reconcile"
)

// check holds after every step: no uid is in the CRM twice; links are one to
// one, and the client of a link carries its uid; what a person put into the
// CRM is there still, also in fields that are not mapped.
func (m *model) check(*rapid.T) {
	m.w.Helper()
	m.w.sound()
	m.w.linked()
	m.keepsEdits()
}

// linked fails unless links are one to one and each client carries the uid of
// its link.
func (w *world) linked() {
	w.Helper()
	links, err := w.job.Newest(noCancel{}, 1000)
	if err != nil {
		w.Fatalf("links: %v", err)
	}
	owner := map[int64]string{}
	seen := map[string]bool{}
	for _, l := range links {
		uid := reconcile.FoldUID(l.UID)
		if owner[l.CLID] != "" || seen[uid] {
			w.Errorf("uid %s and clid %d are in two links", l.UID, l.CLID)
		}
		owner[l.CLID], seen[uid] = l.UID, true
		if c, ok := w.crm.Client(l.CLID); ok && reconcile.FoldUID(c.UID) != uid {
			w.Errorf("%s is linked to client %d, which carries the uid %q", l.UID, l.CLID, c.UID)
		}
	}
}

// keepsEdits: conflicts are held, so a person's value is there until a person
// changes it again, or the export comes to say the same.
func (m *model) keepsEdits() {
	for at, e := range m.edits {
		c, ok := m.w.crm.Client(at.clid)
		switch {
		case !ok, c.UID != e.uid: // deleted, or met since: what it had then is no edit
			delete(m.edits, at)
		case !same(at.field, valueOf(c, at.field), e.value):
			m.w.Errorf("client %d (%s): a person wrote %q into %s, and it is %q",
				at.clid, c.UID, e.value, at.field, valueOf(c, at.field))
		default:
			for _, i := range m.of(c.UID) {
				cell := m.rows[i].cells[at.field]
				// a link made anew takes over what the CRM alone has
				if same(at.field, cell, e.value) || m.tainted[c.UID] && cell == "" {
					delete(m.edits, at)
				}
			}
		}
	}
}

// converged holds once nothing is in the way any more: nothing is open, and
// every row that nobody has to look at is in the CRM once, with the values of
// the export wherever no person wrote another.
func (m *model) converged() {
	ops, err := m.w.job.Open(noCancel{})
	if err != nil || len(ops) != 0 {
		m.w.Errorf("%d ops are open, %v", len(ops), err)
	}
	holds, rejected := m.w.holds(), m.rejected()
	for _, key := range modelKeys {
		at := m.of(key)
		if len(at) == 0 {
			continue
		}
		row := m.rows[at[0]]
		clients := m.w.crm.ByUID(key)
		if why, held := holds[key]; held {
			m.heldRightly(key, why, clients)
			continue
		}
		if row.out || rejected[key] {
			continue
		}
		if len(at) > 1 && slices.ContainsFunc(at, func(i int) bool { return m.rows[i].line() != row.line() }) {
			if !slices.ContainsFunc(at, func(i int) bool { return m.rows[i].out }) {
				m.w.Errorf("%s: two different rows, and not held", key)
			}
			continue
		}
		if len(clients) == 0 && m.gone[key] {
			continue
		}
		if len(clients) != 1 {
			m.w.Errorf("%s is in the CRM %d times", key, len(clients))
			continue
		}
		m.agrees(row, clients[0])
	}
}

// agrees compares a row with its client.
func (m *model) agrees(row srcRow, c emulator.Client) {
	if c.Trash || m.foreign[c.CLID] || m.tainted[row.key] {
		return
	}
	for _, f := range modelFields {
		want, got := row.cells[f], valueOf(c, f)
		if m.touched[place{c.CLID, f}] || want == "" && f != "address" {
			continue
		}
		if !same(f, got, want) {
			m.w.Errorf("%s: %s is %q in the CRM and %q in the export", row.key, f, got, want)
		}
	}
}

// heldRightly: a hold must have a cause that is there still.
func (m *model) heldRightly(key string, why reconcile.Reason, clients []emulator.Client) {
	edited := len(clients) == 0 || m.tainted[key]
	for _, c := range clients {
		edited = edited || m.foreign[c.CLID] || c.Trash
		for _, f := range modelFields {
			edited = edited || m.touched[place{c.CLID, f}]
		}
	}
	ok := true
	switch why {
	case reconcile.ReasonDuplicateKey:
		ok = len(m.of(key)) > 1
	case reconcile.ReasonCRMGone:
		ok = m.gone[key]
	case reconcile.ReasonConflict:
		ok = edited
	case reconcile.ReasonNoBase:
		ok = edited
	case reconcile.ReasonUIDTwice, reconcile.ReasonUnreadable:
		ok = false
	}
	if !ok {
		m.w.Errorf("%s is held as %s for no reason", key, why)
	}
}

func valueOf(c emulator.Client, field string) string {
	switch {
	case field == "title":
		return c.Title
	case strings.HasPrefix(field, "cast"):
		return c.Recv[field]
	}
	return c.Fields[field]
}

func setValue(c *emulator.Client, field, v string) {
	switch {
	case field == "title":
		c.Title = v
	case strings.HasPrefix(field, "cast"):
		c.Recv[field] = v
	default:
		c.Fields[field] = v
	}
}

// same compares values as both sides do; the model draws none that would need
// more than the digits of a phone.
func same(field, a, b string) bool {
	if field == "phone" {
		return digits(a) == digits(b)
	}
	return a == b
}

func digits(s string) string {
	d := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
	if len(d) == 11 {
		d = d[1:]
	}
	return d
}
