package state_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/engine"
	"syncd/internal/reconcile"
	"syncd/internal/state"
)

func saveMirror(t *testing.T, j *state.Job, m engine.MirrorMark, full bool, entries ...reconcile.Entry) {
	t.Helper()
	if err := j.SaveMirror(t.Context(), m, full, nil, eachOf(entries)); err != nil {
		t.Fatal(err)
	}
}

func eachOf(entries []reconcile.Entry) func(func(reconcile.Entry) error) error {
	return func(yield func(reconcile.Entry) error) error {
		for _, e := range entries {
			if err := yield(e); err != nil {
				return err
			}
		}
		return nil
	}
}

func loadMirror(t *testing.T, j *state.Job) ([]reconcile.Entry, engine.MirrorMark) {
	t.Helper()
	var out []reconcile.Entry
	if err := j.LoadMirror(t.Context(), func(e reconcile.Entry) error { out = append(out, e); return nil }); err != nil {
		t.Fatal(err)
	}
	m, err := j.MirrorMark(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return out, m
}

func TestMirror(t *testing.T) {
	db, j := fresh(t)
	if got, m := loadMirror(t, j); len(got) != 0 || m != (engine.MirrorMark{}) {
		t.Fatalf("never read: %v %v", got, m)
	}
	rich := reconcile.Entry{CLID: 9, UID: "u9", Trash: true, Keys: reconcile.Keys{
		INN: "7707083893", KPP: "773601001", Phones: []string{"79160000001", "79160000002"}, Mails: []string{"a@example.ru"}, Title: "ромашка",
	}}
	saveMirror(t, j, engine.MirrorMark{TopCLID: 9, FullAt: noon}, true, rich, reconcile.Entry{CLID: 3})
	saveMirror(t, j, engine.MirrorMark{TopCLID: 10}, false, reconcile.Entry{CLID: 10, UID: "u10"}, reconcile.Entry{CLID: 3, UID: "u3"})
	settle(t, j, 1, engine.Settlement{UID: "u4", Mirror: &reconcile.Entry{CLID: 4, UID: "u4"}})

	second := job(t, db, state.JobKey{Name: "second", CRM: "main", Entity: "client"})
	got, m := loadMirror(t, second) // the CRM is the same
	want := []reconcile.Entry{{CLID: 3, UID: "u3"}, {CLID: 4, UID: "u4"}, rich, {CLID: 10, UID: "u10"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if m.TopCLID != 10 || !m.FullAt.Equal(noon) {
		t.Errorf("mark %+v, want 10 and the full scan's time", m)
	}
	if got, _ := loadMirror(t, job(t, db, state.JobKey{Name: "clients", CRM: "test", Entity: "client"})); len(got) != 0 {
		t.Errorf("another CRM's mirror holds %v", got)
	}

	lost := errors.New("connection lost")
	err := j.SaveMirror(t.Context(), engine.MirrorMark{TopCLID: 99}, true, nil, func(yield func(reconcile.Entry) error) error {
		return errors.Join(yield(reconcile.Entry{CLID: 99}), lost)
	})
	if !errors.Is(err, lost) {
		t.Errorf("got %v", err)
	}
	if got, m := loadMirror(t, j); len(got) != 4 || m.TopCLID != 10 {
		t.Errorf("a scan that broke off changed the mirror: %d entries, top %d", len(got), m.TopCLID)
	}

	later := noon.Add(time.Hour)
	saveMirror(t, j, engine.MirrorMark{TopCLID: 5, FullAt: later}, true, reconcile.Entry{CLID: 5})
	got, m = loadMirror(t, j)
	if d := cmp.Diff([]reconcile.Entry{{CLID: 5}}, got); d != "" {
		t.Error(d)
	}
	if m.TopCLID != 5 || !m.FullAt.Equal(later) {
		t.Errorf("mark %+v: a full scan tells the highest id anew", m)
	}
}

func TestNewest_links_are_those_of_the_CRM_whatever_the_job(t *testing.T) {
	db, j := fresh(t)
	run := start(t, j)
	links := confirmed(t, j, run, 1, 3)
	gone := *links[2]
	gone.Gone = true
	settle(t, j, run, engine.Settlement{UID: gone.UID, Link: &gone})
	second := job(t, db, state.JobKey{Name: "second", CRM: "main", Entity: "client"})
	confirmed(t, second, run, 4, 4)
	got, err := j.Newest(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].CLID != 1004 || got[1].CLID != 1002 {
		t.Errorf("got %v, want clids 1004 and 1002", got)
	}
}
