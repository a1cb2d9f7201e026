package engine_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/engine"
	"syncd/internal/reconcile"
)

// Whole lives of an installation that goes both ways: what people type into the
// books and into the CRM, what the books take out of their inbox, and runs that
// meet faults, are interrupted or killed, whose state is lost or restored and
// whose mapping changes. After every step the rules of bothlivescheck_test.go
// hold; at the end, when nothing is in the way any more, both sides agree.
func TestBothModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "lives") //nolint:usetesting // rapid's T has no TempDir
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		l := newLives(t, dir)
		defer l.w.close()
		t.Repeat(map[string]func(*rapid.T){
			"":               l.check,
			"AddRow":         l.addRow,
			"EditRow":        l.editRow,
			"EditRow2":       l.editRow,
			"BlankCell":      l.blankCell,
			"RemoveRow":      l.removeRow,
			"ChangeKey":      l.changeKey,
			"DuplicateRow":   l.duplicateRow,
			"LeaveScope":     l.leaveScope,
			"CrmEdit":        l.crmEdit,
			"CrmEdit2":       l.crmEdit,
			"CrmEdit3":       l.crmEdit,
			"CrmDelete":      l.crmDelete,
			"CrmTrash":       l.crmTrash,
			"CrmMerge":       l.crmMerge,
			"CrmAdd":         l.crmAdd,
			"TakeInbox":      l.takeInbox,
			"TakePart":       l.takePart,
			"LoseInbox":      l.loseInbox,
			"Resolve":        l.resolve,
			"Resolve2":       l.resolve,
			"Run":            l.runClean,
			"RunAgain":       l.runClean,
			"RunFull":        l.runFull,
			"RunWithFault":   l.runWithFault,
			"RunWithCompany": l.runWithCompany,
			"RunInterrupted": l.runInterrupted,
			"RunNoOutbox":    l.runNoOutbox,
			"Crash":          l.crash,
			"LoseState":      l.loseState,
			"BackUpState":    l.backUp,
			"RestoreState":   l.restore,
			"ChangeMapping":  l.changeMapping,
			"Minutes":        l.minutes,
			"Days":           l.days,
		})
		l.heal(t)
	})
}

// typed is what a person put somewhere, while nothing else may replace it unseen.
type typed struct {
	value string
	uid   string // of the client, when it was typed
	step  int
}

// cellAt is a field of a record of the books.
type cellAt struct{ key, field string }

// lives is what a sane observer knows of both sides.
type lives struct {
	w *world
	b *books

	inCRM   map[place]typed            // the other side did not have it yet
	inBooks map[cellAt]typed           // likewise
	everCRM map[string]map[string]bool // by field: what people, not we, put into the CRM
	chosen  map[string]bool            // values that a person gave with `--set`
	lost    map[string]map[string]bool // by field: the audit's losers, of every state that there was
	foreign map[int64]bool             // came into the CRM by hand
	apart   map[string]bool            // uids that met a client of another life: what is blank in the books may stay so
	dropped map[string]bool            // uids whose client or number people moved about
	buried  map[string]bool            // uids whose linked client people deleted
	metAnew map[string]bool            // uids whose field that comes and goes had its own first meeting
	ignored map[string]bool            // uids that a person wants to be left alone
	lacking map[string]string          // uids that the books lack, and which export lacked them first
	given   map[string]int             // deliveries, and the step at which they were first seen
	backup  string
	narrow  bool           // the mapping lacks a field
	inRun   map[int64]bool // clients that people touched while a run was on
	n       int
	unsure  bool     // no run carried out yet that the bases are not trusted
	story   []string // what happened, for who reads a failure
	opts    engine.Options
	policy  reconcile.Policy
}

