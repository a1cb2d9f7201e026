package engine_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"syncd/internal/crmapi"
	"syncd/internal/crmapi/emulator"
	"syncd/internal/endpoint"
	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/reconcile"
	"syncd/internal/source"
	"syncd/internal/state"
)

// settle is the settle time of the tests' engine, by the world's own clock.
const settle = 10 * time.Minute

const worldMapping = `
version: 1
entity: client
uid: {column: Ключ, encode: raw}
skip: [Группа]
fields:
  title: {column: Имя, required: true}
  phone: {column: Телефон, type: phones}
  mail_url: {column: Почта, type: emails}
  address: {column: Адрес, on_empty: clear}
recv:
  castInn: {column: ИНН, type: inn}
  castKpp: {column: КПП, type: kpp}
`

const worldHeader = "Ключ;Имя;Телефон;Почта;Адрес;ИНН;КПП;Группа"

// tb is what a world needs of *testing.T and *rapid.T alike.
type tb interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
	Logf(format string, args ...any)
}

// world is a whole installation around the engine: an emulated CRM over real
// HTTP, an export in a file, a real state, and a clock of its own.
type world struct {
	tb
	dir      string
	crm      *emulator.Server
	server   *httptest.Server
	m        *mapping.Mapping
	db       *state.DB
	job      *state.Job
	mu       sync.Mutex
	now      time.Time
	header   string
	proven   bool // the export proves to be whole
	delta    bool // the export is what changed, not all there is
	sameFile bool // the export stays as it lies
	rows     []string
	tune     func(*engine.Config)
	identity string // as the mapping spells it
	step     func(string)
	inbox    *endpoint.CSVConfig                 // instead of the one file: files read once
	books    *books                              // of a job that goes both ways
	writer   func(engine.Writer) engine.Writer   // put around the CRM's, when not nil
	journal  func(engine.Journal) engine.Journal // nil: the state
	reader   func(engine.CRM) engine.CRM         // likewise
	grounds  engine.Grounds
	dialect  crmapi.Dialect
	sees     bool                              // the operator's word
	source   func(engine.Source) engine.Source // put around the export's, when not nil
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := openWorld(t, t.TempDir())
	t.Cleanup(w.close)
	return w
}

func openWorld(t tb, dir string) *world { return openWorldOf(t, dir, emulator.Options{}) }

// openWorldOf is a world whose CRM is another one than that of today.
func openWorldOf(t tb, dir string, crm emulator.Options) *world {
	t.Helper()
	w := &world{tb: t, dir: dir, now: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC), header: worldHeader}
	crm.Clock = w.clock
	w.crm = emulator.New(crm)
	w.server = httptest.NewServer(w.crm)
	m, err := mapping.Parse("world.yaml", []byte(worldMapping))
	if err != nil {
		t.Fatalf("mapping: %v", err)
	}
	w.m = m
	w.openState()
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// later moves the clock.
func (w *world) later(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// emptyState is a state that no job has run on, as bytes: to make one from its
// migrations takes longer than most tests.
var emptyState = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "state-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "state.db")
	db, err := state.Open(noCancel{}, path, state.Options{Clock: time.Now, Fold: reconcile.FoldUID, Create: true})
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func (w *world) openState() {
	w.Helper()
	path := filepath.Join(w.dir, "state.db")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		empty, err := emptyState()
		if err == nil {
			err = os.WriteFile(path, empty, 0o600)
		}
		if err != nil {
			w.Fatalf("state: %v", err)
		}
	}
	db, err := state.Open(noCancel{}, path, state.Options{
		Clock: w.clock, Fold: reconcile.FoldUID, Create: true, SkipCheck: true,
	})
	if err != nil {
		w.Fatalf("state: %v", err)
	}
	w.db = db
	job, err := db.Job(noCancel{}, state.JobKey{Name: "clients", CRM: "main", Entity: "client"})
	if err != nil {
		w.Fatalf("job: %v", err)
	}
	w.job = job.WithSchema(w.m.Schema(), w.m.CanonSource)
}

// loseState throws the state away, as a careless operator would.
func (w *world) loseState() {
	w.Helper()
	_ = w.db.Close()
	for _, f := range []string{"state.db", "state.db-wal", "state.db-shm"} {
		_ = os.Remove(filepath.Join(w.dir, f))
	}
	w.openState()
}

func (w *world) close() {
	_ = w.db.Close()
	w.server.Close()
	w.crm.Close()
}

// export is the next snapshot: one row for each line given.
func (w *world) export(rows ...string) { w.rows = rows }

func row(key, name, phone string) string {
	return fmt.Sprintf("%s;%s;%s;;;;;Нет", key, name, phone)
}

func (w *world) writeExport() string {
	path := filepath.Join(w.dir, "clients.csv")
	if w.sameFile {
		return path
	}
	text := w.header + "\r\n"
	if len(w.rows) > 0 {
		text += strings.Join(w.rows, "\r\n") + "\r\n"
	}
	if w.proven {
		text += fmt.Sprintf("Всего строк: %d\r\n", len(w.rows))
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.Fatalf("export: %v", err)
	}
	if err := os.Chtimes(path, w.clock(), w.clock()); err != nil {
		w.Fatalf("export: %v", err)
	}
	return path
}

