package state

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"syncd/internal/engine"
	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// StandingHold is a hold with its history.
type StandingHold struct {
	engine.Hold
	Job               string
	FirstRun, LastRun int64
	RunsSeen          int64
	Since             time.Time
	Chosen            string // what a person decided ("--set": a value) and no run carried out yet; "" = nothing
	Dropped           string // what was decided last, before the record changed, so that it does not count any more; "" = nothing
}

// StandingReject is a reject, a refusal or a warning with its history.
type StandingReject struct {
	engine.Reject
	Job               string
	FirstRun, LastRun int64
	RunsSeen          int64
}

// putHold opens a hold or brings it up to date. Another reason is another hold;
// but one that the CRM's own answer made stays until it is cleared or resolved, or
// the record changed and is only like a client now: then it may be added.
func (j *Job) putHold(c *changes, run int64, h *engine.Hold) error {
	for _, choice := range h.Outdated {
		if _, err := c.exec(`UPDATE choice SET ended_at = ? WHERE id = ? AND job = ?`, millis(c.now), choice, j.id); err != nil {
			return err
		}
	}
	var id int64
	var reason string
	var sticky bool
	var source []byte
	err := c.QueryRowContext(c.ctx, `SELECT id, reason, sticky, source FROM hold WHERE job = ? AND uid = ? AND closed_at IS NULL`,
		j.id, h.UID).Scan(&id, &reason, &sticky, &source)
	if errors.Is(err, sql.ErrNoRows) {
		return j.openHold(c, run, h)
	}
	if err != nil {
		return err
	}
	anew := h.Reason == reconcile.ReasonMaybeSame && !bytes.Equal(source, h.Source[:])
	if sticky && !h.Sticky && !anew {
		_, err := c.exec(`UPDATE hold SET runs_seen = runs_seen + (last_run <> ?), last_run = ? WHERE id = ?`, run, run, id)
		return err
	}
	if reason != string(h.Reason) {
		if _, err := c.exec(`UPDATE hold SET closed_at = ?, closed_run = ? WHERE id = ?`, millis(c.now), run, id); err != nil {
			return err
		}
		return j.openHold(c, run, h)
	}
	args, err := holdArgs(h)
	if err != nil {
		return err
	}
	_, err = c.exec(`UPDATE hold SET key = ?, title = ?, crm_id = ?, file = ?, line = ?, last_line = ?,
			other_file = ?, other_line = ?, other_last_line = ?, other_owner = ?, fields = ?, source = ?, sticky = ?,
			runs_seen = runs_seen + (last_run <> ?), last_run = ? WHERE id = ?`, append(args, run, run, id)...)
	return err
}

