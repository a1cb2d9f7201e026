package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"syncd/internal/engine"
)

// Start records a run. Runs of the job that are still marked as running were
// killed (the caller holds the run lock) and become interrupted. *RetiredError
// when the state moved to another server after it was opened here.
func (j *Job) Start(ctx context.Context, at time.Time) (run int64, err error) {
	err = j.change(ctx, func(c *changes) error {
		if err := notRetired(c.ctx, c.Tx, j.db.file); err != nil {
			return err
		}
		// 'running' as a word, else the index of those is not used
		if _, err := c.exec(`UPDATE run SET status = ?, error = 'killed' WHERE job = ? AND status = 'running'`,
			string(engine.RunInterrupted), j.id); err != nil {
			return err
		}
		r, err := c.exec(`INSERT INTO run (job, status, started_at) VALUES (?, ?, ?)`,
			j.id, string(engine.RunRunning), millis(at))
		if err != nil {
			return err
		}
		run, err = r.LastInsertId()
		return err
	})
	return run, err
}

// Halt stores a guard's halt. One guard halts a job once, until it is resumed.
func (j *Job) Halt(ctx context.Context, run int64, h engine.Halt) error {
	return j.change(ctx, func(c *changes) error {
		_, err := c.exec(`INSERT INTO halt (job, run, guard, found, limit_, of_, detail, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (job, guard) WHERE resumed_at IS NULL DO UPDATE SET
				run = excluded.run, found = excluded.found, limit_ = excluded.limit_, of_ = excluded.of_, detail = excluded.detail`,
			j.id, run, h.Guard, h.Found, h.Limit, h.Of, h.Detail, millis(c.now))
		return err
	})
}

// outcomeColumns are the outcomes that the table of runs has columns for, in the
// order of its columns.
var outcomeColumns = [...]engine.Outcome{
	engine.Unchanged, engine.Created, engine.Updated, engine.Merged, engine.WrittenBack, engine.Deleted, engine.Held,
	engine.Rejected, engine.Waiting, engine.InDoubt, engine.Failed, engine.OutOfScope, engine.Absent,
}

// Finish records how a run ended. The one-shot allowances of `resume` end with
// the first run that reached its end past the guards.
func (j *Job) Finish(ctx context.Context, run int64, r *engine.Report) error {
	err := j.finish(ctx, run, r)
	if err == nil {
		j.db.remember(run)
	}
	return err
}

func (j *Job) finish(ctx context.Context, run int64, r *engine.Report) error {
	var turned any
	if len(r.TurnedAway) > 0 {
		b, err := json.Marshal(r.TurnedAway)
		if err != nil {
			return err
		}
		turned = string(b)
	}
	return j.change(ctx, func(c *changes) error {
		args := []any{
			string(r.Status), r.Source, millis(r.Finished),
			r.Rows.Read, r.Rows.Records, r.Rows.Rejected, r.Rows.Skipped, r.Rows.Twins,
			r.Rows.Scope, r.Rows.Lines, r.Rows.Backlog,
		}
		for _, o := range outcomeColumns {
			args = append(args, r.Outcomes[o])
		}
		args = append(args, r.Requests, r.Writes, r.NewHolds, r.NewReject, r.Warnings, orNil(r.Err),
			orMillis(r.SourceTime), r.Code, turned, run, j.id)
		if _, err := c.exec(`UPDATE run SET status = ?, source = ?, finished_at = ?,
				rows_read = ?, rows_records = ?, rows_rejected = ?, rows_skipped = ?, rows_twins = ?,
				rows_scope = ?, rows_lines = ?, rows_backlog = ?,
				unchanged = ?, created = ?, updated = ?, merged = ?, written_back = ?, deleted = ?, held = ?,
				rejected = ?, waiting = ?, in_doubt = ?, failed = ?, out_of_scope = ?, absent = ?,
				requests = ?, writes = ?, new_holds = ?, new_rejects = ?, warnings = ?, error = ?,
				source_time = ?, code = ?, turned_away = ?
			WHERE id = ? AND job = ?`, args...); err != nil {
			return err
		}
		if r.Status != engine.RunDone && r.Status != engine.RunPartial {
			return nil
		}
		_, err := c.exec(`UPDATE allowance SET ended_at = ?, used_run = ? WHERE job = ? AND ended_at IS NULL
			AND EXISTS (SELECT 1 FROM run WHERE id = ? AND found = 1)`, millis(c.now), run, j.id, run)
		return err
	})
}

