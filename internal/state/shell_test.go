package state_test

import (
	"os/exec"
	"testing"
)

// shell asks Debian's sqlite3 program, as an operator would.
func shell(t testing.TB, file, query string) string {
	t.Helper()
	program, err := exec.LookPath("sqlite3")
	if err != nil {
		t.Fatal("the sqlite3 shell is needed: apt-get install sqlite3")
	}
	out, err := exec.CommandContext(t.Context(), program, "-batch", "-bail", "-readonly", file, query).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s\n%s", err, out, query)
	}
	return string(out)
}
