package engine

import (
	"encoding/json"
	"slices"

	"syncd/internal/record"
)

// A plan that was written down is carried out to the letter: a record whose op
// would be another one now is left for the next run.

// Digest identifies what an op does: its kind, its record, its client, and every
// value. Two ops of one digest leave the same behind.
func Digest(op *Op) record.Fingerprint {
	short := func(list []FieldChange) [][3]*string {
		out := make([][3]*string, 0, len(list))
		for i := range list {
			out = append(out, [3]*string{&list[i].Field, list[i].From, list[i].To})
		}
		return out
	}
	set := [][2]*string{}
	if op.Kind == OpAdd {
		names := make([]string, 0, len(op.Set))
		for name := range op.Set {
			names = append(names, name)
		}
		slices.Sort(names)
		for i := range names {
			set = append(set, [2]*string{&names[i], op.Set[names[i]]})
		}
	}
	b, err := json.Marshal([]any{op.Kind, op.UID, op.CLID, short(op.Changes), short(op.Back), set})
	if err != nil {
		return record.Fingerprint{} // texts always marshal
	}
	return record.FingerprintBytes(b)
}

// movedSincePlan ends a task that is not what the plan says, when the run carries
// out a plan.
func (r *run) movedSincePlan(t *task) bool {
	if r.opts.Plan == nil || r.spool.at[t.at].follows {
		return false
	}
	if want, ok := r.opts.Plan[t.UID]; ok && want == Digest(t.Op) {
		return false
	}
	r.report.Moved++
	r.done(t, Waiting)
	return true
}

// keepPlanned drops the ops of records that the plan does not name.
func (r *run) keepPlanned() error {
	if r.opts.Plan == nil {
		return nil
	}
	for i := range r.spool.at {
		s := &r.spool.at[i]
		if s.drop {
			continue
		}
		op, err := r.spool.read(i)
		if err != nil {
			return err
		}
		if _, ok := r.opts.Plan[op.UID]; ok {
			continue
		}
		s.drop = true
		r.waitFor(s, op)
		r.end(int(s.ord), Waiting)
		r.report.Unplanned++
	}
	return nil
}
