package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"syncd/internal/engine"
	"syncd/internal/reconcile"
)

// KeepNotices stores what a channel was told and what is over, all of it or
// nothing. A notice that stands is stored as by SaveNotice; one with Ended ends
// the one that stands, or moves the end of the last one.
func (d *DB) KeepNotices(ctx context.Context, list []Notice) error {
	if len(list) == 0 {
		return nil
	}
	return d.change(ctx, func(c *changes) error {
		for _, n := range list {
			if err := c.keepNotice(n); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *changes) keepNotice(n Notice) error {
	if n.Ended.IsZero() {
		_, err := c.exec(`INSERT INTO notice (channel, job, occasion, cause, since, told_at) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (channel, job, occasion, cause) WHERE ended_at IS NULL
			DO UPDATE SET since = excluded.since, told_at = excluded.told_at`,
			n.Channel, n.Job, n.Occasion, n.Cause, millis(n.Since), millis(n.Told))
		return err
	}
	_, err := c.exec(`UPDATE notice SET ended_at = ? WHERE id = (SELECT id FROM notice
		WHERE channel = ? AND job = ? AND occasion = ? AND cause = ? ORDER BY ended_at IS NULL DESC, id DESC LIMIT 1)`,
		millis(n.Ended), n.Channel, n.Job, n.Occasion, n.Cause)
	return err
}

// Waiting is how many records of a job wait for a person, for one reason.
type Waiting struct {
	Reason         reconcile.Reason
	N              int64
	Oldest, Newest time.Time // since when the first and the last of them wait
}

// Waiting returns the holds of a job that nobody has decided, by reason, but those
// of the reasons in except.
func (d *DB) Waiting(ctx context.Context, key JobKey, except ...reconcile.Reason) (out []Waiting, err error) {
	err = d.view(ctx, func(tx *sql.Tx) error {
		return each(ctx, tx, func(r *sql.Rows) error {
			var w Waiting
			var oldest, newest sql.NullInt64
			if err := r.Scan(&w.Reason, &w.N, &oldest, &newest); err != nil {
				return err
			}
			w.Oldest, w.Newest = fromMillis(oldest), fromMillis(newest)
			for _, e := range except {
				if w.Reason == e {
					return nil
				}
			}
			out = append(out, w)
			return nil
		}, `SELECT h.reason, count(*), min(h.opened_at), max(h.opened_at)
			FROM hold h JOIN job j ON j.id = h.job JOIN target t ON t.id = j.target
			WHERE j.name = ? AND t.crm = ? AND t.entity = ? AND h.closed_at IS NULL
			AND NOT EXISTS (SELECT 1 FROM choice c WHERE c.job = h.job AND c.uid = h.uid AND c.ended_at IS NULL)
			GROUP BY h.reason ORDER BY h.reason`, key.Name, key.CRM, key.Entity)
	})
	return out, err
}

// Outcome is how the last run of a job ended that ended by itself: neither one
// that is on nor one that was interrupted.
type Outcome struct {
	Run    int64 // 0 = there was none
	Status engine.RunStatus
	Code   string        // of its error; "" = none
	Turned []engine.Halt // the guards that turned its export away
	Err    string
	Since  time.Time // when the first run of this row began that ended so
}

// Outcome returns it.
func (d *DB) Outcome(ctx context.Context, key JobKey) (o Outcome, err error) {
	err = d.view(ctx, func(tx *sql.Tx) error {
		return each(ctx, tx, func(r *sql.Rows) error {
			var since sql.NullInt64
			var turned []byte
			if err := r.Scan(&o.Run, &o.Status, &o.Err, &o.Code, &turned, &since); err != nil {
				return err
			}
			o.Since = fromMillis(since)
			if len(turned) == 0 {
				return nil
			}
			return json.Unmarshal(turned, &o.Turned)
		}, `WITH last AS MATERIALIZED (SELECT r.id, r.job, r.status, r.error, r.code, r.turned_away
				FROM run r JOIN job j ON j.id = r.job JOIN target t ON t.id = j.target
				WHERE j.name = ? AND t.crm = ? AND t.entity = ? AND r.status NOT IN ('running', 'interrupted')
				ORDER BY r.id DESC LIMIT 1)
			SELECT l.id, l.status, coalesce(l.error, ''), l.code, l.turned_away, (SELECT o.started_at FROM run o
				WHERE o.job = l.job AND o.status = l.status AND o.id > coalesce((SELECT x.id FROM run x
					WHERE x.job = l.job AND x.status NOT IN (l.status, 'running', 'interrupted') ORDER BY x.id DESC LIMIT 1), 0)
				ORDER BY o.id LIMIT 1)
			FROM last l`, key.Name, key.CRM, key.Entity)
	})
	return o, err
}