func newLives(t *rapid.T, dir string) *lives {
	l := &lives{
		w: openWorld(t, dir), inCRM: map[place]typed{}, inBooks: map[cellAt]typed{}, everCRM: map[string]map[string]bool{},
		chosen: map[string]bool{}, lost: map[string]map[string]bool{}, foreign: map[int64]bool{}, apart: map[string]bool{},
		dropped: map[string]bool{}, buried: map[string]bool{}, lacking: map[string]string{}, given: map[string]int{},
		metAnew: map[string]bool{}, ignored: map[string]bool{},
	}
	p := &l.policy
	p.Conflicts = rapid.SampledFrom([]reconcile.Take{reconcile.TakeHold, reconcile.TakeHold, reconcile.TakeSource, reconcile.TakeCRM}).Draw(t, "conflicts")
	p.OnAbsent = rapid.SampledFrom([]reconcile.Leave{reconcile.Keep, reconcile.Delete}).Draw(t, "on_absent")
	p.Recreate = rapid.Bool().Draw(t, "recreate")
	p.ExportNew = rapid.Bool().Draw(t, "export new")
	l.b = l.w.both(func(c *engine.Config) {
		c.Policy.Conflicts, c.Policy.OnAbsent = p.Conflicts, p.OnAbsent
		c.Policy.Recreate, c.Policy.ExportNew = p.Recreate, p.ExportNew
		c.Batch = 4
	})
	l.b.settles = rapid.IntRange(0, 3).Draw(t, "settles") == 0
	l.w.proven = true
	return l
}

func (l *lives) next() int { l.n++; return l.n }

// tell adds to the story.
func (l *lives) tell(format string, args ...any) {
	l.story = append(l.story, fmt.Sprintf(format, args...))
}

// linked reports the link of a clid, and of a uid.
func (l *lives) links() (byCLID map[int64]string, byUID map[string]int64) {
	all, err := l.w.job.Newest(noCancel{}, 1000)
	if err != nil {
		l.w.Fatalf("links: %v", err)
	}
	byCLID, byUID = map[int64]string{}, map[string]int64{}
	for _, k := range all {
		byCLID[k.CLID], byUID[reconcile.FoldUID(k.UID)] = k.UID, k.CLID
	}
	return byCLID, byUID
}

// attempt is one run that may end badly, but only in ways that a run may.
func (l *lives) attempt(ctx context.Context) {
	if len(l.w.rows) == 0 {
		l.w.rows = append(l.w.rows, `g;Группа;;;;;;Да;`)
	}
	before := l.picture()
	export := append([]string(nil), l.w.rows...)
	r, err := l.w.engine().Run(ctx, l.opts)
	l.tell("run %d %s full=%v: %v, %v; inbox %q", r.Run, r.Status, l.opts.FullScan, r.Outcomes, err, l.b.lying())
	var halt *engine.HaltError
	var crm *engine.CRMError
	var outbox *engine.OutboxError
	switch {
	case err == nil, errors.As(err, &crm), errors.As(err, &outbox):
	case errors.Is(err, context.Canceled):
		if r.Status != engine.RunInterrupted {
			l.w.Fatalf("an interrupted run is booked as %s", r.Status)
		}
	case errors.As(err, &halt):
		allow := map[string]int64{}
		for _, h := range halt.Halts {
			l.w.Logf("halted by %s", h.Guard)
			allow[h.Guard] = 1000
			if h.Guard == engine.GuardCRMRewound { // people deleted the newest: bases are not trusted
				l.taint()
			}
		}
		if _, err := l.w.job.Resume(noCancel{}, allow, l.w.m.Fingerprint()); err != nil {
			l.w.Fatalf("resume: %v", err)
		}
	default:
		l.w.Fatalf("run: %v", err)
	}
	l.unsure = l.unsure && err != nil
	l.afterRun(before, export)
}

func (l *lives) runClean(*rapid.T) { l.attempt(context.Background()) }

func (l *lives) runFull(*rapid.T) {
	l.opts.FullScan = true
	l.attempt(context.Background())
	l.opts.FullScan = false
}

func (l *lives) runWithFault(t *rapid.T) {
	f := rapid.SampledFrom(modelFaults).Draw(t, "fault")
	f.Action = rapid.SampledFrom([]string{"add.list", "add.list", "update", "update", "write", "list", "info", "delete"}).Draw(t, "action")
	f.Nth = rapid.IntRange(1, 3).Draw(t, "nth")
	f.Record = rapid.IntRange(1, 3).Draw(t, "record")
	f.Times = 1
	l.tell("fault %+v", f)
	if err := l.w.crm.Faults(f); err != nil {
		t.Fatal(err)
	}
	l.attempt(context.Background())
	if err := l.w.crm.Faults(); err != nil {
		t.Fatal(err)
	}
}

