package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"syncd/internal/engine"
	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// Runs returns runs, newest first, at most limit (0 = all); of every job when
// job is "". Report.Halt is the halt that the run met, if it still stands.
func (d *DB) Runs(ctx context.Context, job string, limit int) ([]engine.Report, error) {
	if limit <= 0 {
		limit = -1
	}
	var out []engine.Report
	err := d.view(ctx, func(tx *sql.Tx) error {
		return each(ctx, tx, func(r *sql.Rows) error {
			rep, err := scanRun(r)
			out = append(out, rep)
			return err
		}, `SELECT r.id, j.name, r.source, r.status, r.started_at, r.finished_at,
				r.rows_read, r.rows_records, r.rows_rejected, r.rows_skipped, r.rows_twins,
				r.rows_scope, r.rows_lines, r.rows_backlog,
				r.unchanged, r.created, r.updated, r.merged, r.written_back, r.deleted, r.held,
				r.rejected, r.waiting, r.in_doubt, r.failed, r.out_of_scope, r.absent,
				r.requests, r.writes, r.new_holds, r.new_rejects, r.warnings, coalesce(r.error, ''), r.source_time,
				h.guard, h.found, h.limit_, h.of_, h.detail
			FROM run r JOIN job j ON j.id = r.job
			LEFT JOIN halt h ON h.id = (SELECT min(id) FROM halt WHERE run = r.id AND job = r.job AND resumed_at IS NULL)
			WHERE ? IN ('', j.name) ORDER BY r.id DESC LIMIT ?`, job, limit)
	})
	return out, err
}

func scanRun(r *sql.Rows) (engine.Report, error) {
	var rep engine.Report
	var started, finished, source, found, limit, of sql.NullInt64
	var guard, detail sql.NullString
	dest := []any{
		&rep.Run, &rep.Job, &rep.Source, &rep.Status, &started, &finished,
		&rep.Rows.Read, &rep.Rows.Records, &rep.Rows.Rejected, &rep.Rows.Skipped, &rep.Rows.Twins,
		&rep.Rows.Scope, &rep.Rows.Lines, &rep.Rows.Backlog,
	}
	for _, o := range outcomeColumns {
		dest = append(dest, &rep.Outcomes[o])
	}
	dest = append(dest, &rep.Requests, &rep.Writes, &rep.NewHolds, &rep.NewReject, &rep.Warnings, &rep.Err, &source,
		&guard, &found, &limit, &of, &detail)
	if err := r.Scan(dest...); err != nil {
		return rep, err
	}
	rep.Started, rep.Finished, rep.SourceTime = fromMillis(started), fromMillis(finished), fromMillis(source)
	if guard.Valid {
		rep.Halt = &engine.Halt{Guard: guard.String, Found: found.Int64, Limit: limit.Int64, Of: of.Int64, Detail: detail.String}
	}
	return rep, nil
}

// HoldFilter narrows Holds; empty fields match all.
type HoldFilter struct {
	Job    string
	Reason reconcile.Reason
	UID    string
}

// Holds returns what waits for a person, in the order it came up.
func (d *DB) Holds(ctx context.Context, f HoldFilter) (out []StandingHold, err error) {
	err = d.view(ctx, func(tx *sql.Tx) error {
		out, err = holdsWhere(ctx, tx, `h.closed_at IS NULL AND ? IN ('', j.name) AND ? IN ('', h.reason)
			AND ? IN ('', h.uid)`, f.Job, string(f.Reason), f.UID)
		return err
	})
	return out, err
}

// Rejects returns rejected rows, refusals and warnings, in the order of the
// files; of every job when job is "".
func (d *DB) Rejects(ctx context.Context, job string) (out []StandingReject, err error) {
	err = d.view(ctx, func(tx *sql.Tx) error {
		out, err = rejectsWhere(ctx, tx, `? IN ('', j.name)`, job)
		return err
	})
	return out, err
}

