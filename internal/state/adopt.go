package state

import (
	"context"

	"syncd/internal/engine"
	"syncd/internal/reconcile"
)

// SignOff is what a person decided in an adoption.
type SignOff struct {
	// Choices are to be carried out by the next run: link (with CLID), add,
	// ignore. They need no record that waits: most were never met by a run.
	Choices []engine.Choice
	// Later are the uids of the records that stay undecided: runs hold them until
	// there is another choice.
	Later []string
}

// SignOff stores an adoption in one durable transaction: the choices, that the
// job is adopted, and the allowance of max_create for all adds that were signed
// off and not carried out. A halt by that guard is over; other halts stand.
func (j *Job) SignOff(ctx context.Context, s SignOff) (adds int64, err error) {
	err = j.change(ctx, func(c *changes) error {
		for _, one := range s.Choices {
			if err := j.choose(c, one.UID, one); err != nil {
				return err
			}
		}
		for _, uid := range s.Later {
			if err := j.choose(c, uid, engine.Choice{Field: engine.AdoptLater, Take: "ignore"}); err != nil {
				return err
			}
		}
		if err := c.QueryRowContext(ctx, `SELECT count(*) FROM choice WHERE job = ? AND field = '' AND take = 'add'
			AND ended_at IS NULL`, j.id).Scan(&adds); err != nil {
			return err
		}
		if err := j.allowAdopted(c, adds); err != nil {
			return err
		}
		_, err := c.exec(`UPDATE job SET adopted_at = ? WHERE id = ?`, millis(c.now), j.id)
		return err
	})
	return adds, err
}

// allowAdopted lets the adds of an adoption pass the guard over adds once.
func (j *Job) allowAdopted(c *changes, adds int64) error {
	guard := string(reconcile.MaxCreate)
	if _, err := c.exec(`UPDATE halt SET resumed_at = ? WHERE job = ? AND guard = ? AND resumed_at IS NULL`,
		millis(c.now), j.id, guard); err != nil {
		return err
	}
	if _, err := c.exec(`UPDATE allowance SET ended_at = ? WHERE job = ? AND guard = ? AND ended_at IS NULL`,
		millis(c.now), j.id, guard); err != nil {
		return err
	}
	if adds == 0 {
		return nil
	}
	_, err := c.exec(`INSERT INTO allowance (job, guard, value, given_at) VALUES (?, ?, ?, ?)`, j.id, guard, adds, millis(c.now))
	return err
}
