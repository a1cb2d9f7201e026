package schema_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/config"
	"syncd/internal/message"
	"syncd/internal/schema"
)

const exampleConfig = "../../config.example.yaml"

// small is the least that a configuration needs; tests vary it.
const small = `version: 1
state: state.db
timezone: UTC
crm:
  main:
    base_url: https://crm.example.ru
    login: sync@example.ru
    apikey: {env: KEY}
sources:
  clients:
    csv:
      path: clients.csv
      snapshot: full
  orders:
    sql:
      driver: sqlite
      dsn: {file: dsn}
      query: SELECT 1
      snapshot: full
jobs:
  clients:
    entity: client
    crm: main
    source: clients
    mapping: clients.yaml
`

func TestTheExampleFitsTheSchema(t *testing.T) {
	t.Parallel()
	example, err := os.ReadFile(exampleConfig)
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []message.Lang{message.English, message.Russian} {
		text, err := schema.Config(lang)
		s := compiled(t, text, err)
		for _, file := range []string{string(example), small} {
			if err := refuses(t, s, file); err != nil {
				t.Errorf("%s: %v", lang, err)
			}
		}
	}
}

// Each line replaces one of the small configuration. The schema must say of it
// what the program says.
func TestSchemaAndProgramAgree(t *testing.T) {
	t.Parallel()
	text, err := schema.Config(message.English)
	s := compiled(t, text, err)
	for _, c := range []struct {
		line, by string
		good     bool
	}{
		{"version: 1", "version: 2", false},
		{"version: 1", "# none", false},
		{"version: 1", "version: 1\nlang: de", false},
		{"version: 1", "version: 1\nlang: en", true},
		{"version: 1", "version: 1\nlisten: 9464", false},
		{"version: 1", "version: 1\nlisten: \"\"", true},
		{"version: 1", "version: 1\nhistory: 90 days", false},
		{"version: 1", "version: 1\nhistory: 2d12h", true},
		{"version: 1", "version: 1\nhistory: 1h30m", true},
		{"version: 1", "version: 1\nlog: {level: loud}", false},
		{"version: 1", "version: 1\njob: {}", false},
		{"timezone: UTC", "timezone: \"+3\"", false},
		{"base_url: https://crm.example.ru", "base_url: crm.example.ru", false},
		{"base_url: https://crm.example.ru", "base_url: https://crm.example.ru/api", false},
		{"base_url: https://crm.example.ru", "base_url: https://crm.example.ru:8443/", true},
		{"login: sync@example.ru", "logn: sync@example.ru", false},
		{"login: sync@example.ru", "login: 79000000000", true},
		{"apikey: {env: KEY}", "apikey: abcdef", false},
		{"apikey: {env: KEY}", "apikey: {env: KEY, file: key}", false},
		{"apikey: {env: KEY}", "apikey: {}", false},
		{"apikey: {env: KEY}", "apikey: {credential: ../key}", false},
		{"apikey: {env: KEY}", "apikey: {credential: crm_apikey}", true},
		{"apikey: {env: KEY}", "apikey: {env: KEY}\n    batch: 201", false},
		{"apikey: {env: KEY}", "apikey: {env: KEY}\n    batch: 200", true},
		{"apikey: {env: KEY}", "apikey: {env: KEY}\n    rate: off", true},
		{"apikey: {env: KEY}", "apikey: {env: KEY}\n    rate: 0.5", true},
		{"apikey: {env: KEY}", "apikey: {env: KEY}\n    rate: fast", false},
		{"apikey: {env: KEY}", "apikey: {env: KEY}\n    rate: -1", false},
		{"  main:", "  main/2:", false},
		{"path: clients.csv", "file: clients.csv", false},
		{"snapshot: full\n  orders", "snapshot: whole\n  orders", false},
		{"snapshot: full\n  orders", "header: 3\n      snapshot: full\n  orders", true},
		{"snapshot: full\n  orders", "header: 0\n      snapshot: full\n  orders", false},
		{"snapshot: full\n  orders", "header: none\n      snapshot: full\n  orders", false},
		{"snapshot: full\n  orders", "columns: [a]\n      snapshot: full\n  orders", false},
		{"snapshot: full\n  orders", "header: none\n      columns: [a]\n      snapshot: full\n  orders", true},
		{"snapshot: full\n  orders", "delimiter: tab\n      snapshot: full\n  orders", true},
		{"snapshot: full\n  orders", "delimiter: \"#\"\n      snapshot: full\n  orders", false},
		{"snapshot: full\n  orders", "limits: {cell: 64KiB, row: 1MB}\n      snapshot: full\n  orders", true},
		{"snapshot: full\n  orders", "limits: {cell: 1 mile}\n      snapshot: full\n  orders", false},
		{"snapshot: full\n  orders", "complete: {trailer: \"Итого\"}\n      snapshot: full\n  orders", false},
		{"snapshot: full\n  orders", "complete: {trailer: \"Итого {rows}\"}\n      snapshot: full\n  orders", true},
		{"snapshot: full\n  orders", "complete: {manifest: true, ready_file: true}\n      snapshot: full\n  orders", false},
		{"snapshot: full\n  orders", "complete: {}\n      snapshot: full\n  orders", false},
		{"driver: sqlite", "driver: oracle", false},
		{"dsn: {file: dsn}", "dsn: user:password@tcp/db", false},
		{"query: SELECT 1", "table: x", false},
		{"snapshot: full\njobs", "snapshot: delta\njobs", false},
		{"snapshot: full\njobs", "snapshot: delta\n      cursor: at\njobs", true},
		{"snapshot: full\njobs", "snapshot: full\n      cursor: at\njobs", false},
		{"snapshot: full\njobs", "snapshot: full\n      overlap: 10m\njobs", false},
		{"snapshot: full\njobs", "snapshot: delta\n      cursor: at\n      overlap: 10m\njobs", true},
		{"snapshot: full\njobs", "snapshot: delta\n      cursor: at\n      overlap: 100\njobs", true},
		{"snapshot: full\njobs", "snapshot: delta\n      cursor: at\n      overlap: far\njobs", false},
		{"snapshot: full\njobs", "snapshot: full\n      year_offset: 2000\njobs", true},
		{"snapshot: full\njobs", "snapshot: full\n      year_offset: 1900\njobs", false},
		{"entity: client", "entity: clients", false},
		{"mapping: clients.yaml", "mapping: \"\"", false},
		{"mapping: clients.yaml", "mapping: m.yaml\n    expect_by: \"9:00\"", true},
		{"mapping: clients.yaml", "mapping: m.yaml\n    expect_by: morning", false},
		{"mapping: clients.yaml", "mapping: m.yaml\n    match: inn_kpp", false},
		{"mapping: clients.yaml", "mapping: m.yaml\n    suspect: [inn, shoe]", false},
		{"mapping: clients.yaml", "mapping: m.yaml\n    on_absent: drop", false},
		{"mapping: clients.yaml", "mapping: m.yaml\n    on_absent: {set: {}}", false},
		{"mapping: clients.yaml", "mapping: m.yaml\n    guards: {max_delete: 104, min_rows: 10, max_update: off, max_clear: 5%}", true},
		{"mapping: clients.yaml", "mapping: m.yaml\n    guards: {max_deletes: 104}", false},
		{"mapping: clients.yaml", "mapping: m.yaml\n    guards: {min_rows: 10%}", false},
		{"mapping: clients.yaml", "mapping: m.yaml\n    guards: {max_shrink: -1}", false},
		{"mapping: clients.yaml", "mapping: m.yaml\n    direction: both\n    write_back: {}", false},
		{"mapping: clients.yaml", "mapping: m.yaml\n    direction: both\n    write_back: {csv: {dir: out, confirm: 3d}}", true},
		{"mapping: clients.yaml", "mapping: m.yaml\n    direction: both\n    write_back: {csv: {dir: out, encoding: utf8}}", false},
		{"mapping: clients.yaml", "mapping: m.yaml\n    direction: both\n    write_back: {csv: {dir: out, encoding: auto}}", false},
		{"mapping: clients.yaml", "mapping: m.yaml\n    direction: both\n    write_back: {csv: {dir: out, delimiter: auto}}", false},
		{"mapping: clients.yaml", "mapping: m.yaml\n    direction: both\n    write_back: {sql: {driver: sqlserver, dsn: {env: D}, table: t, key: k}}", false},
		{"mapping: clients.yaml", "mapping: m.yaml\n    direction: both\n    write_back: {sql: {driver: mysql, dsn: {env: D}, table: t, key: k, clid: \"\"}}", true},
		{"mapping: clients.yaml", "mapping: m.yaml\n    direction: both\n    write_back: {sql: {driver: mysql, dsn: {env: D}, key: k}}", false},
		{"mapping: clients.yaml", "mapping: m.yaml\nnotify: {mail: {smtp: mail.example.ru, from: a, to: [b]}}", false},
		{"mapping: clients.yaml", "mapping: m.yaml\nnotify: {mail: {smtp: \"mail.example.ru:25\", from: a, to: [b], user: u}}", false},
		{"mapping: clients.yaml", "mapping: m.yaml\nnotify: {on: [halt], mail: {smtp: \"mail.example.ru:25\", from: a, to: [b]}}", true},
		{"mapping: clients.yaml", "mapping: m.yaml\nnotify: {on: [halt]}", false},
		{"mapping: clients.yaml", "mapping: m.yaml\nnotify: {digest: \"@daily\", telegram: {token: {env: T}, chat: -100123}}", true},
		{"mapping: clients.yaml", "mapping: m.yaml\nnotify: {telegram: {token: {env: T}, chat: \"@channel\", url: \"https://bots.example.ru/\"}}", true},
		{"mapping: clients.yaml", "mapping: m.yaml\nnotify: {telegram: {token: {env: T}, chat: my chat}}", false},
		{"mapping: clients.yaml", "mapping: m.yaml\nnotify: {telegram: {token: abc, chat: 5}}", false},
		{"mapping: clients.yaml", "mapping: m.yaml\nnotify: {webhook: {url: \"https://a.example.ru/b\", headers: {X-A: b, Y: {env: Y}}}}", true},
		{"mapping: clients.yaml", "mapping: m.yaml\nnotify: {webhook: {url: {file: url}}}", true},
		{"mapping: clients.yaml", "mapping: m.yaml\nnotify: {webhook: {url: a.example.ru}}", false},
		{"mapping: clients.yaml", "mapping: m.yaml\nnotify: {webhook: {url: \"https://a.example.ru/b\", headers: {X A: b}}}", false},
		{"mapping: clients.yaml", "mapping: m.yaml\nnotify: {webhook: {url: \"https://a.example.ru/b\", headers: {A: {}}}}", false},
		{"mapping: clients.yaml", "mapping: m.yaml\n    schedule: \"@every 10m\"\n    jitter: 30s\n    watch: 30s", true},
		{"mapping: clients.yaml", "mapping: m.yaml\n    jitter: 30s", false},
		{"mapping: clients.yaml", "mapping: m.yaml\n    expect_by: \"09:00 1-5,Sun\"", true},
		{"mapping: clients.yaml", "mapping: m.yaml\n    expect_by: \"09:00 8\"", false},
		{"version: 1", "version: 1\nlisten: 0.0.0.0:9464", false},
		{"version: 1", "version: 1\nlisten: localhost:9464", true},
		{"version: 1", "version: 1\nlisten: \"[::1]:9464\"", true},
		{"version: 1", "version: 1\nreport: report.html\nbackup: {dir: backup, keep: 1}", true},
		{"version: 1", "version: 1\nbackup: {dir: backup, keep: 0}", false},
		{"version: 1", "version: 1\nbackup: {keep: 5}", false},
	} {
		if strings.Count(small, c.line) != 1 {
			t.Fatalf("%q is not once in the configuration", c.line)
		}
		file := strings.Replace(small, c.line, c.by, 1)
		_, program := config.Parse("syncd.yaml", []byte(file), func(string) string { return "" })
		if err := refuses(t, s, file); (err == nil) != c.good || (program == nil) != c.good {
			t.Errorf("%s\n  schema: %v\n  program: %v", c.by, err, program)
		}
	}
}

