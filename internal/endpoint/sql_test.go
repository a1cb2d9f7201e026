package endpoint_test

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"syncd/internal/endpoint"
	"syncd/internal/engine"
	"syncd/internal/record"
	"syncd/internal/source"
)

// tableOf is a SQLite file with one table of texts, clients.
func tableOf(t testing.TB, columns []string, rows [][]any) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "base.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = source.SQLite.Quote(c)
	}
	db.SetMaxOpenConns(1)
	ask(t, db, "PRAGMA synchronous = OFF")
	ask(t, db, "PRAGMA journal_mode = OFF")
	ask(t, db, "CREATE TABLE clients ("+strings.Join(names, ", ")+")")
	marks := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(columns)), ", ") + ")"
	for chunk := range slices.Chunk(rows, 500) {
		ask(t, db, "INSERT INTO clients VALUES "+strings.TrimSuffix(strings.Repeat(marks+", ", len(chunk)), ", "), slices.Concat(chunk...)...)
	}
	return path
}

func ask(t testing.TB, db *sql.DB, statement string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatal(err)
	}
}

func query(t *testing.T, dsn string, change func(c *endpoint.SQLConfig)) *endpoint.SQL {
	t.Helper()
	c := endpoint.SQLConfig{
		Shown: "sources.clients", Full: true, Now: time.Now,
		Options: source.SQLOptions{Driver: source.SQLite, DSN: dsn, Query: "SELECT * FROM clients"},
	}
	if change != nil {
		change(&c)
	}
	return endpoint.NewSQL(c, mappingOf(t, spec))
}

// incoming is what the engine gets of one row, without where it stood.
type incoming struct {
	Kind     engine.IncomingKind
	UID, Key string
	Values   []record.Value
	Codes    string
	Source   record.Fingerprint
}

func all(t testing.TB, s engine.Source, known engine.Known) ([]incoming, engine.Snapshot, error) {
	t.Helper()
	var out []incoming
	snap, err := s.Read(t.Context(), known, func(batch []engine.Incoming) error {
		for _, in := range batch {
			if in.Kind == engine.InSkipped {
				continue
			}
			got := incoming{Kind: in.Kind, Source: in.Source}
			if in.Record != nil {
				got.UID, got.Key = in.Record.UID, in.Record.Key
				got.Values = append(got.Values, in.Record.Values...)
			}
			for _, p := range in.Problems {
				got.Codes += p.Code + " " + p.Column + ";"
			}
			out = append(out, got)
		}
		return nil
	})
	return out, snap, err
}

func TestA_query_gives_what_a_file_with_the_same_cells_gives(t *testing.T) {
	t.Parallel()
	columns := []string{"Ключ", "Имя", "ИНН", "Группа"}
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(rt, "rows")
		var rows [][]any
		var file strings.Builder
		file.WriteString(header)
		for i := range n {
			row := []string{
				rapid.SampledFrom([]string{fmt.Sprintf("k%d", i), "k0", "", " x "}).Draw(rt, "key"),
				rapid.SampledFrom([]string{"Ромашка", "ООО \"Мята\"", "", "  ", "1;2"}).Draw(rt, "title"),
				rapid.SampledFrom([]string{"7707083893", "7707083890", "", "слово", "7 707 083 893"}).Draw(rt, "inn"),
				rapid.SampledFrom([]string{"Нет", "Да", "может быть", ""}).Draw(rt, "group"),
			}
			cells := make([]any, len(row))
			for k, c := range row {
				cells[k] = c
				row[k] = `"` + strings.ReplaceAll(c, `"`, `""`) + `"`
			}
			rows = append(rows, cells)
			file.WriteString(strings.Join(row, ";") + "\r\n")
		}
		want, wantSnap, err := all(t, csv(t, file.String()), engine.Known{})
		if err != nil {
			rt.Fatal(err)
		}
		got, snap, err := all(t, query(t, tableOf(t, columns, rows), nil), engine.Known{})
		if err != nil {
			rt.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			rt.Fatal(d)
		}
		if !snap.Complete || !snap.Proven || wantSnap.Rows != snap.Rows {
			rt.Fatalf("snapshots %+v and %+v", wantSnap, snap)
		}
	})
}

func TestNULL_is_another_nothing_than_an_empty_text(t *testing.T) {
	t.Parallel()
	dsn := tableOf(t, []string{"Ключ", "Имя", "ИНН", "Группа"}, [][]any{{"a", "Ромашка", nil, "Нет"}, {"b", "Мята", "", "Нет"}, {nil, "Липа", nil, nil}})
	got, _, err := all(t, query(t, dsn, nil), engine.Known{})
	if err != nil {
		t.Fatal(err)
	}
	if got[0].Kind != engine.InRecord || got[0].Values[1].State != record.Null {
		t.Errorf("NULL came as %+v", got[0])
	}
	if got[1].Kind != engine.InRecord || got[1].Values[1].State != record.Empty {
		t.Errorf("'' came as %+v", got[1])
	}
	if got[2].Kind != engine.InRejected || got[2].UID != "" {
		t.Errorf("a key of NULL came as %+v", got[2])
	}
}

func TestAn_unreadable_row_of_a_query_keeps_its_key(t *testing.T) {
	t.Parallel()
	dsn := tableOf(t, []string{"Ключ", "Имя", "ИНН", "Группа"}, [][]any{{"a", "x\x00y", "", "Нет"}, {"b", "Мята", "", "Нет"}})
	got, snap, err := all(t, query(t, dsn, nil), engine.Known{})
	if err != nil || len(got) != 2 || snap.Rows != 2 {
		t.Fatal(got, err)
	}
	if got[0].Kind != engine.InRejected || got[0].UID != "a" || !strings.HasPrefix(got[0].Codes, "nul-byte") || got[1].Kind != engine.InRecord {
		t.Errorf("got %+v", got)
	}
}