// HaltRow is a halt with its history.
type HaltRow struct {
	engine.Halt
	Job     string
	Run     int64
	At      time.Time
	Resumed time.Time // zero: it stands
}

// Halts returns the halts of a job, or of all for "", newest first.
func (d *DB) Halts(ctx context.Context, job string) ([]HaltRow, error) {
	var out []HaltRow
	err := d.view(ctx, func(tx *sql.Tx) error {
		return each(ctx, tx, func(r *sql.Rows) error {
			var h HaltRow
			var at, resumed sql.NullInt64
			if err := r.Scan(&h.Job, &h.Guard, &h.Found, &h.Limit, &h.Of, &h.Detail, &h.Run, &at, &resumed); err != nil {
				return err
			}
			h.At, h.Resumed = fromMillis(at), fromMillis(resumed)
			out = append(out, h)
			return nil
		}, `SELECT j.name, h.guard, h.found, h.limit_, h.of_, h.detail, h.run, h.at, h.resumed_at
			FROM halt h JOIN job j ON j.id = h.job WHERE ? IN ('', j.name) ORDER BY h.id DESC`, job)
	})
	return out, err
}

// AuditFilter narrows Changes and Ops; zero fields match all, Limit 0 is none.
type AuditFilter struct {
	Job   string
	Run   int64
	UID   string
	Limit int
}

func (f AuditFilter) limit() int {
	if f.Limit <= 0 {
		return -1
	}
	return f.Limit
}

// Change is one write that was confirmed, or what happened without one (Kind):
// "settle", bases that moved; "offer", what goes to the source; "missing" and
// "gone", what the CRM does not show; "close", a link that ended.
type Change struct {
	Run    int64
	At     time.Time
	Job    string
	UID    string
	CLID   int64
	Kind   string
	Fields []engine.FieldChange // none for an add: every field was new
}

// Pending is one value on its way to the source.
type Pending struct {
	Job, UID, Key, Title string // UID of a client born in the CRM: "clid-" and its number
	CLID                 int64
	Field                string
	Base, Offered, Lost  *string // the source's value as settled; the CRM's, nil = blank; what it overrides
	Rule                 reconcile.Rule
	Delivery             string // the file or table; "" = in none yet
	State                string // waiting, writing, out
	Run                  int64  // that offered it
	Since, Arrived       time.Time
}

// Pending returns what is on its way to the source, oldest first; of every job
// when job is "".
func (d *DB) Pending(ctx context.Context, job string) (out []Pending, err error) {
	err = d.view(ctx, func(tx *sql.Tx) error {
		out, err = pendingWhere(ctx, tx, `? IN ('', job)`, job)
		return err
	})
	return out, err
}

func pendingWhere(ctx context.Context, q querier, where string, args ...any) ([]Pending, error) {
	var out []Pending
	err := each(ctx, q, func(r *sql.Rows) error {
		var p Pending
		var key, delivery, since, arrived sql.NullString
		var crm sql.NullInt64
		err := r.Scan(&p.Job, &p.UID, &key, &crm, &p.Title, &p.Field, &p.Base, &p.Offered, &p.Lost, &p.Rule,
			&delivery, &p.State, &p.Run, &since, &arrived)
		if err != nil {
			return err
		}
		p.Key, p.CLID, p.Delivery = key.String, crm.Int64, delivery.String
		if p.Since, err = time.Parse(time.DateTime, since.String); err != nil {
			return err
		}
		if arrived.Valid {
			if p.Arrived, err = time.Parse(time.DateTime, arrived.String); err != nil {
				return err
			}
		}
		out = append(out, p)
		return nil
	}, `SELECT job, uid, key, crm_id, title, field, base, offered, lost, rule, delivery, state, run, since, arrived
		FROM v_pending WHERE `+where+` ORDER BY since, uid, field`, args...)
	return out, err
}