// The program lists, for an unknown key, those that may stand there: the schema
// has exactly these, in every block.
func TestEveryKeyOfTheProgramIsInTheSchemaAndNoOther(t *testing.T) {
	t.Parallel()
	text, err := schema.Config(message.English)
	keys := 0
	read(t, text, err).blocks("", "%s", func(path, file string, have []string) {
		_, program := config.Parse("syncd.yaml", []byte(strings.Replace(file, "%s", "{surely_unknown: 1}", 1)), func(string) string { return "" })
		known := knownKeys(program)
		slices.Sort(known)
		slices.Sort(have)
		if d := cmp.Diff(known, have); d != "" {
			t.Errorf("%s: the program (-) and the schema (+):\n%s", path, d)
		}
		keys += len(have)
	})
	if keys < 100 {
		t.Errorf("only %d keys compared", keys)
	}
}

// knownKeys are the keys that an error about an unknown one offers.
func knownKeys(err error) []string {
	var all *config.Errors
	if !errors.As(err, &all) {
		return nil
	}
	for _, e := range all.List {
		if e.Code != message.ConfigUnknownKey && e.Code != message.ConfigUnknownGuard {
			continue
		}
		for _, a := range e.Args {
			if a.Name == "known" {
				return strings.Split(a.Text, ", ")
			}
		}
	}
	return nil
}

func TestEveryKeyOfTheConfigurationIsDescribedInBothLanguagesAndHasAForm(t *testing.T) {
	t.Parallel()
	english, err := schema.Config(message.English)
	en := read(t, english, err)
	russian, err := schema.Config(message.Russian)
	holdTexts(t, en, read(t, russian, err))
	for path, want := range map[string]any{
		"crm.*.timeout": "1m", "history": "90d", "crm.*.rate": 5.0, "crm.*.batch": 20.0, "listen": "127.0.0.1:9464",
		"sources.*.csv.limits": nil, "sources.*.csv.delimiter": "auto", "sources.*.csv.header": "auto", "jobs.*.write_back.csv.delimiter": ";",
		"sources.*.sql.timeout": "1h", "jobs.*.write_back.sql.clid": "clid", "jobs.*.on_absent": "keep", "jobs.*.entity": nil, "version": nil, "jobs.*.direction": "push", "timezone": nil,
	} {
		if got := en.at(t, path).Default; got != want {
			t.Errorf("%s: default %v, want %v", path, got, want)
		}
	}
}