// Standing returns what waits from earlier runs, as of one moment.
func (j *Job) Standing(ctx context.Context) (engine.Standing, error) {
	s := engine.Standing{
		Holds: map[string]engine.Hold{}, Refused: map[string]engine.Reject{},
		Choices: map[string][]engine.Choice{}, Attempts: map[string]int{}, Allow: map[string]int64{},
		Missing: map[string]int64{},
	}
	err := j.db.view(ctx, func(tx *sql.Tx) error {
		if j.id == 0 {
			return nil
		}
		for _, load := range []func(context.Context, querier, *engine.Standing) error{
			j.standingJob, j.standingHolds, j.standingRefused, j.standingChoices, j.standingHalts, j.standingRewound, j.standingCounts,
			j.standingCRM,
		} {
			if err := load(ctx, tx, &s); err != nil {
				return err
			}
		}
		var err error
		s.Backlog, err = j.backlog(ctx, tx)
		return err
	})
	return s, err
}

func (j *Job) standingJob(ctx context.Context, q querier, s *engine.Standing) error {
	var mapping []byte
	err := q.QueryRowContext(ctx, `SELECT mapping, identity, last_rows, adopted_at IS NOT NULL,
		(SELECT count(*) FROM run WHERE job = j.id AND status IN ('done', 'partial') AND found = 1),
		links, cursor, snapshot_id, snapshot_no FROM job j WHERE id = ?`, j.id).
		Scan(&mapping, &s.Identity, &s.LastRows, &s.Adopted, &s.Runs, &s.Links, &s.Cursor, &s.SnapshotID, &s.SnapshotNo)
	if err != nil || mapping == nil {
		return err
	}
	return fingerprint(mapping, (*[16]byte)(&s.Mapping))
}

func (j *Job) standingHolds(ctx context.Context, q querier, s *engine.Standing) error {
	holds, err := holdsWhere(ctx, q, `h.job = ? AND h.closed_at IS NULL`, j.id)
	for _, h := range holds {
		s.Holds[h.UID] = h.Hold
	}
	return err
}

func (j *Job) standingRefused(ctx context.Context, q querier, s *engine.Standing) error {
	rejects, err := rejectsWhere(ctx, q, `r.job = ? AND r.refused = 1`, j.id)
	for _, r := range rejects {
		s.Refused[r.UID] = r.Reject
	}
	return err
}

func (j *Job) standingChoices(ctx context.Context, q querier, s *engine.Standing) error {
	return each(ctx, q, func(r *sql.Rows) error {
		var c engine.Choice
		var seen []byte
		if err := r.Scan(&c.ID, &c.UID, &c.Field, &c.Take, &c.Set, &c.CLID, &seen); err != nil {
			return err
		}
		if len(seen) > 0 {
			if err := json.Unmarshal(seen, &c.Seen); err != nil {
				return fmt.Errorf("choice about %s: what it was made about is not readable", c.UID)
			}
		}
		s.Choices[c.UID] = append(s.Choices[c.UID], c)
		return nil
	}, `SELECT id, uid, field, take, value, crm_id, seen FROM choice WHERE job = ? AND ended_at IS NULL ORDER BY id`, j.id)
}

func (j *Job) standingHalts(ctx context.Context, q querier, s *engine.Standing) error {
	return each(ctx, q, func(r *sql.Rows) error {
		var h engine.Halt
		if err := r.Scan(&h.Guard, &h.Found, &h.Limit, &h.Of, &h.Detail); err != nil {
			return err
		}
		s.Halts = append(s.Halts, h)
		return nil
	}, `SELECT guard, found, limit_, of_, detail FROM halt WHERE job = ? AND resumed_at IS NULL ORDER BY id`, j.id)
}

func (j *Job) standingRewound(ctx context.Context, q querier, s *engine.Standing) error {
	return each(ctx, q, func(r *sql.Rows) error {
		s.Rewound = new(int64)
		return r.Scan(s.Rewound)
	}, `SELECT found FROM halt WHERE job = ? AND guard = ? AND resumed_at IS NOT NULL ORDER BY id DESC LIMIT 1`,
		j.id, engine.GuardCRMRewound)
}

