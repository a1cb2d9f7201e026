package state

import (
	"context"
	"database/sql"
	"time"
)

// pruneSize is how many rows of the audit one transaction looks at: a run that
// waits for the writer waits for one of them.
const pruneSize = 20_000

// Prune forgets history from before a time: runs, the audit, and holds, choices,
// allowances and offers that ended. It tells how many rows of the audit went.
//
// What explains the present stays, however old: of a record with a standing hold
// or an open write all, of a linked record the run that last settled it; and of
// every job its last run and the last one that got through. Files that were read once are
// not history. Nothing happens within a day of the last time.
func (d *DB) Prune(ctx context.Context, before time.Time) (n int64, err error) {
	due, last, err := d.pruneDue(ctx)
	if err != nil || !due {
		return 0, err
	}
	for from := int64(0); from <= last; from += pruneSize {
		var gone int64
		var older bool
		if err := d.change(ctx, func(c *changes) error {
			var err error
			gone, older, err = c.pruneAudit(from, before)
			return err
		}); err != nil {
			return n, err
		}
		n += gone
		if !older {
			break
		}
	}
	return n, d.change(ctx, func(c *changes) error { return c.pruneRest(before) })
}

// pruneDue tells whether the history is to be looked through, and the last row of the audit.
func (d *DB) pruneDue(ctx context.Context) (due bool, last int64, err error) {
	if d.write == nil {
		return false, 0, ErrReadOnly
	}
	if due, err = d.due(ctx, TaskPrune, upkeepEvery); err != nil || !due {
		return false, 0, err
	}
	err = d.view(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT coalesce(max(id), -1) FROM audit`).Scan(&last)
	})
	return true, last, err
}

// pruneAudit forgets what it may of one part of the audit. older is false when the
// part has nothing from before the time: then the rest has not either.
func (c *changes) pruneAudit(from int64, before time.Time) (n int64, older bool, err error) {
	to := from + pruneSize - 1
	if err := c.QueryRowContext(c.ctx, `SELECT NOT EXISTS (SELECT 1 FROM audit WHERE id BETWEEN ?1 AND ?2)
		OR EXISTS (SELECT 1 FROM audit WHERE id BETWEEN ?1 AND ?2 AND at < ?3)`, from, to, millis(before)).Scan(&older); err != nil {
		return 0, false, err
	}
	n, err = c.affected(`DELETE FROM audit WHERE id BETWEEN ? AND ? AND at < ?
		AND NOT EXISTS (SELECT 1 FROM link l WHERE l.uid = audit.uid AND l.job = audit.job AND l.settled_run = audit.run)
		AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.job = audit.job AND h.uid = audit.uid AND h.closed_at IS NULL)
		AND NOT EXISTS (SELECT 1 FROM op o WHERE o.job = audit.job AND o.uid = audit.uid)`, from, to, millis(before))
	return n, older, err
}

func (c *changes) pruneRest(before time.Time) error {
	for _, query := range []string{
		`DELETE FROM hold WHERE closed_at < ?`,
		`DELETE FROM choice WHERE ended_at < ?`,
		`DELETE FROM allowance WHERE ended_at < ?`,
		`DELETE FROM notice WHERE ended_at < ?`,
		// without a link it tells that a client was offered before
		`DELETE FROM offer WHERE link IS NOT NULL AND ended_at < ?`,
		`DELETE FROM run WHERE started_at < ? AND status <> 'running'
			AND NOT EXISTS (SELECT 1 FROM audit a WHERE a.run = run.id)
			AND id NOT IN (SELECT max(id) FROM run GROUP BY job)
			AND id NOT IN (SELECT max(id) FROM run WHERE status IN ('done', 'partial') GROUP BY job)
			AND id NOT IN (SELECT max(id) FROM run WHERE status IN ('done', 'partial') AND found = 1 GROUP BY job)
			AND id NOT IN (SELECT first_run FROM hold UNION SELECT last_run FROM hold
				UNION SELECT first_run FROM reject UNION SELECT last_run FROM reject
				UNION SELECT run FROM op UNION SELECT run FROM offer UNION SELECT run FROM halt
				UNION SELECT missing_run FROM link WHERE missing_run > 0)`,
	} {
		if _, err := c.exec(query, millis(before)); err != nil {
			return err
		}
	}
	return c.upkeep(TaskPrune, c.now, nil, "", 0)
}
