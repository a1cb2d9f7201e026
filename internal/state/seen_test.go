package state_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/engine"
	"syncd/internal/record"
	"syncd/internal/state"
)

// Links of two jobs interleave, so ranges are read singly here; and a range
// without gaps is read joined. Both must say the same.
func TestSeen_yields_every_link_of_its_job_in_order(t *testing.T) {
	db, j := fresh(t)
	other := job(t, db, state.JobKey{Name: "other", CRM: "main", Entity: "client"})
	run := start(t, j)
	want := map[*state.Job][]engine.Seen{}
	note := func(j *state.Job, links []*engine.Link) {
		for _, l := range links {
			want[j] = append(want[j], engine.Seen{Link: l.ID, UID: record.FingerprintOf(l.UID), Source: l.Source})
		}
	}
	note(j, confirmed(t, j, run, 1, 5000)) // more than one range
	for n := 5001; n < 5031; n += 3 {
		note(j, confirmed(t, j, run, n, n+1))
		note(other, confirmed(t, other, run, n+2, n+2))
	}
	for job, links := range want {
		if d := cmp.Diff(links, seen(t, job)); d != "" {
			t.Errorf("%s: %s", job.Key().Name, d)
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
