package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/reconcile"
	"syncd/internal/state"
)

// everyRequest is the variable that has the trade killed at every request there is,
// not at those alone that differ in what is on disk.
const everyRequest = "SYNCD_TEST_EVERY_REQUEST"

// killedTrades kills the real binary (SIGKILL) while it brings one order with its
// lines, its invoice and two payments, and then closes it: at every request, before
// the CRM has worked on it, and of requests that write also when the CRM has done so
// and the answer is not out yet. Whatever the moment, the runs after it leave one
// deal, one invoice, two payments, one closing, and nothing for a person to do.
//
// Between two requests that find the same bytes on disk nothing differs that outlives
// the process, on neither side, so the first stands for both. everyRequest leaves none out.
func killedTrades(t *testing.T, binary string) {
	t.Helper()
	for _, api := range []string{"v3", "v1"} {
		t.Run("an order, its invoice and its payments, "+api, func(t *testing.T) {
			t.Parallel()
			w := newTradeWorld(t, binary, api)
			moments := 0
			for _, round := range tradeRounds() {
				start := w.save()
				w.export(round)
				all := w.moments()
				w.settled(round, "nobody killed it")
				end := w.save()
				for n, m := range all {
					w.load(start)
					w.export(round)
					w.killedAt(m)
					switch {
					case m.write && !m.after: // the recovery sends it anew, and is killed after that
						w.killedAt(moment{action: m.action, after: true})
					case n%3 == 0:
						w.killedIfAt(moment{nth: 1 + n})
					}
					w.settled(round, m.String())
				}
				moments += len(all)
				w.load(end)
			}
			if moments < 25 {
				t.Errorf("only %d moments were tried, expected 25 or more", moments)
			}
			t.Logf("%d moments, %d processes", moments, w.processes)
		})
	}
}

// tradeRound is what the accounting system says at one time, and what the CRM has to
// hold once it was taken in.
type tradeRound struct {
	order    string // stage and closing status
	payments []string
	invoices string
	closed   bool
}

func tradeRounds() []tradeRound {
	first, second := "О-1;СЧ-1;2026-11-21;250", "О-2;СЧ-1;2026-11-22;350"
	return []tradeRound{
		{order: "20;", payments: []string{first}, invoices: "СЧ-1=250.00+ СЧ-1=350.00"},
		{order: "60;Победа полная", payments: []string{first, second}, invoices: "СЧ-1=250.00+ СЧ-1=350.00+", closed: true},
	}
}

// moment is the n-th request of a run, 0 = the first of the action: before the CRM
// works on it, or after.
type moment struct {
	nth    int
	after  bool
	action string
	write  bool
}

func (m moment) String() string {
	when := "before"
	if m.after {
		when = "after"
	}
	return fmt.Sprintf("killed %s request %d, %s", when, m.nth, m.action)
}

// tradeWorld is one installation and the CRM that outlives its crashes.
type tradeWorld struct {
	*testing.T
	binary, dir string
	crm         *emulator.Server
	begin       time.Time // so early in a day that all runs are on it: what is asked of the CRM hangs on that
	runs        int       // since then, an hour apart
	processes   int

	mu       sync.Mutex
	skip     time.Duration
	process  *os.Process
	kill     moment // the zero one: nobody is killed
	struck   bool   // the request that is worked on is that of kill
	requests int
	seen     func(nth int) // called with every request that comes
}

// tradeMoment is all that is there between two processes.
type tradeMoment struct {
	files map[string]string
	crm   *emulator.Snapshot
	runs  int
}

