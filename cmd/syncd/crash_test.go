package main

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"syncd/internal/crmapi/emulator"
)

// The real binary, killed (SIGKILL) between each two steps of a run: whatever
// the point, recovery brings every record into the CRM exactly once, and a
// further run writes nothing. Points are enumerated until a run passes them all.
func TestKilledAtEveryStep(t *testing.T) {
	whole(t)
	t.Parallel()
	binary := buildWithCrashPoints(t)
	for _, s := range crashScenarios() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			points := 0
			for n := 1; ; n++ {
				w := newCrashWorld(t, binary, s)
				if !w.killedAt(n) {
					break
				}
				points++
				if n%3 == 0 { // and the recovery is killed as well, now and then
					w.killedAt(1 + n%7)
				}
				w.recovers(n)
				w.close()
			}
			if points < s.atLeast {
				t.Errorf("only %d points were tried, expected %d or more", points, s.atLeast)
			}
			t.Logf("%d crash points", points)
		})
	}
	killedTrades(t, binary)
}

// crashScenario is a state of things before the run that is killed.
type crashScenario struct {
	name    string
	atLeast int
	first   []string // export of a run before, nil = none
	rows    []string // export of the run that is killed
	keys    []string
	seed    []emulator.Client
	faults  []emulator.Fault
	both    bool // the job writes back, exports what is born in the CRM, and removes what left
}

const crashHeader = "Ключ;Имя;Телефон;ИНН"

func crashScenarios() []crashScenario {
	rows := []string{
		"a;Ромашка;84950000001;", "b;Лютик;84950000002;7707083893", "c;Василёк;84950000003;",
		"d;Клевер;84950000004;", "e;Мята;84950000005;",
	}
	edited := []string{
		"a;Ромашка;84950000011;", "b;Лютик;84950000002;7707083893", "c;Василёк новый;84950000003;",
		"d;Клевер;84950000004;", "e;Мята;84950000005;", "f;Полынь;84950000006;",
	}
	keys := []string{"a", "b", "c", "d", "e"}
	there := []emulator.Client{{Title: "Лютик (старый)", Recv: map[string]string{"castInn": "7707083893"}}}
	return []crashScenario{
		{name: "first load with a merge", atLeast: 15, rows: rows, keys: keys, seed: there},
		{
			name: "answer lost after commit", atLeast: 15, rows: rows, keys: keys,
			faults: []emulator.Fault{{Action: "add.list", Nth: 2, Times: 1, Phase: emulator.PhaseAfter, Kind: emulator.KindDrop}},
		},
		{
			name: "fatal in mid-batch", atLeast: 15, rows: rows, keys: keys,
			faults: []emulator.Fault{{Action: "add.list", Nth: 2, Times: 1, Phase: emulator.PhaseDuring, Record: 2, Kind: emulator.KindFatal}},
		},
		{
			name: "both ways", atLeast: 18, both: true, first: append(rows, "x;Осот;84950000009;"), rows: edited,
			keys: append(keys[:5:5], "f"),
		},
		{name: "updates", atLeast: 12, first: rows, rows: edited, keys: append(keys[:5:5], "f")},
	}
}

// buildWithCrashPoints builds the program as people run it, but for the points.
func buildWithCrashPoints(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "syncd")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-tags", "crashpoints", "-o", binary, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return binary
}

// crashWorld is one installation and the CRM that outlives its crashes.
type crashWorld struct {
	*testing.T
	crashScenario
	binary, dir string
	runs        int
	crm         *emulator.Server
	server      *httptest.Server
}

func newCrashWorld(t *testing.T, binary string, s crashScenario) *crashWorld {
	t.Helper()
	w := &crashWorld{T: t, crashScenario: s, binary: binary, dir: t.TempDir(), crm: emulator.New(emulator.Options{})}
	w.server = httptest.NewServer(w.crm)
	w.write("mapping.yaml", `
version: 1
entity: client
uid: {column: Ключ, encode: raw}
fields:
  title: {column: Имя, required: true}
  phone: {column: Телефон, type: phones}
recv:
  castInn: {column: ИНН, type: inn}
`)
	w.write("syncd.yaml", fmt.Sprintf(`
version: 1
state: state.db
crm:
  main: {base_url: "%s", login: %s, apikey: {env: CRM_KEY}, rate: off, settle: 10m, timezone: UTC}
sources:
  clients: {csv: {path: clients.csv, snapshot: full, settle: 0s, complete: {trailer: "Всего строк: {rows}"}}}
jobs:
  clients: {entity: client, crm: main, source: clients, mapping: mapping.yaml%s}
`, w.server.URL, emulator.DefaultLogin, w.options()))
	if err := w.crm.Seed(s.seed...); err != nil {
		t.Fatal(err)
	}
	if s.first != nil {
		w.export(s.first)
		w.mustRun()
	}
	if s.both {
		w.people()
	}
	w.export(s.rows)
	if err := w.crm.Faults(s.faults...); err != nil {
		t.Fatal(err)
	}
	return w
}

