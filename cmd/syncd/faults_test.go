package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"syncd/internal/crmapi"
	"syncd/internal/engine"
	"syncd/internal/message"
	"syncd/internal/state"
)

func TestEveryErrorOfTheStateIsWordedWithItsNextStep(t *testing.T) {
	t.Parallel()
	const file = "var/state.db"
	for name, tt := range map[string]struct {
		err  error
		exit int
		code message.Code
	}{
		"newer":   {&state.NewerError{File: file, Found: 9, Known: 1}, exitConfig, message.StateNewer},
		"older":   {&state.OlderError{File: file, Found: 1, Known: 2}, exitConfig, message.StateOlder},
		"damaged": {&state.DamagedError{File: file, Cause: "zero length"}, exitConfig, message.StateDamaged},
		"held":    {&state.HeldError{File: file, PID: 7}, exitLocked, message.StateLocked},
		"full":    {&state.FullError{File: file}, exitFailure, message.StateDiskFull},
		"missing": {&state.MissingError{File: file}, exitConfig, message.StateMissing},
		"foreign": {&state.ForeignError{File: file}, exitConfig, message.StateNotOurs},
		"exposed": {&state.ExposedError{File: file, Mode: "-rw-r--r--"}, exitConfig, message.StateExposed},
		"busy":    {&state.LockedError{File: file}, exitFailure, message.StateBusy},
		"network": {&state.NetworkError{File: file, Filesystem: "nfs"}, exitConfig, message.StateNetworkDir},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, lang := range []message.Lang{message.English, message.Russian} {
				a := &app{lang: lang}
				err := a.stateFault(errors.Join(errors.New("open"), tt.err))
				var told *faultError
				if !errors.As(err, &told) || told.code != tt.code || exitFor(err) != tt.exit {
					t.Fatalf("%v: exit %d", err, exitFor(err))
				}
				text := told.In(lang)
				if !strings.Contains(text, file) || unfilled.MatchString(text) {
					t.Errorf("%s: %s", lang, text)
				}
			}
		})
	}
}

// A CRM that answers with nothing gets a next step of its own: which script died, and
// that the API of deals can be named.
func TestAnEmptyAnswerOfTheCRMHasANextStep(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "syncd.yaml")
	text := "version: 1\nstate: state.db\n" +
		"crm:\n  main: {base_url: \"https://crm.example.org\", login: boss, apikey: {env: CRM_KEY}}\n" +
		"sources:\n  clients: {csv: {path: clients.csv, snapshot: full}}\n" +
		"jobs:\n  clients: {entity: client, crm: main, source: clients, mapping: mapping.yaml}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	a := &app{stdio: stdio{out: io.Discard, err: io.Discard}, getenv: noEnv, lang: message.English}
	a.flags.config = file
	cfg, err := a.config()
	if err != nil {
		t.Fatal(err)
	}
	in := &installation{app: a, cfg: cfg}
	empty := &crmapi.Error{Class: crmapi.ClassProtocol, Action: "client/fields", HTTPStatus: 200, Err: crmapi.ErrEmpty}
	fault := in.crmFault("clients", &engine.CRMError{Err: empty})
	var told *faultError
	if !errors.As(fault, &told) || told.code != message.CRMEmpty || exitFor(fault) != exitCRM {
		t.Fatal(fault)
	}
	for _, lang := range []message.Lang{message.English, message.Russian} {
		words := told.In(lang)
		for _, want := range []string{"https://crm.example.org", "client/fields", "PHP", "`deals: v1`", "syncd check --online"} {
			if !strings.Contains(words, want) || unfilled.MatchString(words) {
				t.Errorf("%s: %s", lang, words)
			}
		}
	}
}

func TestTimesInErrorsOfTheStateAreOfTheConfiguredZone(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "syncd.yaml")
	text := "version: 1\nstate: state.db\ntimezone: Asia/Kathmandu\n" +
		"crm:\n  main: {base_url: \"https://crm.example.org\", login: boss, apikey: {env: CRM_KEY}}\n" +
		"sources:\n  clients: {csv: {path: clients.csv, snapshot: full}}\n" +
		"jobs:\n  clients: {entity: client, crm: main, source: clients, mapping: mapping.yaml}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	a := &app{stdio: stdio{out: io.Discard, err: io.Discard}, getenv: noEnv, lang: message.English}
	a.flags.config = file
	if _, err := a.config(); err != nil {
		t.Fatal(err)
	}
	err := a.stateFault(&state.RetiredError{File: "state.db", At: time.Date(2026, 1, 2, 20, 0, 0, 0, time.UTC), Copy: "moved.db"})
	if got := a.wording(err); !strings.Contains(got, "on 2026-01-03 01:45 with") {
		t.Error(got)
	}
}
