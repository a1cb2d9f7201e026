package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"syncd/internal/sqltest"
)

// TestMain makes the program itself a command of the scripts: `exec syncd …`
// runs the real main in a process of its own. `probe` is the same program with
// commands that provoke what the real ones do only in trouble.
func TestMain(m *testing.M) {
	if os.Getenv(probeVariable) != "" {
		probe()
	}
	testscript.Main(sqltest.Wrap(m), map[string]func(){"syncd": main, "probe": probe})
}

// TestScripts runs testdata/script/*.txtar, one behaviour a file. Beside the
// commands of testscript they may say:
//
//	exits CODE syncd ARG…   run it and expect this exit code, no hole in a message,
//	                        and no secret
//
// and those of crmCommands and notifyCommands. The condition [small-disk] holds where the command
// small-disk can work.
func TestScripts(t *testing.T) {
	t.Parallel()
	base, err := filepath.Abs(baseFolder)
	if err != nil {
		t.Fatal(err)
	}
	params := testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("BASE", base)
			setupOutside(env)
			return setupCRM(env)
		},
		Cmds: serviceCommands(notifyCommands(dealCommands(crmCommands(map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits,
		})))),
		Condition: func(cond string) (bool, error) {
			if cond != "small-disk" {
				return false, fmt.Errorf("unknown condition %s", cond)
			}
			return canMount(), nil
		},
	}
	if testing.Short() { // with the race detector the program is several times slower
		params.Dir, params.Files = "", racingScripts(t)
		t.Logf("LEFT OUT with -short: all but %d scripts; the run without the race detector has them (see `make test`)", len(params.Files))
	}
	testscript.Run(t, params)
}

// racingScripts are those in which the program does most at once; the others run
// whole without the race detector (see `make test`).
func racingScripts(t *testing.T) []string {
	t.Helper()
	var files []string
	for _, pattern := range []string{"both*", "run-*", "deals", "in-doubt", "sql", "bad-interrupted", "adopt", "demo*"} {
		found, err := filepath.Glob(filepath.Join("testdata/script", pattern+".txtar"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) < 10 {
		t.Fatalf("only %d scripts", len(files))
	}
	return files
}

// usesNoPortOfOthers refuses a check of a configuration that leaves `listen` to its
// default: it would take that port for a moment, and scripts run side by side.
func usesNoPortOfOthers(ts *testscript.TestScript, args []string) error {
	if !slices.Contains(args, "check") || slices.Contains(args, "--help") {
		return nil
	}
	config, err := os.ReadFile(ts.MkAbs("syncd.yaml"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && bytes.Contains(config, []byte("\njobs:")) && !bytes.Contains(config, []byte("\nlisten: ")) {
		err = errors.New("syncd.yaml needs `listen`, or its check takes a port of others")
	}
	return err
}

func exits(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) < 2 {
		ts.Fatalf("usage: exits CODE program [ARG…]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	ts.Check(usesNoPortOfOthers(ts, args[1:]))
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
	said := ts.ReadFile("stdout") + ts.ReadFile("stderr")
	if hole := unfilled.FindString(said); hole != "" && args[2] != "completion" {
		ts.Fatalf("a message lacks its argument %s", hole)
	}
	if key := ts.Getenv("CRM_KEY"); key != "" && strings.Contains(said, key) {
		ts.Fatalf("the key of the CRM was printed")
	}
}

// unfilled is the mark of a message whose argument was not given.
var unfilled = regexp.MustCompile(`\{[a-z]+\}`)
