package state_test

import (
	"fmt"
	"testing"

	"syncd/internal/engine"
	"syncd/internal/record"
	"syncd/internal/state"
)

// million makes a state with a million links, past the ports: making it is not
// what is measured.
func million(b *testing.B) *state.Job {
	b.Helper()
	return millionIn(b, open(b, place(b)))
}

func millionIn(b *testing.B, db *state.DB) *state.Job {
	b.Helper()
	j := job(b, db, clients)
	state.Exec(b, db, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
		INSERT INTO link (id, target, job, uid, crm_id, title, base, settled_at)
		SELECT i, 1, 1, printf('uid-%010d', i), i, 'x', '{}', 0 FROM n`)
	state.Exec(b, db, `INSERT INTO fingerprint (link, job, target, uid, source)
		SELECT id, 1, 1, randomblob(16), randomblob(16) FROM link`)
	state.Exec(b, db, `UPDATE job SET links = 1000000`)
	return j
}

func BenchmarkSeen_of_a_million(b *testing.B) {
	j := million(b)
	b.ResetTimer()
	for b.Loop() {
		n := 0
		if err := j.Seen(b.Context(), func(engine.Seen) error { n++; return nil }); err != nil || n != 1_000_000 {
			b.Fatal(n, err)
		}
	}
}

func BenchmarkRows_of_a_million(b *testing.B) {
	j := million(b)
	salt := record.FingerprintOf("salt")
	each := func(yield func(engine.SeenRow) error) error {
		for i := range int64(1_000_000) {
			if err := yield(engine.SeenRow{Row: record.Fingerprint{byte(i), byte(i >> 8), byte(i >> 16), 7}, Link: i + 1}); err != nil {
				return err
			}
		}
		return nil
	}
	for name, f := range map[string]func(b *testing.B){
		"save, unchanged": func(b *testing.B) {
			b.Helper()
			if err := j.SaveRows(b.Context(), salt, each); err != nil {
				b.Fatal(err)
			}
		},
		"load": func(b *testing.B) {
			b.Helper()
			n := 0
			if err := j.Rows(b.Context(), salt, func(engine.SeenRow) error { n++; return nil }); err != nil || n != 1_000_000 {
				b.Fatal(n, err)
			}
		},
	} {
		if err := j.SaveRows(b.Context(), salt, each); err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				f(b)
			}
		})
	}
}

// One batch is two durable transactions, as a run makes them.
func BenchmarkBegin_and_settle(b *testing.B) {
	for _, size := range []int{20, 200} {
		b.Run(fmt.Sprintf("batch of %d", size), func(b *testing.B) {
			_, j := fresh(b)
			n := 1
			for b.Loop() {
				confirmed(b, j, 1, n, n+size-1)
				n += size
			}
			b.ReportMetric(float64(n-1)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// What lies between the start of a program and the first row read.
func BenchmarkOpening_a_state_of_a_million(b *testing.B) {
	path := place(b)
	fill := open(b, path)
	millionIn(b, fill)
	if err := fill.Close(); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for b.Loop() {
		db := open(b, path)
		j := job(b, db, clients)
		if s := standing(b, j); s.Links != 1_000_000 {
			b.Fatal(s.Links)
		}
		start(b, j)
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