// options are what the job has besides.
func (w *crashWorld) options() string {
	if !w.both {
		return ""
	}
	if err := os.Mkdir(filepath.Join(w.dir, "out"), 0o700); err != nil {
		w.Fatal(err)
	}
	return ", direction: both, on_crm_new: export, on_absent: delete, guards: {max_delete: off}, write_back: {csv: {dir: out}}"
}

// people do what they do before the run that is killed: a record left the
// source, clients were edited in the CRM, and one was born there.
func (w *crashWorld) people() {
	w.Helper()
	w.export(w.first[:len(w.first)-1])
	w.mustRun()
	for uid, phone := range map[string]string{"c": "84950000055", "e": "84950000056"} {
		if err := w.crm.Edit(w.crm.ByUID(uid)[0].CLID, "phone", phone); err != nil {
			w.Fatal(err)
		}
	}
	if err := w.crm.Seed(emulator.Client{Title: "Родилась в CRM"}); err != nil {
		w.Fatal(err)
	}
}

// wroteBack fails unless all that people did in the CRM lies in the outbox, and the
// record that left is gone.
func (w *crashWorld) wroteBack(n int) {
	w.Helper()
	files, err := filepath.Glob(filepath.Join(w.dir, "out", "*.csv"))
	if err != nil {
		w.Fatal(err)
	}
	var all strings.Builder
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			w.Fatal(err)
		}
		all.Write(text)
	}
	for _, want := range []string{"84950000055", "84950000056", "Родилась в CRM"} {
		if got := strings.Count(all.String(), want); got != 1 {
			w.Errorf("step %d: %s lies in the outbox %d times:\n%s", n, want, got, all.String())
		}
	}
	if got := len(w.crm.ByUID("x")); got != 0 {
		w.Errorf("step %d: the record that left is in the CRM %d times", n, got)
	}
}

func (w *crashWorld) close() {
	w.server.Close()
	w.crm.Close()
}

func (w *crashWorld) write(name, text string) {
	w.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
		w.Fatal(err)
	}
}

func (w *crashWorld) export(rows []string) {
	w.write("clients.csv", crashHeader+"\r\n"+strings.Join(rows, "\r\n")+fmt.Sprintf("\r\nВсего строк: %d\r\n", len(rows)))
}

// program runs the binary in the world's folder.
func (w *crashWorld) program(crashAt int) ([]byte, error) {
	ctx, cancel := context.WithTimeout(w.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, w.binary, "run", "--lang", "en")
	cmd.Dir = w.dir
	cmd.Env = append(os.Environ(), "CRM_KEY="+w.crm.Key(), fmt.Sprintf("SYNCD_CRASH_AT=%d", crashAt),
		fmt.Sprintf("SYNCD_CLOCK_SKIP=%dh", w.runs))
	w.runs++
	return cmd.CombinedOutput()
}

// killedAt runs the program, to be killed at the n-th step, and tells whether
// there was one.
func (w *crashWorld) killedAt(n int) bool {
	w.Helper()
	out, err := w.program(n)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		status, ok := exit.Sys().(syscall.WaitStatus)
		if ok && status.Signaled() && status.Signal() == syscall.SIGKILL {
			return true
		}
		if exit.ExitCode() == exitPartial || exit.ExitCode() == exitCRM {
			return false
		}
	}
	if err != nil {
		w.Fatalf("step %d: %v\n%s", n, err, out)
	}
	return false
}

// mustRun runs the program to its end.
func (w *crashWorld) mustRun() {
	w.Helper()
	if out, err := w.program(0); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != exitPartial {
			w.Fatalf("run: %v\n%s", err, out)
		}
	}
}

// recovers runs the program to its end a few times, as its schedule does, and
// checks what must hold whatever the point of the crash was.
func (w *crashWorld) recovers(n int) {
	w.Helper()
	for range 3 {
		w.mustRun()
	}
	w.crm.ForgetHistory()
	w.mustRun()
	for _, e := range w.crm.History() {
		if e.Write {
			w.Errorf("step %d: a further run still writes: %s %s", n, e.Action, e.Body)
		}
	}
	for _, k := range w.keys {
		if got := len(w.crm.ByUID(k)); got != 1 {
			w.Errorf("step %d: %s is in the CRM %d times", n, k, got)
		}
	}
	for _, v := range emulator.Check(w.crm.History(), w.crm.Clients()) {
		w.Errorf("step %d: %s", n, v)
	}
	if w.both {
		w.wroteBack(n)
	}
	if w.first != nil {
		if got := w.crm.ByUID("c"); len(got) == 1 && got[0].Title != "Василёк новый" {
			w.Errorf("step %d: the update did not arrive: %q", n, got[0].Title)
		}
	}
}
