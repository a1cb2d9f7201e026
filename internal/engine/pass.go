package engine

import (
	"context"

	"syncd/internal/record"
)

// name is what a person calls a record by.
type name struct{ uid, key, title string }

// callMet keeps the name of a linked record that was met with other content than
// settled and leaves nothing behind by which a second row of its key, known and
// so not decoded, could be named.
func (r *run) callMet(ord int, rec *record.Record) {
	if r.named == nil {
		r.named = map[int]name{}
	}
	r.named[ord] = name{rec.UID, rec.Key, r.titleOf(rec.Values)}
}

// passOver leaves a record that the run was not asked for to another one. What it
// matches counts all the same: a match must be one to one within the snapshot.
func (r *run) passOver(ctx context.Context, ord int, rec *record.Record) error {
	if r.index.links[ord] != 0 {
		r.callMet(ord, rec)
		return nil
	}
	if rec.CLID != 0 {
		r.claim(ord, rec.UID, []int64{rec.CLID})
		return nil
	}
	if rec.Deleted || !r.cfg.Match.INNKPP && !r.cfg.Nameless {
		return nil
	}
	there, err := r.carriers(ctx, rec.UID)
	if err != nil || len(there) > 0 {
		return err
	}
	found, err := r.match(ctx, r.mirror, rec.Values)
	if err != nil {
		return err
	}
	if len(found.Link) > 0 {
		r.claim(ord, rec.UID, found.Link)
	}
	return nil
}
