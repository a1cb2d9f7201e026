package main

import (
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"syncd/internal/crmapi/emulator"
)

const nobody = 65534

// ofNobody is an installation that belongs to a user without rights. say runs a command
// of root in a folder and returns what it said, and its exit code.
func ofNobody(t *testing.T) (dir string, say func(cwd string, args ...string) (string, int)) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("NOT TESTED: only root can become somebody else")
	}
	crm := emulator.New(emulator.Options{})
	server := httptest.NewServer(crm)
	t.Cleanup(func() { server.Close(); crm.Close() })
	dir, err := os.MkdirTemp("", "syncd-owner-") //nolint:usetesting // the folder above t.TempDir is closed to others
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	files := map[string]string{
		"mapping.yaml": "version: 1\nentity: client\nuid: {column: Ключ, encode: raw}\nfields:\n  title: {column: Имя, required: true}\n",
		"clients.csv":  "Ключ;Имя\r\na;Ромашка\r\n",
		"syncd.yaml": fmt.Sprintf("version: 1\nstate: state/state.db\ncrm:\n  main: {base_url: %q, login: %s, apikey: {env: CRM_KEY}, rate: off}\n"+
			"sources:\n  clients: {csv: {path: clients.csv, snapshot: full, settle: 0s}}\n"+
			"jobs:\n  clients: {entity: client, crm: main, source: clients, mapping: mapping.yaml}\n", server.URL, emulator.DefaultLogin),
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "state"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		return os.Chown(path, nobody, nobody)
	}); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "syncd")
	self, err := os.Executable() // which is syncd under that name: see TestMain
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, binary); err != nil {
		t.Fatal(err)
	}
	return dir, func(cwd string, args ...string) (string, int) {
		run := exec.CommandContext(t.Context(), binary, append(args, "--config", filepath.Join(dir, "syncd.yaml"))...)
		run.Dir, run.Env = cwd, append(os.Environ(), "CRM_KEY="+crm.Key())
		out, _ := run.CombinedOutput() // its exit code says it
		return string(out), run.ProcessState.ExitCode()
	}
}

// Root runs a job by hand: what it leaves behind belongs to the service's user.
func TestRootBecomesTheOwnerOfTheState(t *testing.T) {
	whole(t)
	t.Parallel()
	dir, say := ofNobody(t)
	if out, code := say(dir, "run", "--lang", "en"); code != 0 {
		t.Fatalf("run: %d\n%s", code, out)
	}
	i, err := os.Stat(filepath.Join(dir, "state", "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	if s, ok := i.Sys().(*syscall.Stat_t); !ok || s.Uid != nobody {
		t.Errorf("the state belongs to %v", s.Uid)
	}
}

// Root stands in a folder of its own: what a command should leave there it cannot, for
// it acts as the state's owner. It says so, and the command that it names works.
func TestAFileThatTheOwnerCannotWriteIsNamedWithTheWayOut(t *testing.T) {
	whole(t)
	t.Parallel()
	dir, say := ofNobody(t)
	home := t.TempDir() // of root
	for _, args := range [][]string{
		{"adopt", "clients"},
		{"run"},
		{"adopt", "clients", "--out", "list.csv"},
		{"holds", "--out", "holds.csv"},
		{"plan", "clients", "--out", "monday.plan"},
		{"rejects", "--out", "rejects.csv"},
		{"report", "--out", "page.html"},
		{"state", "backup", "copy.db"},
	} {
		line := strings.Join(args, " ")
		out, code := say(home, append(args, "--lang", "en")...)
		if args[0] == "run" {
			if code != 0 {
				t.Fatalf("run: %d\n%s", code, out)
			}
			continue
		}
		if code != 1 || !strings.Contains(out, "SYNC-0925") || !strings.Contains(out, home) ||
			!strings.Contains(out, "by the user nobody: permission denied") {
			t.Errorf("%s: %d\n%s", line, code, out)
		}
		if ru, _ := say(home, append(args, "--lang", "ru")...); !strings.Contains(ru, "SYNC-0925: Пользователь nobody") || !strings.Contains(ru, "нет прав доступа") {
			t.Errorf("%s, in Russian:\n%s", line, ru)
		}
		_, next, _ := strings.Cut(out, "where that user may: syncd ")
		next, _, _ = strings.Cut(next, "\n")
		if out, code := say(home, strings.Fields(next)...); code != 0 {
			t.Errorf("%s: it said %q, which ends with %d\n%s", line, next, code, out)
		}
	}
	if left, err := os.ReadDir(home); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "state", "monday.plan")); err != nil {
		t.Error(err)
	}
}
