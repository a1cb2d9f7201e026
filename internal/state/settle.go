package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"syncd/internal/engine"
)

// innField is the requisite by which people look for a client.
const innField = "recv.castInn"

// Settle folds outcomes in one durable transaction. It fills in Link.ID of new
// links. Nothing is stored when one part is refused: *TakenError, *UIDTakenError,
// *StaleOpError, and *OpenOpError never.
func (j *Job) Settle(ctx context.Context, run int64, done []engine.Settlement) error {
	if len(done) == 0 {
		return nil
	}
	return j.change(ctx, func(c *changes) error {
		if err := j.lookForOld(c); err != nil {
			return err
		}
		for i := range done {
			if err := j.settleOne(c, run, &done[i]); err != nil {
				return err
			}
		}
		if c.newLinks == 0 {
			return nil
		}
		_, err := c.exec(`UPDATE job SET links = links + ? WHERE id = ?`, c.newLinks, j.id)
		return err
	})
}

// old says what the job has that a settlement may end. In most runs that is
// nothing, and looking for it record by record would be in vain.
type old struct{ troubles, attempts, backlog, offers, born bool }

// lookForOld finds it out, once in a transaction.
func (j *Job) lookForOld(c *changes) error {
	return c.QueryRowContext(c.ctx, `SELECT
		EXISTS (SELECT 1 FROM hold WHERE job = ?1 AND closed_at IS NULL) OR
		EXISTS (SELECT 1 FROM reject WHERE job = ?1 AND uid <> ''),
		EXISTS (SELECT 1 FROM attempt WHERE job = ?1),
		EXISTS (SELECT 1 FROM backlog WHERE job = ?1),
		EXISTS (SELECT 1 FROM offer WHERE job = ?1 AND ended_at IS NULL),
		EXISTS (SELECT 1 FROM offer WHERE job = ?1 AND link IS NULL)`, j.id).
		Scan(&c.old.troubles, &c.old.attempts, &c.old.backlog, &c.old.offers, &c.old.born)
}

func (j *Job) settleOne(c *changes, run int64, s *engine.Settlement) error {
	uid := s.UID
	if uid == "" && s.Op != nil {
		uid = s.Op.UID
	}
	if s.Op != nil {
		if err := j.settleOp(c, run, s.Op, s.Link); err != nil {
			return err
		}
	}
	if s.Close {
		if err := j.closeLink(c, run, uid); err != nil {
			return err
		}
	} else if s.Link != nil {
		if err := j.settleLink(c, run, s); err != nil {
			return err
		}
	}
	if s.Born != nil {
		if err := j.offerBorn(c, run, s.Born, s.Anew, s.Offers); err != nil {
			return err
		}
	}
	if err := j.auditOffers(c, run, uid, s); err != nil {
		return err
	}
	if s.Clear && c.old.troubles {
		if err := j.clear(c, run, uid); err != nil {
			return err
		}
	}
	if s.Hold != nil {
		c.old.troubles = true
		if err := j.putHold(c, run, s.Hold); err != nil {
			return err
		}
	}
	if s.Reject != nil {
		c.old.troubles = true
		if err := j.putRefused(c, run, s.Reject); err != nil {
			return err
		}
	}
	if s.Mirror != nil {
		if err := j.putMirror(c, *s.Mirror); err != nil {
			return err
		}
	}
	if s.Edit != 0 {
		if _, err := c.exec(`DELETE FROM crm_edit WHERE job = ? AND clid = ?`, j.id, s.Edit); err != nil {
			return err
		}
	}
	for _, id := range s.Used {
		if _, err := c.exec(`UPDATE choice SET ended_at = ?, used_run = ? WHERE id = ? AND job = ?`,
			millis(c.now), run, id, j.id); err != nil {
			return err
		}
	}
	return j.leaveBacklog(c, uid, s)
}

// settleOp stores how far an op got. One that ended moves to the audit.
func (j *Job) settleOp(c *changes, run int64, op *engine.Op, l *engine.Link) error {
	var n int64
	var err error
	switch op.Status {
	case engine.OpSent, engine.OpInDoubt:
		n, err = c.affected(`UPDATE op SET status = ?, code = ?, text = ?, crm_id = ?, attempt = ?, solo = ?, claimed = ?,
			sent_at = ? WHERE id = ? AND job = ?`,
			string(op.Status), op.Code, op.Text, op.CLID, op.Attempt, op.Solo, op.Claimed, millis(op.SentAt), op.ID, j.id)
	case engine.OpConfirmed, engine.OpFailed, engine.OpSuperseded:
		n, err = c.affected(`DELETE FROM op WHERE id = ? AND job = ?`, op.ID, j.id)
	default:
		return fmt.Errorf("settle op %d: status %q", op.ID, op.Status)
	}
	if err != nil {
		return err
	}
	if n == 0 {
		return &StaleOpError{ID: op.ID, UID: op.UID}
	}
	if op.Status == engine.OpSent || op.Status == engine.OpInDoubt {
		return nil
	}
	if err := j.auditOp(c, run, op, l); err != nil {
		return err
	}
	return j.countAttempt(c, op)
}

