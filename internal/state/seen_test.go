package state_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"syncd/internal/engine"
	"syncd/internal/state"
)

// Where links of two jobs interleave, ranges are read singly; a range without
// gaps is read joined. Both must say what the table says.
func TestSeen_yields_every_link_of_its_job_in_order(t *testing.T) {
	db, j := fresh(t)
	other := job(t, db, state.JobKey{Name: "other", CRM: "main", Entity: "client"})
	// a whole range and a bit; then every third is the other job's
	state.Exec(t, db, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4300)
		INSERT INTO link (id, target, job, uid, crm_id, title, base, settled_at)
		SELECT i, 1, CASE WHEN i > 4200 AND i % 3 = 0 THEN 2 ELSE 1 END, i, i, '', '{}', 0 FROM n`)
	state.Exec(t, db, `INSERT INTO fingerprint (link, job, target, uid, source)
		SELECT id, job, 1, randomblob(16), randomblob(16) FROM link`)
	for number, job := range map[int]*state.Job{1: j, 2: other} {
		want := shell(t, db.File(), fmt.Sprintf(
			`SELECT link, lower(hex(uid)), lower(hex(source)) FROM fingerprint WHERE job = %d ORDER BY link`, number))
		var got strings.Builder
		for _, s := range seen(t, job) {
			fmt.Fprintf(&got, "%d|%v|%v\n", s.Link, s.UID, s.Source)
		}
		if got.String() != want || want == "" {
			t.Errorf("%s: the links differ from those of the table", job.Key().Name)
		}
	}
	stop := errors.New("stop")
	n := 0
	err := j.Seen(t.Context(), func(engine.Seen) error {
		if n++; n == 10 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || n != 10 {
		t.Errorf("yield's error is not obeyed: %v after %d", err, n)
	}
}
