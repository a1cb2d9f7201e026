package main

import (
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"syncd/internal/crmapi/emulator"
)

// Root runs a job by hand: what it leaves behind belongs to the service's user.
func TestRootBecomesTheOwnerOfTheState(t *testing.T) {
	whole(t)
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("NOT TESTED: only root can become somebody else")
	}
	const nobody = 65534
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
	run := exec.CommandContext(t.Context(), binary, "run", "--lang", "en")
	run.Dir, run.Env = dir, append(os.Environ(), "CRM_KEY="+crm.Key())
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("run: %v\n%s", err, out)
	}
	i, err := os.Stat(filepath.Join(dir, "state", "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	if s, ok := i.Sys().(*syscall.Stat_t); !ok || s.Uid != nobody {
		t.Errorf("the state belongs to %v", s.Uid)
	}
}