// runWithCompany: while pages of the CRM are read, a person works in it.
func (l *lives) runWithCompany(t *rapid.T) {
	l.land()
	at := rapid.IntRange(1, 4).Draw(t, "page")
	l.tell("somebody works in the CRM at page %d", at)
	what := rapid.SampledFrom([]string{"edit", "edit", "delete", "add", "trash"}).Draw(t, "what")
	before := map[int64]bool{}
	for _, c := range l.w.crm.Clients() {
		before[c.CLID] = true
	}
	byCLID, byUID := l.links()
	n := 0
	l.inRun = map[int64]bool{}
	l.w.crm.OnRequest(func(a emulator.Arrival) {
		if a.Action != "list" {
			return
		}
		if n++; n != at {
			return
		}
		c, ok := l.someone(t)
		if what != "add" && (!ok || !before[c.CLID]) {
			return
		}
		switch what {
		case "edit":
			f, v := l.drawEdit(t, c)
			l.typeCRM(c, f, v, byCLID)
		case "delete":
			l.deleteCRM(c, byUID)
		case "trash":
			l.trash(c)
		case "add":
			l.crmAdd(t)
		}
	})
	l.attempt(context.Background())
	l.w.crm.OnRequest(nil)
	l.inRun = nil
}

func (l *lives) runInterrupted(t *rapid.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	n, at := 0, rapid.IntRange(1, 25).Draw(t, "step")
	l.w.step = func(string) {
		if n++; n == at {
			cancel()
		}
	}
	l.attempt(ctx)
	l.w.step = nil
}

// runNoOutbox: what goes to the books finds no place.
func (l *lives) runNoOutbox(*rapid.T) {
	l.b.fail = errors.New("no space left on device")
	l.attempt(context.Background())
	l.b.fail = nil
}

// crash ends a run between two of its side effects; nothing after that happens.
func (l *lives) crash(t *rapid.T) {
	n, at := 0, rapid.IntRange(1, 30).Draw(t, "step")
	l.w.step = func(string) {
		if n++; n == at {
			panic(killed{})
		}
	}
	before := l.picture()
	export := append([]string(nil), l.w.rows...)
	done := false
	func() {
		defer func() {
			if p := recover(); p != nil && p != any(killed{}) {
				panic(p)
			}
		}()
		l.attempt(context.Background())
		done = true
	}()
	l.w.step = nil
	_ = l.w.db.Close()
	l.w.openState()
	if !done {
		l.tell("killed at step %d; inbox %q", at, l.b.lying())
		l.afterRun(before, export)
	}
}

// heal: no more faults, enough time, the inbox taken, every hold resolved; then
// all must be well, and stay so.
func (l *lives) heal(t *rapid.T) {
	l.tell("heal")
	l.land()
	l.opts.FullScan = true
	for i := range 6 {
		l.w.later(settle + time.Minute)
		if i < 3 {
			l.days(t) // what the books never took is held as not-taken
		}
		l.attempt(context.Background())
		l.check(t)
		l.takeInbox(t)
		l.resolveAll(t)
	}
	l.attempt(context.Background())
	l.check(t)
	l.agreed()
	before, said := l.w.writes(), strings.Join(l.b.lying(), ", ")
	for range 2 {
		l.w.later(time.Minute)
		l.attempt(context.Background())
	}
	if n := l.w.writes() - before; n != 0 {
		l.w.Errorf("two further runs sent %d writes\n%s", n, l)
	}
	if now := strings.Join(l.b.lying(), ", "); now != said {
		l.w.Errorf("two further runs wrote back %q after %q\n%s", now, said, l)
	}
	l.check(t)
}

func (l *lives) land() { l.w.crm.ReleaseLate() }

func (l *lives) minutes(t *rapid.T) {
	l.land()
	l.w.later(time.Duration(rapid.IntRange(1, 15).Draw(t, "minutes")) * time.Minute)
}

// days: longer than the source side may take to show an offer.
func (l *lives) days(*rapid.T) {
	l.land()
	l.w.later(73 * time.Hour)
	l.tell("days pass")
}

func (l *lives) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%+v\n%s\n", l.policy, strings.Join(l.story, "\n"))
	for _, row := range l.w.rows {
		fmt.Fprintln(&b, "books:", row)
	}
	for _, c := range l.w.crm.Clients() {
		fmt.Fprintf(&b, "crm: %d %q %s %v %v trash=%v\n", c.CLID, c.UID, c.Title, c.Fields, c.Recv, c.Trash)
	}
	fmt.Fprintln(&b, "inbox:", l.b.lying())
	fmt.Fprintln(&b, "holds:", l.w.holds())
	return b.String()
}