func newTradeWorld(t *testing.T, binary, api string) *tradeWorld {
	t.Helper()
	w := &tradeWorld{T: t, binary: binary, dir: t.TempDir(), begin: time.Now().UTC().Truncate(24 * time.Hour).Add(31 * time.Hour)}
	w.crm = emulator.New(emulator.Options{AsDocumented: api == "v1", Clock: w.now})
	w.crm.OnRequest(w.arrived)
	server := httptest.NewServer(w)
	t.Cleanup(func() { server.Close(); w.crm.Close() })
	dialect := map[string]string{"v3": "deals: v3", "v1": "dialect: v1, deals: v1, sees_all: true"}[api]
	for name, text := range map[string]string{
		"clients.csv": "Ссылка;Наименование\r\nК-1;Ромашка\r\n", "invoices.csv": "Счет;Заказ;Номер;Дата;Сумма\r\nС-1;З-1;СЧ-1;2026-11-20;600\r\n",
		"clients.yaml": "version: 1\nentity: client\nuid: {column: Ссылка, encode: hash}\nfields:\n  title: {column: Наименование, required: true}\n",
		"syncd.yaml": fmt.Sprintf(`
version: 1
state: var/state.db
timezone: UTC
crm:
  main: {base_url: "%s", login: %s, apikey: {env: CRM_KEY}, rate: off, settle: 10m, timezone: UTC, %s}
sources:
  clients: {csv: {path: clients.csv, snapshot: full, settle: 0s}}
  orders: {csv: {path: orders.csv, snapshot: full, settle: 0s}}
  invoices: {csv: {path: invoices.csv, snapshot: full, settle: 0s}}
  payments: {csv: {path: payments.csv, snapshot: full, settle: 0s}}
jobs:
  clients: {entity: client, crm: main, source: clients, mapping: clients.yaml}
  orders: {entity: deal, after: [clients], crm: main, source: orders, mapping: orders.yaml, direction: both, on_crm_new: export, write_back: {csv: {dir: out}}}
`, server.URL, emulator.DefaultLogin, dialect),
	} {
		w.write(name, text)
	}
	mapping, err := os.ReadFile(filepath.Join(dealsFolder, "orders.yaml"))
	if err = errors.Join(err, os.Mkdir(filepath.Join(w.dir, "out"), 0o700)); err != nil {
		t.Fatal(err)
	}
	w.write("orders.yaml", string(mapping))
	if out, err := w.program("clients"); err != nil {
		t.Fatalf("the clients: %v\n%s", err, out)
	}
	return w
}

// now is the clock of the CRM and of the program, which each start sets forward.
func (w *tradeWorld) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.skip)
}

func (w *tradeWorld) write(name, text string) {
	w.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
		w.Fatal(err)
	}
}

func (w *tradeWorld) export(r tradeRound) {
	w.Helper()
	row := "З-1;;К-1;Заказ 1;1000;Основное;Продажа простая;" + r.order + ";"
	w.write("orders.csv", "Заказ;Сделка;Клиент;Тема;Сумма;Направление;Вид;Этап;Закрыт;Артикул;Товар;Количество;Цена\r\n"+
		row+"А-1;Труба;2;300\r\n"+row+"А-2;Муфта;4;100\r\n")
	w.write("payments.csv", "Оплата;Счет;Дата;Сумма\r\n"+strings.Join(r.payments, "\r\n")+"\r\n")
}

// files reads what the program keeps: its state and its outbox.
func (w *tradeWorld) files() map[string]string {
	w.Helper()
	out := map[string]string{}
	for _, dir := range []string{"var", "out"} {
		found, err := filepath.Glob(filepath.Join(w.dir, dir, "*"))
		if err != nil {
			w.Fatal(err)
		}
		for _, path := range found {
			if strings.HasSuffix(path, ".lock") || strings.HasSuffix(path, "-shm") {
				continue // both are nothing without a process
			}
			text, err := os.ReadFile(path)
			if err != nil {
				w.Error(err)
			}
			out[path] = string(text)
		}
	}
	return out
}

func (w *tradeWorld) save() tradeMoment {
	w.Helper()
	return tradeMoment{files: w.files(), crm: w.crm.Snapshot(), runs: w.runs}
}

func (w *tradeWorld) load(m tradeMoment) {
	w.Helper()
	for _, dir := range []string{"var", "out"} {
		if err := errors.Join(os.RemoveAll(filepath.Join(w.dir, dir)), os.Mkdir(filepath.Join(w.dir, dir), 0o700)); err != nil {
			w.Fatal(err)
		}
	}
	for path, text := range m.files {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			w.Fatal(err)
		}
	}
	w.crm.Restore(m.crm)
	w.crm.ForgetHistory()
	w.runs = m.runs
}

