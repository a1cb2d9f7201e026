package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/config"
	"syncd/internal/message"
)

// sqlWriteBack is the small configuration with these keys in the job, and these
// under write_back.sql besides the required ones.
func sqlWriteBack(t *testing.T, job, keys string) string {
	t.Helper()
	const mapping = "    mapping: clients.yaml\n"
	return with(t, mapping, mapping+"    direction: both\n"+job+"    write_back: {sql: {dsn: {env: DSN}, table: crm.clients, key: uid"+keys+"}}\n")
}

// fromSQL makes the source of a configuration a query.
func fromSQL(text, driver string) string {
	return strings.Replace(text, "csv: {path: clients.csv, snapshot: full}",
		"sql: {driver: "+driver+", dsn: {env: DSN}, query: SELECT 1, snapshot: full}", 1)
}

func TestATableForTheWriteBackIsReadWithItsDefaults(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for keys, want := range map[string]config.SQLSink{
		", driver: postgres": {Driver: "postgres", Table: "crm.clients", Key: "uid", CLID: "clid", Confirm: config.Duration(3 * day)},
		`, driver: mysql, clid: "", confirm: 7d, same_table: true`: {
			Driver: "mysql", Table: "crm.clients", Key: "uid", SameTable: true, Confirm: config.Duration(7 * day),
		},
	} {
		got := mustParse(t, fromSQL(sqlWriteBack(t, "", keys), "mysql")).Jobs["clients"].WriteBack.SQL
		if got.DSN.IsZero() {
			t.Error("no DSN")
		}
		got.DSN = config.SecretRef{}
		if d := cmp.Diff(want, *got, cmp.AllowUnexported(config.SecretRef{})); d != "" {
			t.Error(d)
		}
	}
}

func TestATableForTheWriteBackThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text, path string
		code       message.Code
	}{
		"a driver for reading only":   {sqlWriteBack(t, "", ", driver: sqlserver"), "write_back.sql.driver", message.ConfigBadValue},
		"no driver":                   {sqlWriteBack(t, "", ""), "write_back.sql.driver", message.ConfigMissingKey},
		"one column for two":          {sqlWriteBack(t, "", ", driver: sqlite, clid: UID"), "write_back.sql.clid", message.ConfigBadValue},
		"no time to be taken":         {sqlWriteBack(t, "", ", driver: sqlite, confirm: 0s"), "write_back.sql.confirm", message.ConfigBadValue},
		"the same table as a file":    {sqlWriteBack(t, "", ", driver: sqlite, same_table: true"), "write_back.sql.same_table", message.ConfigNeedsKey},
		"the same table elsewhere":    {fromSQL(sqlWriteBack(t, "", ", driver: sqlite, same_table: true"), "mysql"), "write_back.sql.same_table", message.ConfigNeedsKey},
		"new clients without a place": {sqlWriteBack(t, "    on_crm_new: export\n", `, driver: sqlite, clid: ""`), "on_crm_new", message.ConfigNeedsKey},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, got := parse(t, c.text)
			if len(got) != 1 || !strings.HasSuffix(got[0], " jobs.clients."+c.path+" "+string(c.code)) {
				t.Errorf("errors %q", got)
			}
		})
	}
	mustParse(t, sqlWriteBack(t, "    on_crm_new: export\n", ", driver: sqlite"))
	mustParse(t, fromSQL(sqlWriteBack(t, "", ", driver: sqlite, same_table: true"), "sqlite"))
}
