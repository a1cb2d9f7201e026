package endpoint_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/endpoint"
	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/record"
	"syncd/internal/source"
)

const someOrders = orderHead +
	"o1;c1;ЗК-1;130;Нет;Нет;Труба;2;50\r\n" +
	"o1;c1;ЗК-1;130;Нет;Нет;Кран;1;30\r\n" +
	"o2;c2;ЗК-2;;Нет;Нет;Муфта;1;10\r\n" +
	"o2;c1;ЗК-2;;Нет;Нет;Отвод;1;10\r\n" + // another client in the same order
	"o3;c2;ЗК-3;;Нет;Нет;Муфта;1;десять\r\n" + // a price that is none
	"o3;c2;ЗК-3;;Нет;Нет;Отвод;1;10\r\n" +
	"o4;c3;ЗК-4;;Нет;Нет;Муфта;1;10\r\n" + // a client that is not linked
	"o5;c3;ЗК-5;;Нет;Да;Муфта;1;10\r\n" + // deleted
	"o6;c1;ЗК-6;25;Нет;Нет;Муфта;1;10\r\n" + // sums that do not add up
	"o6;c1;ЗК-6;25;Нет;Нет;Муфта;1;10\r\n" +
	"o7;c1;ЗК-7;;Да;Нет;Муфта;1;10\r\n" + // a draft
	"o1;c1;ЗК-1;130;Нет;Нет;Кран;1;130\r\n" // once more, apart

func wantedOrders(file string, first int) []string {
	at := func(format string, lines ...any) string {
		for i := range lines {
			if n, ok := lines[i].(int); ok {
				lines[i] = n + first
			}
		}
		return fmt.Sprintf(strings.ReplaceAll(format, "FILE", file), lines...)
	}
	return []string{
		at("record o1 71 [Труба | 2 | 50, Кран | 1 | 30] @%d-%d*2", 0, 1),
		at("rejected o2 @%d-%d*2 (head-differs FILE:%d client)", 2, 3, 3),
		at("rejected o3 @%d-%d*2 (not-number FILE:%d lines.price)", 4, 5, 4),
		at("record o4 ?c3 [Муфта | 1 | 10] waits no-client: client=c3 held @%d-%d*1", 6, 6),
		at("record o5  deleted [] @%d-%d*1", 7, 7),
		at("rejected o6 @%d-%d*2 (sum-differs FILE:%d kol)", 8, 9, 8),
		at("left out o7 @%d-%d*1", 10, 10),
		at("record o1 71 [Кран | 1 | 130] @%d-%d*1", 11, 11),
	}
}

func TestOrders_whose_rows_are_their_lines(t *testing.T) {
	t.Parallel()
	m := mappingOf(t, orderSpec)
	sum := func(rows []string) (n int) {
		for _, r := range rows {
			_, count, _ := strings.Cut(r, "*")
			k := 0
			_, _ = fmt.Sscan(count, &k)
			n += k
		}
		return n
	}
	got, snap, err := deals(t, dealCSV(t, m, someOrders, nil), m)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wantedOrders("orders.csv", 2), got); diff != "" {
		t.Error(diff)
	}
	if snap.Rows != 12 || sum(got) != 12 || !snap.Complete {
		t.Errorf("%d rows of 12: %+v", sum(got), snap)
	}
	c := sqlOf(t, someOrders)
	c.Gather.Links = twoClients()
	if got, snap, err = deals(t, endpoint.NewSQL(c, m), m); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wantedOrders("sources.table", 1), got); diff != "" {
		t.Error(diff)
	}
	if snap.Rows != 12 || !snap.Proven {
		t.Errorf("%+v", snap)
	}
}

