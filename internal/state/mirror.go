package state

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"syncd/internal/engine"
	"syncd/internal/reconcile"
)

// MirrorMark tells how fresh the mirror is. Jobs on one CRM and entity share it,
// but for the job's own mark. Compared speaks of a scan and is never loaded: a
// job that never compared has no FullAt.
func (j *Job) MirrorMark(ctx context.Context) (engine.MirrorMark, error) {
	var mark engine.MirrorMark
	err := j.db.view(ctx, func(tx *sql.Tx) error {
		if j.target == 0 {
			return nil
		}
		var full, read sql.NullInt64
		if err := tx.QueryRowContext(ctx, `SELECT top_clid, full_at, read_at FROM target WHERE id = ?`, j.target).
			Scan(&mark.TopCLID, &full, &read); err != nil {
			return err
		}
		mark.FullAt, mark.ReadAt = fromMillis(full), fromMillis(read)
		if j.id == 0 {
			return nil
		}
		if err := tx.QueryRowContext(ctx, `SELECT top_clid, full_at, read_at, coalesce(since, 0) FROM job WHERE id = ?`, j.id).
			Scan(&mark.Job.TopCLID, &full, &read, &mark.Job.Since); err != nil {
			return err
		}
		mark.Job.FullAt, mark.Job.ReadAt = fromMillis(full), fromMillis(read)
		return nil
	})
	return mark, err
}

// LoadMirror yields every client of the mirror by ascending id.
func (j *Job) LoadMirror(ctx context.Context, yield func(reconcile.Entry) error) error {
	return j.db.view(ctx, func(tx *sql.Tx) error {
		return each(ctx, tx, func(r *sql.Rows) error {
			var e reconcile.Entry
			var phones, mails string
			if err := r.Scan(&e.CLID, &e.UID, &e.Keys.INN, &e.Keys.KPP, &phones, &mails, &e.Keys.Title, &e.Trash, &e.Keys.Natural); err != nil {
				return err
			}
			e.Keys.Phones, e.Keys.Mails = splitLines(phones), splitLines(mails)
			return yield(e)
		}, `SELECT clid, uid, inn, kpp, phones, mails, title, trash, natural_key FROM mirror WHERE target = ? ORDER BY clid`, j.target)
	})
}

// SaveMirror stores entries and the mark in one transaction; with full, what is
// not among them is forgotten. The highest id known falls only then: a CRM that was
// put back from its backup gives its numbers anew. The edited clients join those
// that the job has to deal with.
func (j *Job) SaveMirror(ctx context.Context, m engine.MirrorMark, full bool, edited []int64,
	entries func(func(reconcile.Entry) error) error,
) error {
	return j.change(ctx, func(c *changes) error {
		if full {
			if _, err := c.exec(`DELETE FROM mirror WHERE target = ?`, j.target); err != nil {
				return err
			}
		}
		if err := entries(func(e reconcile.Entry) error { return j.putMirror(c, e) }); err != nil {
			return err
		}
		_, err := c.exec(`UPDATE target SET top_clid = CASE WHEN ? THEN ? ELSE max(top_clid, ?) END, full_at = coalesce(?, full_at),
			read_at = coalesce(?, read_at) WHERE id = ?`,
			full, m.TopCLID, m.TopCLID, orNoTime(m.FullAt), orNoTime(m.ReadAt), j.target)
		if err != nil {
			return err
		}
		for _, clid := range edited {
			if _, err := c.exec(`INSERT INTO crm_edit (job, clid) VALUES (?, ?) ON CONFLICT DO NOTHING`, j.id, clid); err != nil {
				return err
			}
		}
		return j.saveMark(c, m.Job, full)
	})
}

// saveMark stores how far the job has compared, as the mark of its CRM is stored.
func (j *Job) saveMark(c *changes, m engine.JobMark, full bool) error {
	if !m.Compared {
		return nil
	}
	_, err := c.exec(`UPDATE job SET top_clid = CASE WHEN ? THEN ? ELSE max(top_clid, ?) END, full_at = coalesce(?, full_at),
		read_at = coalesce(?, read_at), since = coalesce(since, ?) WHERE id = ?`,
		full, m.TopCLID, m.TopCLID, orNoTime(m.FullAt), orNoTime(m.ReadAt), m.Since, j.id)
	return err
}

// orNoTime is a time for storing, NULL when it is zero.
func orNoTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return millis(t)
}

// Newest returns up to n links of the job's CRM and entity, of every job,
// highest CRM id first; tombstones are not among them.
func (j *Job) Newest(ctx context.Context, n int) ([]engine.Link, error) {
	var links []engine.Link
	err := j.db.view(ctx, func(tx *sql.Tx) error {
		return each(ctx, tx, func(r *sql.Rows) error {
			l, err := scanLink(r)
			links = append(links, l)
			return err
		}, selectLink+` WHERE l.target = ? AND l.crm_id <> 0 AND l.gone = 0 ORDER BY l.crm_id DESC LIMIT ?`, j.target, n)
	})
	return links, err
}

func (j *Job) putMirror(c *changes, e reconcile.Entry) error {
	_, err := c.exec(`INSERT INTO mirror (target, clid, uid, inn, kpp, phones, mails, title, trash, natural_key)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET uid = excluded.uid, inn = excluded.inn, kpp = excluded.kpp,
			phones = excluded.phones, mails = excluded.mails, title = excluded.title, trash = excluded.trash,
			natural_key = excluded.natural_key`,
		j.target, e.CLID, e.UID, e.Keys.INN, e.Keys.KPP,
		strings.Join(e.Keys.Phones, "\n"), strings.Join(e.Keys.Mails, "\n"), e.Keys.Title, e.Trash, e.Keys.Natural)
	return err
}

func splitLines(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}

// Unseen yields the job's links, tombstones apart, whose client the stored mirror
// lacks, by ascending id. The narrow index is walked beside the mirror, both in the
// order of their keys; only what is found is read as a whole.
func (j *Job) Unseen(ctx context.Context, yield func(engine.Link) error) error {
	return j.db.view(ctx, func(tx *sql.Tx) error {
		return each(ctx, tx, func(r *sql.Rows) error {
			l, err := scanLink(r)
			if err != nil {
				return err
			}
			return yield(l)
		}, selectLink+` WHERE l.job = ? AND l.id IN (SELECT i.id FROM link i
				WHERE i.target = ? AND i.crm_id <> 0 AND i.gone = 0
				AND NOT EXISTS (SELECT 1 FROM mirror m WHERE m.target = i.target AND m.clid = i.crm_id))
			ORDER BY l.id`, j.id, j.target)
	})
}
