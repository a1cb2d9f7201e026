package engine_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/endpoint"
	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/reconcile"
	"syncd/internal/state"
)

// readFiles is the state's memory of files that were read.
type readFiles struct{ job *state.Job }

func (f readFiles) FileRead(ctx context.Context, file engine.SnapshotFile) (bool, error) {
	return f.job.FileRead(ctx, file)
}

func (f readFiles) MarkRead(ctx context.Context, files []engine.SnapshotFile) error {
	return f.job.MarkFilesRead(ctx, 0, files)
}

func (f readFiles) AnyRead(ctx context.Context) (bool, error) { return f.job.AnyFileRead(ctx) }

// newInbox is a world that reads the files of a folder, each once; full says whether
// each is a full snapshot.
func newInbox(t *testing.T, full bool) *world {
	t.Helper()
	w := newWorld(t)
	w.inbox = &endpoint.CSVConfig{
		Path: filepath.Join(w.dir, "in_*.csv"), Shown: "in_*.csv", Once: true, Full: full,
		Zones: mapping.Zones{Source: time.UTC},
	}
	w.tune = func(c *engine.Config) { c.Limits.MaxShrink = reconcile.Off() }
	return w
}

// drop puts a file into the folder.
func (w *world) drop(name string, rows ...string) {
	w.Helper()
	text := worldHeader + "\r\n" + strings.Join(rows, "\r\n") + "\r\n"
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
		w.Fatalf("inbox: %v", err)
	}
}

func (w *world) backlog() string {
	w.Helper()
	s, err := w.job.Standing(noCancel{})
	if err != nil {
		w.Fatalf("standing: %v", err)
	}
	var uids []string
	for _, r := range s.Backlog {
		uids = append(uids, r.UID)
	}
	return strings.Join(uids, " ")
}

func (w *world) phones(keys ...string) string {
	w.Helper()
	var out []string
	for _, k := range keys {
		out = append(out, w.client(k).Fields["phone"])
	}
	return strings.Join(out, " ")
}

func TestOf_several_files_the_newer_counts_and_each_is_read_once(t *testing.T) {
	t.Parallel()
	w := newInbox(t, false)
	w.drop("in_1.csv", row("a", "Ромашка", "84950000001"), row("b", "Лютик", "84950000002"))
	w.drop("in_2.csv", row("b", "Лютик", "84950000003"), row("c", "Мята", ""))
	w.drop("in_3.csv", row("c", "Мята", "84950000004"), row("c", "Мята", "84950000004"))
	r := w.mustRun()
	w.outcome(r, "3 created")
	if r.Rows.Read != 9 || r.Rows.Records != 5 || r.Rows.Twins != 1 { // three are headers
		t.Errorf("rows: %+v", r.Rows)
	}
	if got := w.phones("a", "b", "c"); got != "84950000001 84950000003 84950000004" {
		t.Errorf("phones %s", got)
	}
	r = w.mustRun()
	if r.Rows.Read != 0 || r.Total() != 0 {
		t.Errorf("files were read again: %+v", r)
	}
	// linked records: an older file's change, withdrawn by the newer
	w.drop("in_4.csv", row("a", "Ромашка", "84950000009"), row("b", "Лютик", "84950000008"))
	w.drop("in_5.csv", row("a", "Ромашка", "84950000001"), row("b", "Лютик", "84950000007"))
	w.outcome(w.mustRun(), "1 unchanged, 1 updated")
	if got := w.phones("a", "b"); got != "84950000001 84950000007" {
		t.Errorf("phones %s", got)
	}
	w.settled()
	w.sound()
}

func TestA_file_that_came_again_with_other_content_is_read(t *testing.T) {
	t.Parallel()
	w := newInbox(t, false)
	w.drop("in_1.csv", row("a", "Ромашка", "84950000001"))
	w.outcome(w.mustRun(), "1 created")
	path := filepath.Join(w.dir, "in_1.csv")
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(path, later, later); err != nil {
		t.Fatal(err)
	}
	if r := w.mustRun(); r.Rows.Read != 0 {
		t.Error("a file that was only touched was read again")
	}
	w.drop("in_1.csv", row("a", "Ромашка", "84950000002"))
	w.outcome(w.mustRun(), "1 updated")
}

func TestOne_key_twice_in_one_file_is_held_also_beside_an_older_file(t *testing.T) {
	t.Parallel()
	w := newInbox(t, false)
	w.drop("in_1.csv", row("a", "Ромашка", "84950000001"))
	w.drop("in_2.csv", row("a", "Ромашка", "84950000002"), row("a", "Ромашка", "84950000003"))
	w.outcome(w.mustRun(), "1 held")
	if got := w.holds()["a"]; got != reconcile.ReasonDuplicateKey {
		t.Errorf("held for %q", got)
	}
	w.drop("in_3.csv", row("a", "Ромашка", "84950000004"))
	w.outcome(w.mustRun(), "1 created")
	if len(w.holds()) != 0 || w.backlog() != "" {
		t.Errorf("holds %v, waiting %q", w.holds(), w.backlog())
	}
}

