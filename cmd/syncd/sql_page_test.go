package main

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"syncd/internal/config"
	"syncd/internal/mapping"
	"syncd/internal/source"
	"syncd/internal/sqltest"
)

const sqlPage = "docs/sql.md"

// The tables that docs/sql.md speaks of, as a server has them.
const (
	pageClients = `CREATE TABLE client (id varchar(36) UNIQUE, clid bigint UNIQUE, name varchar(200), inn varchar(12), kpp varchar(9),
  phone varchar(100), mail varchar(100), address varchar(200), archived boolean DEFAULT false, updated_at timestamp NULL, row_id bigint);
INSERT INTO client (id, name, inn, row_id) VALUES ('A-1', 'Ромашка', '7707083893', 1), ('A-2', 'Верба', NULL, NULL)`
	pageReferences = `CREATE TABLE _reference91 (_idrref bytea, _description varchar(50));
CREATE TABLE _reference57 (_idrref bytea, _marked boolean, _folder boolean, _code char(9), _description varchar(100), _fld1610 varchar(12),
  _fld1611 varchar(9), _fld1622rref bytea, _fld1630 timestamp);
INSERT INTO _reference57 VALUES ('\x9c8f2e17c3fe701f1fa02b1cb2fe9969', false, true, '000000001', 'Ромашка', '', '', '\x00000000000000000000000000000000', '0001-01-01')`
)

// onPage is a database with what the page speaks of.
type onPage struct {
	*testing.T
	driver source.Driver
	dsn    string
	db     *sql.DB
}

