package engine_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"syncd/internal/engine"
	"syncd/internal/reconcile"
)

// books is the accounting system behind the export: what is written back lies in
// its inbox until it takes it in.
type books struct {
	w       *world
	inbox   map[string][]engine.OfferRow // by delivery
	order   []string
	said    int  // deliveries, repeated ones included
	settles bool // what is delivered stands in the export at once
	fail    error
	undone  []engine.Undelivered // what the next deliveries cannot take
}

var _ engine.Outbox = (*books)(nil)

// both makes the world's job go both ways.
func (w *world) both(tune ...func(*engine.Config)) *books {
	b := &books{w: w, inbox: map[string][]engine.OfferRow{}}
	w.books = b
	w.header = worldHeader + ";КодCRM"
	w.remap(strings.Replace(worldMapping, "skip:", "clid: {column: КодCRM}\nskip:", 1))
	w.tune = func(c *engine.Config) {
		c.Policy.Direction = reconcile.Both
		c.Confirm = 72 * time.Hour
		off := reconcile.Off()
		c.Limits = reconcile.Limits{
			MinRows: off, MaxShrink: off, MaxReject: off, MaxDelete: off, MaxUpdate: off, MaxClear: off, MaxCreate: off,
		}
		for _, f := range tune {
			f(c)
		}
	}
	return b
}

func (b *books) Name(run int64, _ time.Time) string { return fmt.Sprintf("changes-%03d.csv", run) }

func (b *books) Settles() bool { return b.settles }

func (b *books) Deliver(_ context.Context, name string, rows []engine.OfferRow) error {
	if b.fail != nil {
		return b.fail
	}
	b.said++
	if _, ok := b.inbox[name]; !ok {
		b.order = append(b.order, name)
	}
	var took []engine.OfferRow
	for _, row := range rows {
		ok := true
		for _, u := range b.undone {
			ok = ok && u.UID != row.UID
		}
		if ok {
			took = append(took, row)
		}
	}
	b.inbox[name] = took
	if b.settles {
		b.take()
	}
	if len(took) < len(rows) {
		return &engine.UndeliveredError{Rows: b.undone}
	}
	return nil
}

// lying lists what waits in the inbox: "k1 phone=74951234567".
func (b *books) lying() []string {
	var out []string
	for _, name := range b.order {
		for _, row := range b.inbox[name] {
			for _, f := range row.Fields {
				who := row.UID
				if who == "" {
					who = fmt.Sprint("clid ", row.CLID)
				}
				out = append(out, fmt.Sprintf("%s %s=%s", who, f.Field, text(f.New)))
			}
		}
	}
	return out
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

var worldColumns = map[string]int{
	"title": 1, "phone": 2, "mail_url": 3, "address": 4, "recv.castInn": 5, "recv.castKpp": 6,
}

// take takes the inbox in: the next export shows it. Of a client born in the CRM
// it makes a record of its own.
func (b *books) take() {
	for _, name := range b.order {
		for _, row := range b.inbox[name] {
			b.takeRow(row)
		}
	}
	b.empty()
}

func (b *books) takeRow(row engine.OfferRow) {
	for i, line := range b.w.rows {
		cells := strings.Split(line, ";")
		if row.UID != "" && cells[0] != row.Key || row.UID == "" && cells[8] != fmt.Sprint(row.CLID) {
			continue
		}
		for _, f := range row.Fields {
			cells[worldColumns[f.Field]] = text(f.New)
		}
		b.w.rows[i] = strings.Join(cells, ";")
		return
	}
	if row.UID != "" {
		return // removed meanwhile
	}
	cells := []string{fmt.Sprintf("new%d", row.CLID), "", "", "", "", "", "", "Нет", fmt.Sprint(row.CLID)}
	for _, f := range row.Fields {
		cells[worldColumns[f.Field]] = text(f.New)
	}
	b.w.rows = append(b.w.rows, strings.Join(cells, ";"))
}

// empty throws the inbox away unread.
func (b *books) empty() { b.inbox, b.order = map[string][]engine.OfferRow{}, nil }

// entry is a row of the books: key, name, phone, and what else is given by column.
func entry(key, name, phone string, more ...string) string {
	cells := []string{key, name, phone, "", "", "", "", "Нет", ""}
	for i := 0; i+1 < len(more); i += 2 {
		cells[worldColumns[more[i]]] = more[i+1]
	}
	return strings.Join(cells, ";")
}

// cell returns a value of the books by key and field.
func (b *books) cell(key, field string) string {
	for _, line := range b.w.rows {
		if cells := strings.Split(line, ";"); cells[0] == key {
			return cells[worldColumns[field]]
		}
	}
	return "no row " + key
}
