package state

import (
	"context"
	"database/sql"
	"strconv"

	"syncd/internal/engine"
	"syncd/internal/record"
)

// Why a record cannot be referred to.
const (
	RefUnknown   = "unknown"   // the state has nothing of it
	RefHeld      = "held"      // it waits for a decision itself
	RefWaits     = "waits"     // it waits itself for what it refers to
	RefIgnored   = "ignored"   // somebody decided to leave it out
	RefRejected  = "rejected"  // its row was
	RefRefused   = "refused"   // by the CRM, or before it was sent there
	RefGone      = "gone"      // the CRM does not show it any more
	RefInDoubt   = "in-doubt"  // whether it was added is not known yet
	RefAmbiguous = "ambiguous" // several have the number
)

// Referred is a record that others refer to.
type Referred struct {
	CRMID           int64  // 0 = not linked
	UID, Key, Title string // as far as they are known
	Why             string // one of the words above; "" = it is linked
}

// References answers which of a job's records others mean. What is not linked is
// read once, at the first question; one run asks, from one goroutine.
type References struct {
	job     *Job
	field   string
	fold    func(string) string
	open    map[record.Fingerprint]string // of those that are not linked: why
	numbers map[string]numbered
}

// numbered is what has a number: a link, or why there is none to refer to.
type numbered struct {
	link int64
	why  string
}

// References returns the job's records as others refer to them: by uid, by CRM id,
// and by the folded value of a field ("" = by none).
func (j *Job) References(field string, fold func(string) string) *References {
	return &References{job: j, field: field, fold: fold}
}

// Linked looks up the record with this uid.
func (r *References) Linked(ctx context.Context, uid string) (Referred, error) {
	found, err := r.job.Links(ctx, []string{uid})
	if err != nil {
		return Referred{}, err
	}
	if l, ok := found[uid]; ok {
		return referredTo(&l), nil
	}
	if r.open == nil {
		if err := r.load(ctx); err != nil {
			return Referred{}, err
		}
	}
	why, known := r.open[r.job.hashUID(uid)]
	if !known {
		why = RefUnknown
	}
	return Referred{UID: uid, Why: why}, nil
}

// Numbered looks up the record with this number.
func (r *References) Numbered(ctx context.Context, number string) (Referred, error) {
	if r.numbers == nil {
		if err := r.count(ctx); err != nil {
			return Referred{}, err
		}
	}
	n, known := r.numbers[r.fold(number)]
	if !known {
		n.why = RefUnknown
	}
	if n.why != "" {
		return Referred{Title: number, Why: n.why}, nil
	}
	return r.first(ctx, selectLink+` WHERE l.id = ?`, n.link)
}

// Of looks up the record that is linked to this id of the CRM.
func (r *References) Of(ctx context.Context, crmID int64) (Referred, error) {
	return r.first(ctx, selectLink+` WHERE l.target = ? AND l.crm_id <> 0 AND l.gone = 0 AND l.crm_id = ? AND l.job = ?`,
		r.job.target, crmID, r.job.id)
}

func (r *References) first(ctx context.Context, query string, args ...any) (Referred, error) {
	out := Referred{Why: RefUnknown}
	err := r.job.db.view(ctx, func(tx *sql.Tx) error {
		return each(ctx, tx, func(row *sql.Rows) error {
			l, err := scanLink(row)
			out = referredTo(&l)
			return err
		}, query, args...)
	})
	return out, err
}

func referredTo(l *engine.Link) Referred {
	out := Referred{CRMID: l.CLID, UID: l.UID, Key: l.Key, Title: l.Title}
	if l.Gone || l.Missing != 0 || l.CLID == 0 {
		out.CRMID, out.Why = 0, RefGone
	}
	return out
}

