package state

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"

	"syncd/internal/engine"
	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// Offers is what is on its way to the source side of a job. It implements the
// engine's port of that name; offers come and go with Job.Settle.
type Offers struct{ j *Job }

var _ engine.Offers = (*Offers)(nil)

// Offers gives the job's port for writing back.
func (j *Job) Offers() *Offers { return &Offers{j} }

// Begin puts the offers that are in no delivery yet into the one named, and returns
// the names of all that did not end, oldest first. A delivery that holds nothing
// any more, for all its offers fell, is not among them.
func (o *Offers) Begin(ctx context.Context, _ int64, name string) (names []string, err error) {
	if name == "" {
		err = o.j.db.view(ctx, func(tx *sql.Tx) error {
			names, err = o.unended(ctx, tx)
			return err
		})
		return names, err
	}
	err = o.j.change(ctx, func(c *changes) error {
		if _, err := c.exec(`UPDATE offer SET delivery = ? WHERE job = ? AND delivery IS NULL AND ended_at IS NULL`,
			name, o.j.id); err != nil {
			return err
		}
		names, err = o.unended(ctx, c.Tx)
		return err
	})
	return names, err
}

func (o *Offers) unended(ctx context.Context, q querier) ([]string, error) {
	var names []string
	err := each(ctx, q, func(r *sql.Rows) error {
		var name string
		err := r.Scan(&name)
		names = append(names, name)
		return err
	}, `SELECT delivery FROM offer WHERE job = ? AND ended_at IS NULL AND delivery IS NOT NULL AND arrived_at IS NULL
		GROUP BY delivery ORDER BY min(id)`, o.j.id)
	return names, err
}

// Rows returns what a delivery that did not end holds, by record in the order of the
// offers. What fell since it was begun is not in it.
func (o *Offers) Rows(ctx context.Context, name string) ([]engine.OfferRow, error) {
	var rows []engine.OfferRow
	err := o.j.db.view(ctx, func(tx *sql.Tx) error {
		return offerRows(ctx, tx, func(row engine.OfferRow) error { rows = append(rows, row); return nil },
			`o.job = ? AND o.delivery = ? AND o.arrived_at IS NULL`, o.j.id, name)
	})
	return rows, err
}

// Overdue yields the offers that arrived before a time and are not seen in the
// source yet, by record; those of clients born in the CRM have no UID.
func (o *Offers) Overdue(ctx context.Context, before time.Time, yield func(engine.OfferRow) error) error {
	return o.j.db.view(ctx, func(tx *sql.Tx) error {
		return offerRows(ctx, tx, yield, `o.job = ? AND o.arrived_at < ?`, o.j.id, millis(before))
	})
}

// offerRows yields open offers, those of one record together. The record is
// named as it is now.
func offerRows(ctx context.Context, q querier, yield func(engine.OfferRow) error, where string, args ...any) error {
	var row engine.OfferRow
	var of int64 // the record that row is of: its first offer
	err := each(ctx, q, func(r *sql.Rows) error {
		var next engine.OfferRow
		var field engine.OfferedField
		var base []byte
		var first int64
		if err := r.Scan(&first, &next.UID, &next.Key, &next.CLID, &next.Title, &base,
			&field.Field, &field.New, &field.Rule); err != nil {
			return err
		}
		stored, err := record.DecodeStored(base)
		if err != nil {
			return fmt.Errorf("base of %s: not readable", next.UID)
		}
		field.Old = stored[field.Field]
		if field.New != nil && *field.New == "" {
			field.New = nil
		}
		if first != of && of != 0 {
			if err := yield(row); err != nil {
				return err
			}
		}
		if first != of {
			row, of = next, first
		}
		row.Fields = append(row.Fields, field)
		return nil
	}, `SELECT min(o.id) OVER (PARTITION BY o.link, CASE WHEN o.link IS NULL THEN o.crm_id END) AS first,
			coalesce(l.uid, ''), coalesce(l.key, l.uid, ''), coalesce(l.crm_id, o.crm_id), coalesce(l.title, o.title), l.base,
			o.field, o.value, o.rule
		FROM offer o LEFT JOIN link l ON l.id = o.link
		WHERE o.ended_at IS NULL AND `+where+` ORDER BY first, o.id`, args...)
	if err != nil || of == 0 {
		return err
	}
	return yield(row)
}

