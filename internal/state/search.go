package state

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"
	"time"

	"syncd/internal/engine"
	"syncd/internal/record"
)

// Record is one record as people look at it.
type Record struct {
	Job, UID, Key, Title string
	CLID                 int64  // 0 = not in the CRM, or not known
	Status               string // synced, held, refused, sent, in-doubt, waiting, gone, missing, absent, pending
	Reason               string // why it is held or refused
	LastSynced           time.Time
	LastError            string
	File                 string
	Line                 int
}

// Detail is all that the state knows of one record.
type Detail struct {
	Record
	Link    *engine.Link // nil: not linked
	Pending []Pending    // on its way to the source
	Hold    *StandingHold
	Refused *StandingReject
	Choices []engine.Choice // not carried out yet
}

// place names a record within the state.
type place struct{ job, uid string }

// Records finds records by uid, key, CRM id or ИНН, and, when none is so named,
// by part of the title or key (case and ё/е aside); at most limit (0 = 100).
// An empty query finds all. job "" searches every job.
func (d *DB) Records(ctx context.Context, job, query string, limit int) ([]Record, error) {
	if limit <= 0 {
		limit = 100
	}
	var out []Record
	err := d.view(ctx, func(tx *sql.Tx) error {
		if query == "" {
			var err error
			out, err = recordsWhere(ctx, tx, `? IN ('', job) LIMIT ?`, job, limit)
			return err
		}
		found, err := d.exactly(ctx, tx, job, query)
		if err == nil && len(found) == 0 {
			found, err = partly(ctx, tx, job, query, limit)
		}
		if err != nil {
			return err
		}
		for _, p := range found[:min(limit, len(found))] {
			r, err := recordsWhere(ctx, tx, `job = ? AND uid = ?`, p.job, p.uid)
			if err != nil {
				return err
			}
			out = append(out, r...)
		}
		return nil
	})
	return out, err
}

// Record returns everything about one record; *UnknownRecordError when there is none.
func (d *DB) Record(ctx context.Context, job, uid string) (Detail, error) {
	var out Detail
	err := d.view(ctx, func(tx *sql.Tx) error {
		rows, err := recordsWhere(ctx, tx, `job = ? AND uid = ?`, job, uid)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return &UnknownRecordError{Job: job, UID: uid}
		}
		out.Record = rows[0]
		if err := each(ctx, tx, func(r *sql.Rows) error {
			l, err := scanLink(r)
			out.Link = &l
			return err
		}, selectLink+` JOIN job j ON j.id = l.job WHERE l.uid = ? AND j.name = ?`, uid, job); err != nil {
			return err
		}
		if out.Pending, err = pendingWhere(ctx, tx, `job = ? AND uid = ?`, job, uid); err != nil {
			return err
		}
		holds, err := holdsWhere(ctx, tx, `j.name = ? AND h.uid = ? AND h.closed_at IS NULL`, job, uid)
		if err != nil {
			return err
		}
		if len(holds) > 0 {
			out.Hold = &holds[0]
		}
		refused, err := rejectsWhere(ctx, tx, `j.name = ? AND r.uid = ? AND r.refused = 1`, job, uid)
		if err != nil {
			return err
		}
		if len(refused) > 0 {
			out.Refused = &refused[0]
		}
		return each(ctx, tx, func(r *sql.Rows) error {
			var c engine.Choice
			err := r.Scan(&c.ID, &c.UID, &c.Field, &c.Take, &c.Set, &c.CLID)
			out.Choices = append(out.Choices, c)
			return err
		}, `SELECT c.id, c.uid, c.field, c.take, c.value, c.crm_id FROM choice c JOIN job j ON j.id = c.job
			WHERE j.name = ? AND c.uid = ? AND c.ended_at IS NULL ORDER BY c.id`, job, uid)
	})
	return out, err
}

func recordsWhere(ctx context.Context, q querier, where string, args ...any) ([]Record, error) {
	var out []Record
	err := each(ctx, q, func(r *sql.Rows) error {
		var x Record
		var key, title, reason, lastError, file, synced sql.NullString
		var crm, line sql.NullInt64
		if err := r.Scan(&x.Job, &x.UID, &key, &crm, &title, &x.Status, &reason, &synced, &lastError, &file, &line); err != nil {
			return err
		}
		x.Key, x.Title, x.Reason, x.LastError, x.File = key.String, title.String, reason.String, lastError.String, file.String
		x.CLID, x.Line = crm.Int64, int(line.Int64)
		if synced.Valid {
			var err error
			if x.LastSynced, err = time.Parse(time.DateTime, synced.String); err != nil {
				return err
			}
		}
		out = append(out, x)
		return nil
	}, `SELECT job, uid, key, crm_id, title, status, reason, last_synced, last_error, file, line
		FROM v_records WHERE `+where, args...)
	return out, err
}

