package state_test

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/engine"
	"syncd/internal/reconcile"
	"syncd/internal/record"
	"syncd/internal/state"
)

func turnedUp(t testing.TB, j *state.Job, run int64, f engine.Findings) {
	t.Helper()
	if _, err := j.Found(t.Context(), run, f); err != nil {
		t.Fatal(err)
	}
}

func absent(t testing.TB, j *state.Job) map[int64]int64 {
	t.Helper()
	out := map[int64]int64{}
	for _, s := range seen(t, j) {
		if s.Absent != 0 {
			out[s.Link] = s.Absent
		}
	}
	return out
}

func TestAbsence_is_remembered_from_complete_snapshots_and_ends_when_a_record_returns(t *testing.T) {
	db, j := fresh(t)
	confirmed(t, j, start(t, j), 1, 4)
	if s := standing(t, j); s.SnapshotID != "" || s.SnapshotNo != 0 {
		t.Errorf("before any snapshot: %q %d", s.SnapshotID, s.SnapshotNo)
	}
	turnedUp(t, j, 1, engine.Findings{SnapshotID: "cut", SnapshotNo: 1, Vanished: []int64{1, 2}})
	if got := absent(t, j); len(got) != 0 || standing(t, j).SnapshotNo != 0 {
		t.Errorf("an incomplete snapshot proves no absence: %v", got)
	}
	turnedUp(t, j, 2, engine.Findings{Complete: true, SnapshotID: "a", SnapshotNo: 1, Vanished: []int64{2, 4}})
	turnedUp(t, j, 3, engine.Findings{Complete: true, SnapshotID: "b", SnapshotNo: 2, Vanished: []int64{1, 2}})
	if d := cmp.Diff(map[int64]int64{1: 2, 2: 1, 4: 1}, absent(t, j)); d != "" {
		t.Errorf("each is absent since the first that lacked it: %s", d)
	}
	if s := standing(t, j); s.SnapshotID != "b" || s.SnapshotNo != 2 {
		t.Errorf("the last snapshot: %q %d", s.SnapshotID, s.SnapshotNo)
	}
	if got := shell(t, db.File(), `SELECT uid FROM v_records WHERE status = 'absent' ORDER BY uid`); got != "uid-000001\nuid-000002\nuid-000004\n" {
		t.Errorf("v_records: absent are %q", got)
	}
	turnedUp(t, j, 4, engine.Findings{Returned: []int64{1, 4}}) // a delta shows them
	turnedUp(t, j, 5, engine.Findings{Complete: true})          // a delta has no number
	if d := cmp.Diff(map[int64]int64{2: 1}, absent(t, j)); d != "" || standing(t, j).SnapshotNo != 2 {
		t.Errorf("after the return: %s", d)
	}
	other := job(t, db, state.JobKey{Name: "other", CRM: "main", Entity: "client"})
	turnedUp(t, other, 6, engine.Findings{Complete: true, SnapshotID: "x", SnapshotNo: 9, Vanished: []int64{3}, Returned: []int64{2}})
	if d := cmp.Diff(map[int64]int64{2: 1}, absent(t, j)); d != "" || standing(t, j).SnapshotNo != 2 {
		t.Errorf("another job's snapshot speaks of its own links only: %s", d)
	}
}

