package state

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"time"

	"syncd/internal/engine"
	"syncd/internal/reconcile"
)

// JobStatus is where a job stands.
type JobStatus struct {
	Job, CRM, Entity string
	LastRun          int64 // 0 = never ran
	LastStatus       engine.RunStatus
	FirstStarted     time.Time // begin of the first run that is still known
	LastStarted      time.Time
	LastSuccess      time.Time // end of the last run that was done, in whole or in part; zero = none
	SourceTime       time.Time // when what that run read was written; zero = not known
	Links, Held      int64
	Gone             int64                      // of Links: the CRM does not have their clients any more
	HeldBy           map[reconcile.Reason]int64 // Held by reason; only reasons that occur
	Decided          map[reconcile.Reason]int64 // of HeldBy: somebody decided, and no run carried it out yet
	Rejected         int64                      // rows, and refusals by the CRM; warnings apart
	RejectedRecords  int64                      // the same with the rows of one record counted once, and without records that are held
	Warnings         int64
	OpenOps, Backlog int64
	Unsent           int64     // of Backlog: neither held nor rejected, so that the next run sends them
	InDoubt          int64     // of OpenOps: their answer was lost
	Pending          int64     // values on their way to the source
	Edited           int64     // clients whose edits in the CRM are not dealt with
	Cursor           string    // where the last accepted delta ended; "" = there was none
	FullScan         time.Time // when all clients of the CRM were read last; zero = never
	OldestOp         time.Time // when the oldest open op was sent; zero = none is open
	OldestInDoubt    time.Time // the same of those in doubt
	OldestPending    time.Time // when the oldest of Pending was offered; zero = none
	OldestHold       time.Time // since when the oldest hold waits; zero = none
	Halts            []engine.Halt
	OldestHalt       time.Time // since when the job stands; zero = it does not

	// As the service said last; zero without a service.
	Schedule string
	NextRun  time.Time // zero = nothing is planned
	Skipped  int64     // runs that were due while one was on, since the service began
	Asked    time.Time // when somebody asked for a run that has not begun; zero = nobody did
}

const statusQuery = `SELECT j.id, j.name, t.crm, t.entity, coalesce(r.id, 0), coalesce(r.status, ''),
		(SELECT started_at FROM run WHERE job = j.id ORDER BY id LIMIT 1), r.started_at,
		(SELECT finished_at FROM run WHERE job = j.id AND status IN ('done', 'partial') ORDER BY id DESC LIMIT 1),
		(SELECT source_time FROM run WHERE job = j.id AND status IN ('done', 'partial') AND source_time IS NOT NULL
			ORDER BY id DESC LIMIT 1),
		j.links,
		(SELECT count(*) FROM hold WHERE job = j.id AND closed_at IS NULL),
		(SELECT count(*) FROM reject WHERE job = j.id AND warning = 0),
		(SELECT count(DISTINCT CASE uid WHEN '' THEN ' ' || id ELSE uid END) FROM reject WHERE job = j.id AND warning = 0
			AND uid NOT IN (SELECT uid FROM hold WHERE job = j.id AND closed_at IS NULL)),
		(SELECT count(*) FROM reject WHERE job = j.id AND warning = 1),
		(SELECT count(*) FROM op WHERE job = j.id),
		(SELECT count(*) FROM op WHERE job = j.id AND status = 'in_doubt'),
		(SELECT count(*) FROM backlog WHERE job = j.id),
		(SELECT count(*) FROM backlog WHERE job = j.id
			AND uid NOT IN (SELECT uid FROM hold WHERE job = j.id AND closed_at IS NULL)
			AND uid NOT IN (SELECT uid FROM reject WHERE job = j.id AND warning = 0)),
		(SELECT min(sent_at) FROM op WHERE job = j.id),
		(SELECT min(sent_at) FROM op WHERE job = j.id AND status = 'in_doubt'),
		(SELECT count(*) FROM offer WHERE job = j.id AND ended_at IS NULL),
		(SELECT min(offered_at) FROM offer WHERE job = j.id AND ended_at IS NULL),
		(SELECT min(opened_at) FROM hold WHERE job = j.id AND closed_at IS NULL),
		(SELECT min(at) FROM halt WHERE job = j.id AND resumed_at IS NULL),
		(SELECT count(*) FROM crm_edit WHERE job = j.id), j.cursor, t.full_at,
		(SELECT count(*) FROM link l WHERE l.target = j.target AND l.crm_id <> 0 AND l.gone = 1 AND l.job = j.id),
		coalesce(p.schedule, ''), p.next_at, coalesce(p.skipped, 0), (SELECT at FROM run_request WHERE job = j.name)
	FROM job j JOIN target t ON t.id = j.target
	LEFT JOIN run r ON r.id = (SELECT max(id) FROM run WHERE job = j.id)
	LEFT JOIN planned p ON p.job = j.name
	WHERE ? IN ('', j.name) ORDER BY j.name, t.crm, t.entity`

