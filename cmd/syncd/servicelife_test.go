package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/daemon"
	"syncd/internal/engine"
	"syncd/internal/state"
)

// serviceLife is an installation whose time a bubble makes: the whole service with
// its real state, engine and client, and the emulated CRM at the end of a pipe.
type serviceLife struct {
	*testing.T
	dir     string
	crm     *emulator.Server
	wire    *pipeNet
	web     *http.Server
	log     lockedBuffer
	rows    map[string][2]string // by key: name, phone
	chance  *rand.Rand
	stop    context.CancelFunc
	hangup  chan os.Signal
	ended   chan error
	born    int
	tick    time.Duration // of the scheduler; 0 = its own
	life    time.Duration // between signs of life; 0 = the service's own
	tune    func(*app)    // what is special about the process; nil = nothing
	own     *service      // that works now
	stateAt string        // "" = state.db
}

// live sets an installation up. config is what the configuration has besides the CRM
// and the source.
func live(t *testing.T, config string) *serviceLife {
	t.Helper()
	l := &serviceLife{
		T: t, dir: fastDir(t), crm: emulator.New(emulator.Options{}), wire: newPipeNet(),
		rows: map[string][2]string{}, chance: rand.New(rand.NewPCG(7, 11)),
	}
	l.web = &http.Server{Handler: l.crm, ReadHeaderTimeout: time.Minute}
	go func() { _ = l.web.Serve(l.wire) }()
	t.Cleanup(func() {
		_ = l.web.Close()
		l.crm.Close()
	})
	l.write("mapping.yaml", `
version: 1
entity: client
uid: {column: Ключ, encode: raw}
fields:
  title: {column: Имя, required: true}
  phone: {column: Телефон, type: phones}
`)
	l.write("syncd.yaml", fmt.Sprintf(`
version: 1
state: state.db
timezone: Europe/Moscow
lang: en
listen: ""
crm:
  main: {base_url: "http://127.0.0.1:1", login: %s, apikey: {env: CRM_KEY}, rate: off, settle: 10m}
sources:
  clients: {csv: {path: clients.csv, snapshot: full, settle: 0s}}
`, emulator.DefaultLogin)+config)
	for range 20 {
		l.addRow()
	}
	l.export()
	return l
}

// fastDir is a folder in memory, where there is one: what is tested here is not the disk.
func fastDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "syncd-life-") //nolint:usetesting // in memory, which t.TempDir is not
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func (l *serviceLife) write(name, text string) {
	l.Helper()
	if err := os.WriteFile(filepath.Join(l.dir, name), []byte(text), 0o600); err != nil {
		l.Fatal(err)
	}
}

func (l *serviceLife) addRow() {
	l.born++
	l.rows[fmt.Sprintf("k%04d", l.born)] = [2]string{fmt.Sprintf("Клиент номер %d", l.born), fmt.Sprintf("7495%07d", l.born)}
}

// editRow gives a row another phone.
func (l *serviceLife) editRow() {
	keys := slices.Sorted(maps.Keys(l.rows))
	key := keys[l.chance.IntN(len(keys))]
	l.born++
	l.rows[key] = [2]string{l.rows[key][0], fmt.Sprintf("7495%07d", l.born)}
}

// export writes the rows as the accounting system does, now.
func (l *serviceLife) export() {
	l.Helper()
	var b strings.Builder
	b.WriteString("Ключ;Имя;Телефон\r\n")
	for _, key := range slices.Sorted(maps.Keys(l.rows)) {
		fmt.Fprintf(&b, "%s;%s;%s\r\n", key, l.rows[key][0], l.rows[key][1])
	}
	l.write("clients.csv", b.String())
	now := time.Now()
	if err := os.Chtimes(filepath.Join(l.dir, "clients.csv"), now, now); err != nil {
		l.Fatal(err)
	}
}

// app is a process that works on the installation.
func (l *serviceLife) app() *app {
	a := &app{
		stdio:  stdio{in: strings.NewReader(""), out: &l.log, err: &l.log},
		getenv: func(name string) string { return map[string]string{"CRM_KEY": emulator.DefaultKey}[name] },
		flags:  globalFlags{config: filepath.Join(l.dir, "syncd.yaml")},
		lang:   "en",
		transport: &http.Transport{
			DialContext: l.wire.dial, DisableKeepAlives: true,
		},
	}
	if l.tune != nil {
		l.tune(a)
	}
	return a
}

// begin starts the service.
func (l *serviceLife) begin() {
	l.Helper()
	a := l.app()
	cfg, err := a.config()
	if err != nil {
		l.Fatal(err)
	}
	s, err := a.newService(l.Context(), cfg, serviceOptions{tick: l.tick, life: l.life})
	if err != nil {
		l.Fatal(err)
	}
	ctx, cancel := context.WithCancel(l.Context())
	l.own = s
	l.stop, l.ended, l.hangup = cancel, make(chan error, 1), make(chan os.Signal)
	go func() {
		defer s.close()
		l.ended <- s.serve(ctx, l.hangup)
	}()
}