// Rows of one order that stand apart do not add up: those that come later say where
// the others are. Another order whose sum is wrong says so.
func TestRows_of_an_order_that_stand_apart_say_so(t *testing.T) {
	t.Parallel()
	m := mappingOf(t, orderSpec)
	got, _, err := deals(t, dealCSV(t, m, orderHead+
		"o1;c1;ЗК-1;130;Нет;Нет;Труба;2;50\r\n"+
		"o2;c1;ЗК-2;10;Нет;Нет;Муфта;1;10\r\n"+
		"o1;c1;ЗК-1;130;Нет;Нет;Кран;1;30\r\n"+
		"o3;c1;ЗК-3;20;Нет;Нет;Муфта;1;10\r\n", nil), m)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"rejected o1 @2-2*1 (sum-differs orders.csv:2 kol)",
		"record o2 71 [Муфта | 1 | 10] @3-3*1",
		"rejected o1 @4-4*1 (rows-apart orders.csv:4 )",
		"rejected o3 @5-5*1 (sum-differs orders.csv:5 kol)",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Batches end where they will: a large file has some inside of orders.
func TestA_large_export_gives_every_order_whole(t *testing.T) {
	t.Parallel()
	const orders, lines = 3000, 7
	var b strings.Builder
	b.WriteString(orderHead)
	for i := range orders {
		for k := range lines {
			fmt.Fprintf(&b, "o%05d;c1;ЗК-%d;;Нет;Нет;Товар %d;1;10\r\n", i, i, k)
		}
	}
	m := mappingOf(t, orderSpec)
	c := sqlOf(t, b.String())
	c.Gather.Links = twoClients()
	for name, s := range map[string]engine.Source{"file": dealCSV(t, m, b.String(), nil), "query": endpoint.NewSQL(c, m)} {
		got, snap, err := deals(t, s, m)
		if err != nil || len(got) != orders || snap.Rows != orders*lines {
			t.Fatalf("%s: %d orders, %v", name, len(got), err)
		}
		for i, g := range got {
			if !strings.HasPrefix(g, fmt.Sprintf("record o%05d 71 [Товар 0 | 1 | 10,", i)) || !strings.Contains(g, "Товар 6 | 1 | 10] @") || !strings.HasSuffix(g, "*7") {
				t.Fatalf("%s: order %d is %s", name, i, g)
			}
		}
	}
}

// The last order of a file that was cut may lack lines; of a file that lost rows
// nobody knows where, any may.
func TestA_file_that_is_not_whole_gives_no_order_without_its_lines(t *testing.T) {
	t.Parallel()
	m := mappingOf(t, orderSpec)
	row := func(uid, what string) string { return uid + ";c1;ЗК;;Нет;Нет;" + what + ";1;10\r\n" }
	whole := orderHead + row("o1", "Труба") + row("o2", "Кран") + row("o2", "Муфта")
	for name, tt := range map[string]struct {
		content, trailer string
		want             []string
		refused          bool
	}{
		"cut in a row": {content: strings.TrimSuffix(whole, "фта;1;10\r\n"), want: []string{
			"record o1 71 [Труба | 1 | 10] @2-2*1", "rejected o2 @3-4*2 (cut-off orders.csv:4 ) (lines-cut orders.csv:3 )",
		}},
		"no closing line": {content: whole, trailer: "Всего строк: {rows}", want: []string{
			"record o1 71 [Труба | 1 | 10] @2-2*1", "rejected o2 @3-4*2 (lines-cut orders.csv:3 )",
		}},
		"a closing line of another number": {content: whole + "Всего строк: 4\r\n", trailer: "Всего строк: {rows}", refused: true},
		"whole": {content: whole + "Всего строк: 3\r\n", trailer: "Всего строк: {rows}", want: []string{
			"record o1 71 [Труба | 1 | 10] @2-2*1", "record o2 71 [Кран | 1 | 10, Муфта | 1 | 10] @3-4*2",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := t.TempDir() + "/orders.csv"
			put(t, path, tt.content)
			s := endpoint.NewCSV(endpoint.CSVConfig{
				Path: path, Shown: "orders.csv", Full: true, Gather: endpoint.Gather{Links: twoClients()},
				Options: source.CSVOptions{Trailer: tt.trailer},
			}, m, nil)
			if tt.refused {
				_ = refused(t, s, true)
				return
			}
			got, _, err := deals(t, s, m)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A mark of deletion on one row of several says nothing for sure; on all of them, what
// the rows hold besides does not matter.
func TestAn_order_is_deleted_by_all_its_rows(t *testing.T) {
	t.Parallel()
	m := mappingOf(t, orderSpec)
	got, _, err := deals(t, dealCSV(t, m, orderHead+
		"o1;c1;ЗК-1;;Нет;Нет;Труба;2;50\r\no1;c1;ЗК-1;;Нет;Да;Кран;1;30\r\n"+
		"o2;c1;ЗК-2;;Нет;Да;Труба;2;50\r\no2;c2;ЗК-3;;Нет;Да;Кран;1;много\r\n", nil), m)
	want := []string{
		"rejected o1 @2-3*2 (head-differs orders.csv:3 deleted_when)",
		"record o2 71 deleted [] @4-5*2 (not-number orders.csv:5 lines.price)", // a warning
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

const mergedSpec = `
version: 1
entity: client
uid: {column: Ключ, encode: raw}
fields:
  title: {column: Имя, required: true}
contacts:
  of: {column: Владелец}
  id: {column: Лицо}
  rows: merge
  person: {column: ФИО, required: true}
  tel: {columns: [Телефон], type: phones}
  mail: {columns: [Почта], type: emails}
`

func TestRows_of_one_contact_are_united(t *testing.T) {
	t.Parallel()
	m := mappingOf(t, mergedSpec).Part("contacts")
	s := dealCSV(t, m, "Владелец;Лицо;ФИО;Телефон;Почта\r\n"+
		"c1;p1;Иванов;;\r\nc1;p1;;4951234567;\r\nc1;p1;;4957654321;a@example.ru\r\n"+
		"c1;p2;Петров;;\r\nc2;p2;;;b@example.ru\r\n"+ // two clients have it
		"c2;p3;;;c@example.ru\r\n", nil) // nobody
	var got []string
	_, err := s.Read(t.Context(), engine.Known{}, func(batch []engine.Incoming) error {
		for _, in := range batch {
			if in.Kind == engine.InSkipped {
				continue
			}
			text := fmt.Sprint(in.Rows)
			if in.Kind == engine.InRecord {
				for i, v := range in.Record.Values {
					text += fmt.Sprintf(" %s=%s", m.Schema().Field(i).Name, v.Canon)
				}
			}
			for _, p := range in.Problems {
				text += " " + p.Code + " " + p.Field
			}
			got = append(got, text)
		}
		return nil
	})
	want := []string{
		"3 client=71 person=Иванов tel=74951234567,74957654321 mail=a@example.ru", "2 head-differs client", "1 required person",
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

// A record of an earlier file that waits is looked at anew, though its row is gone.
func TestA_record_that_waits_finds_what_it_refers_to_later(t *testing.T) {
	t.Parallel()
	m := mappingOf(t, orderSpec)
	var waiting record.Record
	known := twoClients()
	s := dealCSV(t, m, orderHead+"o4;c3;ЗК-4;;Нет;Нет;Муфта;1;10\r\n", nil)
	if _, err := s.Read(t.Context(), engine.Known{}, func(batch []engine.Incoming) error {
		for _, in := range batch {
			if in.Waits != nil {
				waiting = *in.Record
				waiting.Values = append([]record.Value(nil), in.Record.Values...)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	// as the state keeps it
	waiting.Values = record.Restore(m.Schema(), record.Store(m.Schema(), waiting.Values), m.CanonSource)
	if w, err := s.Again(t.Context(), &waiting); err != nil || w == nil || *w.Fields[0].Source != "c3" || w.Fields[0].Why != "held" {
		t.Fatalf("%+v %v", w, err)
	}
	known["clients/c3"] = endpoint.Target{CRMID: 73, UID: "c3", Key: "c3"}
	later := endpoint.NewCSV(endpoint.CSVConfig{Path: "-", Full: true, Gather: endpoint.Gather{Links: known}}, m, nil)
	if w, err := later.Again(t.Context(), &waiting); err != nil || w != nil || waiting.Get(m.Schema(), "client").Canon != "73" {
		t.Errorf("%+v %v %+v", w, err, waiting.Values)
	}
	if w, err := later.Again(t.Context(), &waiting); err != nil || w != nil || waiting.Get(m.Schema(), "client").Text != "73" {
		t.Errorf("what is an id stays one: %+v %v", w, err)
	}
}

func TestThe_first_row_of_an_order_is_found_again(t *testing.T) {
	t.Parallel()
	m := mappingOf(t, orderSpec)
	got, err := dealCSV(t, m, someOrders, nil).Find(t.Context(), is("o1"))
	if err != nil || got == nil || got.Origin.Line != 2 || got.Kind != mapping.InScope || got.Record.Key != "o1" {
		t.Fatalf("%+v %v", got, err)
	}
	if len(got.Fields) == 0 || got.Fields[0].Field != "client" || got.Fields[0].Columns[0] != "Клиент" {
		t.Errorf("%+v", got.Fields)
	}
}

// Neither the bytes of one row nor its cells say that an order is as it was.
func TestNo_row_of_an_order_is_known_again(t *testing.T) {
	t.Parallel()
	m := mappingOf(t, orderSpec)
	yes := func() func(record.Fingerprint, int) bool { return func(record.Fingerprint, int) bool { return true } }
	for name, s := range map[string]engine.Source{
		"file": dealCSV(t, m, someOrders, nil),
		"query": func() engine.Source {
			c := sqlOf(t, someOrders)
			c.Gather.Links = twoClients()
			return endpoint.NewSQL(c, m)
		}(),
	} {
		got, _, err := all(t, s, engine.Known{Row: yes, Cells: yes})
		if err != nil || len(got) != 8 || got[0].Kind != engine.InRecord {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
}