// Changes returns what was changed, newest first.
func (d *DB) Changes(ctx context.Context, f AuditFilter) ([]Change, error) {
	var out []Change
	err := d.view(ctx, func(tx *sql.Tx) error {
		return each(ctx, tx, func(r *sql.Rows) error {
			var c Change
			var at sql.NullInt64
			var changes []byte
			err := r.Scan(&c.Run, &at, &c.Job, &c.UID, &c.CLID, &c.Kind, &changes)
			if err != nil {
				return err
			}
			c.At = fromMillis(at)
			c.Fields, err = decodeChanges(changes)
			out = append(out, c)
			return err
		}, `SELECT a.run, a.at, j.name, a.uid, a.crm_id, a.kind, a.changes
			FROM audit a JOIN job j ON j.id = a.job`+auditWhere(f)+` AND a.status = 'confirmed'
			ORDER BY a.id DESC LIMIT ?`, append(auditArgs(f), f.limit())...)
	})
	return out, err
}

// auditWhere spells the conditions out, so that each finds its index.
func auditWhere(f AuditFilter) string {
	w := ` WHERE ? IN ('', j.name)`
	if f.Run != 0 {
		w += ` AND a.run = ?`
	}
	if f.UID != "" {
		w += ` AND a.uid = ?`
	}
	return w
}

func auditArgs(f AuditFilter) []any {
	args := []any{f.Job}
	if f.Run != 0 {
		args = append(args, f.Run)
	}
	if f.UID != "" {
		args = append(args, f.UID)
	}
	return args
}

// OpRow is a write with its status: open, or ended.
type OpRow struct {
	Op, Run, Batch int64
	Job, UID       string
	Kind           engine.OpKind
	Status         engine.OpStatus
	CLID           int64
	Attempt        int
	Solo           bool
	SentAt, Ended  time.Time // Ended zero: it is open
	Code, Text     string
	Fields         []engine.FieldChange // of updates and links
	Set            record.Stored        // what an open op makes the source's base; nil once it ended
}

// Ops returns the writes of a record or a run, newest first, open ones on top.
func (d *DB) Ops(ctx context.Context, f AuditFilter) ([]OpRow, error) {
	var out []OpRow
	scan := func(r *sql.Rows) error {
		var o OpRow
		var sent, ended sql.NullInt64
		var changes, set []byte
		err := r.Scan(&o.Op, &o.Run, &o.Batch, &o.Job, &o.UID, &o.Kind, &o.Status, &o.CLID, &o.Attempt, &o.Solo,
			&sent, &ended, &o.Code, &o.Text, &changes, &set)
		if err != nil {
			return err
		}
		if o.Fields, err = decodeChanges(changes); err != nil {
			return err
		}
		if len(set) > 0 {
			if err := json.Unmarshal(set, &o.Set); err != nil {
				return err
			}
		}
		o.SentAt, o.Ended = fromMillis(sent), fromMillis(ended)
		out = append(out, o)
		return nil
	}
	err := d.view(ctx, func(tx *sql.Tx) error {
		args := append(auditArgs(f), f.limit())
		if err := each(ctx, tx, scan, `SELECT a.id, a.run, a.batch, j.name, a.uid, a.kind, a.status, a.crm_id,
				a.attempt, a.solo, a.sent_at, NULL, a.code, a.text, a.changes, a.base
			FROM op a JOIN job j ON j.id = a.job`+auditWhere(f)+` ORDER BY a.id DESC LIMIT ?`, args...); err != nil {
			return err
		}
		return each(ctx, tx, scan, `SELECT a.op, a.run, a.batch, j.name, a.uid, a.kind, a.status, a.crm_id,
				a.attempt, a.solo, a.sent_at, a.at, coalesce(a.code, ''), coalesce(a.text, ''), a.changes, NULL
			FROM audit a JOIN job j ON j.id = a.job`+auditWhere(f)+` AND a.op IS NOT NULL
			ORDER BY a.id DESC LIMIT ?`, args...)
	})
	return out, err
}
