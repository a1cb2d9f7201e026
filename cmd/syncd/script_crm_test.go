package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/state"
)

// baseFolder holds a small installation that specs start from: configuration,
// mapping and an export of five clients.
const baseFolder = "testdata/base"

// crmKey is where a script keeps its emulated CRM.
type crmKey struct{}

// crmCommands are the commands of scripts about the outside world:
//
//	installation              files of testdata/base that the script does not bring itself
//	emulator [SEED [FAULTS]]  starts a CRM; $CRM_URL and $CRM_KEY name it
//	crm-faults [FILE]         replaces its plan of faults; no file: none
//	crm-edit CLID FIELD VALUE edits a client as a person would
//	crm-add TITLE FIELD=VALUE…  adds a client as a person would
//	crm-delete CLID           deletes a client as a person would
//	crm-clients N             the CRM has exactly N clients
//	crm-client CLID FIELD=VALUE…  these fields of a client read so
//	crm-writes N              exactly N requests that write have arrived
//	crm-stop                  the CRM is down from now on
//	replace FILE OLD NEW      replaces text in a file; \n is a line break
//	rows FILE FROM TO         appends clients G-FROM … G-TO to an export
//	small-disk DIR SIZE       DIR is a disk of this size, or is given it
//	lock STATE                holds the run lock of a state until the script ends
//	sql STATE STATEMENT       changes a state behind the program's back
//	interrupt ACTION CODE program ARG…
//	                          runs it, presses Ctrl-C once the CRM got the action from it, and
//	                          expects this exit code; its stderr is in interrupted.txt
//	strike SIGNAL,… ACTION program ARG…
//	                          the same with these signals, a quarter of a second apart, of
//	                          which the last must end it
func crmCommands(c map[string]func(*testscript.TestScript, bool, []string)) map[string]func(*testscript.TestScript, bool, []string) {
	for name, f := range map[string]func(*testscript.TestScript, []string) error{
		"installation": installBase, "emulator": startCRM, "crm-faults": crmFaults, "crm-edit": crmEdit, "crm-add": crmAdd, "crm-delete": crmDelete,
		"small-disk": smallDisk, "crm-clients": crmClients, "crm-client": crmClient, "crm-writes": crmWrites, "crm-stop": crmStop,
		"replace": replaceText, "rows": appendRows, "lock": lockState, "sql": changeState, "interrupt": interrupt, "strike": strike,
	} {
		c[name] = func(ts *testscript.TestScript, negated bool, args []string) {
			if negated {
				ts.Fatalf("! %s means nothing", name)
			}
			ts.Check(f(ts, args))
		}
	}
	return c
}

// emulatedCRM is the CRM of one script.
type emulatedCRM struct {
	*emulator.Server
	http *httptest.Server
}

func setupCRM(env *testscript.Env) error {
	env.Values[crmKey{}] = &emulatedCRM{}
	env.Setenv("CRM_URL", "http://127.0.0.1:9") // nobody listens there
	env.Setenv("CRM_KEY", emulator.DefaultKey)
	env.Setenv("LANG", "en_US.UTF-8")
	env.Setenv("GORACE", "atexit_sleep_ms=0") // else every process of a -race test ends a second late
	return nil
}

func crmOf(ts *testscript.TestScript) *emulatedCRM {
	crm, ok := ts.Value(crmKey{}).(*emulatedCRM)
	if !ok || crm.Server == nil {
		ts.Fatalf("no emulator was started")
	}
	return crm
}

func startCRM(ts *testscript.TestScript, args []string) error {
	return startCRMAs(ts, emulator.Options{}, args)
}

func startCRMAs(ts *testscript.TestScript, o emulator.Options, args []string) error {
	crm, ok := ts.Value(crmKey{}).(*emulatedCRM)
	if !ok || len(args) > 2 || crm.Server != nil {
		return errors.New("usage: emulator [SEED [FAULTS]], once")
	}
	var seed emulator.SeedFile
	var err error
	if len(args) > 0 {
		if seed, err = emulator.ReadSeed(strings.NewReader(ts.ReadFile(args[0]))); err != nil {
			return err
		}
	}
	if crm.Server, err = emulator.NewSeeded(o, seed); err != nil {
		return err
	}
	crm.http = httptest.NewServer(crm.Server)
	ts.Setenv("CRM_URL", crm.http.URL)
	ts.Defer(crm.stop)
	if len(args) > 1 {
		return crmFaults(ts, args[1:])
	}
	return nil
}