// End says that a delivery arrived, but for these: their offers end as
// undelivered and are not on their way any more, but for those that go later.
func (o *Offers) End(ctx context.Context, _ int64, name string, undelivered []engine.Undelivered) error {
	return o.j.change(ctx, func(c *changes) error {
		for _, u := range undelivered {
			if err := o.fail(c, name, u); err != nil {
				return err
			}
		}
		_, err := c.exec(`UPDATE offer SET arrived_at = ? WHERE job = ? AND delivery = ? AND arrived_at IS NULL AND ended_at IS NULL`,
			millis(c.now), o.j.id, name)
		return err
	})
}

func (o *Offers) fail(c *changes, name string, u engine.Undelivered) error {
	which, args := `link IS NULL AND crm_id = ?`, []any{millis(c.now), o.j.id, name, u.Field, u.CLID}
	if u.UID != "" {
		folded := o.j.hashUID(u.UID)
		which = `link = (SELECT link FROM fingerprint WHERE target = ? AND uid = ?)`
		args = append(args[:4], o.j.target, folded[:])
	}
	set := `ended_at = ?1, how = 'undelivered'`
	if u.Later {
		set = `delivery = nullif(NULL, ?1)`
	}
	_, err := c.exec(`UPDATE offer SET `+set+` WHERE job = ?2 AND delivery = ?3
		AND arrived_at IS NULL AND ended_at IS NULL AND ?4 IN ('', field) AND `+which, args...)
	return err
}

// Born returns what is on its way of clients born in the CRM and not linked since.
// One that was offered before and has nothing on its way is there with an empty map.
func (o *Offers) Born(ctx context.Context, clids []int64) (map[int64]record.Stored, error) {
	found := make(map[int64]record.Stored)
	err := o.j.db.view(ctx, func(tx *sql.Tx) error {
		for part := range chunks(clids, lookupSize) {
			args := []any{o.j.id}
			for _, id := range part {
				args = append(args, id)
			}
			if err := each(ctx, tx, func(r *sql.Rows) error {
				var clid int64
				var field string
				var value *string
				var open bool
				if err := r.Scan(&clid, &field, &value, &open); err != nil {
					return err
				}
				if found[clid] == nil {
					found[clid] = record.Stored{}
				}
				if open {
					found[clid][field] = value
				}
				return nil
			}, `SELECT crm_id, field, value, ended_at IS NULL FROM offer
				WHERE job = ? AND link IS NULL AND crm_id IN (`+marks(len(part))+`)`, args...); err != nil {
				return err
			}
		}
		return nil
	})
	return found, err
}

// onOffer is one value that is on its way.
type onOffer struct {
	id    int64
	field string
	value *string
	rule  reconcile.Rule
	lost  *string
}

// offerLinked makes what is on its way of a link what the link says. Offers that
// were made of its client before it was linked are taken: the source has it. With
// anew, what stands is offered once more.
func (j *Job) offerLinked(c *changes, run, link int64, l *engine.Link, anew bool, said []engine.FieldChange) error {
	if c.old.born && l.CLID > 0 {
		if _, err := c.exec(`UPDATE offer SET link = ?, how = coalesce(how, 'taken'), ended_at = coalesce(ended_at, ?)
			WHERE job = ? AND link IS NULL AND crm_id = ?`, link, millis(c.now), j.id, l.CLID); err != nil {
			return err
		}
	}
	if !c.old.offers && len(l.Pending) == 0 {
		return nil
	}
	open, err := c.offers(`SELECT id, field, value, rule, lost FROM offer WHERE link = ? AND ended_at IS NULL`, link)
	if err != nil {
		return err
	}
	return j.offer(c, run, offering{link: link, clid: l.CLID, title: l.Title, pending: l.Pending, anew: anew, said: said}, open,
		func(o onOffer) string {
			if j.sameText(o.field, l.Base[o.field], o.value) {
				return "taken"
			}
			return "dropped"
		})
}