// ServeHTTP is the CRM, for a program that may die while it asks.
func (w *tradeWorld) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	w.requests++
	nth, kill, seen := w.requests, w.kill, w.seen
	w.struck = nth == kill.nth
	w.mu.Unlock()
	if seen != nil {
		seen(nth)
	}
	if w.struck && !kill.after {
		w.die()
	}
	answer := httptest.NewRecorder()
	w.crm.ServeHTTP(answer, r) // and arrived
	if w.struck {
		w.die()
	}
	maps.Copy(rw.Header(), answer.Header())
	rw.WriteHeader(answer.Code)
	if _, err := rw.Write(answer.Body.Bytes()); err != nil {
		w.Error(err)
	}
}

// arrived strikes at the first request of an action.
func (w *tradeWorld) arrived(a emulator.Arrival) {
	if w.kill.nth == 0 && w.kill.action == a.Action {
		w.struck = true
	}
}

// die kills the program; nobody hears an answer.
func (w *tradeWorld) die() {
	if err := w.process.Kill(); err != nil {
		w.Error(err)
	}
	panic(http.ErrAbortHandler)
}

// program runs the binary in the world's folder.
func (w *tradeWorld) program(job string) (string, error) {
	ctx, cancel := context.WithTimeout(w.Context(), time.Minute)
	defer cancel()
	var out strings.Builder
	cmd := exec.CommandContext(ctx, w.binary, "run", job, "--lang", "en")
	cmd.Dir, cmd.Stdout, cmd.Stderr = w.dir, &out, &out
	w.processes++
	w.runs++
	w.mu.Lock()
	w.requests, w.skip = 0, time.Until(w.begin.Add(time.Duration(w.runs)*time.Hour))
	cmd.Env = append(os.Environ(), "CRM_KEY="+w.crm.Key(), "SYNCD_CLOCK_SKIP="+w.skip.String())
	err := cmd.Start()
	w.process = cmd.Process
	w.mu.Unlock()
	if err != nil {
		return "", err
	}
	err = cmd.Wait()
	return out.String(), err
}

// moments runs the program to its end, and gives those at which it is worth killing.
func (w *tradeWorld) moments() []moment {
	w.Helper()
	was, all, differs := "", os.Getenv(everyRequest) != "", map[int]bool{}
	w.seen = func(nth int) {
		kept := fmt.Sprint(w.files())
		differs[nth], was = all || kept != was, kept
	}
	w.crm.ForgetHistory()
	if text, err := w.program("orders"); err != nil {
		w.Fatalf("a run that nobody kills: %v\n%s", err, text)
	}
	w.seen = nil
	var out []moment
	for _, e := range w.crm.History() {
		m, last := moment{nth: e.Seq, action: e.Action, write: e.Write}, len(out)-1
		switch {
		case !differs[e.Seq] && !e.Write:
			continue
		case !differs[e.Seq] && last >= 0 && !out[last].write: // nothing was written anywhere since: it is that moment
			out[last] = m
		default:
			out = append(out, m)
		}
		if m.after = true; m.write {
			out = append(out, m)
		}
	}
	return out
}

// killedAt runs the program, to be killed at a moment.
func (w *tradeWorld) killedAt(m moment) {
	w.Helper()
	if killed, text := w.killedIfAt(m); !killed {
		w.Fatalf("%s: there is no such request:\n%s", m, text)
	}
}

// killedIfAt tells whether there was such a moment.
func (w *tradeWorld) killedIfAt(m moment) (killed bool, text string) {
	w.kill = m
	defer func() { w.kill = moment{} }()
	text, err := w.program("orders")
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		status, ok := exit.Sys().(syscall.WaitStatus)
		killed = ok && status.Signaled() && status.Signal() == syscall.SIGKILL
	}
	return killed, text
}

