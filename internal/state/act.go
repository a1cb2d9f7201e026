package state

import (
	"context"
	"database/sql"
	"time"

	"syncd/internal/engine"
)

// Act counts both sides of a job, as the last reading of each showed them and as
// they were linked since. Each count is of its own query: what adds up, and what
// does not, is for the reader to find.
type Act struct {
	// Run is the last that read rows of the source and passed the guards, and At is
	// when it began; 0 = there was none. Rows are those that it read; Waiting and
	// OutOfScope are the records that it did not reach, and that it left alone.
	Run                 int64
	At                  time.Time
	Rows                engine.Rows
	Waiting, OutOfScope int64

	Records int64 // of the last full snapshot that was accepted; 0 = there was none, or the source tells changes only

	Links  int64 // pairs, those whose client is gone apart
	Absent int64 // of Links: the last full snapshot lacks them
	Gone   int64 // records of the source whose client is gone from the CRM

	// Records without a link, each in one of these.
	Held    int64
	Refused int64 // by the CRM
	Ignored int64 // left out by a person; some may have left the source since
	InDoubt int64 // an add whose answer is not known yet
	Backlog int64 // from files that were put away, not sent yet

	FullAt, ReadAt time.Time // when the CRM's clients were read whole, and when what changed since; zero = never
	Clients        int64     // of the CRM as it was read last, the trash apart
	Trash          int64
	Others         int64 // of Clients: linked by other jobs

	// Of Links, where the client is not among Clients.
	Trashed int64 // in the trash
	Missing int64 // looked for and not found once; a second time makes it gone
	Newer   int64 // settled after the last reading
	Unseen  int64 // none of these
}

// Acts counts both sides of every job that the state knows, by name, CRM and entity.
func (d *DB) Acts(ctx context.Context) (map[JobKey]Act, error) {
	out := map[JobKey]Act{}
	err := d.view(ctx, func(tx *sql.Tx) error {
		type row struct {
			key         JobKey
			job, target int64
		}
		var jobs []row
		if err := each(ctx, tx, func(r *sql.Rows) error {
			var one row
			err := r.Scan(&one.job, &one.target, &one.key.Name, &one.key.CRM, &one.key.Entity)
			jobs = append(jobs, one)
			return err
		}, `SELECT j.id, j.target, j.name, t.crm, t.entity FROM job j JOIN target t ON t.id = j.target ORDER BY j.id`); err != nil {
			return err
		}
		for _, one := range jobs {
			a, err := actOf(ctx, tx, one.job, one.target)
			if err != nil {
				return err
			}
			out[one.key] = a
		}
		return nil
	})
	return out, err
}

func actOf(ctx context.Context, tx *sql.Tx, job, target int64) (Act, error) {
	var a Act
	for _, count := range []func(context.Context, *sql.Tx, int64, int64) error{a.countSource, a.countUnlinked, a.countCRM, a.countUnseen} {
		if err := count(ctx, tx, job, target); err != nil {
			return a, err
		}
	}
	return a, nil
}

// countSource counts what the source showed, and the links. All links are counted
// where they are stored; those that are gone or absent are few and have an index.
func (a *Act) countSource(ctx context.Context, tx *sql.Tx, job, target int64) error {
	if err := each(ctx, tx, func(r *sql.Rows) error {
		var at sql.NullInt64
		err := r.Scan(&a.Run, &at, &a.Rows.Read, &a.Rows.Records, &a.Rows.Rejected, &a.Rows.Skipped, &a.Rows.Twins,
			&a.Rows.Scope, &a.Rows.Lines, &a.Rows.Backlog, &a.Waiting, &a.OutOfScope)
		a.At = fromMillis(at)
		return err
	}, `SELECT id, started_at, rows_read, rows_records, rows_rejected, rows_skipped, rows_twins, rows_scope, rows_lines,
			rows_backlog, waiting, out_of_scope
		FROM run WHERE job = ? AND found = 1 AND rows_read > 0 ORDER BY id DESC LIMIT 1`, job); err != nil {
		return err
	}
	var tombs int64
	if err := tx.QueryRowContext(ctx, `SELECT last_rows, links,
			(SELECT count(*) FROM link WHERE target = ?2 AND crm_id <> 0 AND gone = 1 AND job = ?1),
			(SELECT count(*) FROM link l JOIN fingerprint f ON f.link = l.id
			  WHERE l.target = ?2 AND l.crm_id <> 0 AND l.gone = 1 AND l.job = ?1 AND f.absent = 0),
			(SELECT count(*) FROM fingerprint f JOIN link l ON l.id = f.link WHERE f.job = ?1 AND f.absent > 0 AND l.gone = 0)
		FROM job WHERE id = ?1`, job, target).Scan(&a.Records, &a.Links, &tombs, &a.Gone, &a.Absent); err != nil {
		return err
	}
	a.Links -= tombs
	return nil
}