func (j *Job) openHold(c *changes, run int64, h *engine.Hold) error {
	args, err := holdArgs(h)
	if err != nil {
		return err
	}
	_, err = c.exec(`INSERT INTO hold (key, title, crm_id, file, line, last_line, other_file, other_line, other_last_line,
			other_owner, fields, source, sticky, job, uid, reason, first_run, last_run, opened_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		append(args, j.id, h.UID, string(h.Reason), run, run, millis(c.now))...)
	return err
}

func holdArgs(h *engine.Hold) ([]any, error) {
	var fields, file, line, last any
	if len(h.Fields) > 0 {
		b, err := json.Marshal(h.Fields)
		if err != nil {
			return nil, err
		}
		fields = string(b)
	}
	if h.Other != nil {
		file, line, last = h.Other.File, h.Other.Line, h.Other.LastLine
	}
	return []any{
		h.Key, h.Title, h.CLID, h.Origin.File, h.Origin.Line, h.Origin.LastLine,
		file, line, last, h.OtherOwner, fields, h.Source[:], h.Sticky,
	}, nil
}

// clear closes what stands against a record that is fine again, the rejects of rows
// that an earlier run saw among it: an incomplete export or a delta names no others.
func (j *Job) clear(c *changes, run int64, uid string) error {
	if _, err := c.exec(`UPDATE hold SET closed_at = ?, closed_run = ? WHERE job = ? AND uid = ? AND closed_at IS NULL`,
		millis(c.now), run, j.id, uid); err != nil {
		return err
	}
	_, err := c.exec(`DELETE FROM reject WHERE job = ? AND uid = ? AND uid <> '' AND (refused = 1 OR last_run <> ?)`, j.id, uid, run)
	return err
}

func holdsWhere(ctx context.Context, q querier, where string, args ...any) ([]StandingHold, error) {
	var out []StandingHold
	err := each(ctx, q, func(r *sql.Rows) error {
		var h StandingHold
		var file sql.NullString
		var line, last, at sql.NullInt64
		var fields, source []byte
		if err := r.Scan(&h.Job, &h.UID, &h.Key, &h.Title, &h.Reason, &h.CLID,
			&h.Origin.File, &h.Origin.Line, &h.Origin.LastLine, &file, &line, &last,
			&h.OtherOwner, &fields, &source, &h.Sticky, &h.FirstRun, &h.LastRun, &h.RunsSeen, &at, &h.Chosen, &h.Dropped); err != nil {
			return err
		}
		h.Since = fromMillis(at)
		if file.Valid {
			h.Other = &record.Origin{File: file.String, Line: int(line.Int64), LastLine: int(last.Int64)}
		}
		if len(fields) > 0 {
			if err := json.Unmarshal(fields, &h.Fields); err != nil {
				return fmt.Errorf("hold of %s: its fields are not readable", h.UID)
			}
		}
		if err := fingerprint(source, (*[16]byte)(&h.Source)); err != nil {
			return err
		}
		out = append(out, h)
		return nil
	}, `SELECT j.name, h.uid, h.key, h.title, h.reason, h.crm_id, h.file, h.line, h.last_line,
			h.other_file, h.other_line, h.other_last_line, h.other_owner, h.fields, h.source, h.sticky,
			h.first_run, h.last_run, h.runs_seen, h.opened_at,
			coalesce((SELECT iif(c.value IS NULL, c.take, '--set') FROM choice c WHERE c.job = h.job AND c.uid = h.uid AND c.ended_at IS NULL
				ORDER BY c.id DESC LIMIT 1), ''),
			coalesce((SELECT iif(c.value IS NULL, c.take, '--set') FROM choice c
				WHERE c.id = (SELECT max(id) FROM choice WHERE job = h.job AND uid = h.uid)
				AND c.ended_at >= h.opened_at AND c.used_run IS NULL), '')
		FROM hold h JOIN job j ON j.id = h.job WHERE `+where+` ORDER BY h.id`, args...)
	return out, err
}

// rejectKey is by what a reject is known again in the next export: its line
// may have moved.
type rejectKey struct {
	row                record.Fingerprint
	uid, column, field string
	code, rule         string
	line               int // only where there is no hash of the row
	warning            bool
}

func keyOf(r *engine.Reject) rejectKey {
	k := rejectKey{row: r.Row, uid: r.UID, column: r.Column, field: r.Field, code: r.Code, rule: r.Rule, warning: r.Warning}
	if r.Row.IsZero() {
		k.line = r.Line
	}
	return k
}

// replaceRejects makes the job's rejects those given; with complete false, what
// is not named stays. Refusals by the CRM are no concern of a source. fresh is
// how many rejected rows, warnings apart, were not listed before.
func (j *Job) replaceRejects(c *changes, run int64, rejects []engine.Reject, complete bool) (fresh int64, err error) {
	known := map[rejectKey][]int64{}
	old, err := rejectIDs(c.ctx, c.Tx, j.id)
	if err != nil {
		return 0, err
	}
	for _, o := range old {
		known[o.key] = append(known[o.key], o.id)
	}
	for i := range rejects {
		r := &rejects[i]
		if r.Refused {
			if err := j.putRefused(c, run, r); err != nil {
				return 0, err
			}
			continue
		}
		k := keyOf(r)
		if ids := known[k]; len(ids) > 0 {
			known[k] = ids[1:]
			if _, err := c.exec(`UPDATE reject SET file = ?, line = ?, last_line = ?, value = ?,
				runs_seen = runs_seen + (last_run <> ?), last_run = ? WHERE id = ?`,
				r.File, r.Line, r.LastLine, r.Value, run, run, ids[0]); err != nil {
				return 0, err
			}
			continue
		}
		if err := j.insertReject(c, run, r); err != nil {
			return 0, err
		}
		if !r.Warning {
			fresh++
		}
	}
	if !complete {
		return fresh, nil
	}
	_, err = c.exec(`DELETE FROM reject WHERE job = ? AND refused = 0 AND last_run <> ?`, j.id, run)
	return fresh, err
}

type knownReject struct {
	id  int64
	key rejectKey
}

func rejectIDs(ctx context.Context, q querier, job int64) ([]knownReject, error) {
	var out []knownReject
	err := each(ctx, q, func(r *sql.Rows) error {
		var k knownReject
		var row []byte
		var rej engine.Reject
		if err := r.Scan(&k.id, &row, &rej.UID, &rej.Column, &rej.Field, &rej.Code, &rej.Rule, &rej.Line, &rej.Warning); err != nil {
			return err
		}
		if err := fingerprint(row, (*[16]byte)(&rej.Row)); err != nil {
			return err
		}
		k.key = keyOf(&rej)
		out = append(out, k)
		return nil
	}, `SELECT id, row, uid, column_name, field, code, rule, line, warning FROM reject WHERE job = ? AND refused = 0 ORDER BY id`, job)
	return out, err
}

const insertReject = `INSERT INTO reject (job, file, line, last_line, uid, key, column_name, field, code, rule, value,
	row, warning, refused, source, title, first_run, last_run) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

func (j *Job) rejectArgs(run int64, r *engine.Reject) []any {
	return []any{
		j.id, r.File, r.Line, r.LastLine, r.UID, r.Key, r.Column, r.Field, r.Code, r.Rule, r.Value,
		r.Row[:], r.Warning, r.Refused, r.Source[:], r.Title, run, run,
	}
}

func (j *Job) insertReject(c *changes, run int64, r *engine.Reject) error {
	_, err := c.exec(insertReject, j.rejectArgs(run, r)...)
	return err
}

// putRefused remembers that the CRM refuses a record; one refusal a record.
func (j *Job) putRefused(c *changes, run int64, r *engine.Reject) error {
	if !r.Refused {
		return j.insertReject(c, run, r)
	}
	_, err := c.exec(insertReject+` ON CONFLICT (job, uid) WHERE refused = 1 DO UPDATE SET
		file = excluded.file, line = excluded.line, last_line = excluded.last_line, key = excluded.key,
		column_name = excluded.column_name, field = excluded.field, code = excluded.code, rule = excluded.rule,
		value = excluded.value, row = excluded.row, source = excluded.source, title = excluded.title,
		runs_seen = runs_seen + (last_run <> excluded.last_run), last_run = excluded.last_run`, j.rejectArgs(run, r)...)
	return err
}

func rejectsWhere(ctx context.Context, q querier, where string, args ...any) ([]StandingReject, error) {
	var out []StandingReject
	err := each(ctx, q, func(r *sql.Rows) error {
		var s StandingReject
		var row, source []byte
		if err := r.Scan(&s.Job, &s.File, &s.Line, &s.LastLine, &s.UID, &s.Key, &s.Column, &s.Field, &s.Code, &s.Rule,
			&s.Value, &row, &s.Warning, &s.Refused, &source, &s.FirstRun, &s.LastRun, &s.RunsSeen); err != nil {
			return err
		}
		out = append(out, s)
		last := &out[len(out)-1]
		if err := fingerprint(row, (*[16]byte)(&last.Row)); err != nil {
			return err
		}
		return fingerprint(source, (*[16]byte)(&last.Source))
	}, `SELECT j.name, r.file, r.line, r.last_line, r.uid, r.key, r.column_name, r.field, r.code, r.rule, r.value,
			r.row, r.warning, r.refused, r.source, r.first_run, r.last_run, r.runs_seen
		FROM reject r JOIN job j ON j.id = r.job WHERE `+where+` ORDER BY r.file, r.line, r.id`, args...)
	return out, err
}
