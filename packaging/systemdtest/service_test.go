package systemdtest

import (
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"syncd/internal/crmapi/emulator"
)

const (
	crmKey     = "canary-4f1d0c7e-key" // of the CRM; nothing but the service may know it
	crmAddress = "127.0.0.1:8080"
	configFile = "/etc/syncd/syncd.yaml"
	exportFile = "/srv/exchange/clients.csv"
)

// service is a machine with syncd installed, and a CRM that it reaches.
type service struct {
	*machine

	crm *emulator.Server
}

// install does what the package does: the same files and scripts, in its order.
func install(m *machine) {
	m.Helper()
	script := func(name string, args ...string) {
		m.Helper()
		if out, code := m.pipe(textOf(m.T, checkout+"/packaging/scripts/"+name), append([]string{"sh", "-s"}, args...)...); code != 0 {
			m.Fatalf("%s: exit %d\n%s", name, code, out)
		}
	}
	script("preinstall.sh", "install")
	m.copyIn(static(m.T, "./cmd/syncd"), "/usr/bin/syncd", 0o755)
	m.copyIn(unit, "/lib/systemd/system/syncd.service", 0o644)
	m.copyIn(checkout+"/packaging/etc/syncd.yaml", configFile, 0o640)
	m.copyIn(checkout+"/mappings/1c-clients.yaml", "/usr/share/syncd/mappings/1c-clients.yaml", 0o644)
	script("postinstall.sh", "configure")
}

// The delays of the unit are for years; a test has seconds.
const quicker = "[Service]\nWatchdogSec=4s\nRestartSec=100ms\n"

// The unit, the binary and systemd together, in the order of a service's life. The
// steps share one machine, and each begins where the one before has left it.
func TestServiceUnderSystemd(t *testing.T) {
	m := boot(t)
	install(m)
	m.write("/etc/systemd/system/syncd.service.d/test.conf", quicker, 0o644)
	m.must("systemctl", "daemon-reload")
	s := &service{machine: m, crm: emulator.New(emulator.Options{Key: crmKey})}
	server := &http.Server{Handler: s.crm, ReadHeaderTimeout: time.Minute}
	listener := m.listen(crmAddress)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close(); s.crm.Close() })

	for _, step := range []struct {
		name string
		does func(*service)
	}{
		{"not configured yet, it stays down and says why", (*service).staysDownUnconfigured},
		{"the commands work before the service exists", (*service).commandsBefore},
		{"it starts, and says that it is ready", (*service).starts},
		{"secrets and state are out of sight", (*service).keepsSecrets},
		{"a good reload is taken over by the same process", (*service).reloads},
		{"a bad reload fails, and the service goes on as it was", (*service).refusesReload},
		{"one that hangs is aborted and begins anew", (*service).hangs},
		{"one that is killed begins anew", (*service).killed},
		{"a stop in mid-batch loses and doubles nothing", (*service).stopsInMidBatch},
		{"a broken configuration keeps it down, without a loop", (*service).staysDownBroken},
		{"what the unit forbids fails", (*service).confined},
	} {
		ok := t.Run(step.name, func(t *testing.T) {
			began := time.Now()
			step.does(&service{machine: &machine{T: t, pid: m.pid}, crm: s.crm})
			t.Logf("%.1f s", time.Since(began).Seconds())
		})
		if !ok {
			t.FailNow() // the next steps begin where this one should have ended
		}
	}
}