// end stops the service and waits for it.
func (l *serviceLife) end() {
	l.Helper()
	l.stop()
	if err := <-l.ended; err != nil {
		l.Errorf("the service ended with %v", err)
	}
}

// ask reads the state.
func (l *serviceLife) ask(f func(ctx context.Context, db *state.DB)) {
	l.Helper()
	db, err := state.OpenReadOnly(l.Context(), filepath.Join(l.dir, cmp.Or(l.stateAt, "state.db")), state.Options{})
	if err != nil {
		l.Fatal(err)
	}
	f(l.Context(), db)
	if err := db.Close(); err != nil {
		l.Error(err)
	}
}

// runs are all runs, oldest first.
func (l *serviceLife) runs() (list []engine.Report) {
	l.Helper()
	l.ask(func(ctx context.Context, db *state.DB) {
		var err error
		if list, err = db.Runs(ctx, "", 0); err != nil {
			l.Fatal(err)
		}
	})
	slices.Reverse(list)
	return list
}

// agreed holds that the CRM has each row exactly once, as it is, and that nothing
// that the CRM was sent breaks its laws.
func (l *serviceLife) agreed() {
	l.Helper()
	for key, row := range l.rows {
		found := l.crm.ByUID(key)
		if len(found) != 1 {
			l.Errorf("%s is %d times in the CRM", key, len(found))
			continue
		}
		if got := found[0].Fields["phone"]; digits(got) != row[1] {
			l.Errorf("%s: phone %s, want %s", key, got, row[1])
		}
	}
	for _, v := range emulator.Check(l.crm.History(), l.crm.Clients()) {
		l.Error(v)
	}
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// pipeNet is a network of pipes, on which a bubble's time does not stand still.
type pipeNet struct {
	conns chan net.Conn
	done  chan struct{}
	down  bool // nobody answers
}

func newPipeNet() *pipeNet { return &pipeNet{conns: make(chan net.Conn), done: make(chan struct{})} }

func (p *pipeNet) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	if p.down {
		return nil, &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}
	}
	near, far := net.Pipe()
	select {
	case p.conns <- far:
		return near, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipeNet) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipeNet) Close() error {
	select {
	case <-p.done:
	default:
		close(p.done)
	}
	return nil
}

func (p *pipeNet) Addr() net.Addr { return &net.UnixAddr{Name: "crm", Net: "pipe"} }

const everyQuarter = `
jobs:
  clients: {entity: client, crm: main, source: clients, mapping: mapping.yaml, schedule: "*/15 * * * *", crm_full_scan: "30 3 * * *"}
`

// A week with a run every quarter of an hour: rows come and change, answers are lost, the
// CRM is away for a night. Every time that was due is accounted for, and in the end
// each row is in the CRM exactly once.
func TestTheServiceLivesAWeekOfTroubles(t *testing.T) {
	whole(t)
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := live(t, everyQuarter)
		time.Sleep(time.Minute) // not on a time of the schedule
		l.begin()
		began := time.Now()
		for day := range 7 {
			for hour := range 24 {
				l.hour(day, hour)
				time.Sleep(time.Hour)
			}
		}
		l.wire.down = false
		if err := l.crm.Faults(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		due := int(time.Since(began) / (15 * time.Minute))
		l.end()
		l.agreed()
		runs := l.runs()
		if len(runs) != due {
			t.Errorf("%d runs, %d were due", len(runs), due)
		}
		ends := map[engine.RunStatus]int{}
		for _, r := range runs {
			ends[r.Status]++
		}
		if ends[engine.RunUnreachable] == 0 || ends[engine.RunDone] < due/2 || ends[engine.RunRunning]+ends[engine.RunInterrupted] > 0 {
			t.Errorf("runs ended %v", ends)
		}
		if last := runs[len(runs)-1]; last.Writes != 0 || last.Status != engine.RunDone {
			t.Errorf("the last run wrote %d times and ended %s: %s", last.Writes, last.Status, last.Err)
		}
		if t.Failed() {
			t.Log(tail(l.log.String(), 4000))
		}
	})
}

// hour is what happens in an hour of a life, besides the runs.
func (l *serviceLife) hour(day, hour int) {
	l.Helper()
	var plan []emulator.Fault
	switch {
	case hour == 9:
		l.addRow()
		l.editRow()
		l.export()
	case hour%3 == 0:
		l.editRow()
		l.export()
		kinds := []emulator.Kind{emulator.KindDrop, emulator.KindHTTP502, emulator.KindTruncated, emulator.KindFatal, emulator.KindHang}
		plan = append(plan, emulator.Fault{Action: "write", Times: 1, Phase: emulator.PhaseAfter, Kind: kinds[l.chance.IntN(len(kinds))]})
	}
	l.wire.down = day == 3 && hour >= 22 || day == 4 && hour < 6
	if err := l.crm.Faults(plan...); err != nil {
		l.Fatal(err)
	}
}

