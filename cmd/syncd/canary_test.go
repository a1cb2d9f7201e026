package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/engine"
	"syncd/internal/notify/notifytest"
	"syncd/internal/state"
)

// aviary is an installation in which every value of a client and every secret is a
// canary: found in an artefact, it got out.
type aviary struct {
	*testing.T
	dir     string
	program string
	env     []string
	listen  string

	crm  *emulator.Server
	mail *notifytest.MailServer

	mu      sync.Mutex
	hooks   []string // what the hook and the bot were sent: path, headers, body
	refuse  bool     // they refuse, and say back what they were sent
	outputs map[string]*lockedBuffer
	serving *exec.Cmd
}

// lockedBuffer is the output of a process, read while it runs.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// Every secret contains this.
const secretCanary = "c4nary"

// What clients of the aviary look like, whatever is done to their values.
var personalCanaries = regexp.MustCompile(`(?i)канаре|kanarei|` +
	spaced("95550") + `|99700001\d\d|407028109555`)

// spaced finds digits also with what people put between them.
func spaced(digits string) string { return strings.Join(strings.Split(digits, ""), `[ ()+-]{0,2}`) }

const aviaryConfig = `
version: 1
state: var/state.db
timezone: Europe/Moscow
lang: LANG
log: {level: debug, format: FORMAT}
listen: LISTEN
report: var/report.html
backup: {dir: var/backup, schedule: "30 4 * * *"}
stop_timeout: 5s
crm:
  main: {base_url: CRM, login: boss@example.org, apikey: {file: key}, timeout: 2s, rate: "off", settle: 1s}
sources:
  clients: {csv: {path: clients.csv, snapshot: full, settle: 0s}}
  erp: {sql: {driver: postgres, dsn: {env: ERP_DSN}, query: "SELECT id, name FROM clients", snapshot: full, timeout: 2s}}
jobs:
  clients:
    {entity: client, crm: main, source: clients, mapping: clients.yaml, direction: both, conflicts: hold, suspect: [phone, mail, inn],
     watch: 1s, guards: {max_reject: "off"}, write_back: {csv: {dir: var/outbox}}}
  erp: {entity: client, crm: main, source: erp, mapping: erp.yaml, after: [clients]}
notify:
  mail: {smtp: "SMTPAT", from: syncd@example.ru, to: [admin@example.ru], user: syncd, password: {env: SMTP_KEY}}
  webhook: {url: {env: HOOK_URL}, headers: {Authorization: {env: HOOK_AUTH}}}
  telegram: {token: {env: BOT_TOKEN}, chat: "-100123", url: "BOTAT"}
`