// settled runs the program, as its schedule does, until it finds nothing to do, and
// checks what must hold whatever the moment was.
func (w *tradeWorld) settled(r tradeRound, when string) {
	w.Helper()
	said := ""
	for n := 1; ; n++ {
		before := w.writes()
		text, err := w.program("orders")
		if said += text; err == nil && w.writes() == before {
			break
		}
		if n > 4 {
			w.Errorf("%s: the runs find no end: %v\n%s", when, err, said)
			break
		}
	}
	sent := map[string]int{}
	for _, e := range w.crm.History() {
		if e.Write {
			_, verb, _ := strings.Cut(e.Action, "/")
			sent[verb]++
		}
	}
	w.books(r, when)
	for _, v := range emulator.CheckBooks(w.crm.History(), w.crm.Books()) {
		w.Errorf("%s: %s", when, v)
	}
	w.nothingWaits(when)
	if files, err := filepath.Glob(filepath.Join(w.dir, "out", "*.csv")); err != nil || len(files) > 0 {
		w.Errorf("%s: nobody touched the CRM, and it is written back: %s, %v", when, files, err)
	}
	if w.Failed() {
		w.Fatalf("%s; the requests that wrote: %v; the runs said:\n%s", when, sent, said)
	}
}

func (w *tradeWorld) writes() (n int) {
	for _, e := range w.crm.History() {
		if e.Write {
			n++
		}
	}
	return n
}

// books fails unless the CRM holds what a round says, and was told so once.
func (w *tradeWorld) books(r tradeRound, when string) {
	w.Helper()
	deals := w.crm.Deals()
	if len(deals) != 1 {
		w.Fatalf("%s: %d deals", when, len(deals))
	}
	d := deals[0]
	status := strings.TrimLeft(r.order, "0123456789;")
	if d.CLID != 1 || d.Sum != "1000.00" || len(d.Lines) != 2 || d.Closed != r.closed || d.Status != status || !r.closed && d.Step != "20" {
		w.Errorf("%s: the deal is %+v", when, d)
	}
	if r.closed && d.SumFact != "1000.00" {
		w.Errorf("%s: closed with %s", when, d.SumFact)
	}
	var lines, paid, want []string
	for _, i := range w.crm.Invoices() {
		line := i.Number + "=" + i.Sum
		if i.Paid {
			line += "+"
		}
		lines = append(lines, line)
	}
	if got := strings.Join(lines, " "); got != r.invoices {
		w.Errorf("%s: the plan of payments is %q, want %q", when, got, r.invoices)
	}
	for _, p := range w.crm.Payments() {
		paid = append(paid, p.Sum)
	}
	for _, p := range r.payments {
		want = append(want, p[strings.LastIndex(p, ";")+1:]+".00")
	}
	if !slices.Equal(paid, want) {
		w.Errorf("%s: the CRM was told of payments of %v, want %v", when, paid, want)
	}
	closings := 0
	for _, e := range w.crm.History() {
		for _, f := range e.Effects {
			if f.Entity == emulator.EntityDeal && f.Field == "close" {
				closings++
			}
		}
	}
	if r.closed && closings != 1 {
		w.Errorf("%s: closed %d times", when, closings)
	}
}

// nothingWaits fails when a person is wanted, or something is still under way.
func (w *tradeWorld) nothingWaits(when string) {
	w.Helper()
	db, err := state.Open(w.Context(), filepath.Join(w.dir, "var/state.db"), state.Options{Clock: w.now, Fold: reconcile.FoldUID, SkipCheck: true})
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	held, err := db.Holds(w.Context(), state.HoldFilter{})
	if err != nil {
		w.Fatal(err)
	}
	for _, h := range held {
		w.Errorf("%s: %s/%s is held: %s", when, h.Job, h.UID, h.Reason)
	}
	for name, entity := range map[string]string{"orders": "deal", "orders.invoices": "invoice", "orders.payments": "payment"} {
		job, err := db.Job(w.Context(), state.JobKey{Name: name, CRM: "main", Entity: entity})
		if err != nil {
			w.Fatal(err)
		}
		if ops, err := job.Open(w.Context()); err != nil || len(ops) > 0 {
			w.Errorf("%s: %s: %d ops are open, %v", when, name, len(ops), err)
		}
	}
}
