package source_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"syncd/internal/source"
)

// modelRow is a row as a reader of the rules would keep it; "" is no key, 0 no
// id, "∅" no value.
type modelRow struct {
	key  string
	clid int64
	a, b string
}

type model []*modelRow

func (m model) find(match func(*modelRow) bool) *modelRow {
	if i := slices.IndexFunc(m, match); i >= 0 {
		return m[i]
	}
	return nil
}

// write follows the rules, and tells whether the row is taken.
func (m *model) write(row source.SinkRow) bool {
	byKey := m.find(func(r *modelRow) bool { return row.Key != "" && r.key == row.Key })
	byCLID := m.find(func(r *modelRow) bool { return row.CLID != 0 && r.clid == row.CLID })
	at := cmp.Or(byKey, byCLID)
	switch {
	case row.Key == "" && row.CLID == 0:
		return false // nobody
	case byKey != nil && byCLID != nil && byKey != byCLID, // two rows for one client
		byKey == nil && byCLID != nil && row.Key != "" && byCLID.key != "":
		return false
	case at == nil:
		at = &modelRow{a: "∅", b: "∅"}
		*m = append(*m, at)
	}
	at.key, at.clid = cmp.Or(row.Key, at.key), cmp.Or(row.CLID, at.clid)
	for _, c := range row.Cells {
		value := c.Text
		if c.Null {
			value = "∅"
		}
		if c.Column == "a" {
			at.a = value
		} else {
			at.b = value
		}
	}
	return true
}

func (m model) lines() []string {
	lines := []string{}
	for _, r := range m {
		clid := "∅"
		if r.clid != 0 {
			clid = fmt.Sprint(r.clid)
		}
		lines = append(lines, cmp.Or(r.key, "∅")+"|"+clid+"|"+r.a+"|"+r.b)
	}
	slices.Sort(lines)
	return lines
}

func TestA_sink_leaves_what_its_rules_say_however_rows_come(t *testing.T) {
	t.Parallel()
	want := source.SQLTable{Driver: source.SQLite, Name: "t", Key: "k", CLID: "clid", Columns: []source.SQLColumn{{Name: "a"}, {Name: "b"}}}
	cell := rapid.Custom(func(t *rapid.T) source.SinkCell {
		return source.SinkCell{
			Column: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "column"), Text: rapid.SampledFrom([]string{"", "x", "Ё"}).Draw(t, "text"),
			Null: rapid.Bool().Draw(t, "null"),
		}
	})
	row := rapid.Custom(func(t *rapid.T) source.SinkRow {
		return source.SinkRow{
			Key: rapid.SampledFrom([]string{"", "k1", "k2", "k3"}).Draw(t, "key"), CLID: rapid.Int64Range(0, 3).Draw(t, "clid"),
			Cells: rapid.SliceOfN(cell, 0, 2).Draw(t, "cells"),
		}
	})
	dsn := "file:" + sqliteFile(t) + "?_pragma=synchronous(0)&_pragma=journal_mode(memory)"
	do(t, source.SQLite, dsn, source.DDL(want))
	s := source.NewSQLSink(source.SQLSinkConfig{Driver: source.SQLite, DSN: dsn, Table: "t", Key: "k", CLID: "clid"})
	rapid.Check(t, func(rt *rapid.T) {
		do(t, source.SQLite, dsn, "DELETE FROM t")
		var m model
		for range rapid.IntRange(1, 4).Draw(rt, "deliveries") {
			r := row.Draw(rt, "row") // one at a time: the order inside a delivery is the sink's
			taken := m.write(r)
			for range 2 {
				refused, err := s.Write(t.Context(), []source.SinkRow{r})
				if err != nil || (len(refused) == 0) != taken {
					rt.Fatalf("refused %+v, error %v; by the rules it is taken: %v", refused, err, taken)
				}
			}
			got := table(t, source.SQLite, dsn, "t", "k", "clid", "a", "b")
			slices.Sort(got)
			if d := gocmp.Diff(m.lines(), append([]string{}, got...)); d != "" {
				rt.Fatal(d)
			}
		}
	})
}
