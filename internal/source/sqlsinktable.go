package source

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// stampColumn tells when a row changed last, in a table that has it.
const stampColumn = "changed_at"

// sinkTable is a table as the server describes it.
type sinkTable struct {
	driver  Driver
	name    string
	columns []sinkColumn
	atomic  bool // its engine has transactions
}

type sinkColumn struct {
	name       string
	class      columnClass
	notNull    bool
	hasDefault bool
	unique     bool // by itself
	length     int  // characters; 0 = not limited, or not known
	stampsSelf bool // the server sets it at each change
}

// columnClass is what a column takes.
type columnClass uint8

const (
	classText columnClass = iota
	classInteger
	classDecimal
	classBoolean
	classDate
	classMoment // date and time without a zone
	classZoned  // a point in time
	classBinary
	classOther // the server decides what it takes; it is not text
)

// readTable describes a table; it has no columns when it is not there.
func readTable(ctx context.Context, db *sql.DB, d Driver, table string) (*sinkTable, error) {
	t := &sinkTable{driver: d, name: table, atomic: true}
	var err error
	switch d {
	case Postgres:
		err = t.readPostgres(ctx, db)
	case MySQL:
		err = t.readMySQL(ctx, db)
	case SQLite:
		err = t.readSQLite(ctx, db)
	case SQLServer:
	}
	return t, err
}