// load reads what is known of the records that are not linked: the gravest last, for
// it counts.
func (r *References) load(ctx context.Context) error {
	r.open = map[record.Fingerprint]string{}
	return r.job.db.view(ctx, func(tx *sql.Tx) error {
		for _, kind := range []struct{ why, query string }{
			{RefRejected, `SELECT uid FROM reject WHERE job = ? AND warning = 0 AND refused = 0 AND uid <> ''`},
			{RefRefused, `SELECT uid FROM reject WHERE job = ? AND refused = 1`},
			{RefHeld, `SELECT uid FROM hold WHERE job = ? AND closed_at IS NULL`},
			{RefWaits, `SELECT uid FROM hold WHERE job = ? AND closed_at IS NULL AND reason IN ('no-client', 'no-deal', 'no-invoice')`},
			{RefIgnored, `SELECT uid FROM choice WHERE job = ? AND ended_at IS NULL AND take = 'ignore' AND field = ''`},
			{RefInDoubt, `SELECT uid FROM op WHERE job = ?`},
		} {
			err := each(ctx, tx, func(row *sql.Rows) error {
				var uid string
				err := row.Scan(&uid)
				r.open[r.job.hashUID(uid)] = kind.why
				return err
			}, kind.query, r.job.id)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// count reads the numbers of all records, whatever became of them: a number that two
// of them have means neither, be one refused or gone.
func (r *References) count(ctx context.Context) error {
	r.numbers = map[string]numbered{}
	add := func(number string, n numbered) {
		if number == "" {
			return
		}
		number = r.fold(number)
		if _, again := r.numbers[number]; again {
			n = numbered{why: RefAmbiguous}
		}
		r.numbers[number] = n
	}
	return r.job.db.view(ctx, func(tx *sql.Tx) error {
		err := each(ctx, tx, func(row *sql.Rows) error {
			n := numbered{}
			var base []byte
			var gone bool
			if err := row.Scan(&n.link, &base, &gone); err != nil {
				return err
			}
			if gone {
				n = numbered{why: RefGone}
			}
			stored, err := record.DecodeStored(base)
			if v := stored[r.field]; v != nil {
				add(*v, n)
			}
			return err
		}, `SELECT id, base, gone FROM link WHERE job = ? AND crm_id <> 0`, r.job.id)
		if err != nil {
			return err
		}
		waiting, err := r.waiting(ctx, tx)
		for _, w := range waiting {
			add(w.number, numbered{why: w.why})
		}
		return err
	})
}

// waits is a record that is not linked, and why.
type waits struct{ number, why string }

// waiting reads the numbers of the records that are not linked, each once: the gravest
// reason counts.
func (r *References) waiting(ctx context.Context, tx *sql.Tx) ([]waits, error) {
	const unlinked = ` AND t.title <> '' AND NOT EXISTS (SELECT 1 FROM link l WHERE l.job = t.job AND l.uid = t.uid AND l.crm_id <> 0)`
	found := map[[2]string]string{}
	for _, kind := range []struct{ why, query string }{
		{RefRejected, `SELECT t.uid, t.title FROM reject t WHERE t.job = ? AND t.warning = 0 AND t.refused = 0`},
		{RefRefused, `SELECT t.uid, t.title FROM reject t WHERE t.job = ? AND t.refused = 1`},
		{RefHeld, `SELECT t.uid, t.title FROM hold t WHERE t.job = ? AND t.closed_at IS NULL`},
		{RefWaits, `SELECT t.uid, t.title FROM hold t WHERE t.job = ? AND t.closed_at IS NULL AND t.reason IN ('no-client', 'no-deal', 'no-invoice')`},
		{RefInDoubt, `SELECT t.uid, t.title FROM op t WHERE t.job = ? AND t.kind = 'add'`},
	} {
		err := each(ctx, tx, func(row *sql.Rows) error {
			var uid, title string
			err := row.Scan(&uid, &title)
			found[[2]string{uid, r.fold(title)}] = kind.why
			return err
		}, kind.query+unlinked, r.job.id)
		if err != nil {
			return nil, err
		}
	}
	out := make([]waits, 0, len(found))
	for of, why := range found {
		out = append(out, waits{of[1], why})
	}
	return out, nil
}

// Refers reports whether a living link of the job has this CRM id in a field of its
// base.
func (j *Job) Refers(ctx context.Context, field string, id int64) (bool, error) {
	var found bool
	err := j.db.view(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM link WHERE job = ? AND gone = 0 AND json_extract(base, '$.' || ?) = ?)`,
			j.id, field, strconv.FormatInt(id, 10)).Scan(&found)
	})
	return found, err
}