// Status tells where every job stands that the state knows, by name; or only one.
// A job that is only planned is none of them (Planned tells those).
func (d *DB) Status(ctx context.Context, job string) ([]JobStatus, error) {
	var out []JobStatus
	err := d.view(ctx, func(tx *sql.Tx) error {
		var ids []int64
		if err := each(ctx, tx, func(r *sql.Rows) error {
			s, id, err := scanStatus(r)
			out, ids = append(out, s), append(ids, id)
			return err
		}, statusQuery, job); err != nil {
			return err
		}
		for i, id := range ids {
			var s engine.Standing
			if err := (&Job{id: id}).standingHalts(ctx, tx, &s); err != nil {
				return err
			}
			out[i].Halts = s.Halts
			out[i].HeldBy, out[i].Decided = map[reconcile.Reason]int64{}, map[reconcile.Reason]int64{}
			if err := each(ctx, tx, func(r *sql.Rows) error {
				var reason reconcile.Reason
				var n, decided int64
				err := r.Scan(&reason, &n, &decided)
				out[i].HeldBy[reason] = n
				if decided > 0 {
					out[i].Decided[reason] = decided
				}
				return err
			}, `SELECT h.reason, count(*), count(*) FILTER (WHERE EXISTS (
					SELECT 1 FROM choice c WHERE c.job = h.job AND c.uid = h.uid AND c.ended_at IS NULL))
				FROM hold h WHERE h.job = ? AND h.closed_at IS NULL GROUP BY h.reason`, id); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

func scanStatus(r *sql.Rows) (s JobStatus, id int64, err error) {
	var first, started, success, source, full, op, doubt, pending, hold, halt, next, asked sql.NullInt64
	err = r.Scan(&id, &s.Job, &s.CRM, &s.Entity, &s.LastRun, &s.LastStatus, &first, &started, &success, &source,
		&s.Links, &s.Held, &s.Rejected, &s.RejectedRecords, &s.Warnings, &s.OpenOps, &s.InDoubt, &s.Backlog, &s.Unsent, &op, &doubt,
		&s.Pending, &pending, &hold, &halt, &s.Edited, &s.Cursor, &full, &s.Gone, &s.Schedule, &next, &s.Skipped, &asked)
	s.FirstStarted = fromMillis(first)
	s.LastStarted, s.LastSuccess, s.SourceTime = fromMillis(started), fromMillis(success), fromMillis(source)
	s.FullScan, s.OldestOp, s.OldestInDoubt = fromMillis(full), fromMillis(op), fromMillis(doubt)
	s.OldestPending, s.OldestHold, s.OldestHalt = fromMillis(pending), fromMillis(hold), fromMillis(halt)
	s.NextRun, s.Asked = fromMillis(next), fromMillis(asked)
	return s, id, err
}

// Sizes are what the state takes on the disk, in bytes.
type Sizes struct {
	File int64 // of the database
	WAL  int64 // of the write-ahead log beside it
	Free int64 // of File: pages that hold nothing
}

// Sizes tells how big the state is.
func (d *DB) Sizes(ctx context.Context) (s Sizes, err error) {
	err = d.view(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT page_count * page_size, freelist_count * page_size
			FROM pragma_page_count, pragma_page_size, pragma_freelist_count`).Scan(&s.File, &s.Free)
	})
	if err != nil || d.file == ":memory:" {
		return s, err
	}
	st, err := os.Stat(d.file + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	s.WAL = st.Size()
	return s, nil
}