// exactly finds what the query names, by index.
func (d *DB) exactly(ctx context.Context, q querier, job, query string) ([]place, error) {
	folded := record.FingerprintOf(d.options.Fold(query))
	id, err := strconv.ParseInt(query, 10, 64)
	if err != nil {
		id = -1
	}
	return places(ctx, q, nil, 0, `
		SELECT j.name, l.uid FROM fingerprint f JOIN link l ON l.id = f.link JOIN job j ON j.id = l.job
		 WHERE f.target IN (SELECT id FROM target) AND f.uid = ?1 AND ?2 IN ('', j.name)
		UNION SELECT j.name, l.uid FROM link l JOIN job j ON j.id = l.job
		 WHERE l.target IN (SELECT id FROM target) AND l.crm_id = ?3 AND l.crm_id <> 0 AND l.gone = 0 AND ?2 IN ('', j.name)
		UNION SELECT j.name, l.uid FROM link l JOIN job j ON j.id = l.job
		 WHERE l.target IN (SELECT id FROM target) AND l.crm_id = ?3 AND l.crm_id <> 0 AND l.gone = 1 AND ?2 IN ('', j.name)
		UNION SELECT j.name, 'clid-' || p.crm_id FROM offer p JOIN job j ON j.id = p.job
		 WHERE p.link IS NULL AND p.ended_at IS NULL AND (p.crm_id = ?3 OR 'clid-' || p.crm_id = ?4) AND ?2 IN ('', j.name)
		UNION SELECT j.name, l.uid FROM link l JOIN job j ON j.id = l.job
		 WHERE l.inn = ?4 AND l.inn IS NOT NULL AND ?2 IN ('', j.name)
		UNION SELECT j.name, h.uid FROM hold h JOIN job j ON j.id = h.job
		 WHERE h.closed_at IS NULL AND (h.uid = ?4 OR h.key = ?4 OR h.crm_id = ?3
		    OR EXISTS (SELECT 1 FROM json_each(h.fields) f WHERE f.value ->> '$.field' = ?5 AND f.value ->> '$.source' = ?4))
		   AND ?2 IN ('', j.name)
		UNION SELECT j.name, r.uid FROM reject r JOIN job j ON j.id = r.job
		 WHERE r.refused = 1 AND (r.uid = ?4 OR r.key = ?4) AND ?2 IN ('', j.name)
		UNION SELECT j.name, o.uid FROM op o JOIN job j ON j.id = o.job
		 WHERE (o.uid = ?4 OR o.key = ?4 OR o.crm_id = ?3 OR o.base ->> ('$."' || ?5 || '"') = ?4) AND ?2 IN ('', j.name)
		UNION SELECT j.name, b.uid FROM backlog b JOIN job j ON j.id = b.job
		 WHERE (b.uid = ?4 OR b.key = ?4 OR b.crm_id = ?3 OR b.fields ->> ('$."' || ?5 || '"') = ?4) AND ?2 IN ('', j.name)
		UNION SELECT j.name, l.uid FROM mirror m JOIN link l ON l.target = m.target AND l.crm_id = m.clid
		 AND l.crm_id <> 0 AND l.gone = 0 JOIN job j ON j.id = l.job
		 WHERE m.inn = ?4 AND m.inn <> '' AND m.target IN (SELECT id FROM target) AND ?2 IN ('', j.name)
		ORDER BY 1, 2`, folded[:], job, id, query, innField)
}

// partly reads every title and key: SQLite knows no case of Cyrillic letters.
func partly(ctx context.Context, q querier, job, query string, limit int) ([]place, error) {
	part := foldText(query)
	return places(ctx, q, func(title, key string) bool {
		return strings.Contains(foldText(title), part) || strings.Contains(foldText(key), part)
	}, limit, `
		SELECT j.name, l.uid, l.title, coalesce(l.key, l.uid) FROM link l JOIN job j ON j.id = l.job WHERE ?1 IN ('', j.name)
		UNION ALL SELECT j.name, h.uid, h.title, h.key FROM hold h JOIN job j ON j.id = h.job
		 WHERE h.closed_at IS NULL AND ?1 IN ('', j.name)
		UNION ALL SELECT j.name, o.uid, o.title, o.key FROM op o JOIN job j ON j.id = o.job WHERE ?1 IN ('', j.name)
		UNION ALL SELECT j.name, b.uid, coalesce(b.fields ->> '$.title', ''), b.key FROM backlog b JOIN job j ON j.id = b.job
		 WHERE ?1 IN ('', j.name)
		UNION ALL SELECT j.name, r.uid, '', r.key FROM reject r JOIN job j ON j.id = r.job
		 WHERE r.refused = 1 AND ?1 IN ('', j.name)
		UNION ALL SELECT j.name, 'clid-' || p.crm_id, p.title, '' FROM offer p JOIN job j ON j.id = p.job
		 WHERE p.link IS NULL AND p.ended_at IS NULL AND ?1 IN ('', j.name)`, job)
}

// places gathers the records that a query names, each once. With match, the
// query also gives title and key, and at most limit are taken.
func places(ctx context.Context, q querier, match func(title, key string) bool, limit int,
	query string, args ...any,
) ([]place, error) {
	var out []place
	met := map[place]bool{}
	err := each(ctx, q, func(r *sql.Rows) error {
		var p place
		var title, key string
		dest := []any{&p.job, &p.uid}
		if match != nil {
			dest = append(dest, &title, &key)
		}
		if err := r.Scan(dest...); err != nil {
			return err
		}
		if met[p] || match != nil && (len(out) >= limit || !match(title, key)) {
			return nil
		}
		met[p] = true
		out = append(out, p)
		return nil
	}, query, args...)
	slices.SortStableFunc(out, func(a, b place) int {
		return strings.Compare(a.job+"\x00"+a.uid, b.job+"\x00"+b.uid)
	})
	return out, err
}

// foldText is the form in which people's spellings of a name are compared.
func foldText(s string) string { return strings.ReplaceAll(strings.ToLower(s), "ё", "е") }