// offerBorn makes what is on its way of a client born in the CRM what b says.
func (j *Job) offerBorn(c *changes, run int64, b *engine.Born, anew bool, said []engine.FieldChange) error {
	open, err := c.offers(`SELECT id, field, value, rule, lost FROM offer WHERE job = ? AND link IS NULL AND crm_id = ? AND ended_at IS NULL`,
		j.id, b.CLID)
	if err != nil {
		return err
	}
	return j.offer(c, run, offering{clid: b.CLID, title: b.Title, pending: b.Pending, anew: anew, said: said}, open,
		func(onOffer) string { return "dropped" })
}

// offering is what is to be on its way of one record.
type offering struct {
	link    any // nil: born in the CRM
	clid    int64
	title   string
	pending record.Stored
	anew    bool // what stands goes out again
	said    []engine.FieldChange
}

// offer ends open offers that are not pending any more, and opens those that are new.
func (j *Job) offer(c *changes, run int64, of offering, open []onOffer, how func(onOffer) string) error {
	kept, before := map[string]bool{}, map[string]onOffer{}
	for _, o := range open {
		before[o.field] = o
		value, stays := of.pending[o.field]
		end := "replaced"
		switch {
		case stays && sameTexts(value, o.value) && !of.anew:
			kept[o.field] = true
			continue
		case !stays:
			end = how(o)
		}
		if _, err := c.exec(`UPDATE offer SET ended_at = ?, how = ? WHERE id = ?`, millis(c.now), end, o.id); err != nil {
			return err
		}
	}
	for _, field := range slices.Sorted(maps.Keys(of.pending)) {
		if kept[field] {
			continue
		}
		rule, lost := before[field].rule, before[field].lost
		for i := range of.said {
			if of.said[i].Field == field {
				rule, lost = of.said[i].Rule, of.said[i].Lost
			}
		}
		if _, err := c.exec(`INSERT INTO offer (job, link, crm_id, title, field, value, rule, lost, run, offered_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			j.id, of.link, of.clid, of.title, field, of.pending[field], string(rule), lost, run, millis(c.now)); err != nil {
			return err
		}
		c.old.offers, c.old.born = true, c.old.born || of.link == nil
	}
	return nil
}

// auditOffers remembers what was offered to the source side, of a record or of a
// client born in the CRM.
func (j *Job) auditOffers(c *changes, run int64, uid string, s *engine.Settlement) error {
	if len(s.Offers) == 0 {
		return nil
	}
	var clid int64
	switch {
	case s.Link != nil:
		clid = s.Link.CLID
	case s.Born != nil:
		clid = s.Born.CLID
	case s.Op != nil:
		clid = s.Op.CLID
	}
	return j.auditWord(c, run, "offer", uid, clid, s.Offers)
}

// offers reads what is on its way.
func (c *changes) offers(query string, args ...any) ([]onOffer, error) {
	stmt, err := c.query(query) //nolint:sqlclosecheck // it ends with its transaction
	if err != nil {
		return nil, err
	}
	rows, err := stmt.QueryContext(c.ctx, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // what it could say, Err says
	var out []onOffer
	for rows.Next() {
		var o onOffer
		if err := rows.Scan(&o.id, &o.field, &o.value, &o.rule, &o.lost); err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, rows.Err()
}

// sameText reports whether two stored texts of a field are one value, as far as
// the mapping's schema is known.
func (j *Job) sameText(field string, a, b *string) bool {
	if sameTexts(a, b) {
		return true
	}
	if a == nil || b == nil || j.schema == nil || j.canon == nil {
		return false
	}
	i := j.schema.Index(field)
	return i >= 0 && j.canon(i, *a) == j.canon(i, *b)
}

// sameTexts reports whether two texts are equal; null and empty are one.
func sameTexts(a, b *string) bool {
	x, y := "", ""
	if a != nil {
		x = *a
	}
	if b != nil {
		y = *b
	}
	return x == y
}