func newOnPage(t *testing.T, driver source.Driver, dsn string) *onPage {
	t.Helper()
	db, err := source.OpenSQL(t.Context(), driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	p := &onPage{T: t, driver: driver, dsn: dsn, db: db}
	p.do(pageClients)
	if driver == source.Postgres {
		p.do(pageReferences)
	}
	return p
}

// do carries statements out, as they stand on the page but for the database and
// where its users come from.
func (p *onPage) do(text string) {
	p.Helper()
	base := p.dsn[strings.LastIndexByte(p.dsn, '/')+1:]
	text = strings.NewReplacer("books.", base+".", "10.0.0.%", "127.0.0.1").Replace(text)
	for _, statement := range strings.Split(text, ";\n") {
		if _, err := p.db.ExecContext(p.Context(), statement); err != nil {
			p.Errorf("%v:\n%s", err, statement)
		}
	}
}

// as is the DSN of another user.
func (p *onPage) as(user string) string {
	return login.ReplaceAllString(p.dsn, "${1}"+user+":PASSWORD@")
}

// statementsFor are the page's blocks of SQL for one kind of server.
func statementsFor(t *testing.T, server string) []string {
	t.Helper()
	var list []string
	for _, block := range blocksOf(page(t, sqlPage), "sql") {
		first, rest, _ := strings.Cut(block, "\n")
		if strings.Contains(first, server) {
			list = append(list, strings.TrimSuffix(rest, "\n"))
		}
	}
	return list
}

// Every statement of the page is carried out on the server that it is for, and
// gives the users what they need and no more.
func TestTheStatementsOfThePageAboutDatabasesWork(t *testing.T) {
	t.Parallel()
	if len(statementsFor(t, "SQL Server")) != 2 { // nobody can try them here
		t.Error("the page lacks what SQL Server needs")
	}
	for driver, c := range map[source.Driver]struct {
		server string
		blocks int
		dsn    func(testing.TB) string
		forget string // users are of the server, not of the database
	}{
		source.Postgres: {"PostgreSQL", 4, sqltest.Postgres, "DROP OWNED BY syncd_reader, syncd_writer;\nDROP ROLE syncd_reader, syncd_writer"},
		source.MySQL:    {"MariaDB", 2, sqltest.MySQL, "DROP USER 'syncd_reader'@'10.0.0.%', 'syncd_writer'@'10.0.0.%'"},
	} {
		t.Run(string(driver), func(t *testing.T) {
			t.Parallel()
			p := newOnPage(t, driver, c.dsn(t))
			if driver == source.MySQL { // whose table the page does not show
				p.do("CREATE TABLE client_from_crm (id varchar(190) UNIQUE, clid bigint UNIQUE, name text)")
			}
			list := statementsFor(t, c.server)
			if len(list) != c.blocks {
				t.Fatalf("%d blocks of SQL", len(list))
			}
			for _, text := range list {
				p.do(text)
			}
			defer p.do(c.forget)
			p.mayOnlyRead("syncd_reader")
			s := source.NewSQLSink(source.SQLSinkConfig{Driver: driver, DSN: p.as("syncd_writer"), Table: "client_from_crm", Key: "id", CLID: "clid"})
			for _, name := range []string{"Ива", "Ёлка"} {
				row := source.SinkRow{Key: "A-1", CLID: 1, Cells: []source.SinkCell{{Column: "name", Text: name}}}
				if refused, err := s.Write(t.Context(), []source.SinkRow{row}); err != nil || len(refused) > 0 {
					t.Errorf("the writer's rights: %v, %v", refused, err)
				}
			}
		})
	}
}

func (p *onPage) mayOnlyRead(user string) {
	p.Helper()
	db, err := source.OpenSQL(p.Context(), p.driver, p.as(user))
	if err != nil {
		p.Fatal(err)
	}
	defer db.Close()
	var n int
	if err := db.QueryRowContext(p.Context(), "SELECT count(*) FROM client").Scan(&n); err != nil || n != 2 {
		p.Errorf("%s reads %d rows, %v", user, n, err)
	}
	if _, err := db.ExecContext(p.Context(), "UPDATE client SET name = 'x'"); err == nil {
		p.Errorf("%s may write", user)
	}
}

const pageHead = "version: 1\nlisten: \"\"\nstate: state.db\ntimezone: Europe/Moscow\ncrm:\n  main: {base_url: 'https://crm.example.ru', login: sync@example.ru, apikey: {env: KEY}}\n"

// Every configuration of the page loads; its query runs with the page's mapping,
// where there is a server to ask; and the table is the one that syncd prints.
func TestTheConfigurationsOfThePageAboutDatabasesWork(t *testing.T) {
	whole(t)
	t.Parallel()
	var mappings, configs []string
	for _, block := range blocksOf(page(t, sqlPage), "yaml") {
		if strings.HasPrefix(block, "version: 1\nentity:") {
			mappings = append(mappings, block)
			if _, err := mapping.Parse(sqlPage, []byte(block)); err != nil {
				t.Errorf("%v:\n%s", err, block)
			}
			continue
		}
		configs = append(configs, block)
	}
	if len(mappings) != 2 || len(configs) != 6 {
		t.Fatalf("%d mappings, %d configurations", len(mappings), len(configs))
	}
	tested := map[source.Driver]int{}
	for _, block := range configs {
		cfg, err := config.Parse("syncd.yaml", []byte(pageHead+block), func(string) string { return "secret" })
		if err != nil {
			t.Errorf("%v:\n%s", err, block)
			continue
		}
		driver := source.Driver(cfg.Sources["clients"].SQL.Driver)
		fresh := map[source.Driver]func(testing.TB) string{source.Postgres: sqltest.Postgres, source.MySQL: sqltest.MySQL}[driver]
		if fresh == nil {
			continue
		}
		tested[driver]++
		p := newOnPage(t, driver, fresh(t))
		if strings.Contains(block, "client_from_crm") {
			code, out := p.syncd(block, mappings[0], "schema", "--sql", "clients")
			if want := statementOf(t, "CREATE TABLE"); code != exitDone || strings.TrimSpace(out) != want {
				t.Errorf("exit code %d: syncd prints\n%s\nand the page\n%s", code, out, want)
			}
			p.do(out)
		}
		if code, out := p.syncd(block, mappings[0], "check"); code != exitDone || !strings.Contains(out, "fit together") {
			t.Errorf("exit code %d: %s\n%s", code, out, block)
		}
	}
	if tested[source.Postgres] != 3 || tested[source.MySQL] != 2 {
		t.Errorf("tried on servers: %v", tested)
	}
}

func statementOf(t *testing.T, beginning string) string {
	t.Helper()
	for _, text := range statementsFor(t, "PostgreSQL") {
		if strings.HasPrefix(text, beginning) {
			return text
		}
	}
	return ""
}

// syncd carries a command out with a configuration of the page.
func (p *onPage) syncd(block, clients string, args ...string) (code int, said string) {
	p.Helper()
	dir := p.TempDir()
	for name, text := range map[string]string{"syncd.yaml": pageHead + block, "clients.yaml": clients, "books_dsn": p.dsn} {
		if strings.Contains(block, "same_table") && name == "clients.yaml" {
			text = strings.Replace(text, "\nfields:", "\nclid: {column: clid}\nfields:", 1)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			p.Fatal(err)
		}
	}
	env := map[string]string{"KEY": "secret", "BOOKS_DSN": p.dsn, "CREDENTIALS_DIRECTORY": dir}
	var out strings.Builder
	code = runWith(p.Context(), append([]string{"--lang", "en", "--config", filepath.Join(dir, "syncd.yaml")}, args...),
		func(name string) string { return env[name] }, stdio{in: strings.NewReader(""), out: &out, err: &out}, allCommands)
	return code, out.String()
}

// Every DSN of the page is one for its driver.
func TestTheDSNsOfThePageAboutDatabasesAreSome(t *testing.T) {
	t.Parallel()
	stopped, stop := context.WithCancel(t.Context())
	stop() // nobody is to be called
	list := regexp.MustCompile(`(?m)^(postgres|mysql|sqlite|sqlserver) +(\S.*)$`).FindAllStringSubmatch(page(t, sqlPage), -1)
	if len(list) != 6 {
		t.Fatalf("%d DSNs", len(list))
	}
	for _, m := range list {
		_, err := source.OpenSQL(stopped, source.Driver(m[1]), m[2])
		var e *source.SQLError
		if !errors.As(err, &e) || e.Reason == source.SQLBadDSN || strings.Contains(err.Error(), "PASSWORD") {
			t.Errorf("%s: %v", m[0], err)
		}
	}
}
