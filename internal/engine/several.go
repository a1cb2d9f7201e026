package engine

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"syncd/internal/reconcile"
)

// lookAgain reads what the index knows under one key: people may have mended it since.
// What a login is not shown is gone only where it sees everything.
func (r *run) lookAgain(ctx context.Context, clids []int64) error {
	sees, err := r.seesAll(ctx)
	if err != nil {
		return &CRMError{Err: err}
	}
	for _, clid := range clids {
		seen, err := r.CRM.Read(ctx, clid)
		switch {
		case errors.Is(err, ErrUnreadable):
		case errors.Is(err, ErrNotVisible):
			if sees {
				r.mirror.Put(*entryGone(clid))
			}
		case err != nil:
			return &CRMError{Err: err}
		default:
			r.mirror.Put(seen.Entry)
		}
	}
	return nil
}

// numbersText lists numbers of the CRM: "3, 4".
func numbersText(ids []int64) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = strconv.FormatInt(id, 10)
	}
	return strings.Join(out, ", ")
}

// NumbersOf are the numbers of the CRM that a record is held for as ambiguous, where it
// fits several: the hold is about no one of them.
func (h *Hold) NumbersOf() []int64 {
	if h.Reason != reconcile.ReasonMatchAmbiguous || h.CLID != 0 {
		return nil
	}
	var out []int64
	for text := range strings.SplitSeq(h.OtherOwner, ", ") {
		if id, err := strconv.ParseInt(text, 10, 64); err == nil {
			out = append(out, id)
		}
	}
	return out
}
