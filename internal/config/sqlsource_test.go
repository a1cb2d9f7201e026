package config_test

import (
	"strings"
	"testing"
	"time"

	"syncd/internal/config"
	"syncd/internal/message"
)

// query is the small configuration with a query for its source.
func query(t *testing.T, keys string) string {
	t.Helper()
	return with(t, "    csv: {path: clients.csv, snapshot: full}", "    sql: {driver: postgres, dsn: {env: DSN}, "+keys+"}")
}

func TestQueriesAreReadWithTheirDefaults(t *testing.T) {
	t.Parallel()
	hour := config.Duration(time.Hour)
	for keys, want := range map[string]config.SQL{
		"query: SELECT 1, snapshot: full": {Query: "SELECT 1", Snapshot: "full", Timeout: hour},
		"query: 'SELECT * FROM t WHERE at >= {cursor}', snapshot: delta, cursor: at, overlap: 10m, year_offset: 2000, timeout: 5m": {
			Query: "SELECT * FROM t WHERE at >= {cursor}", Snapshot: "delta", Cursor: "at",
			Overlap: config.Overlap{Span: config.Duration(10 * time.Minute)}, YearOffset: 2000, Timeout: config.Duration(5 * time.Minute),
		},
		"query: SELECT 1, snapshot: delta, cursor: id, overlap: 100": {
			Query: "SELECT 1", Snapshot: "delta", Cursor: "id", Overlap: config.Overlap{Count: 100}, Timeout: hour,
		},
	} {
		got := *mustParse(t, query(t, keys)).Sources["clients"].SQL
		want.Driver, want.DSN = "postgres", got.DSN
		if got != want {
			t.Errorf("%s: got %+v", keys, got)
		}
	}
}

func TestQueriesWhoseKeysDoNotFit(t *testing.T) {
	t.Parallel()
	const path = "sources.clients.sql."
	for name, c := range map[string]struct{ keys, want string }{
		"a cursor of a full snapshot":    {"query: SELECT 1, snapshot: full, cursor: id", path + "cursor " + string(message.ConfigNeedsKey)},
		"an overlap of a full snapshot":  {"query: SELECT 1, snapshot: full, overlap: 1h", path + "overlap " + string(message.ConfigNeedsKey)},
		"a mark in a full snapshot":      {"query: 'SELECT {cursor}', snapshot: full", path + "query " + string(message.ConfigNeedsKey)},
		"a mark and no cursor":           {"query: 'SELECT {cursor}', snapshot: delta", path + "cursor " + string(message.ConfigMissingKey)},
		"a mark between quotes":          {`query: "SELECT 1 WHERE at > '{cursor}'", snapshot: delta, cursor: at`, path + "query " + string(message.ConfigBadValue)},
		"an overlap that is no length":   {"query: SELECT 1, snapshot: delta, cursor: at, overlap: ten", path + "overlap " + string(message.ConfigBadValue)},
		"an overlap to the other side":   {"query: SELECT 1, snapshot: delta, cursor: at, overlap: -5", path + "overlap " + string(message.ConfigBadValue)},
		"an offset that 1C does not use": {"query: SELECT 1, snapshot: full, year_offset: 1000", path + "year_offset " + string(message.ConfigBadValue)},
		"no time to read":                {"query: SELECT 1, snapshot: full, timeout: 0s", path + "timeout " + string(message.ConfigBadValue)},
		"an unknown driver":              {"query: SELECT 1, snapshot: full, driver: oracle", "driver"},
		"a DSN in the open":              {"query: SELECT 1, snapshot: full, dsn: 'postgres://u:p@h/d'", "dsn"},
	} {
		text := query(t, c.keys)
		for _, key := range []string{"driver: postgres, ", "dsn: {env: DSN}, "} {
			if name, _, _ := strings.Cut(key, ":"); strings.Contains(c.keys, name+":") {
				text = strings.Replace(text, key, "", 1)
			}
		}
		_, got := parse(t, text)
		if len(got) != 1 || !strings.Contains(got[0], c.want) {
			t.Errorf("%s: got %q", name, got)
		}
	}
}