// countUnlinked counts records of the source that have no link, in the order in
// which v_records names their status.
func (a *Act) countUnlinked(ctx context.Context, tx *sql.Tx, job, _ int64) error {
	const noLink = ` AND NOT EXISTS (SELECT 1 FROM link l WHERE l.job = x.job AND l.uid = x.uid)`
	const noOp = ` AND NOT EXISTS (SELECT 1 FROM op o WHERE o.job = x.job AND o.uid = x.uid)`
	const noHold = ` AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.job = x.job AND h.uid = x.uid AND h.closed_at IS NULL)`
	const noRefusal = ` AND NOT EXISTS (SELECT 1 FROM reject r WHERE r.job = x.job AND r.uid = x.uid AND r.refused = 1)`
	const noChoice = ` AND NOT EXISTS (SELECT 1 FROM choice c WHERE c.job = x.job AND c.uid = x.uid
		AND c.take = 'ignore' AND c.field <> ?2 AND c.ended_at IS NULL)`
	return tx.QueryRowContext(ctx, `SELECT
		(SELECT count(*) FROM op x WHERE x.job = ?1`+noLink+`),
		(SELECT count(*) FROM hold x WHERE x.job = ?1 AND x.closed_at IS NULL AND x.uid NOT LIKE 'clid-%'`+noLink+noOp+`),
		(SELECT count(*) FROM reject x WHERE x.job = ?1 AND x.refused = 1`+noLink+noOp+noHold+`),
		(SELECT count(DISTINCT x.uid) FROM choice x WHERE x.job = ?1 AND x.take = 'ignore' AND x.field <> ?2
			AND x.ended_at IS NULL`+noLink+noOp+noHold+noRefusal+`),
		(SELECT count(*) FROM backlog x WHERE x.job = ?1`+noLink+noOp+noHold+noRefusal+noChoice+`)`, job, engine.AdoptLater).
		Scan(&a.InDoubt, &a.Held, &a.Refused, &a.Ignored, &a.Backlog)
}

// countCRM counts the mirror, and whose its clients are.
func (a *Act) countCRM(ctx context.Context, tx *sql.Tx, job, target int64) error {
	var full, read sql.NullInt64
	if err := tx.QueryRowContext(ctx, `SELECT t.full_at, t.read_at, m.clients, m.trash
		FROM target t, (SELECT count(*) FILTER (WHERE trash = 0) AS clients, count(*) FILTER (WHERE trash = 1) AS trash
			FROM mirror WHERE target = ?1) m
		WHERE t.id = ?1`, target).Scan(&full, &read, &a.Clients, &a.Trash); err != nil {
		return err
	}
	a.FullAt, a.ReadAt = fromMillis(full), fromMillis(read)
	// alone on its CRM, as most jobs are, nothing need be looked up
	var others int64
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM job WHERE target = ? AND id <> ?`, target, job).Scan(&others); err != nil {
		return err
	}
	if others > 0 {
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM link l JOIN mirror m ON m.target = l.target AND m.clid = l.crm_id
			WHERE l.target = ? AND l.crm_id <> 0 AND l.gone = 0 AND l.job <> ? AND m.trash = 0`, target, job).Scan(&a.Others); err != nil {
			return err
		}
	}
	if a.Trash == 0 {
		return nil
	}
	return tx.QueryRowContext(ctx, `SELECT count(*) FROM mirror m CROSS JOIN link l ON l.target = m.target AND l.crm_id = m.clid
		WHERE m.target = ? AND m.trash = 1 AND l.crm_id <> 0 AND l.gone = 0 AND l.job = ?`, target, job).Scan(&a.Trashed)
}

// countUnseen counts the links whose client the mirror lacks, by why. The narrow
// index is walked beside the mirror, as in Unseen.
func (a *Act) countUnseen(ctx context.Context, tx *sql.Tx, job, target int64) error {
	if a.ReadAt.IsZero() && a.FullAt.IsZero() {
		return nil // nothing was read that could lack them
	}
	read := a.ReadAt
	if a.FullAt.After(read) {
		read = a.FullAt
	}
	return tx.QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE missing_run > 0),
			count(*) FILTER (WHERE missing_run = 0 AND settled_at > ?3), count(*) FILTER (WHERE missing_run = 0 AND settled_at <= ?3)
		FROM link l WHERE l.job = ?1 AND l.id IN (SELECT i.id FROM link i
			WHERE i.target = ?2 AND i.crm_id <> 0 AND i.gone = 0
			AND NOT EXISTS (SELECT 1 FROM mirror m WHERE m.target = i.target AND m.clid = i.crm_id))`, job, target, millis(read)).
		Scan(&a.Missing, &a.Newer, &a.Unseen)
}
