package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"syncd/internal/engine"
	"syncd/internal/record"
)

// Begin makes the ops durable as sent, with one fsync, and fills in their ID,
// Run, Batch, Status and, where it is zero, SentAt. *OpenOpError when a uid has
// an open write already; then nothing is stored.
func (j *Job) Begin(ctx context.Context, run int64, ops []*engine.Op) error {
	if len(ops) == 0 {
		return nil
	}
	return j.change(ctx, func(c *changes) error {
		var last int64
		// the table's own sequence: an id is never given twice, also after its
		// op moved to the audit
		err := c.QueryRowContext(ctx, `SELECT seq FROM sqlite_sequence WHERE name = 'op'`).Scan(&last)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		batch := last + 1
		for i, op := range ops {
			id, at := batch+int64(i), op.SentAt
			if at.IsZero() {
				at = c.now
			}
			if err := j.insertOp(c, run, batch, id, millis(at), op); err != nil {
				return err
			}
			c.after = append(c.after, func() {
				op.ID, op.Run, op.Batch, op.Status, op.SentAt = id, run, batch, engine.OpSent, at
			})
		}
		return nil
	})
}

func (j *Job) insertOp(c *changes, run, batch, id, at int64, op *engine.Op) error {
	file, err := c.fileID(op.Origin.File)
	if err != nil {
		return err
	}
	changes, err := encodeChanges(op.Changes)
	if err != nil {
		return err
	}
	base, err := op.Set.Encode()
	if err != nil {
		return err
	}
	folded := j.hashUID(op.UID)
	_, err = c.exec(`INSERT INTO op (id, target, job, run, batch, pos, kind, status, uid, folded, key, title,
			crm_id, file, line, last_line, changes, base, source, row, sent_at, above_clid, attempt, solo, claimed,
			code, text, ground)
		VALUES (?, ?, ?, ?, ?, ?, ?, 'sent', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		id, j.target, j.id, run, batch, op.Pos, string(op.Kind), op.UID, folded[:], op.Key, op.Title,
		op.CLID, file, op.Origin.Line, op.Origin.LastLine, changes, string(base), op.Source[:], op.Row[:],
		at, op.AboveCLID, op.Attempt, op.Solo, op.Claimed, op.Code, op.Text, op.Ground)
	if isUnique(err) {
		return &OpenOpError{UID: op.UID}
	}
	return err
}

// Open returns the job's ops that are sent or in doubt, oldest first, as they
// were stored: a sent one is in doubt as soon as its sender is dead, and that
// the engine decides.
func (j *Job) Open(ctx context.Context) ([]*engine.Op, error) {
	var ops []*engine.Op
	err := j.db.view(ctx, func(tx *sql.Tx) error {
		return each(ctx, tx, func(r *sql.Rows) error {
			op, err := scanOp(r)
			ops = append(ops, op)
			return err
		}, `SELECT o.id, o.run, o.batch, o.pos, o.kind, o.status, o.uid, o.key, o.title, o.crm_id,
				coalesce(f.path, ''), o.line, o.last_line, o.changes, o.base, o.source, o.row,
				o.sent_at, o.above_clid, o.attempt, o.solo, o.claimed, o.code, o.text, o.ground
			FROM op o LEFT JOIN origin_file f ON f.id = o.file
			WHERE o.job = ? ORDER BY o.id`, j.id)
	})
	return ops, err
}

func scanOp(r *sql.Rows) (*engine.Op, error) {
	op := &engine.Op{}
	var changes, base, source, row []byte
	var at sql.NullInt64
	err := r.Scan(&op.ID, &op.Run, &op.Batch, &op.Pos, &op.Kind, &op.Status, &op.UID, &op.Key, &op.Title, &op.CLID,
		&op.Origin.File, &op.Origin.Line, &op.Origin.LastLine, &changes, &base, &source, &row,
		&at, &op.AboveCLID, &op.Attempt, &op.Solo, &op.Claimed, &op.Code, &op.Text, &op.Ground)
	if err != nil {
		return nil, err
	}
	op.SentAt = fromMillis(at)
	if op.Set, err = record.DecodeStored(base); err != nil {
		return nil, fmt.Errorf("op %d: its values are not readable", op.ID)
	}
	if op.Changes, err = decodeChanges(changes); err != nil {
		return nil, fmt.Errorf("op %d: its changes are not readable", op.ID)
	}
	if err := fingerprint(source, (*[16]byte)(&op.Source)); err != nil {
		return nil, err
	}
	return op, fingerprint(row, (*[16]byte)(&op.Row))
}

// encodeChanges gives the JSON that v_changes takes apart; nil for none.
func encodeChanges(changes []engine.FieldChange) (any, error) {
	if len(changes) == 0 {
		return nil, nil
	}
	b, err := json.Marshal(changes)
	return string(b), err
}

func decodeChanges(b []byte) (changes []engine.FieldChange, err error) {
	if len(b) == 0 {
		return nil, nil
	}
	err = json.Unmarshal(b, &changes)
	return changes, err
}