func TestA_newer_file_takes_back_an_older_ones_hold(t *testing.T) {
	t.Parallel()
	w := newInbox(t, false)
	if err := w.crm.Seed(emulator.Client{Title: "Кто-то", Fields: map[string]string{"phone": "84950000001"}}); err != nil {
		t.Fatal(err)
	}
	w.drop("in_1.csv", row("a", "Ромашка", "84950000001"), row("b", "Лютик", "84950000001"))
	w.drop("in_2.csv", row("a", "Ромашка", "84950000002"))
	r := w.mustRun()
	w.outcome(r, "1 created, 1 held")
	if _, held := w.holds()["a"]; held || r.NewHolds != 1 || w.backlog() != "b" {
		t.Errorf("holds %v (%d new), waiting %q", w.holds(), r.NewHolds, w.backlog())
	}
}

// Whatever a run does not settle comes again without its file, and leaves once
// it is settled.
func TestWhat_is_not_settled_waits_for_the_next_run(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		before func(w *world)
		limit  int
		row    string
		first  string
		mend   func(w *world)
		second string
	}{
		"held for a person": {
			before: func(w *world) {
				_ = w.crm.Seed(emulator.Client{Title: "Кто-то", Fields: map[string]string{"phone": "84950000001"}})
			},
			first: "1 held",
			mend: func(w *world) {
				if err := w.job.Resolve(noCancel{}, "a", choice("link")); err != nil {
					w.Errorf("resolve: %v", err)
				}
			},
			second: "1 merged",
		},
		"matches two clients": {
			row: "a;Ромашка;;;;7707083893;;Нет",
			before: func(w *world) {
				_ = w.crm.Seed(
					emulator.Client{Title: "Раз", Recv: map[string]string{"castInn": "7707083893"}},
					emulator.Client{Title: "Два", Recv: map[string]string{"castInn": "7707083893"}})
			},
			first: "1 held",
			mend: func(w *world) {
				if err := w.crm.Delete(w.crm.Clients()[1].CLID); err != nil {
					w.Errorf("delete: %v", err)
				}
				w.later(30 * 24 * time.Hour) // the next scan is a full one
			},
			second: "1 merged",
		},
		"the CRM refuses it": {
			before: func(w *world) {
				_ = w.crm.Faults(emulator.Fault{Action: "add.list", Phase: emulator.PhaseDuring, Kind: emulator.KindFatal})
				for range 3 {
					w.mustRun()
					w.later(settle + time.Minute)
				}
			},
			first: "1 rejected",
			mend: func(w *world) {
				_ = w.crm.Faults()
				if err := w.job.Resolve(noCancel{}, "a", choice("retry")); err != nil {
					w.Errorf("resolve: %v", err)
				}
			},
			second: "1 created",
		},
		"in doubt": {
			before: func(w *world) {
				_ = w.crm.Faults(emulator.Fault{Action: "add.list", Times: 1, Phase: emulator.PhaseBefore, Kind: emulator.KindDrop})
			},
			first:  "1 in-doubt",
			mend:   func(w *world) { w.later(settle + time.Minute) },
			second: "1 created",
		},
		"in doubt for two runs": {
			before: func(w *world) {
				_ = w.crm.Faults(emulator.Fault{Action: "add.list", Times: 1, Phase: emulator.PhaseBefore, Kind: emulator.KindDrop})
				w.outcome(w.mustRun(), "1 in-doubt")
			},
			first:  "1 in-doubt",
			mend:   func(w *world) { w.later(settle + time.Minute) },
			second: "1 created",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newInbox(t, false)
			r := tt.row
			if r == "" {
				r = row("a", "Ромашка", "84950000001")
			}
			w.drop("in_1.csv", r)
			tt.before(w)
			w.outcome(w.mustRun(), tt.first)
			if got := w.backlog(); got != "a" {
				t.Fatalf("waiting %q", got)
			}
			w.outcome(w.mustRun(), tt.first) // again without its file
			if got := w.backlog(); got != "a" {
				t.Fatalf("waiting %q after another run", got)
			}
			tt.mend(w)
			w.outcome(w.mustRun(), tt.second)
			if got := w.backlog(); got != "" {
				t.Errorf("waiting %q still", got)
			}
			w.settled()
			w.sound()
		})
	}
}

func TestA_newer_files_row_takes_the_place_of_one_that_waits(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		newer   string
		outcome string
		phone   string
	}{
		"with other values": {row("a", "Ромашка", "84950000002"), "1 created", "84950000002"},
		"out of scope":      {"a;Ромашка;;;;;;Да", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newInbox(t, false)
			if err := w.crm.Seed(emulator.Client{Title: "Кто-то", Fields: map[string]string{"phone": "84950000001"}}); err != nil {
				t.Fatal(err)
			}
			w.drop("in_1.csv", row("a", "Ромашка", "84950000001"))
			w.outcome(w.mustRun(), "1 held")
			w.drop("in_2.csv", tt.newer)
			w.outcome(w.mustRun(), tt.outcome)
			if w.backlog() != "" {
				t.Errorf("waiting %q", w.backlog())
			}
			if tt.phone != "" && w.phones("a") != tt.phone {
				t.Errorf("the CRM has %s", w.phones("a"))
			}
			w.settled()
		})
	}
}