// Ranges that are read joined and those that are read singly tell it alike.
func TestAbsence_is_told_in_every_range(t *testing.T) {
	leftOut(t) // TestSeen_yields… has the same ranges, and races
	db, j := fresh(t)
	state.Exec(t, db, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)
		INSERT INTO link (id, target, job, uid, crm_id, title, base, settled_at) SELECT i, 1, 1, i, i, '', '{}', 0 FROM n`)
	state.Exec(t, db, `INSERT INTO fingerprint (link, job, target, uid, source, absent)
		SELECT id, 1, 1, randomblob(16), randomblob(16), CASE WHEN id % 1000 = 1 OR id = 9000 THEN id ELSE 0 END FROM link WHERE id <> 5000`)
	got := slices.Sorted(maps.Keys(absent(t, j)))
	if d := cmp.Diff([]int64{1, 1001, 2001, 3001, 4001, 5001, 6001, 7001, 8001, 9000}, got); d != "" {
		t.Error(d)
	}
}

func TestMissing_clients_stand_until_they_are_seen_or_buried(t *testing.T) {
	db, j := fresh(t)
	run := start(t, j)
	links := confirmed(t, j, run, 1, 2)
	for _, l := range links {
		l.Missing = run
		settle(t, j, run, engine.Settlement{UID: l.UID, Link: l})
	}
	if d := cmp.Diff(map[string]int64{links[0].UID: run, links[1].UID: run}, standing(t, j).Missing); d != "" {
		t.Error(d)
	}
	if got := linked(t, j, links[0].UID).Missing; got != run {
		t.Errorf("the link says %d", got)
	}
	links[0].Missing, links[1].Gone = 0, true
	for _, l := range links {
		settle(t, j, run+1, engine.Settlement{UID: l.UID, Link: l})
	}
	if got := standing(t, j).Missing; len(got) != 0 {
		t.Errorf("seen again, and a tombstone: %v", got)
	}
	if got := shell(t, db.File(), `SELECT uid, op FROM v_changes WHERE op <> 'add' ORDER BY run, uid`); got !=
		"uid-000001|missing\nuid-000002|missing\nuid-000001|settle\nuid-000002|gone\n" {
		t.Errorf("the audit says %q", got)
	}
}

func TestATombstones_number_is_free_for_others(t *testing.T) {
	db, j := fresh(t)
	links := confirmed(t, j, 1, 1, 2)
	other := job(t, db, state.JobKey{Name: "other", CRM: "main", Entity: "client"})
	heir := linkOf(addOp(3), links[0].CLID)
	var taken *state.TakenError
	if err := other.Settle(t.Context(), 1, []engine.Settlement{{UID: heir.UID, Link: heir}}); !errors.As(err, &taken) || taken.Owner != "clients/uid-000001" {
		t.Fatalf("the number belongs to a living link: %v", err)
	}
	links[0].Gone = true
	settle(t, j, 1, engine.Settlement{UID: links[0].UID, Link: links[0]})
	holders := func(j *state.Job) engine.Holder {
		found, err := j.Holders(t.Context(), []int64{1001, 1002, 1003})
		if err != nil || len(found) != 2 {
			t.Fatal(found, err)
		}
		return found[1001]
	}
	if h := holders(j); h.Link == nil || !h.Link.Gone || h.Owner != "clients/uid-000001" {
		t.Errorf("the tombstone is shown while nobody else has the number: %+v", h)
	}
	settle(t, other, 2, engine.Settlement{UID: heir.UID, Link: heir})
	if h := holders(j); h.Link != nil || h.Owner != "other/uid-000003" {
		t.Errorf("the living one counts: %+v", h)
	}
	if h := holders(other); h.Link == nil || h.Link.UID != heir.UID {
		t.Errorf("the living one counts: %+v", h)
	}
	// the tombstone rises under another number
	links[0].Gone, links[0].CLID = false, 2001
	settle(t, j, 3, engine.Settlement{UID: links[0].UID, Link: links[0]})
	if l := linked(t, j, links[0].UID); l.CLID != 2001 || l.ID != links[0].ID {
		t.Errorf("moved to %d as link %d", l.CLID, l.ID)
	}
	// but not under one that is taken
	links[0].CLID = 1002
	if err := j.Settle(t.Context(), 4, []engine.Settlement{{UID: links[0].UID, Link: links[0]}}); !errors.As(err, &taken) || taken.Owner != "clients/uid-000002" {
		t.Errorf("two living links on one number: %v", err)
	}
}

func TestAClosed_link_leaves_its_history_alone(t *testing.T) {
	db, j := fresh(t)
	links := confirmed(t, j, start(t, j), 1, 3)
	l := links[1]
	offered(t, j, 1, l, "phone", "1")
	settle(t, j, 1, engine.Settlement{UID: l.UID, Hold: &engine.Hold{UID: l.UID, Reason: reconcile.ReasonNotTaken, Sticky: true}})
	if err := j.Resolve(t.Context(), l.UID, engine.Choice{Take: "retry"}); err != nil {
		t.Fatal(err)
	}
	schema := record.NewSchema([]record.Field{{Name: "title"}})
	j = j.WithSchema(schema, func(_ int, s string) string { return s })
	if err := j.SaveBacklog(t.Context(), []record.Record{{UID: l.UID}, {UID: "other"}}, ""); err != nil {
		t.Fatal(err)
	}
	if err := j.SaveMirror(t.Context(), engine.MirrorMark{}, false, []int64{l.CLID, 5}, eachOf(nil)); err != nil {
		t.Fatal(err)
	}
	settle(t, j, 2, engine.Settlement{UID: l.UID, Close: true})
	settle(t, j, 2, engine.Settlement{UID: l.UID, Close: true}) // twice is once
	s := standing(t, j)
	if s.Links != 2 || len(s.Holds) != 0 || len(s.Choices) != 0 || len(s.Backlog) != 1 || !slices.Equal(s.Edited, []int64{5}) {
		t.Errorf("something stands of it: %+v", s)
	}
	if got := shell(t, db.File(), `SELECT (SELECT count(*) FROM link), (SELECT count(*) FROM fingerprint), (SELECT count(*) FROM offer)`); got != "2|2|0\n" {
		t.Errorf("links, hashes, offers: %q", got)
	}
	if got := shell(t, db.File(), `SELECT op, count(*) FROM v_changes WHERE uid = 'uid-000002' GROUP BY op`); got != "add|1\nclose|1\noffer|1\n" {
		t.Errorf("its history: %q", got)
	}
	if got := seen(t, j); len(got) != 2 || got[0].Link != links[0].ID || got[1].Link != links[2].ID {
		t.Errorf("seen: %v", got)
	}
	if err := db.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	settle(t, j, 3, engine.Settlement{UID: l.UID, Link: linkOf(addOp(2), l.CLID)}) // it comes back, under its number
	if got := standing(t, j).Links; got != 3 {
		t.Errorf("%d links", got)
	}
}

func TestEach_job_has_its_own_mark_on_the_mirror_of_its_CRM(t *testing.T) {
	db, j := fresh(t)
	other := job(t, db, state.JobKey{Name: "other", CRM: "main", Entity: "client"})
	save := func(m engine.MirrorMark, full bool, edited ...int64) {
		t.Helper()
		if err := j.SaveMirror(t.Context(), m, full, edited, eachOf(nil)); err != nil {
			t.Fatal(err)
		}
	}
	mark := func(j *state.Job) engine.JobMark {
		t.Helper()
		m, err := j.MirrorMark(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return m.Job
	}
	save(engine.MirrorMark{TopCLID: 3, FullAt: noon, Job: engine.JobMark{TopCLID: 3, FullAt: noon, Since: 3}}, true)
	if got := mark(j); got != (engine.JobMark{}) {
		t.Errorf("nothing was compared, and stored was %+v", got)
	}
	save(engine.MirrorMark{TopCLID: 3, Job: engine.JobMark{Compared: true, TopCLID: 3, ReadAt: noon, Since: 0}}, false, 9, 4)
	save(engine.MirrorMark{TopCLID: 7, Job: engine.JobMark{Compared: true, TopCLID: 7, FullAt: noon, Since: 7}}, true, 4, 1)
	save(engine.MirrorMark{TopCLID: 5, Job: engine.JobMark{Compared: true, TopCLID: 5, ReadAt: noon.Add(time.Hour), Since: 5}}, false)
	got := mark(j)
	if got.TopCLID != 7 || !got.FullAt.Equal(noon) || !got.ReadAt.Equal(noon.Add(time.Hour)) || got.Since != 0 || got.Compared {
		t.Errorf("mark %+v: want the highest 7, both times, and the first Since, which was 0", got)
	}
	save(engine.MirrorMark{Job: engine.JobMark{Compared: true, TopCLID: 2}}, true)
	if got := mark(j); got.TopCLID != 2 {
		t.Errorf("a full scan tells the highest id anew: %+v", got)
	}
	if got := standing(t, j).Edited; !slices.Equal(got, []int64{1, 4, 9}) {
		t.Errorf("edited %v", got)
	}
	settle(t, j, 1, engine.Settlement{UID: "x", Edit: 4})
	if got := standing(t, j).Edited; !slices.Equal(got, []int64{1, 9}) {
		t.Errorf("after one was dealt with: %v", got)
	}
	if got := mark(other); got != (engine.JobMark{}) || len(standing(t, other).Edited) != 0 {
		t.Errorf("the other job compared nothing: %+v", got)
	}
	lost := errors.New("connection lost")
	err := j.SaveMirror(t.Context(), engine.MirrorMark{Job: engine.JobMark{Compared: true, TopCLID: 99}}, true, []int64{77},
		func(func(reconcile.Entry) error) error { return lost })
	if !errors.Is(err, lost) || mark(j).TopCLID != 2 || len(standing(t, j).Edited) != 2 {
		t.Errorf("a scan that broke off changed the mark: %v", err)
	}
}

func TestUnseen_links_are_those_that_the_mirror_lacks(t *testing.T) {
	db, j := fresh(t)
	links := confirmed(t, j, 1, 1, 4)
	other := job(t, db, state.JobKey{Name: "other", CRM: "main", Entity: "client"})
	confirmed(t, other, 1, 5, 5)
	links[3].Gone = true
	settle(t, j, 1, engine.Settlement{UID: links[3].UID, Link: links[3]})
	saveMirror(t, j, engine.MirrorMark{}, true, reconcile.Entry{CLID: 1002})
	var got []int64
	if err := j.Unseen(t.Context(), func(l engine.Link) error { got = append(got, l.CLID); return nil }); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, []int64{1001, 1003}) {
		t.Errorf("unseen %v: neither tombstones nor another job's", got)
	}
}

func TestTheCursor_moves_with_the_backlog_and_never_to_nothing(t *testing.T) {
	_, j := fresh(t)
	for _, c := range []string{"2026-01-01", "", "2026-02-02"} {
		if err := j.SaveBacklog(t.Context(), nil, c); err != nil {
			t.Fatal(err)
		}
		if want := map[string]string{"": "2026-01-01"}[c]; c == "" && standing(t, j).Cursor != want {
			t.Errorf("cursor %q, want %q", standing(t, j).Cursor, want)
		}
	}
	if got := standing(t, j).Cursor; got != "2026-02-02" {
		t.Errorf("cursor %q", got)
	}
	// all or nothing: what cannot be stored moves no cursor
	if err := j.SaveBacklog(t.Context(), []record.Record{{UID: "x"}}, "2026-03-03"); !errors.Is(err, state.ErrNoSchema) {
		t.Errorf("got %v", err)
	}
	if got := standing(t, j).Cursor; got != "2026-02-02" {
		t.Errorf("cursor %q", got)
	}
}

func TestLinks_are_found_by_id_too(t *testing.T) {
	db, j := fresh(t)
	links := confirmed(t, j, 1, 1, 3)
	other := job(t, db, state.JobKey{Name: "other", CRM: "main", Entity: "client"})
	strange := confirmed(t, other, 1, 4, 4)[0]
	got, err := j.Links(t.Context(), []string{"uid-000001"}, links[2].ID, strange.ID, 99)
	if err != nil {
		t.Fatal(err)
	}
	if keys := slices.Sorted(maps.Keys(got)); !slices.Equal(keys, []string{"uid-000001", "uid-000003"}) {
		t.Errorf("found %v", keys)
	}
}
