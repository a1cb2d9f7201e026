package state_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"syncd/internal/engine"
	"syncd/internal/record"
	"syncd/internal/state"
)

// A year of hourly runs, each with changes, and the upkeep of each day. The first run
// of a day goes through the ports, the rows of the other 23 are copies of what it left.
func TestThe_file_stays_as_large_over_a_year(t *testing.T) {
	leftOut(t)
	const history = 90 * 24 * time.Hour
	now := noon
	db, err := state.Open(t.Context(), filepath.Join(memory(t), "state.db"), state.Options{Create: true, Clock: func() time.Time { return now }})
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	j := job(t, db, clients)
	links := confirmed(t, j, 1, 1, 500)
	var month4 state.Sizes
	began := time.Now()
	for day := range 365 {
		now = noon.AddDate(0, 0, day)
		run, err := j.Start(t.Context(), now)
		must(t, err)
		var done []engine.Settlement
		for i := range 4 {
			l := links[(day*4+i)%len(links)]
			l.SettledAt, l.Source = now, record.FingerprintOf(strconv.Itoa(day))
			done = append(done, engine.Settlement{UID: l.UID, Link: l, Changes: []engine.FieldChange{
				{Field: "phone", From: text("79160000000"), To: text("7916" + strconv.Itoa(1000000+day)), Rule: "source-changed"},
			}})
		}
		settle(t, j, run, done...)
		must(t, j.Finish(t.Context(), run, &engine.Report{Run: run, Status: engine.RunDone, Started: now, Finished: now, SourceTime: now}))
		hourly(t, db, run)
		_, err = db.Upkeep(t.Context(), now.Add(-history))
		must(t, err)
		if day == 120 {
			month4 = sizes(t, db)
		}
	}
	took := time.Since(began)
	year := sizes(t, db)
	t.Logf("8760 runs in %v; month 4: %+v, month 12: %+v", took, month4, year)
	if runs, err := db.Runs(t.Context(), "", 0); err != nil || len(runs) < 90*24 || len(runs) > 96*24 || runs[0].Run != 365*24 {
		t.Errorf("%d runs are kept, %v", len(runs), err)
	}
	if year.File > month4.File*11/10 {
		t.Errorf("the file grew from %d to %d bytes", month4.File, year.File)
	}
	if year.WAL > 4<<20 {
		t.Errorf("the log has %d bytes", year.WAL)
	}
	quick(t, db)
}

// hourly repeats a run in each of the next 23 hours.
func hourly(t *testing.T, db *state.DB, run int64) {
	t.Helper()
	const hours = `WITH h (h) AS (SELECT 1 UNION ALL SELECT h + 1 FROM h WHERE h < 23) `
	state.Exec(t, db, fmt.Sprintf(`BEGIN;
		INSERT INTO run (id, job, status, source, started_at, finished_at, found, source_time)
			`+hours+`SELECT id + h, job, status, source, started_at + h * 3600000, finished_at + h * 3600000, found, source_time
			FROM run, h WHERE id = %[1]d;
		INSERT INTO audit (at, job, run, kind, status, uid, crm_id, changes)
			`+hours+`SELECT at + h * 3600000, job, run + h, kind, status, uid, crm_id, changes FROM h, audit WHERE run = %[1]d;
		COMMIT`, run))
}

// quick asks what people ask most, and fails when that takes long.
func quick(t *testing.T, db *state.DB) {
	t.Helper()
	began := time.Now()
	for _, query := range []string{
		`SELECT * FROM v_jobs`,
		`SELECT * FROM v_runs WHERE started >= datetime('now', '-1 day') AND status <> 'done'`,
		`SELECT * FROM v_records WHERE uid = 'uid-000007'`,
		`SELECT * FROM v_changes WHERE uid = 'uid-000007' AND field = 'phone' ORDER BY run DESC`,
	} {
		shell(t, db.File(), query)
	}
	if _, err := db.Status(t.Context(), ""); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 10*time.Second { // 0.2 s when nothing else is at work
		t.Errorf("the views take %v", took)
	}
}

func sizes(t *testing.T, db *state.DB) state.Sizes {
	t.Helper()
	s, err := db.Sizes(t.Context())
	must(t, err)
	return s
}

// fat is a state most of which was forgotten; before schema 4 when upTo says so.
func fat(t *testing.T, dir string, upTo int) string {
	t.Helper()
	path := filepath.Join(dir, "state.db")
	db, err := openWith(t, path, scripts(t, upTo))
	must(t, err)
	state.Exec(t, db, `INSERT INTO target VALUES (1, 'main', 'client', 0, NULL, NULL); INSERT INTO job (name, target) VALUES ('clients', 1);
		WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
		INSERT INTO audit (at, job, run, kind, status, uid, crm_id, changes) SELECT i, 1, 1, 'settle', 'confirmed', 'uid' || i, 0, '[]' FROM n;
		INSERT INTO run (id, job, status, started_at) VALUES (1, 1, 'done', 1);`)
	must(t, db.Close())
	return path
}