// A record in doubt that a newer file changes: the newer content waits.
func TestA_record_in_doubt_takes_the_newer_files_content_later(t *testing.T) {
	t.Parallel()
	w := newInbox(t, false)
	if err := w.crm.Faults(emulator.Fault{Action: "add.list", Times: 1, Phase: emulator.PhaseAfter, Kind: emulator.KindDrop},
		emulator.Fault{Action: "info", Times: 4, Kind: emulator.KindHTTP500}); err != nil {
		t.Fatal(err)
	}
	w.drop("in_1.csv", row("a", "Ромашка", "84950000001"))
	w.step = w.onceAt("answered", func() { panic(killed{}) })
	func() {
		defer func() { _ = recover() }()
		w.mustRun()
	}()
	w.step = nil
	_ = w.crm.Faults(emulator.Fault{Action: "add.list", Kind: emulator.KindDrop})
	if c := w.client("a"); c.CLID != 0 {
		if err := w.crm.Delete(c.CLID); err != nil { // as if it had not arrived
			t.Fatal(err)
		}
	}
	_ = w.crm.Faults()
	w.drop("in_2.csv", row("a", "Ромашка", "84950000002"))
	w.outcome(w.mustRun(), "1 in-doubt")
	w.later(settle + time.Minute)
	w.outcome(w.mustRun(), "1 created")
	if got := w.phones("a"); got != "84950000002" {
		t.Errorf("the CRM has %s", got)
	}
	w.settled()
}

func TestOf_full_snapshots_only_the_newest_is_read(t *testing.T) {
	t.Parallel()
	w := newInbox(t, true)
	w.drop("in_1.csv", row("a", "Ромашка", "84950000001"), row("old", "Давняя", ""))
	w.drop("in_2.csv", row("a", "Ромашка", "84950000002"), row("b", "Лютик", ""))
	r := w.mustRun()
	w.outcome(r, "2 created")
	if r.Rows.Records != 2 || len(w.crm.ByUID("old")) != 0 {
		t.Errorf("an older snapshot was read: %+v", r.Rows)
	}
	w.drop("in_0.csv", row("a", "Ромашка", "84950000009")) // an older one that comes late
	if r := w.mustRun(); r.Rows.Read != 0 {
		t.Errorf("a late, older snapshot was read: %+v", r.Rows)
	}
	w.drop("in_3.csv", row("a", "Ромашка", "84950000003"))
	w.outcome(w.mustRun(), "1 updated, 1 absent")
	w.settled()
}

// What the newest full snapshot does not have does not come back from waiting.
func TestA_full_snapshot_ends_what_waits(t *testing.T) {
	t.Parallel()
	w := newInbox(t, true)
	var rows []string
	for i := range 6 {
		rows = append(rows, row(fmt.Sprintf("k%d", i), fmt.Sprintf("Клиент %d", i), ""))
	}
	w.drop("in_1.csv", rows...)
	r, err := w.engine().Run(noCancel{}, engine.Options{Limit: 4})
	if err != nil {
		t.Fatal(err)
	}
	w.outcome(r, "4 created, 2 waiting")
	w.drop("in_2.csv", rows[:5]...)
	w.outcome(w.mustRun(), "4 unchanged, 1 created")
	if n := len(w.crm.ByUID("k5")); n != 0 || w.backlog() != "" {
		t.Errorf("k5 is in the CRM %d times, waiting %q", n, w.backlog())
	}
}

// Without a new file nothing is known anew: what was rejected or held stands, and the
// next file is measured by the last one.
func TestWithoutANewFileWhatWasFoundStands(t *testing.T) {
	t.Parallel()
	w := newInbox(t, true)
	w.tune = func(c *engine.Config) { c.ReadOnce = true }
	w.drop("in_1.csv", row("a", "Ромашка", "84950000001"), row("a", "Другая", "84950000001"), row("b", "Мята", "84950000002"),
		row("c", "", "84950000003"), row("d", "Тополь", "84950000004"), row("e", "Липа", "84950000005"))
	if err := w.crm.Seed(emulator.Client{Title: "Тополь", Fields: map[string]string{"phone": "84950000004"}}); err != nil {
		t.Fatal(err)
	}
	w.mustRun()
	standing := func() string {
		list, err := w.db.Rejects(noCancel{}, "clients")
		s, serr := w.job.Standing(noCancel{})
		if err != nil || serr != nil {
			t.Fatal(err, serr)
		}
		return fmt.Sprintf("%d rejects, holds %v, %d rows", len(list), w.holds(), s.LastRows)
	}
	first := standing()
	if !strings.HasPrefix(first, "1 rejects, holds map[a:duplicate-key d:maybe-same]") {
		t.Fatalf("%s", first)
	}
	for range 2 {
		w.later(time.Hour)
		w.mustRun()
		if got := standing(); got != first {
			t.Errorf("%s, and before: %s", got, first)
		}
	}
}