// down holds that the service failed once, for its configuration, and that systemd
// does not plan another start.
func (s *service) down(code string) {
	s.Helper()
	if out, exit := s.try("systemctl", "start", "syncd"); exit == 0 {
		s.Errorf("the start succeeded: %s", out)
	}
	for name, want := range map[string]string{"ActiveState": "failed", "SubState": "failed", "ExecMainStatus": "78", "NRestarts": "0"} {
		if got := s.property(name); got != want {
			s.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	if log := s.journal(); !strings.Contains(log, code) {
		s.Errorf("the journal does not tell %s:\n%s", code, log)
	}
}

func (s *service) staysDownUnconfigured() {
	if out, _ := s.try("systemctl", "is-enabled", "syncd"); out != "disabled" {
		s.Errorf("installed, it is %s", out)
	}
	s.down("SYNC-01")
}

// configure writes a configuration whose job has a schedule.
func (s *service) configure(schedule string, more ...string) {
	s.Helper()
	s.write(configFile, fmt.Sprintf(`
version: 1
state: /var/lib/syncd/state.db
timezone: UTC
lang: en
stop_timeout: 20s
%s
crm:
  main: {base_url: "http://%s", login: %s, apikey: {credential: crm_apikey}, rate: off, batch: 5, timezone: UTC}
sources:
  clients: {csv: {path: %s, snapshot: full, settle: 0s}}
jobs:
  clients: {entity: client, crm: main, source: clients, mapping: /etc/syncd/mapping.yaml, schedule: %q}
`, strings.Join(more, "\n"), crmAddress, emulator.DefaultLogin, exportFile, schedule), 0o640)
}

// export writes an export of clients 1 to n.
func (s *service) export(n int) {
	s.Helper()
	var b strings.Builder
	b.WriteString("Ключ;Имя\r\n")
	for i := range n {
		fmt.Fprintf(&b, "k%d;Клиент %d\r\n", i+1, i+1)
	}
	s.write(exportFile, b.String(), 0o644)
}

// As root, who becomes the owner of the state, and as the service's user.
func (s *service) commandsBefore() {
	s.must("systemctl", "reset-failed", "syncd")
	s.write("/etc/syncd/credentials/crm_apikey", crmKey+"\n", 0o640) // the file is there, with its owners
	s.write("/etc/syncd/mapping.yaml", "version: 1\nentity: client\nuid: {column: Ключ, encode: raw}\nfields:\n  title: {column: Имя, required: true}\n", 0o644)
	s.configure("@every 1s")
	s.export(3)
	if got := s.mode("/etc/syncd/credentials/crm_apikey"); got != "-rw-r----- root:syncd" {
		s.Errorf("the credential is %s", got)
	}
	s.must("runuser", "-u", "syncd", "--", "syncd", "check", "--online", "--config", configFile)
	s.must("syncd", "check", "--online", "--config", configFile)
	s.must("syncd", "run", "clients", "--config", configFile)
	if got := len(s.crm.Clients()); got != 3 {
		s.Errorf("the CRM has %d clients", got)
	}
	if got := s.mode("/var/lib/syncd/state.db"); got != "-rw------- syncd:syncd" {
		s.Errorf("root's run left a state that is %s", got)
	}
	if out, exit := s.try("runuser", "-u", "nobody", "--", "cat", configFile); exit == 0 {
		s.Errorf("anybody reads the configuration: %s", out)
	}
}

func (s *service) starts() {
	s.must("systemctl", "start", "syncd") // Type=notify: it returns after READY
	for name, want := range map[string]string{"ActiveState": "active", "SubState": "running", "NRestarts": "0"} {
		if got := s.property(name); got != want {
			s.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	s.eventually("a line of status", func() bool { return s.property("StatusText") != "" })
	s.Log("STATUS:", s.property("StatusText"))
	s.export(5)
	s.eventually("a run by schedule", func() bool { return len(s.crm.Clients()) == 5 })
	if !s.worksBy("@every 1s") {
		s.Error("the state does not tell the schedule")
	}
}

func (s *service) keepsSecrets() {
	environ, err := os.ReadFile(s.path("/proc/" + s.property("MainPID") + "/environ"))
	if err != nil {
		s.Fatal(err)
	}
	if !strings.Contains(string(environ), "CREDENTIALS_DIRECTORY=") {
		s.Errorf("the environment is that of another process: %q", environ)
	}
	for what, text := range map[string]string{
		"the environment": string(environ), "systemctl show": s.must("systemctl", "show", "syncd"),
		"systemctl cat": s.must("systemctl", "cat", "syncd"), "systemctl status": s.must("systemctl", "status", "syncd"),
		"the journal": s.journal(),
	} {
		if strings.Contains(text, crmKey) {
			s.Errorf("%s tells the key", what)
		}
	}
	for name, want := range map[string]string{
		"/var/lib/syncd": "drwx------ syncd:syncd", "/var/lib/syncd/state.db": "-rw------- syncd:syncd",
		"/etc/syncd": "drwxr-x--- root:syncd", "/etc/syncd/credentials": "drwxr-s--- root:syncd",
	} {
		if got := s.mode(name); got != want {
			s.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	if found, _ := s.try("grep", "-rl", crmKey, "/var/lib/syncd", "/run/systemd/units", "/run/log"); found != "" {
		s.Errorf("the key is in %s", found)
	}
}

// worksBy reports whether the service works by a schedule, as its state tells it.
func (s *service) worksBy(schedule string) bool {
	s.Helper()
	return strings.Contains(s.must("syncd", "status", "--json", "--config", configFile), fmt.Sprintf("%q:%q", "schedule", schedule))
}

func (s *service) reloads() {
	before := s.property("MainPID")
	s.configure("@every 2s")
	s.must("systemctl", "reload", "syncd") // it returns after the service's answer
	if !s.worksBy("@every 2s") {
		s.Errorf("the new schedule is not in force:\n%s", s.journal())
	}
	if after := s.property("MainPID"); after != before || s.property("NRestarts") != "0" {
		s.Errorf("process %s became %s", before, after)
	}
}

func (s *service) refusesReload() {
	before := s.property("MainPID")
	s.configure("every now and then")
	if out, exit := s.try("systemctl", "reload", "syncd"); exit == 0 {
		s.Errorf("the reload succeeded: %s", out)
	}
	if log := s.journal(); !strings.Contains(log, "every now and then") || !strings.Contains(log, "SYNC-01") {
		s.Errorf("the journal does not tell why:\n%s", log)
	}
	if got := s.property("MainPID") + s.property("ActiveState"); got != before+"active" {
		s.Errorf("the service is %s, was %s", got, before)
	}
	s.export(6)
	s.eventually("it works on by the old schedule", func() bool { return len(s.crm.Clients()) == 6 })
	s.configure("@every 1s")
}

// signal sends a signal to the main process of the service.
func (s *service) signal(number syscall.Signal) {
	s.Helper()
	s.must("kill", "-"+strconv.Itoa(int(number)), s.property("MainPID"))
}

// begunAnew waits for another process that is ready.
func (s *service) begunAnew(before string) {
	s.Helper()
	s.eventually("another process", func() bool {
		return s.property("MainPID") != before && s.property("ActiveState") == "active"
	})
}

// SIGSTOP stands for whatever makes a process stand still.
func (s *service) hangs() {
	before := s.property("MainPID")
	s.signal(syscall.SIGSTOP)
	s.begunAnew(before)
	for _, want := range []string{"Watchdog timeout", "SIGABRT", "goroutine "} {
		if log := s.journal(); !strings.Contains(log, want) {
			s.Errorf("the journal lacks %q:\n%s", want, log)
		}
	}
	if got := s.property("NRestarts"); got != "1" {
		s.Errorf("%s restarts", got)
	}
}

func (s *service) killed() {
	before := s.property("MainPID")
	s.signal(syscall.SIGKILL)
	s.begunAnew(before)
	if got := s.property("NRestarts"); got != "2" {
		s.Errorf("%s restarts", got)
	}
}

func (s *service) stopsInMidBatch() {
	const all = 60
	s.export(all)
	if err := s.crm.Faults(emulator.Fault{Name: "slow", Action: "add.list", Nth: 3, Times: 1, Phase: emulator.PhaseAfter, Kind: emulator.KindSlow, Delay: emulator.Duration(time.Second)}); err != nil {
		s.Fatal(err)
	}
	s.eventually("the third batch is on its way", func() bool { return s.crm.FaultsFired()["slow"] > 0 })
	s.must("systemctl", "stop", "syncd")
	for name, want := range map[string]string{"ActiveState": "inactive", "Result": "success", "ExecMainStatus": "0"} {
		if got := s.property(name); got != want {
			s.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	if got := len(s.crm.Clients()); got >= all {
		s.Fatalf("the stop came too late to show anything: %d clients", got)
	}
	s.must("systemctl", "start", "syncd")
	s.eventually("the rest arrives", func() bool { return len(s.crm.Clients()) >= all })
	seen := map[string]int{}
	for _, c := range s.crm.Clients() {
		seen[c.UID]++
	}
	for i := range all {
		if n := seen[fmt.Sprintf("k%d", i+1)]; n != 1 {
			s.Errorf("client k%d is there %d times", i+1, n)
		}
	}
}

func (s *service) staysDownBroken() {
	s.must("systemctl", "stop", "syncd")
	s.configure("30 4 * * 0", "colour: green")
	s.down("SYNC-01")
	s.must("systemctl", "reset-failed", "syncd")
	s.configure("30 4 * * 0")
}

// allowed are the tries of the probe that must succeed; all others must not.
var allowed = map[string]bool{
	"write its state": true, "write its temporary folder": true, "read its configuration": true,
	"read its credential": true, "write a folder of the exchange": true, "listen on the loopback address": true,
}

// confined starts the probe in the place of syncd, in the very same unit.
func (s *service) confined() {
	s.copyIn(static(s.T, "./packaging/systemdtest/probe"), "/usr/bin/syncd", 0o755)
	s.write("/etc/systemd/system/syncd.service.d/test.conf", "[Service]\nType=oneshot\nRestart=no\nStandardOutput=file:/run/probe.txt\n", 0o644)
	s.write("/etc/systemd/system/syncd.service.d/exchange.conf", "[Service]\nReadWritePaths=/srv/exchange/outbox\nNoExecPaths=/srv/exchange/outbox\n", 0o644)
	s.must("install", "-d", "-o", "syncd", "/srv/exchange/outbox")
	s.write("/srv/probe", "", 0o666) // its mode allows it
	s.must("systemctl", "daemon-reload")
	s.must("systemctl", "start", "syncd")
	report := s.must("cat", "/run/probe.txt")
	tries := strings.Split(report, "\n")
	if len(tries) < 30 {
		s.Fatalf("only %d tries:\n%s", len(tries), report)
	}
	for _, line := range tries {
		name, outcome, _ := strings.Cut(line, "\t")
		if (outcome == "done") != allowed[name] || strings.Contains(outcome, "cannot be tried") {
			s.Errorf("%s: %s", name, outcome)
		}
	}
	s.Logf("%d tries, %d of them allowed", len(tries), len(allowed))
}