func (j *Job) standingCounts(ctx context.Context, q querier, s *engine.Standing) error {
	if err := each(ctx, q, func(r *sql.Rows) error {
		var uid string
		var n int
		err := r.Scan(&uid, &n)
		s.Attempts[uid] = n
		return err
	}, `SELECT uid, n FROM attempt WHERE job = ?`, j.id); err != nil {
		return err
	}
	return each(ctx, q, func(r *sql.Rows) error {
		var guard string
		var n int64
		err := r.Scan(&guard, &n)
		s.Allow[guard] = n
		return err
	}, `SELECT guard, value FROM allowance WHERE job = ? AND ended_at IS NULL`, j.id)
}

// standingCRM tells what was seen of the CRM and is not dealt with.
func (j *Job) standingCRM(ctx context.Context, q querier, s *engine.Standing) error {
	if err := each(ctx, q, func(r *sql.Rows) error {
		var clid int64
		err := r.Scan(&clid)
		s.Edited = append(s.Edited, clid)
		return err
	}, `SELECT clid FROM crm_edit WHERE job = ? ORDER BY clid`, j.id); err != nil {
		return err
	}
	return each(ctx, q, func(r *sql.Rows) error {
		var uid string
		var run int64
		err := r.Scan(&uid, &run)
		s.Missing[uid] = run
		return err
	}, `SELECT uid, missing_run FROM link WHERE job = ? AND missing_run > 0 AND gone = 0`, j.id)
}

// Found stores what pass 1 turned up. Rejects and holds that were there before
// keep the run in which they began; those of the CRM's refusals and the sticky
// holds are not touched by what a source no longer shows.
func (j *Job) Found(ctx context.Context, run int64, f engine.Findings) (newRejects int64, err error) {
	err = j.change(ctx, func(c *changes) error {
		var err error
		if newRejects, err = j.replaceRejects(c, run, f.Rejects, f.Complete); err != nil {
			return err
		}
		for i := range f.Holds {
			if err := j.putHold(c, run, &f.Holds[i]); err != nil {
				return err
			}
		}
		if f.Complete {
			if _, err := c.exec(`UPDATE hold SET closed_at = ?, closed_run = ?
				WHERE job = ? AND closed_at IS NULL AND sticky = 0 AND last_run <> ?`,
				millis(c.now), run, j.id, run); err != nil {
				return err
			}
		}
		if err := j.keepAbsence(c, &f); err != nil {
			return err
		}
		return j.accept(c, run, &f)
	})
	return newRejects, err
}

// keepAbsence remembers the snapshot, and what it lacks. What is there again is
// there also when not all was read.
func (j *Job) keepAbsence(c *changes, f *engine.Findings) error {
	if f.Complete && f.SnapshotNo != 0 {
		if _, err := c.exec(`UPDATE job SET snapshot_id = ?, snapshot_no = ? WHERE id = ?`,
			f.SnapshotID, f.SnapshotNo, j.id); err != nil {
			return err
		}
		for _, link := range f.Vanished {
			if _, err := c.exec(`UPDATE fingerprint SET absent = ? WHERE link = ? AND job = ? AND absent = 0`,
				f.SnapshotNo, link, j.id); err != nil {
				return err
			}
		}
	}
	for _, link := range f.Returned {
		if _, err := c.exec(`UPDATE fingerprint SET absent = 0 WHERE link = ? AND job = ?`, link, j.id); err != nil {
			return err
		}
	}
	return nil
}

// accept remembers that this run's snapshot and mapping passed the guards.
func (j *Job) accept(c *changes, run int64, f *engine.Findings) error {
	if _, err := c.exec(`UPDATE run SET found = 1 WHERE id = ?`, run); err != nil {
		return err
	}
	if f.Rows > 0 {
		if _, err := c.exec(`UPDATE job SET last_rows = ? WHERE id = ?`, f.Rows, j.id); err != nil {
			return err
		}
	}
	if f.Mapping.IsZero() {
		return nil
	}
	_, err := c.exec(`UPDATE job SET mapping = ?, identity = ? WHERE id = ?`, f.Mapping[:], f.Identity, j.id)
	return err
}