func newAviary(t *testing.T) *aviary {
	t.Helper()
	program, err := exec.LookPath("syncd")
	if err != nil {
		t.Fatal(err)
	}
	a := &aviary{T: t, dir: fastDir(t), program: program, outputs: map[string]*lockedBuffer{}}
	a.crm, err = emulator.NewSeeded(emulator.Options{Key: "api-" + secretCanary + "-key"}, emulator.SeedFile{Clients: []emulator.Client{
		{CLID: 7, Title: "Канарейкин заранее", Owner: "boss@example.org", Fields: map[string]string{"mail_url": "kanarei.8@example.ru"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	crm := httptest.NewServer(a.crm)
	hook := httptest.NewServer(http.HandlerFunc(a.hear))
	if a.mail, err = notifytest.NewMail(notifytest.MailOptions{User: "syncd", Password: "smtp-" + secretCanary}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		crm.CloseClientConnections()
		crm.Close()
		hook.Close()
		a.mail.Close()
		a.crm.Close()
	})
	free, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a.listen = free.Addr().String()
	_ = free.Close()
	a.env = append(os.Environ(), "SMTP_KEY=smtp-"+secretCanary, "HOOK_URL="+hook.URL+"/hook-"+secretCanary+"-path",
		"HOOK_AUTH=Bearer auth-"+secretCanary, "BOT_TOKEN=123456:bot-"+secretCanary,
		"ERP_DSN=postgres://erp:dsn-"+secretCanary+"@127.0.0.1:9/erp", "LANG=en_US.UTF-8", "GORACE=atexit_sleep_ms=0")
	a.write("key", a.crm.Key())
	a.write("syncd.yaml", strings.NewReplacer("LISTEN", a.listen, "CRM", crm.URL, "SMTPAT", a.mail.Addr(), "BOTAT", hook.URL, "FORMAT", "json", "LANG", "en").Replace(aviaryConfig))
	a.write("clients.yaml", `
version: 1
entity: client
uid: {column: Код, encode: raw, prefix: k}
fields:
  title:    {column: Имя, required: true}
  phone:    {column: Телефон, type: phones}
  mail_url: {column: Почта, type: emails}
  address:  {column: Адрес}
recv:
  castInn:    {column: ИНН, type: inn, check: reject}
  castBankRs: {column: Счет, type: account}
`)
	a.write("erp.yaml", "version: 1\nentity: client\nuid: {column: id, encode: hash, prefix: e}\nfields:\n  title: {column: name, required: true}\n")
	return a
}

func (a *aviary) write(name, text string) {
	a.Helper()
	if err := os.WriteFile(filepath.Join(a.dir, name), []byte(text), 0o600); err != nil {
		a.Fatal(err)
	}
}

// hear is the hook and the bot. The text of their refusals holds all that they were sent.
func (a *aviary) hear(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.hooks = append(a.hooks, string(body))
	if a.refuse {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = fmt.Fprintf(w, `{"ok":false,"description":"no: %s %s %s"}`, r.URL, r.Header.Get("Authorization"), r.URL.Path)
		return
	}
	_, _ = io.WriteString(w, `{"ok":true}`)
}

// export writes clients 1 … n, whose addresses say which export it is. Some rows cannot
// be clients.
func (a *aviary) export(n, turn int) {
	a.Helper()
	var b strings.Builder
	b.WriteString("Код;Имя;ИНН;Телефон;Почта;Адрес;Счет\r\n")
	for i := 1; i <= n; i++ {
		inn := innOf(i)
		if i == 3 {
			inn = "9970000199" // its check digit is wrong
		}
		fmt.Fprintf(&b, "k-%d;Канарейкин %d;%s;+7 (955) 50%d-00-%02d;kanarei.%d@example.ru;ул. Канареечная, %d, кв. %d;4070281095550000%04d\r\n",
			i, i, inn, i%10, i, i, i, turn, i)
	}
	b.WriteString("k-90;Канарейкин без номера;9,97E+09;нет канарейки;kanarei;ул. Канареечная;1\r\n")
	b.WriteString("k-91;\"Канарейкин в \"кавычках;9970000199;;;\r\n")
	a.write("clients.csv", b.String())
}

// innOf is an ИНН with its check digit.
func innOf(i int) string {
	d := fmt.Sprintf("99700001%d", i%10)
	sum := 0
	for at, w := range []int{2, 4, 10, 3, 5, 9, 4, 6, 8} {
		sum += w * int(d[at]-'0')
	}
	return d + fmt.Sprint(sum%11%10)
}

// command is the program with what it says kept under a name.
func (a *aviary) command(name string, args ...string) *exec.Cmd {
	a.Helper()
	out := &lockedBuffer{}
	a.outputs[name] = out
	cmd := exec.CommandContext(a.Context(), a.program, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = a.dir, a.env, out, out
	return cmd
}

// try runs the program; how it ends does not matter.
func (a *aviary) try(args ...string) {
	a.Helper()
	name := strings.Join(args, " ")
	_ = a.command(name, args...).Run()
	if a.outputs[name].String() == "" {
		a.Errorf("%s said nothing", name)
	}
}

func (a *aviary) serve(name string) {
	a.Helper()
	a.serving = a.command(name, "serve")
	if err := a.serving.Start(); err != nil {
		a.Fatal(err)
	}
	a.Cleanup(func() { _ = a.serving.Process.Kill() })
}

// stop ends the service by a signal.
func (a *aviary) stop(s os.Signal) {
	a.Helper()
	if err := a.serving.Process.Signal(s); err != nil {
		a.Fatal(err)
	}
	_ = a.serving.Wait()
}

// turn is an export, the run that it starts, and a look at all that answers meanwhile.
func (a *aviary) turn(n, turn int, faults ...emulator.Fault) engine.Report {
	a.Helper()
	if err := a.crm.Faults(faults...); err != nil {
		a.Fatal(err)
	}
	before := a.lastRun().Run
	a.export(n, turn)
	r := a.await(before)
	for _, page := range []string{"metrics", "healthz", "readyz"} {
		a.fetch(fmt.Sprint(page, " ", turn), page)
	}
	return r
}

func (a *aviary) await(after int64) engine.Report {
	a.Helper()
	ctx, cancel := context.WithTimeout(a.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if r := a.lastRun(); r.Run > after && r.Status != engine.RunRunning {
			return r
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			a.Fatalf("no run after %d; the service says %s", after, tail(a.outputs["serve"].String(), 4000))
		}
	}
}

// lastRun is the last run of the exports; zero when there is none.
func (a *aviary) lastRun() (r engine.Report) {
	db, err := state.OpenReadOnly(a.Context(), filepath.Join(a.dir, "var/state.db"), state.Options{})
	if err != nil {
		return r // not there yet
	}
	defer func() { _ = db.Close() }()
	if list, err := db.Runs(a.Context(), "clients", 1); err == nil && len(list) > 0 {
		r = list[0]
	}
	return r
}

func (a *aviary) fetch(name, page string) {
	a.Helper()
	req, err := http.NewRequestWithContext(a.Context(), http.MethodGet, "http://"+a.listen+"/"+page, http.NoBody)
	if err != nil {
		a.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		a.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	out := &lockedBuffer{}
	a.outputs[name] = out
	if _, err := io.Copy(out, resp.Body); err != nil {
		a.Fatal(err)
	}
}

// search looks for canaries in all that got out.
func (a *aviary) search() {
	a.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	for name, out := range a.outputs {
		a.clean(name, out.String())
	}
	for i, body := range a.hooks {
		a.clean(fmt.Sprint("hook ", i), body)
	}
	for i, l := range a.mail.Letters() {
		a.clean(fmt.Sprint("mail ", i), fmt.Sprint(l.Header, l.Subject, l.Text))
	}
	err := filepath.WalkDir(a.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(a.dir, path)
		switch {
		case name == "key" || name == "clients.csv":
		case strings.HasPrefix(name, "var/state.db"), strings.HasPrefix(name, "var/backup/"), strings.HasPrefix(name, "var/outbox/"):
			a.without(name, string(text), regexp.MustCompile(secretCanary))
		default:
			a.clean(name, string(text))
			if strings.Contains(name, ".syncd-") {
				a.Errorf("%s was left over", name)
			}
		}
		return nil
	})
	if err != nil {
		a.Error(err)
	}
}

func (a *aviary) clean(name, text string) {
	a.Helper()
	a.without(name, text, regexp.MustCompile(secretCanary))
	a.without(name, text, personalCanaries)
}

func (a *aviary) without(name, text string, canary *regexp.Regexp) {
	a.Helper()
	if at := canary.FindStringIndex(text); at != nil {
		a.Errorf("%s: …%q…", name, text[max(0, at[0]-300):min(len(text), at[1]+100)])
	}
}

// The whole program, with logs at the most talkative level, through successes and
// failures: no secret gets out anywhere, and nothing of a client but into the state,
// its copies and the files for the accounting system.
func TestNoCanaryGetsOut(t *testing.T) {
	whole(t)
	t.Parallel()
	a := newAviary(t)
	a.refuse = true
	a.serve("serve")
	ends := map[engine.RunStatus]int{}
	turn := func(n int, faults ...emulator.Fault) {
		t.Helper()
		ends[a.turn(n, len(ends)*100+ends[engine.RunUnreachable]*10+n, faults...).Status]++
	}
	turn(9)
	a.noSecretInProc()
	for i, c := range a.crm.Clients() { // people edit what the next export edits too
		field, value := "address", "ул. Канареечная, угол"
		switch {
		case c.CLID == 7:
			continue
		case i > 3:
			field, value = "phone", fmt.Sprintf("7955507009%d", i)
		}
		if err := a.crm.Edit(c.CLID, field, value); err != nil {
			t.Fatal(err)
		}
	}
	turn(10)
	if err := os.Mkdir(filepath.Join(a.dir, "var/outbox"), 0o700); err != nil { // the run before had nowhere to write back to
		t.Fatal(err)
	}
	turn(8, emulator.Fault{Kind: emulator.KindHTMLPage, Action: "list"})
	turn(9, emulator.Fault{Kind: emulator.KindUnauth})
	turn(10, emulator.Fault{Kind: emulator.KindRedirect})
	turn(9, emulator.Fault{Kind: emulator.KindGarbage, Action: "write", Times: 2}, emulator.Fault{Kind: emulator.KindWarning, Action: "list", Times: 1})
	turn(10, emulator.Fault{Kind: emulator.KindFatal, Action: "write", Phase: emulator.PhaseDuring, Times: 2})
	turn(9, emulator.Fault{Kind: emulator.KindDrop, Action: "info", Times: 1}, emulator.Fault{Kind: emulator.KindTruncated, Action: "write", Times: 1})
	a.reloadBroken()
	a.mu.Lock()
	a.refuse = false
	a.mu.Unlock()
	for _, args := range [][]string{
		{"status"},
		{"status", "--json"},
		{"runs"},
		{"runs", "--json"},
		{"notify"},
		{"notify", "--digest"},
		{"notify", "--test"},
		{"check", "--online"},
		{"report"},
		{"state", "backup"},
		{"state", "verify"},
		{"run", "erp", "--log-level", "debug"},
		{"version"},
	} {
		a.try(append(args, "--config", "good.yaml")...)
	}
	a.stop(syscall.SIGTERM)
	a.crashes()
	a.search()
	a.mustHaveSung(ends)
}

// reloadBroken has a configuration refused in which somebody wrote a key as it is.
func (a *aviary) reloadBroken() {
	a.Helper()
	good, err := os.ReadFile(filepath.Join(a.dir, "syncd.yaml"))
	if err != nil {
		a.Fatal(err)
	}
	a.write("good.yaml", string(good))
	a.write("syncd.yaml", strings.NewReplacer("apikey: {file: key}", "apikey: literal-"+secretCanary, "password: {env: SMTP_KEY}", "password: {literal: "+secretCanary+"}").
		Replace(string(good)))
	a.try("serve", "--reload")
	if err := a.serving.Process.Signal(syscall.SIGHUP); err != nil {
		a.Fatal(err)
	}
	for until := time.Now().Add(10 * time.Second); !strings.Contains(a.outputs["serve"].String(), "was refused"); <-time.After(20 * time.Millisecond) {
		if time.Now().After(until) {
			a.Fatal("the configuration was not refused")
		}
	}
	a.fetch("readyz refused", "readyz")
	a.write("syncd.yaml", strings.NewReplacer("format: json", "format: text", "lang: en", "lang: ru").Replace(string(good)))
}

// noSecretInProc: what every user of the machine may read of a process.
func (a *aviary) noSecretInProc() {
	a.Helper()
	proc := fmt.Sprintf("/proc/%d/", a.serving.Process.Pid)
	for _, name := range []string{"cmdline", "comm", "status"} {
		text, err := os.ReadFile(proc + name)
		if err != nil {
			a.Fatal(err)
		}
		a.clean(proc+name, string(text))
	}
	children, err := os.ReadFile(proc + "task/" + filepath.Base(proc) + "/children")
	if err == nil && len(bytes.TrimSpace(children)) > 0 {
		a.Errorf("it has children, whose environment is its own: %s", children)
	}
}

// crashes has the service, which logs as text and in Russian now, die in mid-write with
// the stacks of all its goroutines.
func (a *aviary) crashes() {
	a.Helper()
	if err := a.crm.Faults(emulator.Fault{Kind: emulator.KindHang, Action: "write", Phase: emulator.PhaseAfter}); err != nil {
		a.Fatal(err)
	}
	asked := len(a.crm.History())
	a.export(10, 999)
	a.serve("serve, which crashes")
	crm := &emulatedCRM{Server: a.crm}
	for until := time.Now().Add(20 * time.Second); !crm.asked("update", asked) && !crm.asked("add.list", asked); <-time.After(20 * time.Millisecond) {
		if time.Now().After(until) {
			a.Fatalf("nothing was written: %s", a.outputs["serve, which crashes"])
		}
	}
	a.stop(syscall.SIGQUIT)
	if out := a.outputs["serve, which crashes"].String(); !strings.Contains(out, "goroutine ") || !strings.Contains(out, "\tINFO\t") {
		a.Errorf("no stacks, or no log: %s", tail(out, 1000))
	}
}

// mustHaveSung holds that the search could have found something.
func (a *aviary) mustHaveSung(ends map[engine.RunStatus]int) {
	a.Helper()
	if ends[engine.RunUnreachable] < 3 || ends[engine.RunPartial] < 1 {
		a.Errorf("runs ended %v", ends)
	}
	kept, err := os.ReadFile(filepath.Join(a.dir, "var/state.db"))
	if err != nil || !personalCanaries.Match(kept) {
		a.Errorf("the state holds no client (%v)", err)
	}
	for _, file := range []string{"var/report.html", "var/backup", "var/outbox"} {
		if _, err := os.Stat(filepath.Join(a.dir, file)); err != nil {
			a.Error(err)
		}
	}
	if log := a.outputs["serve"].String(); !strings.Contains(log, `"level":"debug"`) || !strings.Contains(log, "SYNC-0402") {
		a.Errorf("the log does not tell of what happened: %s", tail(log, 2000))
	}
	if len(a.hooks) < 5 || len(a.mail.Letters()) < 3 {
		a.Errorf("%d hooks, %d mails", len(a.hooks), len(a.mail.Letters()))
	}
	db, err := state.OpenReadOnly(a.Context(), filepath.Join(a.dir, "var/state.db"), state.Options{})
	if err != nil {
		a.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	jobs, err := db.Status(a.Context(), "")
	if err != nil {
		a.Fatal(err)
	}
	for i := range jobs {
		if j := &jobs[i]; j.Job == "clients" && (j.Held < 2 || j.Rejected < 2) {
			a.Errorf("%d held, %d rejected", j.Held, j.Rejected)
		}
	}
}