// engine puts a run together afresh, as each start of the program does.
func (w *world) engine() *engine.Engine {
	w.Helper()
	api, err := crmapi.New(crmapi.Config{
		BaseURL: w.server.URL, Login: emulator.DefaultLogin, APIKey: crmapi.NewSecret(w.crm.Key()),
		Dialect: w.dialect, SeesAll: w.sees,
		Rate: -1, Attempts: 2, Backoff: time.Millisecond, Timeout: 2 * time.Second, PerRecord: time.Millisecond,
	})
	if err != nil {
		w.Fatalf("client: %v", err)
	}
	crm := endpoint.NewCRM(api, w.m, time.UTC)
	schema, err := crm.Schema(noCancel{})
	if err != nil {
		schema = w.m.Schema() // the CRM is down, which the run will find out
	}
	salt := w.m.Fingerprint()
	o := source.CSVOptions{}
	if w.proven {
		o.Trailer = "Всего строк: {rows}"
	}
	csv := endpoint.NewCSV(endpoint.CSVConfig{
		Path: w.writeExport(), Shown: "clients.csv", Full: !w.delta, Options: o, Salt: salt,
		Zones: mapping.Zones{Source: time.UTC},
	}, w.m, nil)
	if w.inbox != nil {
		files := *w.inbox
		files.Salt = salt
		csv = endpoint.NewCSV(files, w.m, readFiles{w.job})
	}
	cfg := engine.Config{
		Job:    "clients",
		Policy: reconcile.Policy{Schema: schema, OnMatch: reconcile.TakeCRM},
		Match: reconcile.MatchOptions{
			INNKPP: true, SuspectINN: true, SuspectPhone: true, SuspectMail: true, SuspectTitle: true,
		},
		Settle: settle, Identity: w.identity, Mapping: w.m.Fingerprint(), Salt: salt,
		CanonSource: w.m.CanonSource, CanonCRM: w.m.CanonCRM, FoldUID: reconcile.FoldUID, Keys: endpoint.Keys(w.m),
		TempDir: w.dir, Now: w.clock, Step: w.step,
	}
	cfg.ReadOnce = w.inbox != nil
	if w.tune != nil {
		w.tune(&cfg)
	}
	var writer engine.Writer = crm
	if w.writer != nil {
		writer = w.writer(crm)
	}
	var reader engine.CRM = crm
	if w.reader != nil {
		reader = w.reader(crm)
	}
	var side engine.Source = csv
	if w.source != nil {
		side = w.source(csv)
	}
	ports := engine.Ports{
		Grounds: w.grounds,
		Source:  side, CRM: reader, Writer: writer, Ledger: w.job, Journal: w.job, Mirror: w.job, Log: w.job,
	}
	if w.journal != nil {
		ports.Journal = w.journal(w.job)
	}
	if w.books != nil {
		ports.Outbox, ports.Offers = w.books, w.job.Offers()
	}
	return engine.New(cfg, ports)
}

// run runs the job once.
func (w *world) run() (*engine.Report, error) {
	w.Helper()
	return w.engine().Run(noCancel{}, engine.Options{})
}

// mustRun runs the job once, which must not end with an error.
func (w *world) mustRun() *engine.Report {
	w.Helper()
	r, err := w.run()
	if err != nil {
		w.Fatalf("run: %v", err)
	}
	return r
}

// outcome fails unless the run had exactly these outcomes, given as "2 created, 1 held".
func (w *world) outcome(r *engine.Report, want string) {
	w.Helper()
	var got []string
	for o := engine.Unchanged; o < engine.Outcomes; o++ {
		if n := r.Of(o); n > 0 {
			got = append(got, fmt.Sprintf("%d %s", n, o))
		}
	}
	if s := strings.Join(got, ", "); s != want {
		w.Errorf("outcomes: %s; want %s", s, want)
	}
}

// writes counts the write requests that the CRM received since the last look.
func (w *world) writes() int {
	n := 0
	for _, e := range w.crm.History() {
		if e.Write {
			n++
		}
	}
	return n
}

// settled fails unless another run would write nothing.
func (w *world) settled() {
	w.Helper()
	before := w.writes()
	w.mustRun()
	if n := w.writes() - before; n != 0 {
		w.Errorf("a further run sent %d writes", n)
	}
}

// sound fails when the history or the CRM breaks a rule that must always hold.
func (w *world) sound() {
	w.Helper()
	for _, v := range emulator.Check(w.crm.History(), w.crm.Clients()) {
		w.Errorf("CRM: %s", v)
	}
}

// once fails unless each key is in the CRM exactly once.
func (w *world) once(keys ...string) {
	w.Helper()
	for _, k := range keys {
		if n := len(w.crm.ByUID(k)); n != 1 {
			w.Errorf("%s is in the CRM %d times", k, n)
		}
	}
}

func (w *world) holds() map[string]reconcile.Reason {
	w.Helper()
	list, err := w.db.Holds(noCancel{}, state.HoldFilter{})
	if err != nil {
		w.Fatalf("holds: %v", err)
	}
	out := map[string]reconcile.Reason{}
	for _, h := range list {
		out[h.UID] = h.Reason
	}
	return out
}

// client returns the CRM's one client with this uid.
func (w *world) client(uid string) emulator.Client {
	w.Helper()
	list := w.crm.ByUID(uid)
	if len(list) != 1 {
		w.Fatalf("%s is in the CRM %d times", uid, len(list))
	}
	return list[0]
}

func choice(take string) engine.Choice { return engine.Choice{Take: take} }

// remap gives the world another mapping.
func (w *world) remap(text string) {
	w.Helper()
	m, err := mapping.Parse("world.yaml", []byte(text))
	if err != nil {
		w.Fatalf("mapping: %v", err)
	}
	w.m = m
	w.job = w.job.WithSchema(m.Schema(), m.CanonSource)
}