func (c *emulatedCRM) stop() {
	c.Close()
	c.http.CloseClientConnections()
	c.http.Close()
}

func crmStop(ts *testscript.TestScript, _ []string) error {
	crmOf(ts).stop()
	return nil
}

func crmFaults(ts *testscript.TestScript, args []string) error {
	var plan []emulator.Fault
	if len(args) > 0 {
		var err error
		if plan, err = emulator.ReadFaults(strings.NewReader(ts.ReadFile(args[0]))); err != nil {
			return err
		}
	}
	return crmOf(ts).Faults(plan...)
}

func crmEdit(ts *testscript.TestScript, args []string) error {
	if len(args) != 3 {
		return errors.New("usage: crm-edit CLID FIELD VALUE")
	}
	clid, err := strconv.ParseInt(args[0], 10, 64)
	if err != nil {
		return err
	}
	return crmOf(ts).Edit(clid, args[1], args[2])
}

func crmAdd(ts *testscript.TestScript, args []string) error {
	if len(args) == 0 {
		return errors.New("usage: crm-add TITLE FIELD=VALUE…")
	}
	c := emulator.Client{Title: args[0], Fields: map[string]string{}}
	for _, a := range args[1:] {
		field, value, _ := strings.Cut(a, "=")
		c.Fields[field] = value
	}
	return crmOf(ts).Seed(c)
}

func crmDelete(ts *testscript.TestScript, args []string) error {
	if len(args) != 1 {
		return errors.New("usage: crm-delete CLID")
	}
	clid, err := strconv.ParseInt(args[0], 10, 64)
	if err != nil {
		return err
	}
	return crmOf(ts).Delete(clid)
}

func crmClients(ts *testscript.TestScript, args []string) error {
	crm := crmOf(ts)
	clients := crm.Clients()
	if len(args) != 1 || args[0] != strconv.Itoa(len(clients)) {
		text, _ := json.MarshalIndent(clients, "", " ")
		return fmt.Errorf("the CRM has %d clients, want %v:\n%s", len(clients), args, text)
	}
	if broken := emulator.Check(crm.History(), clients); len(broken) > 0 {
		return fmt.Errorf("what a client of the API must never do: %v", broken)
	}
	return nil
}

func crmClient(ts *testscript.TestScript, args []string) error {
	if len(args) < 2 {
		return errors.New("usage: crm-client CLID FIELD=VALUE…")
	}
	clid, err := strconv.ParseInt(args[0], 10, 64)
	if err != nil {
		return err
	}
	c, ok := crmOf(ts).Client(clid)
	if !ok {
		return fmt.Errorf("the CRM has no client %d", clid)
	}
	for _, pair := range args[1:] {
		field, want, _ := strings.Cut(pair, "=")
		got := c.Fields[field]
		switch {
		case field == "uid":
			got = c.UID
		case field == "title":
			got = c.Title
		case strings.HasPrefix(field, "cast"):
			got = c.Recv[field]
		}
		if got != want {
			return fmt.Errorf("client %d: %s is %q, want %q", clid, field, got, want)
		}
	}
	return nil
}

func crmWrites(ts *testscript.TestScript, args []string) error {
	n := 0
	for _, e := range crmOf(ts).History() {
		if e.Write {
			n++
		}
	}
	if len(args) != 1 || args[0] != strconv.Itoa(n) {
		return fmt.Errorf("%d requests that write, want %v", n, args)
	}
	return nil
}