func TestRoom_that_became_free_goes_back_to_the_disk(t *testing.T) {
	leftOut(t)
	for name, upTo := range map[string]int{"a state of this version": now, "one that an older version made": pushing} {
		t.Run(name, func(t *testing.T) {
			path := fat(t, memory(t), upTo)
			db := open(t, path)
			before := sizes(t, db)
			r, err := db.Upkeep(t.Context(), noon)
			must(t, err)
			after := sizes(t, db)
			if !r.Done || r.Pruned != 20000 || r.Freed != before.File-after.File || r.Size != after.File || after.File*3 > before.File {
				t.Errorf("%+v: %+v became %+v", r, before, after)
			}
			if after.WAL > 1<<16 { // the record of the upkeep itself
				t.Errorf("the log has %d bytes", after.WAL)
			}
			if st, err := os.Stat(path); err != nil || st.Size() != after.File {
				t.Errorf("the file: %v %v", st, err)
			}
			must(t, db.Verify(t.Context()))
			if again, err := db.Upkeep(t.Context(), noon); again.Done || err != nil {
				t.Errorf("again on the same day: %+v %v", again, err)
			}
			if u, err := db.LastUpkeep(t.Context(), state.TaskUpkeep); err != nil || !u.Succeeded.Equal(noon) {
				t.Errorf("on record: %+v %v", u, err)
			}
		})
	}
}

func TestA_reader_that_stays_does_not_hold_up_the_upkeep(t *testing.T) {
	leftOut(t)
	path := fat(t, memory(t), now)
	db := open(t, path)
	reader, err := state.OpenReadOnly(t.Context(), path, state.Options{})
	must(t, err)
	defer func() { must(t, reader.Close()) }()
	state.Within(t, reader, func() {
		r, err := db.Upkeep(t.Context(), noon)
		must(t, err)
		if r.Pruned != 20000 {
			t.Errorf("%+v", r)
		}
	})
	must(t, db.Verify(t.Context()))
}

func TestBackups_rotate(t *testing.T) {
	db, now := ticking(t)
	dir := filepath.Join(t.TempDir(), "backup")
	must(t, os.Mkdir(dir, 0o700))
	others := []string{"state-20200101T000000.db.bak", "state-mine.db", "state-20209901T000000.db", "notes.txt"}
	for _, name := range append(others, "state-20261101T000000.db.part") {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600))
	}
	yesterday := now.Add(-24 * time.Hour)
	must(t, os.Chtimes(filepath.Join(dir, "state-20261101T000000.db.part"), yesterday, yesterday))
	others = append(others, "state-20261102T000000.db.part") // which another process may be making
	must(t, os.WriteFile(filepath.Join(dir, others[len(others)-1]), []byte("x"), 0o600))
	must(t, os.Chtimes(filepath.Join(dir, others[len(others)-1]), now.Add(72*time.Hour), now.Add(72*time.Hour)))
	must(t, os.Mkdir(filepath.Join(dir, "state-20200101T000000.db"), 0o700)) // a folder is no copy
	for range 4 {
		file, err := db.Rotate(t.Context(), dir, 2)
		must(t, err)
		if file != filepath.Join(dir, state.BackupName(*now)) {
			t.Errorf("it is named %s", file)
		}
		*now = now.Add(24 * time.Hour)
	}
	list, err := os.ReadDir(dir)
	must(t, err)
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	want := "notes.txt state-20200101T000000.db state-20200101T000000.db.bak state-20209901T000000.db " +
		"state-20261102T000000.db.part state-20261124T120000.db state-20261125T120000.db state-mine.db"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("left:\n%s\nwant:\n%s", got, want)
	}
	u, err := db.LastUpkeep(t.Context(), state.TaskBackup)
	must(t, err)
	if u.Detail != filepath.Join(dir, "state-20261125T120000.db") || u.Bytes < 4096 || !u.Succeeded.Equal(noon.Add(72*time.Hour)) {
		t.Errorf("on record: %+v", u)
	}

	// one that fails is on record, and takes nothing away
	must(t, os.Chmod(dir, 0o750)) //nolint:gosec // the fault
	if _, err := db.Rotate(t.Context(), dir, 1); err == nil {
		t.Error("a folder that others may read was taken")
	}
	u, err = db.LastUpkeep(t.Context(), state.TaskBackup)
	must(t, err)
	if u.Err == "" || !u.Succeeded.Equal(noon.Add(72*time.Hour)) {
		t.Errorf("on record: %+v", u)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "state-2026*.db")); len(left) != 2 {
		t.Errorf("left: %v", left)
	}
}

func TestThe_newest_backup_stays_also_when_the_clock_went_back(t *testing.T) {
	db, now := ticking(t)
	dir := filepath.Join(t.TempDir(), "backup")
	_, err := db.Rotate(t.Context(), dir, 1)
	must(t, err)
	*now = noon.Add(-time.Hour)
	file, err := db.Rotate(t.Context(), dir, 1)
	must(t, err)
	if _, err := os.Stat(file); err != nil {
		t.Errorf("the copy that was just made is gone: %v", err)
	}
	if st, err := os.Stat(dir); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("the folder: %v %v", st, err)
	}
}
