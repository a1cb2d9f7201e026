package state

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"
)

// RunRequest is a job that people asked to run before its time.
type RunRequest struct {
	Job string
	At  time.Time // to the millisecond
}

// AskRun asks the service to run a job soon. Asked again before the run began, it
// is one request, with a later time. Whether there is such a job, the caller knows.
func (d *DB) AskRun(ctx context.Context, job string) error {
	return d.change(ctx, func(c *changes) error {
		// later than the one before also when the clock went back: a run that
		// carries out the first does not end the second
		_, err := c.exec(`INSERT INTO run_request (job, at) VALUES (?, ?)
			ON CONFLICT DO UPDATE SET at = max(at + 1, excluded.at)`, job, millis(c.now))
		return err
	})
}

// RunRequests returns what was asked for, oldest first.
func (d *DB) RunRequests(ctx context.Context) (out []RunRequest, err error) {
	err = d.view(ctx, func(tx *sql.Tx) error {
		return each(ctx, tx, func(r *sql.Rows) error {
			var q RunRequest
			var at sql.NullInt64
			err := r.Scan(&q.Job, &at)
			q.At = fromMillis(at)
			out = append(out, q)
			return err
		}, `SELECT job, at FROM run_request ORDER BY at, job`)
	})
	return out, err
}

// EndRequest ends what was asked for up to a time (RunRequest.At): a later request
// for the same job stays.
func (d *DB) EndRequest(ctx context.Context, job string, upTo time.Time) error {
	return d.change(ctx, func(c *changes) error {
		_, err := c.exec(`DELETE FROM run_request WHERE job = ? AND at <= ?`, job, millis(upTo))
		return err
	})
}

// PlannedRun is what the service means to do with a job.
type PlannedRun struct {
	Job      string
	Schedule string    // as configured; "" = none
	Next     time.Time // zero = nothing is planned
	Skipped  int64     // runs that were due while one was on, since the service began
}

// SavePlanned replaces the timetable. One that says nothing new writes nothing.
func (d *DB) SavePlanned(ctx context.Context, list []PlannedRun) error {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b PlannedRun) int { return strings.Compare(a.Job, b.Job) })
	old, err := d.Planned(ctx)
	if err != nil {
		return err
	}
	if slices.EqualFunc(old, list, func(a, b PlannedRun) bool {
		return a.Job == b.Job && a.Schedule == b.Schedule && a.Skipped == b.Skipped && orMillis(a.Next) == orMillis(b.Next)
	}) {
		return nil
	}
	return d.change(ctx, func(c *changes) error {
		if _, err := c.exec(`DELETE FROM planned`); err != nil {
			return err
		}
		for _, p := range list {
			if _, err := c.exec(`INSERT INTO planned (job, schedule, next_at, skipped) VALUES (?, ?, ?, ?)`,
				p.Job, p.Schedule, orMillis(p.Next), p.Skipped); err != nil {
				return err
			}
		}
		return nil
	})
}

// Planned returns the timetable, by name.
func (d *DB) Planned(ctx context.Context) (out []PlannedRun, err error) {
	err = d.view(ctx, func(tx *sql.Tx) error {
		return each(ctx, tx, func(r *sql.Rows) error {
			var p PlannedRun
			var next sql.NullInt64
			err := r.Scan(&p.Job, &p.Schedule, &next, &p.Skipped)
			p.Next = fromMillis(next)
			out = append(out, p)
			return err
		}, `SELECT job, schedule, next_at, skipped FROM planned ORDER BY job`)
	})
	return out, err
}

// Service is the service that works on the state, or did last.
type Service struct {
	PID     int
	Version string
	Started time.Time
	Seen    time.Time // when it last said that it lives
	Stopped time.Time // zero = it did not say that it ended
	// Listening is the address of health and metrics; "" = they are off, or the address
	// is taken.
	Listening string
	Reloaded  time.Time // when it last answered a reload; zero = never
	Refused   string    // why it refused that reload, for people; "" = it did not
}

// SaveService stores what the service says of itself.
func (d *DB) SaveService(ctx context.Context, s Service) error {
	return d.change(ctx, func(c *changes) error {
		_, err := c.exec(`INSERT INTO service (id, pid, version, started_at, seen_at, stopped_at, listening, reloaded_at, refused)
			VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET pid = excluded.pid, version = excluded.version, started_at = excluded.started_at,
				seen_at = excluded.seen_at, stopped_at = excluded.stopped_at,
				listening = excluded.listening, reloaded_at = excluded.reloaded_at, refused = excluded.refused`,
			s.PID, s.Version, millis(s.Started), millis(s.Seen), orMillis(s.Stopped), orNil(s.Listening), orMillis(s.Reloaded), orNil(s.Refused))
		return err
	})
}

// Service returns what SaveService stored last; the zero Service when there never
// was one.
func (d *DB) Service(ctx context.Context) (s Service, err error) {
	err = d.view(ctx, func(tx *sql.Tx) error {
		var started, seen, stopped, reloaded sql.NullInt64
		err := tx.QueryRowContext(ctx, `SELECT pid, version, started_at, seen_at, stopped_at, coalesce(listening, ''),
				reloaded_at, coalesce(refused, '') FROM service`).
			Scan(&s.PID, &s.Version, &started, &seen, &stopped, &s.Listening, &reloaded, &s.Refused)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		s.Started, s.Seen, s.Stopped, s.Reloaded = fromMillis(started), fromMillis(seen), fromMillis(stopped), fromMillis(reloaded)
		return err
	})
	return s, err
}

// Notice is what a channel was told about a job. It is named by its Channel, Job,
// Occasion and Cause: several may stand at a time.
type Notice struct {
	Channel  string
	Job      string // "" = it is about none
	Occasion string // halt, hold, fail, late
	Cause    string
	Since    time.Time // since when it is so
	Told     time.Time // when it was last told
	Ended    time.Time // zero = it stands
}

// SaveNotice stores that a channel was told, for the first time or again.
func (d *DB) SaveNotice(ctx context.Context, n Notice) error {
	n.Ended = time.Time{}
	return d.KeepNotices(ctx, []Notice{n})
}

// EndNotice stores that what was told is over now.
func (d *DB) EndNotice(ctx context.Context, n Notice) error {
	n.Ended = d.options.Clock()
	return d.KeepNotices(ctx, []Notice{n})
}

// Notices returns what a channel was told and what stands, oldest first; of every
// channel for "".
func (d *DB) Notices(ctx context.Context, channel string) ([]Notice, error) {
	return d.notices(ctx, `ended_at IS NULL AND ? IN ('', channel) ORDER BY id`, channel)
}

// Told returns what was told last, also what is over, newest first, at most limit
// (0 = all).
func (d *DB) Told(ctx context.Context, limit int) ([]Notice, error) {
	return d.notices(ctx, `1 ORDER BY told_at DESC, id DESC LIMIT ?`, AuditFilter{Limit: limit}.limit())
}

func (d *DB) notices(ctx context.Context, where string, args ...any) (out []Notice, err error) {
	err = d.view(ctx, func(tx *sql.Tx) error {
		return each(ctx, tx, func(r *sql.Rows) error {
			var n Notice
			var since, told, ended sql.NullInt64
			err := r.Scan(&n.Channel, &n.Job, &n.Occasion, &n.Cause, &since, &told, &ended)
			n.Since, n.Told, n.Ended = fromMillis(since), fromMillis(told), fromMillis(ended)
			out = append(out, n)
			return err
		}, `SELECT channel, job, occasion, cause, since, told_at, ended_at FROM notice WHERE `+where, args...)
	})
	return out, err
}
