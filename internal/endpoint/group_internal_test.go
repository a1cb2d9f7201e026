package endpoint

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/record"
)

const gatheredSpec = `
version: 1
entity: deal
uid: {column: Заказ, encode: raw}
client: {column: Клиент, encode: raw, job: clients}
fields:
  title: {column: Номер}
lines: {title: {column: Товар}, kol: {column: Кол}, price: {column: Цена}}
`

// everybody is linked.
type everybody struct{ asked int }

func (e *everybody) Linked(_ context.Context, _, uid string) (Target, error) {
	e.asked++
	id, err := strconv.ParseInt(strings.TrimPrefix(uid, "c"), 10, 64)
	return Target{CRMID: id, UID: uid, Key: uid}, err
}

func (e *everybody) Numbered(context.Context, string, string) (Target, error) {
	return Target{Why: "unknown"}, nil
}

func (e *everybody) KeyOf(context.Context, string, int64) (Target, error) {
	return Target{Why: "unknown"}, nil
}

// aRow is a row of an export as it comes out of the mapping.
type aRow struct {
	kind  byte // 'r' record, 'x' rejected, 'o' out of scope, 's' skipped, '?' rejected without a key
	uid   string
	title string
	line  string
}

func (a aRow) incoming(at int) (engine.Incoming, rowParts) {
	in := engine.Incoming{Rows: 1, Origin: record.Origin{File: "f", Line: at, LastLine: at}}
	var parts rowParts
	rec := &record.Record{UID: a.uid, Key: a.uid, Origin: in.Origin}
	switch a.kind {
	case 'r':
		in.Kind, in.Record = engine.InRecord, rec
		rec.Values = []record.Value{record.Of("c7", "c7"), record.Of(a.title, a.title), {}}
		parts = rowParts{line: a.line, refs: []mapping.RefValue{{Field: 0, Key: "c7"}}}
	case 'x', '?':
		in.Kind, in.Record = engine.InRejected, rec
		in.Problems = []engine.Reject{{File: "f", Line: at, Code: "broken", UID: a.uid}}
	case 'o':
		in.Kind, in.Skip, in.Record = engine.InOutOfScope, "where", rec
	case 's':
		in.Kind, in.Skip = engine.InSkipped, "blank"
	}
	return in, parts
}

// outcome is what became of one record, or of rows that are none.
type outcome struct {
	Kind   engine.IncomingKind
	UID    string
	Lines  string
	First  int
	Last   int
	Rows   int
	Reason string
}

// testOf is a test, or one try of a property.
type testOf interface {
	Context() context.Context
	Fatal(args ...any)
	Helper()
}

// gather runs rows through an assembler, in batches that end after these numbers.
func gather(t testOf, m *mapping.Mapping, rows []aRow, cuts map[int]bool) []outcome {
	t.Helper()
	g := &gathering{m: m, refs: newReferrer(m, &everybody{}), lineAt: m.Schema().Index(mapping.FieldLines), joins: true}
	a := g.assembler("f")
	var out []outcome
	yield := func(batch []engine.Incoming) error {
		for i := range batch {
			in := &batch[i]
			o := outcome{Kind: in.Kind, First: in.Origin.Line, Last: in.Origin.LastLine, Rows: in.Rows}
			if in.Record != nil {
				o.UID = in.Record.UID
			}
			if in.Kind == engine.InRecord {
				o.Lines = strings.ReplaceAll(in.Record.Values[g.lineAt].Text, "\n", " ")
				if in.Record.Values[0].Text != "7" {
					t.Fatal("the reference was not resolved")
				}
			}
			if len(in.Problems) > 0 {
				o.Reason = in.Problems[0].Code
			}
			out = append(out, o)
		}
		return nil
	}
	var batch []engine.Incoming
	var parts []rowParts
	flush := func() {
		if err := a.take(t.Context(), batch, parts, yield); err != nil {
			t.Fatal(err)
		}
		for i := range batch { // the memory of a batch serves the next one
			if batch[i].Record != nil {
				clear(batch[i].Record.Values)
			}
		}
		batch, parts = nil, nil
	}
	for i, r := range rows {
		in, p := r.incoming(i + 1)
		batch, parts = append(batch, in), append(parts, p)
		if cuts[i+1] {
			flush()
		}
	}
	flush()
	if err := a.end(t.Context(), "", yield); err != nil {
		t.Fatal(err)
	}
	return out
}

