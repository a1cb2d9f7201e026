package state_test

import (
	"bytes"
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"syncd/internal/engine"
	"syncd/internal/record"
	"syncd/internal/state"
)

func save(j *state.Job, salt record.Fingerprint, rows []engine.SeenRow) error {
	return j.SaveRows(context.Background(), salt, func(yield func(engine.SeenRow) error) error {
		for _, r := range rows {
			if err := yield(r); err != nil {
				return err
			}
		}
		return nil
	})
}

func load(t interface{ Fatal(...any) }, j *state.Job, salt record.Fingerprint) []engine.SeenRow {
	var out []engine.SeenRow
	if err := j.Rows(context.Background(), salt, func(r engine.SeenRow) error { out = append(out, r); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

func ascending(rows []engine.SeenRow) []engine.SeenRow {
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b engine.SeenRow) int {
		if a.Link != b.Link {
			return int(a.Link - b.Link)
		}
		return bytes.Compare(a.Row[:], b.Row[:])
	})
	return rows
}

func TestRows_come_back_by_ascending_link_whatever_order_they_were_saved_in(t *testing.T) {
	_, j := fresh(t)
	salt := record.FingerprintOf("salt")
	// each save replaces the one before, so one job serves all cases
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) engine.SeenRow {
			return engine.SeenRow{
				Row:  record.FingerprintOf(rapid.StringN(0, 3, 3).Draw(t, "row")),
				Link: rapid.Int64Range(1, 40_000).Draw(t, "link"),
			}
		}), 0, 40).Draw(t, "rows")
		if rapid.Bool().Draw(t, "in order") {
			rows = ascending(rows)
		}
		if err := save(j, salt, rows); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(ascending(rows), append([]engine.SeenRow{}, load(t, j, salt)...)); d != "" {
			t.Error(d)
		}
	})
}

func TestRows_of_another_salt_mean_nothing(t *testing.T) {
	_, j := fresh(t)
	a, b := record.FingerprintOf("a"), record.FingerprintOf("b")
	one := []engine.SeenRow{{Row: record.FingerprintOf("1"), Link: 1}, {Row: record.FingerprintOf("2"), Link: 20_000}}
	if err := save(j, a, one); err != nil {
		t.Fatal(err)
	}
	if got := load(t, j, b); len(got) != 0 {
		t.Errorf("rows of another salt: %v", got)
	}
	two := []engine.SeenRow{{Row: record.FingerprintOf("3"), Link: 2}}
	if err := save(j, b, two); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(two, load(t, j, b)); d != "" {
		t.Error(d)
	}
	if got := load(t, j, a); len(got) != 0 {
		t.Errorf("rows of the salt before: %v", got)
	}
}

func TestRows_of_jobs_are_apart_and_a_failed_save_changes_nothing(t *testing.T) {
	db, j := fresh(t)
	other := job(t, db, state.JobKey{Name: "other", CRM: "main", Entity: "client"})
	salt := record.FingerprintOf("salt")
	mine := []engine.SeenRow{{Row: record.FingerprintOf("1"), Link: 1}}
	if err := save(j, salt, mine); err != nil {
		t.Fatal(err)
	}
	if err := save(other, salt, nil); err != nil {
		t.Fatal(err)
	}
	if err := save(j, salt, []engine.SeenRow{{Row: record.FingerprintOf("9"), Link: 9}, {Link: 0}}); err == nil {
		t.Error("a row without link was taken")
	}
	if d := cmp.Diff(mine, load(t, j, salt)); d != "" {
		t.Error(d)
	}
}