func (t *sinkTable) query(ctx context.Context, db *sql.DB, read func(scan func(...any) error) error, query string, args ...any) (err error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := rows.Close(); err == nil {
			err = cerr
		}
	}()
	for rows.Next() {
		if err := read(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// An index on "… IS NOT NULL" is as good as one on all: blanks are never equal.
const describePostgres = `
SELECT a.attname, COALESCE(b.typname, t.typname), COALESCE(b.typcategory, t.typcategory)::text, a.attnotnull,
  a.atthasdef OR a.attidentity <> '',
  CASE WHEN COALESCE(b.typname, t.typname) IN ('varchar', 'bpchar') THEN GREATEST(COALESCE(NULLIF(t.typtypmod, -1), a.atttypmod) - 4, 0) ELSE 0 END,
  EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisunique AND i.indisvalid AND i.indnkeyatts = 1
    AND i.indkey[0] = a.attnum
    AND (i.indpred IS NULL OR pg_get_expr(i.indpred, i.indrelid) = '(' || quote_ident(a.attname) || ' IS NOT NULL)'))
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_type b ON b.oid = NULLIF(t.typbasetype, 0)
WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`

func (t *sinkTable) readPostgres(ctx context.Context, db *sql.DB) error {
	return t.query(ctx, db, func(scan func(...any) error) error {
		var c sinkColumn
		var typ, category string
		if err := scan(&c.name, &typ, &category, &c.notNull, &c.hasDefault, &c.length, &c.unique); err != nil {
			return err
		}
		c.class = postgresClass(typ, category)
		t.columns = append(t.columns, c)
		return nil
	}, describePostgres, quoteTable(Postgres, t.name))
}

func postgresClass(typ, category string) columnClass {
	switch typ {
	case "int2", "int4", "int8":
		return classInteger
	case "numeric", "float4", "float8", "money":
		return classDecimal
	case "date":
		return classDate
	case "timestamp":
		return classMoment
	case "timestamptz":
		return classZoned
	case "bytea":
		return classBinary
	}
	switch category {
	case "S":
		return classText
	case "B":
		return classBoolean
	}
	return classOther
}

// The schema and the table stand there as constants: else the server opens every
// table that it has.
const (
	describeMySQL = `
SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, IS_NULLABLE = 'NO', COLUMN_DEFAULT IS NOT NULL OR EXTRA LIKE '%auto_increment%',
  CASE WHEN DATA_TYPE IN ('char', 'varchar') THEN CHARACTER_MAXIMUM_LENGTH ELSE 0 END, EXTRA LIKE '%on update%'
FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`
	uniqueMySQL = `
SELECT MIN(COLUMN_NAME) FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND NON_UNIQUE = 0
GROUP BY INDEX_NAME HAVING COUNT(*) = 1 AND MAX(SUB_PART) IS NULL`
	engineMySQL = `
SELECT COALESCE(e.TRANSACTIONS, '') = 'YES' FROM information_schema.TABLES t
LEFT JOIN information_schema.ENGINES e ON e.ENGINE = t.ENGINE WHERE t.TABLE_SCHEMA = ? AND t.TABLE_NAME = ?`
)

func (t *sinkTable) readMySQL(ctx context.Context, db *sql.DB) error {
	schema, name := splitTable(t.name)
	if schema == "" {
		if err := db.QueryRowContext(ctx, "SELECT COALESCE(DATABASE(), '')").Scan(&schema); err != nil {
			return err
		}
	}
	err := t.query(ctx, db, func(scan func(...any) error) error {
		var c sinkColumn
		var typ, full string
		if err := scan(&c.name, &typ, &full, &c.notNull, &c.hasDefault, &c.length, &c.stampsSelf); err != nil {
			return err
		}
		c.class = mysqlClass(strings.ToLower(typ), strings.ToLower(full))
		t.columns = append(t.columns, c)
		return nil
	}, describeMySQL, schema, name)
	if err != nil {
		return err
	}
	if err := t.query(ctx, db, t.readUnique, uniqueMySQL, schema, name); err != nil {
		return err
	}
	return t.query(ctx, db, func(scan func(...any) error) error { return scan(&t.atomic) }, engineMySQL, schema, name)
}

// readUnique reads a column that is unique by itself; an index on an expression
// has none.
func (t *sinkTable) readUnique(scan func(...any) error) error {
	var column sql.NullString
	if err := scan(&column); err != nil {
		return err
	}
	if c := t.column(column.String); c != nil {
		c.unique = true
	}
	return nil
}

func mysqlClass(typ, full string) columnClass {
	switch typ {
	case "tinyint", "bit":
		if full == "tinyint(1)" || full == "bit(1)" {
			return classBoolean
		}
		return classInteger
	case "smallint", "mediumint", "int", "bigint", "year":
		return classInteger
	case "decimal", "float", "double":
		return classDecimal
	case "date":
		return classDate
	case "datetime":
		return classMoment
	case "timestamp":
		return classZoned
	case "char", "varchar", "tinytext", "text", "mediumtext", "longtext", "set":
		return classText
	case "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob":
		return classBinary
	}
	return classOther
}

func (t *sinkTable) readSQLite(ctx context.Context, db *sql.DB) error {
	schema, name := splitTable(t.name)
	if schema == "" {
		schema = "main"
	}
	keys := 0
	err := t.query(ctx, db, func(scan func(...any) error) error {
		var c sinkColumn
		var typ string
		var place int
		if err := scan(&c.name, &typ, &c.notNull, &c.hasDefault, &place); err != nil {
			return err
		}
		c.class = sqliteClass(strings.ToUpper(typ))
		if place > 0 {
			keys++
			c.unique = true
			c.hasDefault = c.hasDefault || strings.EqualFold(typ, "INTEGER")
		}
		t.columns = append(t.columns, c)
		return nil
	}, `SELECT name, type, "notnull", dflt_value IS NOT NULL, pk FROM pragma_table_xinfo(?, ?)`, name, schema)
	if err != nil {
		return err
	}
	if keys > 1 { // unique together only
		for i := range t.columns {
			t.columns[i].unique = false
		}
	}
	return t.query(ctx, db, t.readUnique,
		`SELECT min(i.name) FROM pragma_index_list(?, ?) l JOIN pragma_index_info(l.name, ?) i
		WHERE l."unique" = 1 AND l.partial = 0 GROUP BY l.name HAVING count(*) = 1`, name, schema, schema)
}

// sqliteClass follows SQLite's own reading of declared types, and the words that
// people declare for dates and ticks.
func sqliteClass(typ string) columnClass {
	switch {
	case strings.Contains(typ, "BOOL"):
		return classBoolean
	case strings.Contains(typ, "INT"):
		return classInteger
	case strings.Contains(typ, "CHAR"), strings.Contains(typ, "CLOB"), strings.Contains(typ, "TEXT"):
		return classText
	case strings.Contains(typ, "BLOB"):
		return classBinary
	case strings.Contains(typ, "TIME"):
		return classMoment
	case strings.Contains(typ, "DATE"):
		return classDate
	case strings.Contains(typ, "REAL"), strings.Contains(typ, "FLOA"), strings.Contains(typ, "DOUBLE"),
		strings.Contains(typ, "NUM"), strings.Contains(typ, "DEC"):
		return classDecimal
	}
	return classText
}

// column finds a column by its name, or by its name without regard to case where
// that is the only one; nil when there is none.
func (t *sinkTable) column(name string) *sinkColumn {
	if t.driver == Postgres {
		name = cutName(name)
	}
	var like *sinkColumn
	found := 0
	for i := range t.columns {
		c := &t.columns[i]
		if c.name == name {
			return c
		}
		if strings.EqualFold(c.name, name) {
			like, found = c, found+1
		}
	}
	if found != 1 {
		return nil
	}
	return like
}

// cutName cuts a name as PostgreSQL does in every statement.
func cutName(name string) string {
	const most = 63
	if len(name) <= most {
		return name
	}
	return strings.ToValidUTF8(name[:most], "")
}

// fit tells why the table cannot take these columns, or rows without a key.
func (t *sinkTable) fit(cfg SQLSinkConfig, columns []string, born bool) error {
	fail := func(reason SQLProblem, column, format string, args ...any) error {
		return &SQLError{Driver: t.driver, Reason: reason, Column: column, Detail: fmt.Sprintf(format, args...)}
	}
	if len(t.columns) == 0 {
		return fail(SQLNoTable, "", "there is no table %s; `%s` prints the statement that makes it", t.name, schemaCommand)
	}
	if !t.atomic {
		return fail(SQLUnfit, "", "table %s has an engine without transactions, or is a view; ALTER TABLE %s ENGINE=InnoDB",
			t.name, quoteTable(t.driver, t.name))
	}
	wanted := append([]string{cfg.Key}, columns...)
	if born && cfg.CLID == "" {
		return fail(SQLUnfit, "", "clients born in the CRM need a column for its id in table %s", t.name)
	}
	if born {
		wanted = append(wanted, cfg.CLID)
	}
	for _, name := range wanted {
		switch c := t.column(name); {
		case c == nil:
			return fail(SQLNoColumn, name, "table %s lacks it; `%s` prints the statement that adds it", t.name, schemaCommand)
		case c.class == classBinary:
			return fail(SQLUnfit, name, "it holds bytes, not text, in table %s", t.name)
		}
	}
	unique := []string{cfg.Key}
	if t.column(cfg.CLID) != nil {
		unique = append(unique, cfg.CLID)
	}
	for _, name := range unique {
		if c := t.column(name); !c.unique {
			return fail(SQLNoUnique, name, "two rows could have one value; make it unique: %s", uniqueIndex(t.driver, t.name, c.name))
		}
	}
	if key := t.column(cfg.Key); born && key.notNull && !key.hasDefault {
		return fail(SQLUnfit, cfg.Key, "it must be filled, and clients born in the CRM have no key; table %s must let it be NULL", t.name)
	}
	return nil
}
