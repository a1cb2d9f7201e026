package source_test

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"path/filepath"
	"testing"

	"syncd/internal/source"
	"syncd/internal/sqltest"
)

// server is a database that tests read from, most of them from each.
type server struct {
	driver source.Driver
	fresh  func(t *testing.T) string // the DSN of an empty database
}

func servers() map[string]server {
	return map[string]server{
		"SQLite":     {source.SQLite, sqliteFile},
		"PostgreSQL": {source.Postgres, func(t *testing.T) string { t.Helper(); return sqltest.Postgres(t) }},
		"MariaDB":    {source.MySQL, func(t *testing.T) string { t.Helper(); return sqltest.MySQL(t) }},
	}
}

// sqliteFile is an empty database file.
func sqliteFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "base.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "PRAGMA user_version = 1"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// do carries statements out.
func do(t *testing.T, d source.Driver, dsn string, statements ...string) {
	t.Helper()
	db, err := source.OpenSQL(t.Context(), d, dsn)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// reading is what a query gave.
type reading struct {
	header source.Header
	cells  [][]string // of rows that can be read
	rows   []source.Row
	cursor string
}

// read reads a query to its end.
func read(ctx context.Context, o source.SQLOptions) (reading, error) {
	var got reading
	r, err := source.OpenQuery(ctx, o)
	if err != nil {
		return got, err
	}
	defer r.Close(ctx)
	got.header = r.Header()
	var b source.SQLBatch
	for {
		err := r.NextBatch(ctx, &b)
		if errors.Is(err, io.EOF) {
			got.cursor = r.Cursor()
			return got, nil
		}
		if err != nil {
			return got, err
		}
		for i, row := range b.Rows {
			got.rows = append(got.rows, row)
			if row.Status == source.Rejected {
				continue
			}
			cells, _ := b.Cells(i, nil)
			got.cells = append(got.cells, cells)
		}
	}
}

func mustRead(t *testing.T, o source.SQLOptions) reading {
	t.Helper()
	got, err := read(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// sqlErr is the error as the reader must give it.
func sqlErr(t *testing.T, err error) *source.SQLError {
	t.Helper()
	var e *source.SQLError
	if !errors.As(err, &e) {
		t.Fatalf("got %T %v, want a *SQLError", err, err)
	}
	return e
}
