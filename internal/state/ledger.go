package state

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"syncd/internal/engine"
	"syncd/internal/record"
)

// lookupSize is how many keys one query asks for.
const lookupSize = 500

// seenRange is how many link ids one aggregate covers: enough that the query's
// own cost vanishes, and not so many that its two texts weigh.
const seenRange = 4096

// Seen yields the narrow memory of every link of the job, tombstones included,
// by ascending link.
//
// A row at a time, a million would take twice as long as a range at a time: the
// hashes of a range are joined into two texts. Where ids are missing from a
// range (records of other jobs in between), its rows are read singly.
func (j *Job) Seen(ctx context.Context, yield func(engine.Seen) error) error {
	return j.db.view(ctx, func(tx *sql.Tx) error {
		var from, to sql.NullInt64
		if err := tx.QueryRowContext(ctx, `SELECT (SELECT min(link) FROM fingerprint),
			(SELECT max(link) FROM fingerprint)`).Scan(&from, &to); err != nil || !to.Valid {
			return err
		}
		absent, err := j.absent(ctx, tx)
		if err != nil {
			return err
		}
		yield := absent.into(yield)
		for at := from.Int64; at <= to.Int64; at += seenRange {
			done, err := false, error(nil)
			last := min(at+seenRange-1, to.Int64)
			if j.db.blobs {
				done, err = j.seenJoined(ctx, tx, at, last, yield)
			}
			if err == nil && !done {
				err = j.seenSingly(ctx, tx, at, last, yield)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// absences are the links that the last snapshots lacked, by ascending link. They
// are few, and would cost every reading of a joined range a third text.
type absences []struct{ link, since int64 }

func (j *Job) absent(ctx context.Context, q querier) (absences, error) {
	var out absences
	err := each(ctx, q, func(r *sql.Rows) error {
		out = append(out, struct{ link, since int64 }{})
		last := &out[len(out)-1]
		return r.Scan(&last.link, &last.since)
	}, `SELECT link, absent FROM fingerprint WHERE job = ? AND absent > 0 ORDER BY link`, j.id)
	return out, err
}

// into says of each link that is yielded, in ascending order, since when it is absent.
func (a absences) into(yield func(engine.Seen) error) func(engine.Seen) error {
	if len(a) == 0 {
		return yield
	}
	return func(s engine.Seen) error {
		for len(a) > 0 && a[0].link < s.Link {
			a = a[1:]
		}
		if len(a) > 0 && a[0].link == s.Link {
			s.Absent = a[0].since
		}
		return yield(s)
	}
}

// seenJoined reads a range of links as two texts. done is false when some are
// missing: then which is whose cannot be told. NOT INDEXED leaves only the walk
// along the table, in the order of its key; asking for that order by a
// subquery would cost as much as the whole read.
func (j *Job) seenJoined(ctx context.Context, tx *sql.Tx, first, last int64, yield func(engine.Seen) error) (done bool, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT CAST(group_concat(uid, '') AS BLOB), CAST(group_concat(source, '') AS BLOB)
		FROM fingerprint NOT INDEXED WHERE link BETWEEN ? AND ? AND job = ?`, first, last, j.id)
	if err != nil {
		return false, err
	}
	defer func() { _ = rows.Close() }() // Err is looked at below
	if !rows.Next() {
		return false, rows.Err()
	}
	var uids, sources sql.RawBytes
	if err := rows.Scan(&uids, &sources); err != nil {
		return false, err
	}
	if uids == nil {
		return true, rows.Err() // none of this job
	}
	n := last - first + 1
	if int64(len(uids)) != 16*n || int64(len(sources)) != 16*n {
		return false, rows.Err()
	}
	for i := range n {
		s := engine.Seen{Link: first + i}
		copy(s.UID[:], uids[16*i:])
		copy(s.Source[:], sources[16*i:])
		if err := yield(s); err != nil {
			return false, err
		}
	}
	return true, rows.Err()
}

func (j *Job) seenSingly(ctx context.Context, tx *sql.Tx, first, last int64, yield func(engine.Seen) error) error {
	var uid, source sql.RawBytes
	var s engine.Seen
	return each(ctx, tx, func(r *sql.Rows) error {
		if err := r.Scan(&s.Link, &uid, &source); err != nil {
			return err
		}
		copy(s.UID[:], uid)
		copy(s.Source[:], source)
		return yield(s)
	}, `SELECT link, uid, source FROM fingerprint WHERE link BETWEEN ? AND ? AND job = ? ORDER BY link`,
		first, last, j.id)
}

// testBlobs looks whether this SQLite joins blobs byte for byte; Seen leans on it.
func (d *DB) testBlobs(ctx context.Context) error {
	var got []byte
	err := d.read.QueryRowContext(ctx, `SELECT CAST(group_concat(b, '') AS BLOB)
		FROM (SELECT x'00ff80c30a' AS b UNION ALL SELECT x'fe000d27ed')`).Scan(&got)
	if err != nil {
		return err
	}
	d.blobs = string(got) == "\x00\xff\x80\xc3\x0a\xfe\x00\x0d\x27\xed"
	return nil
}

// Links returns the links of these uids, under the spelling they were asked
// for by. Spellings that the CRM takes for equal find the same link.
func (j *Job) Links(ctx context.Context, uids []string, ids ...int64) (map[string]engine.Link, error) {
	found := make(map[string]engine.Link, len(uids)+len(ids))
	err := j.db.view(ctx, func(tx *sql.Tx) error {
		for part := range chunks(uids, lookupSize) {
			if err := j.linksOf(ctx, tx, part, found); err != nil {
				return err
			}
		}
		for part := range chunks(ids, lookupSize) {
			if err := j.linksByID(ctx, tx, part, found); err != nil {
				return err
			}
		}
		return nil
	})
	return found, err
}

func (j *Job) linksByID(ctx context.Context, q querier, ids []int64, found map[string]engine.Link) error {
	args := []any{j.id}
	for _, id := range ids {
		args = append(args, id)
	}
	return each(ctx, q, func(r *sql.Rows) error {
		l, err := scanLink(r)
		found[l.UID] = l
		return err
	}, selectLink+` WHERE l.job = ? AND l.id IN (`+marks(len(ids))+`)`, args...)
}

func (j *Job) linksOf(ctx context.Context, q querier, uids []string, found map[string]engine.Link) error {
	asked := make(map[record.Fingerprint][]string, len(uids))
	args := []any{j.target, j.id}
	for _, uid := range uids {
		h := j.hashUID(uid)
		if asked[h] == nil {
			args = append(args, h[:])
		}
		asked[h] = append(asked[h], uid)
	}
	return each(ctx, q, func(r *sql.Rows) error {
		l, err := scanLink(r)
		if err != nil {
			return err
		}
		for _, uid := range asked[j.hashUID(l.UID)] {
			found[uid] = l
		}
		return nil
	}, selectLink+`
		WHERE f.target = ? AND f.job = ? AND f.uid IN (`+marks(len(args)-2)+`)`, args...)
}

// selectLink is what scanLink reads. What is on its way to the source comes with
// each link by one step into an index, which is empty in most states.
const selectLink = `SELECT l.id, l.uid, coalesce(l.key, l.uid), l.crm_id, l.title, l.base, l.crm_base,
	(SELECT nullif(json_group_object(p.field, p.value), '{}') FROM offer p WHERE p.link = l.id AND p.ended_at IS NULL),
	f.source, l.gone, l.missing_run, coalesce(o.path, ''), l.line, l.last_line, l.settled_at
	FROM link l JOIN fingerprint f ON f.link = l.id LEFT JOIN origin_file o ON o.id = l.file`

func scanLink(r *sql.Rows) (engine.Link, error) {
	var l engine.Link
	var base, crmBase, pending, source []byte
	var at sql.NullInt64
	if err := r.Scan(&l.ID, &l.UID, &l.Key, &l.CLID, &l.Title, &base, &crmBase, &pending, &source,
		&l.Gone, &l.Missing, &l.Origin.File, &l.Origin.Line, &l.Origin.LastLine, &at); err != nil {
		return l, err
	}
	var err error
	if l.Base, err = record.DecodeStored(base); err != nil {
		return l, fmt.Errorf("base of %s: not readable", l.UID)
	}
	if l.CRMBase, err = record.DecodeStored(crmBase); err != nil {
		return l, fmt.Errorf("crm base of %s: not readable", l.UID)
	}
	if l.Pending, err = record.DecodeStored(pending); err != nil {
		return l, fmt.Errorf("offers of %s: not readable", l.UID)
	}
	l.SettledAt = fromMillis(at)
	return l, fingerprint(source, (*[16]byte)(&l.Source))
}

// Holders tells which records are linked to these CRM ids on the job's CRM and
// entity, those of other jobs and tombstones included. Where a number that a
// tombstone had was given anew, the living link holds it.
func (j *Job) Holders(ctx context.Context, clids []int64) (map[int64]engine.Holder, error) {
	found := make(map[int64]engine.Holder, len(clids))
	err := j.db.view(ctx, func(tx *sql.Tx) error {
		for part := range chunks(clids, lookupSize) {
			args := []any{j.target}
			for _, id := range part {
				args = append(args, id)
			}
			for _, gone := range []string{`1`, `0`} { // the living ones last: they count
				if err := j.holders(ctx, tx, found, gone, args); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return found, err
}

func (j *Job) holders(ctx context.Context, tx *sql.Tx, found map[int64]engine.Holder, gone string, args []any) error {
	// written out, for each finds its own index
	where := ` WHERE l.target = ? AND l.crm_id <> 0 AND l.gone = ` + gone + ` AND l.crm_id IN (` + marks(len(args)-1) + `)`
	if err := each(ctx, tx, func(r *sql.Rows) error {
		var id int64
		var owner string
		if err := r.Scan(&id, &owner); err != nil {
			return err
		}
		found[id] = engine.Holder{Owner: owner}
		return nil
	}, `SELECT l.crm_id, j.name || '/' || l.uid FROM link l JOIN job j ON j.id = l.job`+where, args...); err != nil {
		return err
	}
	return each(ctx, tx, func(r *sql.Rows) error {
		l, err := scanLink(r)
		if err != nil {
			return err
		}
		found[l.CLID] = engine.Holder{Owner: j.key.Name + "/" + l.UID, Link: &l}
		return nil
	}, selectLink+where+` AND l.job = ?`, append(args, j.id)...)
}

// chunks cuts a slice into parts of at most n.
func chunks[T any](all []T, n int) func(func([]T) bool) {
	return func(yield func([]T) bool) {
		for len(all) > 0 {
			k := min(n, len(all))
			if !yield(all[:k]) {
				return
			}
			all = all[k:]
		}
	}
}

// marks returns n placeholders.
func marks(n int) string {
	return strings.TrimSuffix(strings.Repeat("?,", n), ",")
}