func TestRows_of_a_query_that_are_settled_need_no_mapping(t *testing.T) {
	t.Parallel()
	dsn := tableOf(t, []string{"Ключ", "Имя", "ИНН", "Группа", "Лишнее"}, [][]any{{"a", "Ромашка", "", "Нет", 1}, {"b", "Мята", "", "Нет", 2}})
	s := query(t, dsn, nil)
	byRow, byCells := map[record.Fingerprint]bool{}, map[record.Fingerprint]bool{}
	first, err := s.Read(t.Context(), engine.Known{}, func(batch []engine.Incoming) error {
		for _, in := range batch {
			byRow[in.Row], byCells[in.Cells] = true, true
		}
		return nil
	})
	if err != nil || len(byRow) != 2 || len(byCells) != 2 {
		t.Fatal(byRow, byCells, err)
	}
	in := func(set map[record.Fingerprint]bool) engine.Questions {
		return func() func(record.Fingerprint, int) bool {
			return func(f record.Fingerprint, _ int) bool { return set[f] }
		}
	}
	for name, known := range map[string]engine.Known{"the row": {Row: in(byRow)}, "the mapped cells": {Cells: in(byCells)}} {
		got, snap, err := all(t, s, known)
		if err != nil || got[0].Kind != engine.InKnown || got[1].Kind != engine.InKnown {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if snap.ID == first.ID || snap.ID == "" {
			t.Errorf("two readings are one observation: %q", snap.ID)
		}
	}
}

func TestA_delta_hands_its_cursor_over(t *testing.T) {
	t.Parallel()
	dsn := tableOf(t, []string{"Ключ", "Имя", "ИНН", "Группа", "Изменён"}, [][]any{
		{"a", "Ромашка", "", "Нет", 1}, {"b", "Мята", "", "Нет", 2}, {"c", "Липа", "", "Нет", nil},
	})
	s := query(t, dsn, func(c *endpoint.SQLConfig) { c.Full, c.Options.Cursor = false, "изменен" })
	got, snap, err := all(t, s, engine.Known{})
	if err != nil || len(got) != 3 || snap.Cursor == "" || snap.Full {
		t.Fatalf("%+v, %+v, %v", got, snap, err)
	}
	got, again, err := all(t, s, engine.Known{Cursor: snap.Cursor})
	if err != nil || len(got) != 2 || got[0].UID != "b" || got[1].UID != "c" || again.Cursor != snap.Cursor {
		t.Errorf("%+v, %+v, %v", got, again, err)
	}
}

func TestWhat_ails_a_query_means_that_there_is_no_source_now(t *testing.T) {
	t.Parallel()
	dsn := tableOf(t, []string{"Ключ", "Имя", "Группа"}, nil)
	for name, c := range map[string]struct {
		change func(c *endpoint.SQLConfig)
		want   []string
	}{
		"a mapped column is missing": {nil, []string{"sources.clients: ", "ИНН"}},
		"no such table":              {func(c *endpoint.SQLConfig) { c.Options.Query = "SELECT * FROM klienty" }, []string{"sources.clients: ", "klienty"}},
		"no such file":               {func(c *endpoint.SQLConfig) { c.Options.DSN += ".old" }, []string{"sources.clients: ", "no such file"}},
		"no time":                    {func(c *endpoint.SQLConfig) { c.Timeout = time.Nanosecond }, []string{"sources.clients: ", "deadline"}},
	} {
		s := query(t, dsn, c.change)
		_, snap, err := all(t, s, engine.Known{})
		var wait interface{ NotReady() bool }
		if !errors.As(err, &wait) || !wait.NotReady() || snap.Complete {
			t.Errorf("%s: %v, %+v", name, err, snap)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, _, cerr := s.Columns(t.Context()); cerr == nil || cerr.Error() != err.Error() {
			t.Errorf("%s: check says %v", name, cerr)
		}
	}
	var unusable *endpoint.UnusableError
	_, _, err := all(t, query(t, dsn, nil), engine.Known{})
	if !errors.As(err, &unusable) || len(unusable.Columns) != 3 {
		t.Errorf("the query's columns are not told: %v", err)
	}
}

func TestColumns_that_nothing_maps_are_told(t *testing.T) {
	t.Parallel()
	dsn := tableOf(t, []string{"Ключ", "Имя", "ИНН", "Группа", "Лишнее"}, [][]any{{"a", "Ромашка", "", "Нет", 1}})
	h, unmapped, err := query(t, dsn, nil).Columns(t.Context())
	if err != nil || len(h.Names) != 5 || cmp.Diff([]string{"Лишнее"}, unmapped) != "" {
		t.Errorf("%v, %v, %v", h.Names, unmapped, err)
	}
}

func TestA_run_that_stops_in_the_middle_ends_the_query(t *testing.T) {
	t.Parallel()
	rows := make([][]any, 5000)
	for i := range rows {
		rows[i] = []any{fmt.Sprint(i), "Ромашка", "", "Нет"}
	}
	stop := errors.New("enough")
	_, err := query(t, tableOf(t, []string{"Ключ", "Имя", "ИНН", "Группа"}, rows), nil).Read(t.Context(), engine.Known{}, func([]engine.Incoming) error { return stop })
	if !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
}
