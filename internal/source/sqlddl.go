package source

import (
	"context"
	"strings"
)

// SQLKind is what a column of a table is to hold.
type SQLKind uint8

// The kinds. The zero value is text of any length.
const (
	KindText SQLKind = iota
	KindInteger
	KindDecimal
	KindBoolean
	KindDate
	KindMoment // date and time
)

// SQLColumn is a column that a table is to have.
type SQLColumn struct {
	Name string
	Kind SQLKind
}

// SQLTable is a table that a sink can write to.
type SQLTable struct {
	Driver  Driver
	Name    string // may name its schema
	Key     string
	CLID    string // "" = none: no rows without a key
	Columns []SQLColumn
}

// DDL is the statement that creates the table, with a line end behind it.
func DDL(t SQLTable) string {
	d := t.Driver
	var lines []string
	add := func(name, rest string) { lines = append(lines, "  "+d.Quote(name)+" "+rest) }
	if t.CLID == "" {
		add(t.Key, keyType(d)+" NOT NULL PRIMARY KEY")
	} else { // clients born in the CRM have no key yet
		add(t.Key, keyType(d)+" NULL UNIQUE")
		add(t.CLID, "BIGINT NULL UNIQUE")
	}
	for _, c := range t.content() {
		add(c.Name, columnType(d, c.Kind)+" NULL")
	}
	if t.stamped() {
		add(stampColumn, stampType(d))
	}
	end := ""
	if d == MySQL {
		end = " ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"
	}
	return "CREATE TABLE " + quoteTable(d, t.Name) + " (\n" + strings.Join(lines, ",\n") + "\n)" + end + ";\n"
}

// MissingDDL connects and returns the statements that make what is there into
// the table: its creation, or what it lacks; none when it is fit as it is.
// Types of columns that are there are left alone. Errors are *SQLError.
func MissingDDL(ctx context.Context, dsn string, t SQLTable) ([]string, error) {
	s := NewSQLSink(SQLSinkConfig{Driver: t.Driver, DSN: dsn, Table: t.Name, Key: t.Key, CLID: t.CLID})
	db, where, err := s.open(ctx)
	if err != nil {
		return nil, s.explain(ctx, where, err)
	}
	defer closeQuietly(db)
	is, err := readTable(ctx, db, t.Driver, t.Name)
	if err != nil {
		return nil, s.explain(ctx, where, err)
	}
	if len(is.columns) == 0 {
		return []string{DDL(t)}, nil
	}
	return t.alter(is), nil
}

func (t SQLTable) alter(is *sinkTable) []string {
	d, name := t.Driver, quoteTable(t.Driver, t.Name)
	var list []string
	if !is.atomic {
		list = append(list, "ALTER TABLE "+name+" ENGINE=InnoDB;\n")
	}
	add := func(column, typ string) {
		list = append(list, "ALTER TABLE "+name+" ADD COLUMN "+d.Quote(column)+" "+typ+" NULL;\n")
	}
	for _, c := range []struct{ name, typ string }{{t.Key, keyType(d)}, {t.CLID, "BIGINT"}} {
		has := is.column(c.name)
		switch {
		case c.name == "":
			continue
		case has == nil:
			add(c.name, c.typ)
			list = append(list, uniqueIndex(d, t.Name, c.name)+"\n")
		case !has.unique:
			list = append(list, uniqueIndex(d, t.Name, has.name)+"\n")
		}
	}
	for _, c := range t.content() {
		if is.column(c.Name) == nil {
			add(c.Name, columnType(d, c.Kind))
		}
	}
	return list
}

// content is the columns that are neither key nor clid, each once.
func (t SQLTable) content() []SQLColumn {
	var list []SQLColumn
	seen := map[string]bool{strings.ToLower(t.Key): true, strings.ToLower(t.CLID): true}
	for _, c := range t.Columns {
		if name := strings.ToLower(c.Name); !seen[name] {
			seen[name] = true
			list = append(list, c)
		}
	}
	return list
}

func (t SQLTable) stamped() bool {
	for _, c := range append(t.content(), SQLColumn{Name: t.Key}, SQLColumn{Name: t.CLID}) {
		if strings.EqualFold(c.Name, stampColumn) {
			return false
		}
	}
	return true
}

// keyType has room for every key; MySQL needs a length for an index, and 190
// letters fit into an index of any of its versions.
func keyType(d Driver) string {
	if d == MySQL {
		return "VARCHAR(190)"
	}
	return "TEXT"
}

func columnType(d Driver, k SQLKind) string {
	switch k {
	case KindText:
		return "TEXT"
	case KindInteger:
		return "BIGINT"
	case KindDecimal:
		switch d {
		case MySQL:
			return "DECIMAL(30, 6)" // without a scale it would round to integers
		case SQLite:
			return "TEXT" // its numbers are binary floats
		case Postgres, SQLServer:
		}
		return "NUMERIC"
	case KindBoolean:
		return "BOOLEAN"
	case KindDate:
		return "DATE"
	case KindMoment:
		if d == Postgres {
			return "TIMESTAMP"
		}
		return "DATETIME"
	}
	return "TEXT"
}

func stampType(d Driver) string {
	switch d {
	case MySQL:
		return "TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP"
	case Postgres:
		return "TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP"
	case SQLite, SQLServer:
	}
	return "TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP"
}

// uniqueIndex is the statement that makes a column unique.
func uniqueIndex(d Driver, table, column string) string {
	_, name := splitTable(table)
	index := d.Quote(name + "_" + column + "_unique")
	if schema, _ := splitTable(table); d == SQLite && schema != "" {
		return "CREATE UNIQUE INDEX " + d.Quote(schema) + "." + index + " ON " + d.Quote(name) + " (" + d.Quote(column) + ");"
	}
	return "CREATE UNIQUE INDEX " + index + " ON " + quoteTable(d, table) + " (" + d.Quote(column) + ");"
}