func tail(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return "…" + text[len(text)-n:]
}

const threeADay = `
history: 90d
backup: {dir: copies, schedule: "30 4 * * *", keep: 7}
jobs:
  clients: {entity: client, crm: main, source: clients, mapping: mapping.yaml, schedule: "30 */8 * * *", crm_full_scan: "30 3 * * 0"}
`

// A year with three runs a day, in a zone whose clocks change: every time that was due
// had its run, copies of the state do not pile up, and the state stops growing once
// the history that is kept has filled.
func TestTheServiceLivesAYear(t *testing.T) {
	whole(t)
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := live(t, threeADay)
		l.zone("Europe/Berlin")
		if err := os.Mkdir(filepath.Join(l.dir, "copies"), 0o700); err != nil {
			t.Fatal(err)
		}
		l.tick, l.life = 5*time.Minute, time.Hour // a year of all of these would be long
		time.Sleep(time.Minute)
		began := time.Now()
		l.begin()
		var sizes []int64 // of the state, month by month
		for day := range 365 {
			l.day(day)
			time.Sleep(24 * time.Hour)
			if day%30 == 29 {
				sizes = append(sizes, l.size())
			}
		}
		l.wire.down = false
		if err := l.crm.Faults(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(12 * time.Hour)
		now := time.Now()
		l.end()
		l.agreed()
		berlin, err := time.LoadLocation("Europe/Berlin")
		if err != nil {
			t.Fatal(err)
		}
		due := timesOf(t, "30 */8 * * *", berlin, began, now)
		if runs := l.runs(); len(runs) == 0 || len(runs) > 3*91+len(l.rows) { // beside the last 90 days, what explains a record stays

			t.Errorf("%d runs are kept, of 90 days", len(runs))
		} else if last := runs[len(runs)-1]; last.Writes != 0 {
			t.Errorf("the last run wrote %d times", last.Writes)
		}
		scheduled := strings.Count(l.log.String(), `"msg":"run is due","job":"clients","cause":"schedule"`)
		if tries := strings.Count(l.log.String(), `"cause":"retry"`); scheduled != due || tries == 0 {
			t.Errorf("%d runs by the schedule, %d were due; and %d tries while the CRM was away", scheduled, due, tries)
		}
		if copies, err := filepath.Glob(filepath.Join(l.dir, "copies", "*.db")); err != nil || len(copies) != 7 {
			t.Errorf("%d copies are kept, %v", len(copies), err)
		}
		if filled, last := sizes[4], sizes[len(sizes)-1]; last > filled*12/10 {
			t.Errorf("the state grows: %d", sizes)
		}
		if t.Failed() {
			t.Log(tail(l.log.String(), 4000))
		}
	})
}

// timesOf is how many times of a schedule lie between two moments.
func timesOf(t *testing.T, spec string, zone *time.Location, from, to time.Time) (n int) {
	t.Helper()
	schedule, err := daemon.ParseSchedule(spec, zone)
	if err != nil {
		t.Fatal(err)
	}
	for at := schedule.Next(from); at.Before(to); at = schedule.Next(at) {
		n++
	}
	return n
}

// zone puts the installation into another time zone.
func (l *serviceLife) zone(name string) {
	l.Helper()
	text, err := os.ReadFile(filepath.Join(l.dir, "syncd.yaml"))
	if err != nil {
		l.Fatal(err)
	}
	l.write("syncd.yaml", strings.Replace(string(text), "Europe/Moscow", name, 1))
}

// day is what happens in a day of a life, besides the runs.
func (l *serviceLife) day(day int) {
	l.Helper()
	var plan []emulator.Fault
	if day%3 == 0 {
		l.editRow()
		l.editRow()
	}
	if day%10 == 0 {
		l.addRow()
		plan = append(plan, emulator.Fault{Action: "write", Times: 1, Phase: emulator.PhaseAfter, Kind: emulator.KindDrop})
	}
	l.wire.down = day%50 == 49
	l.export()
	if err := l.crm.Faults(plan...); err != nil {
		l.Fatal(err)
	}
	l.crm.ForgetHistory()
}

// size is that of the state, in bytes, its log folded in.
func (l *serviceLife) size() int64 {
	l.Helper()
	st, err := os.Stat(filepath.Join(l.dir, "state.db"))
	if err != nil {
		l.Fatal(err)
	}
	return st.Size()
}
