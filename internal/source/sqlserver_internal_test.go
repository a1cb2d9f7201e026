package source

import (
	"encoding/hex"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func Test_a_reference_of_1C_is_the_GUID_that_1C_shows(t *testing.T) {
	t.Parallel()
	for ref, want := range map[string]string{
		"a9b000055d49b45e11db8c4c9d5c422d": "9d5c422d-8c4c-11db-a9b0-00055d49b45e",
		"8d3a000d8843cd1b11dd321ba7a30aaf": "a7a30aaf-321b-11dd-8d3a-000d8843cd1b",
		"81f3705ab67b77c011dffbdaf3e67235": "f3e67235-fbda-11df-81f3-705ab67b77c0",
	} {
		if got := string(appendRef(nil, unhex(t, ref))); got != want {
			t.Errorf("%s is %s, want %s", ref, got, want)
		}
	}
}

// What the driver of SQL Server hands out, as its documentation and source say:
// no live server was asked.
func Test_the_values_of_SQL_Server_have_texts(t *testing.T) {
	t.Parallel()
	moscow := time.FixedZone("MSK", 3*60*60)
	for _, c := range []struct {
		typ   string
		value any
		want  string
	}{
		{"NCHAR", "000000015  ", "000000015"},
		{"NVARCHAR", " Ромашка ", " Ромашка "},
		{"BINARY", unhex(t, "a9b000055d49b45e11db8c4c9d5c422d"), "9d5c422d-8c4c-11db-a9b0-00055d49b45e"},
		{"BINARY", make([]byte, 16), Null},
		{"BINARY", []byte{1}, "true"},
		{"BINARY", []byte{0}, "false"},
		{"UNIQUEIDENTIFIER", unhex(t, "2d425c9d4c8cdb11a9b000055d49b45e"), "9d5c422d-8c4c-11db-a9b0-00055d49b45e"},
		{"DECIMAL", []byte("12345678901234567890.10"), "12345678901234567890.10"},
		{"REAL", float64(float32(1.1)), "1.1"},
		{"FLOAT", 0.1, "0.1"},
		{"BIT", true, "true"},
		{"DATETIME2", time.Date(4026, 2, 28, 10, 20, 30, 0, time.UTC), "2026-02-28 10:20:30"},
		{"DATETIME2", time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC), ""},
		{"DATE", time.Date(4024, 2, 29, 0, 0, 0, 0, time.UTC), "2024-02-29"},
		{"TIME", time.Date(1, 1, 1, 10, 20, 0, 0, time.UTC), "10:20:00"},
		{"DATETIMEOFFSET", time.Date(4026, 1, 31, 23, 0, 0, 0, time.UTC), "2026-02-01 02:00:00"},
	} {
		col := sqlColumn{name: "c", typ: c.typ, kind: kindOf(SQLServer, c.typ), needed: true, zone: moscow, years: 2000}
		got, err := col.text(nil, c.value)
		if err != nil || string(got) != c.want {
			t.Errorf("%s %v: %q, %v, want %q", c.typ, c.value, got, err, c.want)
		}
	}
}

func Test_a_delta_of_SQL_Server_binds_its_cursor(t *testing.T) {
	t.Parallel()
	at := mark{kind: markDateTime, at: time.Date(2026, 1, 31, 10, 20, 30, 3_999_999, time.UTC)}
	cols := []sqlColumn{{name: "at]", typ: "DATETIME", kind: localKind}}
	outside := SQLOptions{Driver: SQLServer, Query: "SELECT [at]]] FROM t;", Cursor: "at]"}
	inside := SQLOptions{Driver: SQLServer, Query: "SELECT [at]]] FROM t WHERE [at]]] >= {cursor} AND {cursor} < 5", Cursor: "at]"}
	const bound = "SELECT [at]]] FROM t WHERE [at]]] >= @p1 AND @p1 < 5"
	// rounded down: the old datetime takes three digits
	const arg = "2026-01-31T10:20:30.003"
	for name, c := range map[string]struct {
		got, want statement
	}{
		"outside": {outside.build(cols, 0, at), statement{
			text: "SELECT * FROM (\nSELECT [at]]] FROM t\n) syncd_rows WHERE syncd_rows.[at]]] >= @p1 OR syncd_rows.[at]]] IS NULL", args: []any{arg},
		}},
		"outside, first":       {outside.build(cols, 0, mark{}), statement{text: "SELECT [at]]] FROM t"}},
		"inside":               {inside.build(cols, 0, at), statement{text: bound, args: []any{arg}}},
		"inside, first":        {inside.build(cols, 0, mark{}), statement{text: bound, args: []any{"1753-01-01"}}},
		"inside, columns only": {inside.describe(), statement{text: bound, args: []any{nil}}},
	} {
		if diff := cmp.Diff(c.want, c.got, cmp.AllowUnexported(statement{})); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func Test_a_stored_cursor_comes_back(t *testing.T) {
	t.Parallel()
	for _, m := range []mark{
		{kind: markInstant, at: time.Date(2026, 1, 31, 10, 20, 30, 123_456_789, time.UTC)},
		{kind: markDateTime, at: time.Date(4026, 1, 31, 0, 0, 0, 0, time.UTC)},
		{kind: markDate, at: time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)},
		numberMark("-12345678901234567890.000100"),
		{kind: markText, text: "a:b:: \n"},
		{kind: markText},
		{kind: markBinary, text: "\x00\xff"},
	} {
		got := loadCursor(storeCursor(m, "tie"), "tie")
		if got.kind != m.kind || got.compare(m) != 0 || got.value() != m.value() {
			t.Errorf("%+v came back as %+v", m, got)
		}
		if other := loadCursor(storeCursor(m, "tie"), "another"); other.kind != markNone {
			t.Errorf("%+v is taken for one of another query", m)
		}
	}
}
