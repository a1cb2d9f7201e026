package state_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"syncd/internal/engine"
	"syncd/internal/record"
	"syncd/internal/state"
)

// offered is a link with values on its way to the source.
func offered(t testing.TB, j *state.Job, run int64, l *engine.Link, pairs ...string) {
	t.Helper()
	next := *l
	next.Pending = stored(pairs...)
	var said []engine.FieldChange
	for f, v := range next.Pending {
		said = append(said, engine.FieldChange{Field: f, From: l.Base[f], To: v, Rule: "crm-changed"})
	}
	settle(t, j, run, engine.Settlement{UID: l.UID, Link: &next, Offers: said})
	*l = next
}

func began(t testing.TB, j *state.Job, name string) []string {
	t.Helper()
	names, err := j.Offers().Begin(t.Context(), 1, name)
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func rowsOf(t testing.TB, j *state.Job, name string) []engine.OfferRow {
	t.Helper()
	rows, err := j.Offers().Rows(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func ended(t testing.TB, j *state.Job, name string, left ...engine.Undelivered) {
	t.Helper()
	if err := j.Offers().End(t.Context(), 1, name, left); err != nil {
		t.Fatal(err)
	}
}

func linked(t testing.TB, j *state.Job, uid string) engine.Link {
	t.Helper()
	found, err := j.Links(t.Context(), []string{uid})
	if err != nil {
		t.Fatal(err)
	}
	return found[uid]
}

func born(t testing.TB, j *state.Job, clids ...int64) map[int64]record.Stored {
	t.Helper()
	found, err := j.Offers().Born(t.Context(), clids)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func overdue(t testing.TB, j *state.Job, before time.Time) []engine.OfferRow {
	t.Helper()
	var out []engine.OfferRow
	if err := j.Offers().Overdue(t.Context(), before, func(r engine.OfferRow) error { out = append(out, r); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAn_offer_goes_out_once_and_ends_when_the_source_shows_it(t *testing.T) {
	db, j := fresh(t)
	run := start(t, j)
	links := confirmed(t, j, run, 1, 2)
	offered(t, j, run, links[0], "phone", "79169999999", "site_url", "")
	offered(t, j, run, links[1], "phone", "79168888888")
	if got := linked(t, j, links[0].UID).Pending; cmp.Diff(stored("phone", "79169999999", "site_url", ""), got) != "" {
		t.Errorf("the link has on its way %v", got)
	}
	if got := began(t, j, "a.csv"); !slices.Equal(got, []string{"a.csv"}) {
		t.Fatalf("deliveries %v", got)
	}
	want := []engine.OfferRow{
		{UID: links[0].UID, Key: links[0].Key, CLID: 1001, Title: links[0].Title, Fields: []engine.OfferedField{
			{Field: "phone", Old: text("79160000000"), New: text("79169999999"), Rule: "crm-changed"},
			{Field: "site_url", Rule: "crm-changed"}, // no base; a blank is nil
		}},
		{UID: links[1].UID, Key: links[1].Key, CLID: 1002, Title: links[1].Title, Fields: []engine.OfferedField{
			{Field: "phone", Old: text("79160000000"), New: text("79168888888"), Rule: "crm-changed"},
		}},
	}
	if d := cmp.Diff(want, rowsOf(t, j, "a.csv")); d != "" {
		t.Error(d)
	}
	if got := overdue(t, j, noon.Add(time.Hour)); len(got) != 0 {
		t.Errorf("overdue before it arrived: %v", got)
	}
	ended(t, j, "a.csv")
	ended(t, j, "a.csv") // said twice, nothing more happens
	if got := began(t, j, "b.csv"); len(got) != 0 || len(rowsOf(t, j, "a.csv")) != 0 {
		t.Errorf("after its end: deliveries %v, rows %v", got, rowsOf(t, j, "a.csv"))
	}
	if got := overdue(t, j, noon); len(got) != 0 {
		t.Errorf("arrived at noon, overdue before noon: %v", got)
	}
	if d := cmp.Diff(want, overdue(t, j, noon.Add(time.Second))); d != "" {
		t.Errorf("overdue: %s", d)
	}

	// an export shows one of the two; the second one is not wanted any more
	next := *links[0]
	next.Base, next.Pending = stored("title", "x", "phone", "79169999999"), nil
	settle(t, j, run, engine.Settlement{UID: next.UID, Link: &next})
	if got := linked(t, j, next.UID).Pending; len(got) != 0 {
		t.Errorf("still on its way: %v", got)
	}
	if got := shell(t, db.File(), `SELECT field, how FROM offer WHERE link = 1 ORDER BY field`); got != "phone|taken\nsite_url|taken\n" {
		t.Errorf("ended %q: the phone and the blank stand in the source", got)
	}
	next = *links[1]
	next.Pending = nil
	settle(t, j, run, engine.Settlement{UID: next.UID, Link: &next})
	if got := shell(t, db.File(), `SELECT how FROM offer WHERE link = 2`); got != "dropped\n" {
		t.Errorf("ended %q", got)
	}
	if got := shell(t, db.File(), `SELECT count(*) FROM v_pending`); got != "0\n" {
		t.Errorf("pending %q", got)
	}
}

func TestA_value_in_another_spelling_is_taken_too(t *testing.T) {
	db, j := fresh(t)
	digits := func(_ int, s string) string {
		return string(slices.DeleteFunc([]byte(s), func(b byte) bool { return b < '0' || b > '9' }))
	}
	j = j.WithSchema(record.NewSchema([]record.Field{{Name: "phone"}}), digits)
	l := confirmed(t, j, 1, 1, 1)[0]
	offered(t, j, 1, l, "phone", "79169999999")
	next := *l
	next.Base, next.Pending = stored("phone", "7 (916) 999-99-99"), nil
	settle(t, j, 1, engine.Settlement{UID: l.UID, Link: &next})
	if got := shell(t, db.File(), `SELECT how FROM offer`); got != "taken\n" {
		t.Errorf("ended %q", got)
	}
}

func TestA_newer_value_replaces_the_offer_and_an_equal_one_is_not_made_again(t *testing.T) {
	db, j := fresh(t)
	l := confirmed(t, j, 1, 1, 1)[0]
	offered(t, j, 1, l, "phone", "1")
	began(t, j, "a.csv")
	ended(t, j, "a.csv")
	offered(t, j, 2, l, "phone", "1") // the same again
	if got := began(t, j, "b.csv"); len(got) != 0 {
		t.Fatalf("an equal offer goes out again: %v", got)
	}
	offered(t, j, 3, l, "phone", "2")
	if got := began(t, j, "c.csv"); !slices.Equal(got, []string{"c.csv"}) {
		t.Fatalf("deliveries %v", got)
	}
	if got := shell(t, db.File(), `SELECT value, run, coalesce(how, '') FROM offer ORDER BY id`); got != "1|1|replaced\n2|3|\n" {
		t.Errorf("offers %q", got)
	}
	ended(t, j, "c.csv")
	next := *l
	settle(t, j, 4, engine.Settlement{UID: l.UID, Link: &next, Anew: true})
	if got := began(t, j, "d.csv"); !slices.Equal(got, []string{"d.csv"}) {
		t.Errorf("asked to go out anew: %v", got)
	}
	if got := rowsOf(t, j, "d.csv"); len(got) != 1 || *got[0].Fields[0].New != "2" || got[0].Fields[0].Rule != "crm-changed" {
		t.Errorf("anew: %v", got)
	}
}

func TestADelivery_that_did_not_end_comes_again_under_its_name(t *testing.T) {
	path := place(t)
	db := open(t, path)
	j := job(t, db, clients)
	links := confirmed(t, j, 1, 1, 2)
	offered(t, j, 1, links[0], "phone", "1")
	began(t, j, "a.csv")
	before := rowsOf(t, j, "a.csv")
	if err := db.Close(); err != nil { // the run died before the end
		t.Fatal(err)
	}
	j = job(t, open(t, path), clients)
	offered(t, j, 2, links[1], "phone", "2")
	if got := began(t, j, ""); !slices.Equal(got, []string{"a.csv"}) {
		t.Errorf("without a new one: %v", got)
	}
	if got := began(t, j, "b.csv"); !slices.Equal(got, []string{"a.csv", "b.csv"}) {
		t.Errorf("oldest first: %v", got)
	}
	if d := cmp.Diff(before, rowsOf(t, j, "a.csv")); d != "" {
		t.Errorf("its rows changed: %s", d)
	}
	if got := rowsOf(t, j, "b.csv"); len(got) != 1 || got[0].UID != links[1].UID {
		t.Errorf("the new delivery: %v", got)
	}
	// a table is one name for all: what waits joins what did not end
	offered(t, j, 3, links[0], "phone", "3")
	if got := began(t, j, "a.csv"); !slices.Equal(got, []string{"b.csv", "a.csv"}) {
		t.Errorf("one name for all: %v", got)
	}
	if got := rowsOf(t, j, "a.csv"); len(got) != 1 || len(got[0].Fields) != 1 || *got[0].Fields[0].New != "3" {
		t.Errorf("the newest value alone goes: %v", got)
	}
}

func TestWhat_could_not_be_delivered_is_not_on_its_way(t *testing.T) {
	db, j := fresh(t)
	links := confirmed(t, j, 1, 1, 3)
	for _, l := range links {
		offered(t, j, 1, l, "phone", "1", "site_url", "x")
	}
	settle(t, j, 1, engine.Settlement{UID: "clid-77", Born: &engine.Born{CLID: 77, Title: "Новый", Pending: stored("title", "Новый")}})
	began(t, j, "a.csv")
	ended(t, j, "a.csv", engine.Undelivered{UID: links[0].UID, CLID: 1001, Field: "phone", Code: "encoding"},
		engine.Undelivered{UID: "UID-000002 ", CLID: 1002, Code: "refused"}, engine.Undelivered{CLID: 77, Code: "refused"})
	for i, want := range []record.Stored{stored("site_url", "x"), {}, stored("phone", "1", "site_url", "x")} {
		if d := cmp.Diff(want, linked(t, j, links[i].UID).Pending); d != "" {
			t.Errorf("link %d: %s", i+1, d)
		}
	}
	if d := cmp.Diff(map[int64]record.Stored{77: {}}, born(t, j, 77, 78)); d != "" {
		t.Errorf("born, offered before and nothing on its way: %s", d)
	}
	if got := shell(t, db.File(), `SELECT count(*) FROM offer WHERE how = 'undelivered' AND arrived_at IS NULL`); got != "4\n" {
		t.Errorf("undelivered %q", got)
	}
}

func TestA_client_born_in_the_CRM_is_taken_when_a_record_brings_its_number(t *testing.T) {
	db, j := fresh(t)
	offer := func(run int64, pairs ...string) {
		b := engine.Born{CLID: 77, Title: "Новый", Pending: stored(pairs...)}
		settle(t, j, run, engine.Settlement{
			UID: "clid-77", Born: &b, Edit: 77,
			Offers: []engine.FieldChange{{Field: "title", To: text("Новый"), Rule: "crm-born", Lost: text("y")}},
		})
	}
	offer(1, "title", "Новый", "phone", "1")
	if d := cmp.Diff(map[int64]record.Stored{77: stored("title", "Новый", "phone", "1")}, born(t, j, 77)); d != "" {
		t.Error(d)
	}
	began(t, j, "a.csv")
	want := []engine.OfferRow{{CLID: 77, Title: "Новый", Fields: []engine.OfferedField{
		{Field: "phone", New: text("1")}, {Field: "title", New: text("Новый"), Rule: "crm-born"},
	}}}
	if d := cmp.Diff(want, rowsOf(t, j, "a.csv")); d != "" {
		t.Error(d)
	}
	ended(t, j, "a.csv")
	offer(2, "title", "Новый", "phone", "2")
	if got := shell(t, db.File(), `SELECT uid, crm_id, side, op, field, old, new, rule, lost FROM v_changes WHERE run = 1`); got !=
		"clid-77|77|source|offer|title||Новый|crm-born|y\n" {
		t.Errorf("v_changes says %q", got)
	}
	if got := shell(t, db.File(), `SELECT uid, key, crm_id, title, status, run FROM v_records`); got != "clid-77||77|Новый|pending|1\n" {
		t.Errorf("v_records says %q", got)
	}
	for _, query := range []string{"77", "clid-77", "нОв"} {
		found, err := db.Records(t.Context(), "", query, 0)
		if err != nil || len(found) != 1 || found[0].UID != "clid-77" {
			t.Errorf("looking for %s: %v %v", query, found, err)
		}
	}
	l := linkOf(addOp(1), 77)
	settle(t, j, 3, engine.Settlement{UID: l.UID, Link: l})
	if got := shell(t, db.File(), `SELECT field, value, how FROM offer ORDER BY id`); got != "phone|1|replaced\ntitle|Новый|taken\nphone|2|taken\n" {
		t.Errorf("offers %q", got)
	}
	if got := born(t, j, 77); len(got) != 0 {
		t.Errorf("linked, and still born: %v", got)
	}
	if got := began(t, j, "b.csv"); len(got) != 0 {
		t.Errorf("nothing is left to deliver: %v", got)
	}
}

func TestClients_born_in_the_CRM_are_each_jobs_own(t *testing.T) {
	db, j := fresh(t)
	other := job(t, db, state.JobKey{Name: "other", CRM: "main", Entity: "client"})
	settle(t, j, 1, engine.Settlement{UID: "clid-77", Born: &engine.Born{CLID: 77, Pending: stored("title", "x")}})
	if got := born(t, other, 77); len(got) != 0 {
		t.Errorf("the other job offered %v", got)
	}
	if got := began(t, other, "b.csv"); len(got) != 0 || len(rowsOf(t, other, "")) != 0 {
		t.Errorf("the other job delivers %v", got)
	}
	settle(t, j, 1, engine.Settlement{UID: "clid-77", Born: &engine.Born{CLID: 77}})
	if d := cmp.Diff(map[int64]record.Stored{77: {}}, born(t, j, 77)); d != "" {
		t.Errorf("nothing is on its way any more: %s", d)
	}
}

// However settlements, deliveries and failures follow each other: what a link says
// to be on its way is what was settled last and did not fail, and every value
// on its way is in exactly one of: no delivery, one that did not end, arrived.
func TestLaw_what_is_on_its_way_is_what_was_settled(t *testing.T) {
	db, j := fresh(t)
	state.Exec(t, db, `PRAGMA synchronous = OFF`) // no test of the disk
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		for _, name := range began(t, j, "before") {
			ended(t, j, name) // what an earlier try left
		}
		links := confirmed(t, j, 1, n+1, n+3)
		n += 3
		want := make([]record.Stored, len(links))
		rt.Repeat(map[string]func(*rapid.T){
			"settle": func(rt *rapid.T) {
				i := rapid.IntRange(0, 2).Draw(rt, "link")
				next := *links[i]
				next.Pending = record.Stored{}
				for _, f := range rapid.SliceOfDistinct(rapid.SampledFrom([]string{"a", "b", "c"}), rapid.ID).Draw(rt, "fields") {
					next.Pending[f] = text(rapid.SampledFrom([]string{"", "1", "2"}).Draw(rt, "value"))
				}
				if err := j.Settle(rt.Context(), 1, []engine.Settlement{{UID: next.UID, Link: &next, Anew: rapid.Bool().Draw(rt, "anew")}}); err != nil {
					rt.Fatal(err)
				}
				want[i] = next.Pending
			},
			"begin": func(rt *rapid.T) {
				name := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "name")
				if _, err := j.Offers().Begin(rt.Context(), 1, name); err != nil {
					rt.Fatal(err)
				}
			},
			"end": func(rt *rapid.T) {
				names, err := j.Offers().Begin(rt.Context(), 1, "")
				if err != nil || len(names) == 0 {
					return
				}
				rows, err := j.Offers().Rows(rt.Context(), names[0])
				if err != nil || len(rows) == 0 {
					rt.Fatal("a delivery without rows", err)
				}
				var left []engine.Undelivered
				if rapid.Bool().Draw(rt, "fails") {
					f := rows[0].Fields[0].Field
					left = append(left, engine.Undelivered{UID: rows[0].UID, Field: f})
					for i := range links {
						if links[i].UID == rows[0].UID {
							delete(want[i], f)
						}
					}
				}
				if err := j.Offers().End(rt.Context(), 1, names[0], left); err != nil {
					rt.Fatal(err)
				}
			},
			"": func(rt *rapid.T) {
				found, err := j.Links(rt.Context(), []string{links[0].UID, links[1].UID, links[2].UID})
				if err != nil {
					rt.Fatal(err)
				}
				for i := range links {
					got := found[links[i].UID].Pending
					if len(got) != len(want[i]) {
						rt.Fatalf("link %d: on its way %d, want %d", i, len(got), len(want[i]))
					}
					for f, v := range want[i] {
						if got[f] == nil || *got[f] != *v {
							rt.Fatalf("link %d field %s: %v, want %v", i, f, got[f], *v)
						}
					}
				}
			},
		})
	})
}