func (j *Job) auditOp(c *changes, run int64, op *engine.Op, l *engine.Link) error {
	crmID := op.CLID
	if l != nil && l.CLID != 0 {
		crmID = l.CLID
	}
	changes, err := encodeChanges(op.Changes)
	if err != nil {
		return err
	}
	_, err = c.exec(`INSERT INTO audit (at, job, run, kind, status, uid, crm_id, changes, op, batch, pos, sent_at,
			attempt, solo, code, text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		millis(c.now), j.id, run, string(op.Kind), string(op.Status), op.UID, crmID, changes,
		op.ID, op.Batch, op.Pos, millis(op.SentAt), op.Attempt, op.Solo, orNil(op.Code), orNil(op.Text))
	return err
}

// auditWord remembers what happened to a record without a write to the CRM.
func (j *Job) auditWord(c *changes, run int64, kind, uid string, clid int64, fields []engine.FieldChange) error {
	changed, err := encodeChanges(fields)
	if err != nil {
		return err
	}
	_, err = c.exec(`INSERT INTO audit (at, job, run, kind, status, uid, crm_id, changes)
		VALUES (?, ?, ?, ?, 'confirmed', ?, ?, ?)`, millis(c.now), j.id, run, kind, uid, clid, changed)
	return err
}

// countAttempt remembers suspect adds that were proven not to have happened, until one
// is confirmed.
func (j *Job) countAttempt(c *changes, op *engine.Op) error {
	var err error
	switch {
	case op.Status == engine.OpConfirmed:
		if c.old.attempts {
			_, err = c.exec(`DELETE FROM attempt WHERE job = ? AND uid = ?`, j.id, op.UID)
		}
	case op.Status == engine.OpSuperseded && op.Kind == engine.OpAdd && op.Solo:
		c.old.attempts = true
		_, err = c.exec(`INSERT INTO attempt (job, uid, n) VALUES (?, ?, 1)
			ON CONFLICT DO UPDATE SET n = n + 1`, j.id, op.UID)
	}
	return err
}

// settleLink stores a link with what is on its way to its source.
func (j *Job) settleLink(c *changes, run int64, s *engine.Settlement) error {
	id, err := j.upsertLink(c, run, s.Link)
	if err != nil {
		return err
	}
	if err := j.offerLinked(c, run, id, s.Link, s.Anew, s.Offers); err != nil {
		return err
	}
	l, said := s.Link, len(s.Changes) > 0
	switch {
	case s.Op != nil:
		return nil // its own row says it
	case l.Gone:
		return j.auditWord(c, run, "gone", l.UID, l.CLID, s.Changes)
	case l.Missing == run && run != 0 && !said:
		return j.auditWord(c, run, "missing", l.UID, l.CLID, nil)
	case len(s.Offers) > 0 && !said:
		return nil // an offer settles nothing
	}
	return j.auditWord(c, run, "settle", l.UID, l.CLID, s.Changes)
}

// closeLink removes a link with all that stands of it. Without a link it only
// clears what stands against the record.
func (j *Job) closeLink(c *changes, run int64, uid string) error {
	folded := j.hashUID(uid)
	var id, clid int64
	err := c.QueryRowContext(c.ctx, `SELECT l.id, l.crm_id FROM fingerprint f JOIN link l ON l.id = f.link
		WHERE f.target = ? AND f.uid = ? AND f.job = ?`, j.target, folded[:], j.id).Scan(&id, &clid)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if err == nil {
		// its hashes and offers go with it
		if _, err := c.exec(`DELETE FROM link WHERE id = ?`, id); err != nil {
			return err
		}
		c.newLinks--
		if _, err := c.exec(`DELETE FROM crm_edit WHERE job = ? AND clid = ?`, j.id, clid); err != nil {
			return err
		}
		if err := j.auditWord(c, run, "close", uid, clid, nil); err != nil {
			return err
		}
	}
	for _, query := range []string{
		`DELETE FROM backlog WHERE job = ? AND uid = ?`,
		`DELETE FROM attempt WHERE job = ? AND uid = ?`,
	} {
		if _, err := c.exec(query, j.id, uid); err != nil {
			return err
		}
	}
	if _, err := c.exec(`UPDATE choice SET ended_at = ? WHERE job = ? AND uid = ? AND ended_at IS NULL`,
		millis(c.now), j.id, uid); err != nil {
		return err
	}
	return j.clear(c, run, uid)
}

// upsertLink stores a link and returns its id. One without an id that the state
// knows by its uid is the same link.
func (j *Job) upsertLink(c *changes, run int64, l *engine.Link) (int64, error) {
	id, folded := l.ID, j.hashUID(l.UID)
	if id == 0 {
		var owner int64
		known, err := c.query(`SELECT link, job FROM fingerprint WHERE target = ? AND uid = ?`) //nolint:sqlclosecheck // it ends with its transaction
		if err != nil {
			return 0, err
		}
		err = known.QueryRowContext(c.ctx, j.target, folded[:]).Scan(&id, &owner)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return 0, err
		}
		if id != 0 && owner != j.id {
			return 0, j.uidTaken(c, l.UID, id)
		}
	}
	args, err := linkArgs(c, run, l)
	if err != nil {
		return 0, err
	}
	if id == 0 {
		return j.insertLink(c, l, folded, args)
	}
	n, err := c.affected(`UPDATE link SET uid = ?, key = ?, crm_id = ?, title = ?, inn = ?, base = ?, crm_base = ?,
		file = ?, line = ?, last_line = ?, gone = ?, missing_run = ?, settled_run = ?, settled_at = ?
		WHERE id = ? AND job = ?`, append(args, id, j.id)...)
	if err != nil {
		return 0, j.taken(c, l, err)
	}
	if n == 0 {
		return 0, fmt.Errorf("settle %s: no link %d in this job", l.UID, id)
	}
	if _, err = c.exec(`UPDATE fingerprint SET uid = ?, source = ? WHERE link = ?`, folded[:], l.Source[:], id); err != nil {
		return 0, err
	}
	c.after = append(c.after, func() { l.ID = id })
	return id, nil
}

func (j *Job) insertLink(c *changes, l *engine.Link, folded [16]byte, args []any) (int64, error) {
	r, err := c.exec(`INSERT INTO link (uid, key, crm_id, title, inn, base, crm_base, file, line, last_line, gone,
			missing_run, settled_run, settled_at, target, job) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		append(args, j.target, j.id)...)
	if err != nil {
		return 0, j.taken(c, l, err)
	}
	id, err := r.LastInsertId()
	if err != nil {
		return 0, err
	}
	if _, err := c.exec(`INSERT INTO fingerprint (link, job, target, uid, source) VALUES (?, ?, ?, ?, ?)`,
		id, j.id, j.target, folded[:], l.Source[:]); err != nil {
		return 0, err
	}
	c.newLinks++
	c.after = append(c.after, func() { l.ID = id })
	return id, nil
}

