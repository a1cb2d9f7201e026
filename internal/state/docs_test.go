package state_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/engine"
	"syncd/internal/record"
)

func documentation(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../../docs/state.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Every query of docs/state.md runs in Debian's shell, on a state that a writer
// has open in the middle of a transaction, and finds something.
func TestQueries_of_the_documentation_work_in_the_shell_beside_a_writer(t *testing.T) {
	path := place(t)
	_, j := lived(t, path)
	queries := regexp.MustCompile("(?s)```sql\n(.*?)```").FindAllStringSubmatch(documentation(t), -1)
	if len(queries) < 10 {
		t.Fatalf("only %d queries found", len(queries))
	}
	// the rows are asked for in the middle of the transaction that stores them
	err := j.SaveRows(t.Context(), record.FingerprintOf("salt"), func(func(engine.SeenRow) error) error {
		for _, q := range queries {
			if out := shell(t, path, q[1]); strings.TrimSpace(out) == "" {
				t.Errorf("finds nothing:\n%s", q[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestEvery_column_of_every_view_is_documented_in_order(t *testing.T) {
	path := place(t)
	lived(t, path)
	documented := map[string][]string{}
	for _, section := range strings.Split(documentation(t), "\n### ")[1:] {
		section, _, _ = strings.Cut(section, "\n## ")
		name, text, _ := strings.Cut(section, "\n")
		for _, row := range regexp.MustCompile(`(?m)^\| (\w+) \|`).FindAllStringSubmatch(text, -1) {
			// each table's heading says "column"; v_rejects also has one of that name
			if row[1] != "column" || len(documented[name]) > 0 {
				documented[name] = append(documented[name], row[1])
			}
		}
	}
	real := map[string][]string{}
	for _, view := range strings.Fields(shell(t, path, `SELECT name FROM sqlite_schema WHERE type = 'view'`)) {
		real[view] = strings.Fields(shell(t, path, `SELECT name FROM pragma_table_info('`+view+`')`))
	}
	if len(real) == 0 {
		t.Fatal("no views")
	}
	if d := cmp.Diff(real, documented); d != "" {
		t.Errorf("views (-) and docs/state.md (+) differ:\n%s", d)
	}
}

func TestThe_shell_makes_a_backup_as_documented(t *testing.T) {
	path := place(t)
	lived(t, path)
	statement := regexp.MustCompile(`VACUUM INTO ('[^']+\.db')`).FindStringSubmatch(documentation(t))
	if statement == nil {
		t.Fatal("docs/state.md does not say how")
	}
	to := t.TempDir() + "/copy.db"
	shell(t, path, strings.Replace(statement[0], statement[1], "'"+to+"'", 1))
	if got := shell(t, to, `PRAGMA quick_check; SELECT links FROM v_jobs`); got != "ok\n1\n" {
		t.Errorf("the copy says %q", got)
	}
}

func TestViews_say_what_happened(t *testing.T) {
	path := place(t)
	lived(t, path)
	for query, want := range map[string]string{
		`SELECT uid, status, reason, crm_id FROM v_records ORDER BY uid`: "clid-77|pending||77\nlater|waiting||\n" +
			known + "|held|conflict|1001\ntwice|held|duplicate-key|\n" +
			"uid-000002|refused|405|\nuid-000003|in-doubt|timeout|\n",
		`SELECT op, field, old, new, rule, lost FROM v_changes ORDER BY op, field`: "add||||add|\n" +
			"offer|mail_url|old@example.ru|office@example.ru|crm-changed|\nsettle|site_url|crm.example|crm.example|conflict-crm|source.example\n" +
			"update|des|старое||cleared|\nupdate|phone|79160000000|79160000001|source-changed|79160000002\n",
		`SELECT uid, key IS NULL, crm_id, title, field, base, offered, delivery, state, run, days FROM v_pending ORDER BY field`: known +
			"|0|1001|ООО «Ромашка»|mail_url||office@example.ru|crm-clients-1.csv|out|1|0\nclid-77|1|77|ООО «Лютик»|title||ООО «Лютик»||waiting|1|\n",
		`SELECT pending, cursor IS NULL, last_full_scan FROM v_jobs`:                                 "2|1|2026-11-22 12:00:00\n",
		`SELECT field, base, source, crm FROM v_conflicts ORDER BY field`:                            "mail_url|||\nphone|1|2|3\n",
		`SELECT reason, fields, other_line FROM v_holds ORDER BY reason`:                             "conflict|phone, mail_url|\nduplicate-key||9\n",
		`SELECT line, "column", kind, key FROM v_rejects ORDER BY line`:                              "||refused|key-uid-000002\n5|ИНН|rejected|k5\n8||warning|\n",
		`SELECT kind, status, ended IS NULL FROM v_ops ORDER BY op`:                                  "add|confirmed|0\nupdate|confirmed|0\nadd|failed|0\nadd|in_doubt|1\n",
		`SELECT guard, found, "limit", standing FROM v_halts`:                                        "max_update|104|50|1\n",
		`SELECT links, held, rejected, open_ops, backlog, halted, last_run, last_status FROM v_jobs`: "1|2|2|1|1|max_update|2|halted\n",
	} {
		if got := shell(t, path, query); got != want {
			t.Errorf("%s\n got %q\nwant %q", query, got, want)
		}
	}
}
