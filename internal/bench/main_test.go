package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// The launcher starts this very program anew, in a test the test's binary.
func TestMain(m *testing.M) {
	if launched() {
		return
	}
	os.Exit(m.Run())
}

// Tiny sizes prove that the program works, that the state it prepares is one
// that the real program believes (a pass finds every record unchanged), and that
// nothing it names is left out; what it measures means nothing here.
func TestEvery_figure_is_measured(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED with -short: builds and runs the program some fifteen times")
	}
	dir := t.TempDir()
	var out, log bytes.Buffer
	err := run(t.Context(), []string{
		"-quick", "-rows", "300", "-load", "250", "-slow", "6", "-scan", "450", "-dir", dir,
	}, &out, &log)
	if err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	for _, figure := range []string{
		"300 rows, first load of 250, scan of 450; rate off, batch 200",
		"yardstick", "no-change pass ÷ yardstick", "… CPU ÷ yardstick's", "… peak memory",
		"every raw row touched", "1 % changed (3 updates) ÷ no-change pass",
		"first load of 250", "… requests ÷ least possible", "… state file per record",
		"at 25 ms a record", "full scan of 450 clients, no latency", "full scan of 22 clients, 100ms a page", "a whole run of one row", "csvdiff", "duckdb",
	} {
		if !strings.Contains(out.String(), figure) {
			t.Errorf("no figure %q in\n%s", figure, out.String())
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("files left behind: %v %v", left, err)
	}
}

// A run whose records end otherwise than the figure presumes ends the program.
func TestA_wrong_outcome_is_an_error(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED with -short: builds the program")
	}
	b := &bench{log: &bytes.Buffer{}, dir: t.TempDir()}
	if err := b.build(t.Context()); err != nil {
		t.Fatal(err)
	}
	c, err := startCRM(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer c.stop()
	in, err := b.install("wrong", c)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(in.file("clients.csv"), []byte("Ссылка;Наименование\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if p, err := in.run(t.Context(), map[string]int64{"created": 1}); err == nil {
		t.Errorf("an export without rows passed as a load of one record: %v", p.outcomes)
	}
}

func TestA_goal_is_met_from_its_side(t *testing.T) {
	loads := goal{atLeast: true, limit: 4000, ideal: 10_000}
	for _, c := range []struct {
		goal goal
		got  float64
		want string
	}{
		{atMost(0.5, 0.3, ""), 0.51, "MISSED"},
		{atMost(0.5, 0.3, ""), 0.5, "met"},
		{atMost(0.5, 0.3, ""), 0.3, "met, stretch too"},
		{loads, 3999, "MISSED"},
		{loads, 4000, "met"},
		{loads, 10_000, "met, stretch too"},
	} {
		if got := c.goal.verdict(c.got); got != c.want {
			t.Errorf("%v against %s: %s, want %s", c.got, c.goal.target(), got, c.want)
		}
	}
}

func TestRatios_are_of_pairs(t *testing.T) {
	// the median of 1/2, 4/2 and 9/3, not the ratio of medians
	if got := over([]float64{1, 4, 9}, []float64{2, 2, 3}); got != 2 {
		t.Errorf("got %v, want 2", got)
	}
	if got := median([]float64{4, 1, 3, 2}); got != 2.5 {
		t.Errorf("median of an even number: %v, want 2.5", got)
	}
}