func linkArgs(c *changes, run int64, l *engine.Link) ([]any, error) {
	file, err := c.fileID(l.Origin.File)
	if err != nil {
		return nil, err
	}
	base, err := l.Base.Encode()
	if err != nil {
		return nil, err
	}
	var crmBase, key, inn any
	if len(l.CRMBase) > 0 {
		b, err := l.CRMBase.Encode()
		if err != nil {
			return nil, err
		}
		crmBase = string(b)
	}
	if l.Key != l.UID {
		key = l.Key
	}
	if v := l.Base[innField]; v != nil && *v != "" {
		inn = *v
	}
	at := l.SettledAt
	if at.IsZero() {
		at = c.now
	}
	return []any{
		l.UID, key, l.CLID, l.Title, inn, string(base), crmBase,
		file, l.Origin.Line, l.Origin.LastLine, l.Gone, l.Missing, run, millis(at),
	}, nil
}

// taken says whose the CRM's record is when it is not free.
func (j *Job) taken(c *changes, l *engine.Link, err error) error {
	if !isUnique(err) {
		return err
	}
	e := &TakenError{UID: l.UID, CLID: l.CLID}
	if err := c.QueryRowContext(c.ctx, `SELECT j.name || '/' || l.uid FROM link l JOIN job j ON j.id = l.job
		WHERE l.target = ? AND l.crm_id = ? AND l.crm_id <> 0 AND l.gone = 0`, j.target, l.CLID).Scan(&e.Owner); err != nil {
		return err
	}
	return e
}

func (j *Job) uidTaken(c *changes, uid string, link int64) error {
	e := &UIDTakenError{UID: uid}
	if err := c.QueryRowContext(c.ctx, `SELECT j.name || '/' || l.uid FROM link l JOIN job j ON j.id = l.job
		WHERE l.id = ?`, link).Scan(&e.Owner); err != nil {
		return err
	}
	return e
}

// leaveBacklog lets go of a record that needs no further run.
func (j *Job) leaveBacklog(c *changes, uid string, s *engine.Settlement) error {
	settled := s.Clear || s.Link != nil || s.Op != nil && s.Op.Status == engine.OpConfirmed
	if !settled || !c.old.backlog || s.Hold != nil || s.Reject != nil {
		return nil
	}
	_, err := c.exec(`DELETE FROM backlog WHERE job = ? AND uid = ?`, j.id, uid)
	return err
}