// installBase copies the files that the script has not brought, and names the
// CRM in the configuration.
func installBase(ts *testscript.TestScript, _ []string) error {
	list, err := os.ReadDir(filepath.Join(ts.Getenv("BASE"), "."))
	if err != nil {
		return err
	}
	for _, f := range list {
		to := ts.MkAbs(f.Name())
		text, err := os.ReadFile(to)
		if errors.Is(err, os.ErrNotExist) {
			text, err = os.ReadFile(filepath.Join(ts.Getenv("BASE"), f.Name()))
		}
		if err != nil {
			return err
		}
		named := strings.ReplaceAll(string(text), "$CRM_URL", ts.Getenv("CRM_URL"))
		if err := os.WriteFile(to, []byte(named), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func replaceText(ts *testscript.TestScript, args []string) error {
	if len(args) != 3 {
		return errors.New("usage: replace FILE OLD NEW")
	}
	breaks := strings.NewReplacer(`\n`, "\n")
	text, old := ts.ReadFile(args[0]), breaks.Replace(args[1])
	if !strings.Contains(text, old) {
		return fmt.Errorf("%s does not contain %q", args[0], old)
	}
	text = strings.ReplaceAll(text, old, breaks.Replace(args[2]))
	return os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600)
}

func appendRows(ts *testscript.TestScript, args []string) error {
	if len(args) != 3 {
		return errors.New("usage: rows FILE FROM TO")
	}
	from, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	to, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString(ts.ReadFile(args[0]))
	for i := from; i <= to; i++ {
		fmt.Fprintf(&b, "G-%d;Клён-%d;;;;;klen%d@example.ru;;Юг\n", i, i, i)
	}
	return os.WriteFile(ts.MkAbs(args[0]), []byte(b.String()), 0o600)
}

func lockState(ts *testscript.TestScript, args []string) error {
	if len(args) != 1 {
		return errors.New("usage: lock STATE")
	}
	lock, err := state.Lock(ts.MkAbs(args[0]))
	if err != nil {
		return err
	}
	ts.Defer(func() { ts.Check(lock.Release()) })
	return nil
}

func changeState(ts *testscript.TestScript, args []string) error {
	if len(args) != 2 {
		return errors.New("usage: sql STATE STATEMENT")
	}
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	if err != nil {
		return err
	}
	_, err = db.ExecContext(context.Background(), args[1])
	return errors.Join(err, db.Close())
}

// interrupt must not signal before the CRM was reached, nor wait for ever.
func interrupt(ts *testscript.TestScript, args []string) error {
	if len(args) < 3 {
		return errors.New("usage: interrupt ACTION CODE program [ARG…]")
	}
	ended, said, err := signalled(ts, args[0], []os.Signal{os.Interrupt}, args[2:])
	if err != nil {
		return err
	}
	if got := strconv.Itoa(ended.ExitCode()); got != args[1] {
		return fmt.Errorf("exit code %s, want %s: %s", got, args[1], said)
	}
	return os.WriteFile(ts.MkAbs("interrupted.txt"), []byte(said), 0o600)
}

func strike(ts *testscript.TestScript, args []string) error {
	if len(args) < 3 {
		return errors.New("usage: strike SIGNAL,… ACTION program [ARG…]")
	}
	var signals []os.Signal
	for word := range strings.SplitSeq(args[0], ",") {
		signals = append(signals, map[string]os.Signal{"KILL": syscall.SIGKILL, "TERM": syscall.SIGTERM}[word])
	}
	began := time.Now()
	ended, said, err := signalled(ts, args[1], signals, args[2:])
	if err != nil {
		return err
	}
	how, ok := ended.Sys().(syscall.WaitStatus)
	killed := ok && how.Signaled() && how.Signal() == syscall.SIGKILL
	told := ended.ExitCode() == publishedInterrupted && strings.Contains(said, "a second signal")
	if last := signals[len(signals)-1]; last == syscall.SIGKILL && !killed || last != syscall.SIGKILL && !told {
		return fmt.Errorf("it ended with %s, after %s: %s", ended, time.Since(began), said)
	}
	return nil
}

// signalled runs a program, and signals it once the CRM got the action from it.
func signalled(ts *testscript.TestScript, action string, signals []os.Signal, args []string) (*os.ProcessState, string, error) {
	crm := crmOf(ts)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	program, err := lookPath(ts, args[0])
	if err != nil {
		return nil, "", err
	}
	cmd := exec.CommandContext(ctx, program, args[1:]...)
	cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"PATH", "CRM_KEY", "LANG", "GORACE", "HOME", "TMPDIR"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	var diagnostics strings.Builder
	cmd.Stderr = &diagnostics
	before := len(crm.History())
	if err := cmd.Start(); err != nil {
		return nil, "", err
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !crm.asked(action, before) {
		select {
		case <-ctx.Done():
			return nil, "", fmt.Errorf("the CRM was never asked for %s: %s", action, diagnostics.String())
		case <-tick.C:
		}
	}
	for i, s := range signals {
		if i > 0 { // the one before has been seen
			<-time.After(250 * time.Millisecond)
		}
		if err := cmd.Process.Signal(s); err != nil {
			return nil, "", err
		}
	}
	_ = cmd.Wait() // the state of the process says it
	return cmd.ProcessState, diagnostics.String(), nil
}

// asked reports whether a request for the action has arrived after the first so many.
func (c *emulatedCRM) asked(action string, before int) bool {
	return slices.ContainsFunc(c.History()[before:], func(e emulator.Event) bool { return e.Action == action })
}

// lookPath finds a program where the script would.
func lookPath(ts *testscript.TestScript, name string) (string, error) {
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is not in the script's PATH", name)
}
