package source_test

import (
	"strings"
	"testing"

	"syncd/internal/source"
)

func TestWhat_the_DDL_makes_lacks_nothing(t *testing.T) {
	t.Parallel()
	for name, on := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, dsn := on.driver, on.fresh(t)
			for _, clid := range []string{"clid", ""} {
				want := clientsTable(d)
				want.CLID, want.Name = clid, want.Name+clid
				missing, err := source.MissingDDL(t.Context(), dsn, want)
				if err != nil || len(missing) != 1 || missing[0] != source.DDL(want) {
					t.Fatalf("of a table that is not there: %q, %v", missing, err)
				}
				do(t, d, dsn, missing...)
				if missing, err = source.MissingDDL(t.Context(), dsn, want); err != nil || len(missing) > 0 {
					t.Errorf("missing %q, error %v", missing, err)
				}
			}
		})
	}
}

func TestAn_old_table_gets_what_it_lacks(t *testing.T) {
	t.Parallel()
	for name, on := range servers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, dsn := on.driver, on.fresh(t)
			engine := map[source.Driver]string{source.MySQL: " ENGINE=MyISAM"}[d]
			key, title := d.Quote("Ссылка"), d.Quote("Наименование")
			do(t, d, dsn, "CREATE TABLE clients ("+key+" varchar(40), "+title+" varchar(100))"+engine,
				"INSERT INTO clients VALUES ('k', 'Ива')")
			want := clientsTable(d)
			missing, err := source.MissingDDL(t.Context(), dsn, want)
			if err != nil {
				t.Fatal(err)
			}
			all := strings.Join(missing, "")
			if strings.Contains(all, "Наименование") || strings.Count(all, "UNIQUE INDEX") != 2 || strings.Count(all, "ADD COLUMN") != 7 {
				t.Errorf("got %s", all)
			}
			do(t, d, dsn, missing...)
			if missing, err = source.MissingDDL(t.Context(), dsn, want); err != nil || len(missing) > 0 {
				t.Errorf("still missing %q, error %v", missing, err)
			}
			sink := source.NewSQLSink(clientsSink(d, dsn))
			if err := sink.Check(t.Context(), []string{"Наименование", "Сумма"}, true); err != nil {
				t.Error(err)
			}
			mustWrite(t, sink, source.SinkRow{Key: "k", CLID: 3, Cells: []source.SinkCell{text("Сумма", "1.5")}})
			wantLines(t, table(t, d, dsn, "clients", "Ссылка", "clid", "Наименование"), "k|3|Ива")
		})
	}
}

func TestThe_DDL_is_as_documented(t *testing.T) {
	t.Parallel()
	got := source.DDL(clientsTable(source.Postgres))
	const want = `CREATE TABLE "clients" (
  "Ссылка" TEXT NULL UNIQUE,
  "clid" BIGINT NULL UNIQUE,
  "Наименование" TEXT NULL,
  "Телефон" TEXT NULL,
  "Сумма" NUMERIC NULL,
  "Сотрудников" BIGINT NULL,
  "Активен" BOOLEAN NULL,
  "ДатаСоздания" DATE NULL,
  "Изменён" TIMESTAMP NULL,
  "changed_at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP
);
`
	if got != want {
		t.Error(got)
	}
	// a name that a mapping spells twice, or that is the key's, is one column
	twice := source.DDL(source.SQLTable{Driver: source.SQLite, Name: "t", Key: "Код", Columns: []source.SQLColumn{{Name: "код"}, {Name: "имя"}, {Name: "Имя"}, {Name: "changed_at"}}})
	if strings.Count(twice, "\n") != 5 {
		t.Error(twice)
	}
}