func gathered(t testing.TB) *mapping.Mapping {
	t.Helper()
	m, err := mapping.Parse("m.yaml", []byte(gatheredSpec))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestRows_of_one_key_that_follow_each_other_are_one_record(t *testing.T) {
	t.Parallel()
	m := gathered(t)
	r := func(uid, line string) aRow { return aRow{'r', uid, "T" + uid, line} }
	x := func(uid string) aRow { return aRow{kind: 'x', uid: uid} }
	o := func(uid string) aRow { return aRow{kind: 'o', uid: uid} }
	blank, lost := aRow{kind: 's'}, aRow{kind: '?'}
	for name, tt := range map[string]struct {
		rows []aRow
		want []outcome
	}{
		"two orders": {
			[]aRow{r("a", "1"), r("a", "2"), r("b", "3")},
			[]outcome{{engine.InRecord, "a", "1 2", 1, 2, 2, ""}, {engine.InRecord, "b", "3", 3, 3, 1, ""}},
		},
		"an order without lines": {
			[]aRow{r("a", ""), r("b", "3")},
			[]outcome{{engine.InRecord, "a", "", 1, 1, 1, ""}, {engine.InRecord, "b", "3", 2, 2, 1, ""}},
		},
		"a blank row between": {
			[]aRow{r("a", "1"), blank, r("a", "2")},
			[]outcome{{engine.InSkipped, "", "", 2, 2, 1, ""}, {engine.InRecord, "a", "1 2", 1, 3, 2, ""}},
		},
		"an order that comes again": {
			[]aRow{r("a", "1"), r("b", "2"), r("a", "3")},
			[]outcome{{engine.InRecord, "a", "1", 1, 1, 1, ""}, {engine.InRecord, "b", "2", 2, 2, 1, ""}, {engine.InRecord, "a", "3", 3, 3, 1, ""}},
		},
		"a line that cannot be read": {
			[]aRow{r("a", "1"), x("a"), r("a", "3"), r("b", "4")},
			[]outcome{{engine.InRejected, "a", "", 1, 3, 3, "broken"}, {engine.InRecord, "b", "4", 4, 4, 1, ""}},
		},
		"the first line cannot be read": {
			[]aRow{x("a"), r("a", "2")},
			[]outcome{{engine.InRejected, "a", "", 1, 2, 2, "broken"}},
		},
		"rows that disagree": {
			[]aRow{r("a", "1"), {'r', "a", "other", "2"}, r("a", "3")},
			[]outcome{{engine.InRejected, "a", "", 1, 3, 3, "head-differs"}},
		},
		"a row without a key may be of either neighbour": {
			[]aRow{r("a", "1"), lost, lost, r("b", "2"), r("c", "3")},
			[]outcome{
				{engine.InRejected, "", "", 2, 2, 1, "broken"},
				{engine.InRejected, "", "", 3, 3, 1, "broken"},
				{engine.InRejected, "a", "", 1, 1, 1, "line-unreadable"},
				{engine.InRejected, "b", "", 4, 4, 1, "line-unreadable"},
				{engine.InRecord, "c", "3", 5, 5, 1, ""},
			},
		},
		"a row without a key between two of one order": {
			[]aRow{r("a", "1"), lost, r("a", "2"), r("b", "3")},
			[]outcome{
				{engine.InRejected, "", "", 2, 2, 1, "broken"},
				{engine.InRejected, "a", "", 1, 3, 2, "line-unreadable"},
				{engine.InRecord, "b", "3", 4, 4, 1, ""},
			},
		},
		"a line that is left out by a rule": {
			[]aRow{o("a"), r("a", "1"), o("a"), r("a", "2")},
			[]outcome{
				{engine.InOutOfScope, "", "", 1, 1, 1, ""},
				{engine.InOutOfScope, "", "", 3, 3, 1, ""},
				{engine.InRecord, "a", "1 2", 2, 4, 2, ""},
			},
		},
		"an order that is left out": {
			[]aRow{o("a"), o("a"), r("b", "1")},
			[]outcome{{engine.InOutOfScope, "a", "", 1, 2, 2, ""}, {engine.InRecord, "b", "1", 3, 3, 1, ""}},
		},
		"behind a row without a key, a line left out comes first": {
			[]aRow{lost, o("a"), r("a", "1")},
			[]outcome{
				{engine.InRejected, "", "", 1, 1, 1, "broken"},
				{engine.InOutOfScope, "", "", 2, 2, 1, ""},
				{engine.InRejected, "a", "", 3, 3, 1, "line-unreadable"},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for size := 1; size <= len(tt.rows); size++ {
				cuts := map[int]bool{}
				for i := size; i < len(tt.rows); i += size {
					cuts[i] = true
				}
				if diff := cmp.Diff(tt.want, gather(t, m, tt.rows, cuts)); diff != "" {
					t.Fatalf("in batches of %d:\n%s", size, diff)
				}
			}
		})
	}
}

func TestA_key_that_every_row_has_makes_no_endless_record(t *testing.T) {
	t.Parallel()
	rows := make([]aRow, mostRows+5)
	for i := range rows {
		rows[i] = aRow{'r', "a", "T", strconv.Itoa(i)}
	}
	got := gather(t, gathered(t), rows, nil)
	if diff := cmp.Diff([]outcome{{engine.InRejected, "a", "", 1, len(rows), len(rows), "too-many-lines"}}, got); diff != "" {
		t.Error(diff)
	}
}

// Whatever rows are broken and wherever batches end: every row is in one outcome,
// every run of rows of a key is one record, and a record that may lack a line is
// rejected.
func TestNo_line_is_lost_and_none_counts_twice(t *testing.T) {
	t.Parallel()
	m := gathered(t)
	rapid.Check(t, func(rt *rapid.T) {
		rows := drawRows(rt)
		cuts := map[int]bool{}
		for _, at := range rapid.SliceOfN(rapid.IntRange(1, max(1, len(rows))), 0, len(rows)).Draw(rt, "batches end") {
			cuts[at] = true
		}
		got := gather(rt, m, rows, cuts)
		if diff := cmp.Diff(gather(rt, m, rows, nil), got); diff != "" {
			rt.Fatalf("the batches show:\n%s", diff)
		}
		sum := 0
		var records []outcome
		for _, o := range got {
			sum += o.Rows
			if o.UID != "" && o.Kind != engine.InOutOfScope {
				o.Reason, o.First, o.Last = "", 0, 0
				records = append(records, o)
			}
		}
		if sum != len(rows) {
			rt.Fatalf("%d rows of %d: %+v", sum, len(rows), got)
		}
		if diff := cmp.Diff(wanted(rows), records); diff != "" {
			rt.Fatal(diff)
		}
	})
}

// drawRows draws a few orders, each with its lines, and spoils some of the rows.
func drawRows(rt *rapid.T) []aRow {
	var rows []aRow
	orders := rapid.SliceOfN(rapid.IntRange(1, 4), 0, 6).Draw(rt, "lines of orders")
	for n, lines := range orders {
		uid := fmt.Sprintf("u%d", rapid.IntRange(0, n).Draw(rt, "order")) // some come again
		for range lines {
			r := aRow{'r', uid, "T" + uid, strconv.Itoa(len(rows))}
			switch rapid.IntRange(0, 14).Draw(rt, "fate") {
			case 0:
				r = aRow{kind: 'x', uid: uid}
			case 1:
				r = aRow{kind: '?'}
			case 2:
				r = aRow{kind: 's'}
			case 3:
				r = aRow{kind: 'o', uid: uid}
			case 4:
				r.title = "other"
			}
			rows = append(rows, r)
		}
	}
	return rows
}

// wanted is what the rows come to, found in another way: run by run.
func wanted(rows []aRow) []outcome {
	type run struct {
		outcome
		title string
		bad   bool
	}
	var runs []run
	// of the rows that are somebody's, those of one key that follow each other
	solid := slices.DeleteFunc(slices.Clone(rows), func(r aRow) bool { return r.kind == 's' })
	doubt := false // a row without a key came, and none of a record since
	for _, r := range solid {
		if r.kind == '?' {
			if n := len(runs); n > 0 {
				runs[n-1].bad = true
			}
			doubt = true
			continue
		}
		n := len(runs) - 1
		if n < 0 || runs[n].UID != r.uid {
			runs = append(runs, run{outcome: outcome{UID: r.uid}})
			n++
		}
		this := &runs[n]
		if r.kind == 'o' {
			doubt = doubt && this.Rows == 0 // else the row without a key stood among those of this one
			continue
		}
		this.bad = this.bad || doubt || r.kind == 'x' || r.kind == 'r' && this.title != "" && this.title != r.title
		doubt = false
		this.Rows++
		if r.kind == 'r' {
			this.title = r.title
			this.Lines = strings.TrimSpace(this.Lines + " " + r.line)
		}
	}
	var out []outcome
	for _, r := range runs {
		if r.Rows == 0 {
			continue // left out
		}
		r.Kind = engine.InRecord
		if r.bad {
			r.Kind, r.Lines = engine.InRejected, ""
		}
		out = append(out, r.outcome)
	}
	return out
}
