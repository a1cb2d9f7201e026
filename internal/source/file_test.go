package source_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"syncd/internal/source"
)

func notReady(t *testing.T, err error, want source.NotReady) {
	t.Helper()
	var e *source.NotReadyError
	if !errors.As(err, &e) || e.Reason != want {
		t.Errorf("error %v, want not ready: %s", err, want)
	}
}

func Test_what_is_no_file_to_read_is_not_ready(t *testing.T) {
	dir := t.TempDir()
	real := filepath.Join(dir, "real.csv")
	fifo := filepath.Join(dir, "fifo.csv")
	link := filepath.Join(dir, "link.csv")
	empty := filepath.Join(dir, "empty.csv")
	blank := filepath.Join(dir, "blank.csv")
	for path, content := range map[string]string{real: head, empty: "", blank: "\ufeff \r\n\n"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(syscall.Mkfifo(fifo, 0o600), os.Symlink(real, link)); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]source.NotReady{
		filepath.Join(dir, "none.csv"):      source.Missing,
		filepath.Join(real, "below-a-file"): source.Missing,
		filepath.Join(dir, "gone", "a.csv"): source.Missing,
		dir:                                 source.NotRegular,
		fifo:                                source.NotRegular,
		link:                                source.NotRegular,
		"/dev/null":                         source.NotRegular,
		empty:                               source.Empty,
		blank:                               source.Empty,
	} {
		_, err := source.OpenCSV(t.Context(), source.CSVOptions{Path: path, Name: "clients"})
		notReady(t, err, want)
		if err != nil && !strings.HasPrefix(err.Error(), "clients is not ready") {
			t.Errorf("the message does not begin with the name: %v", err)
		}
	}
}

func Test_a_file_settles_when_two_looks_agree(t *testing.T) {
	path := write(t, head)
	changes := map[string]func(){
		"size": func() { _ = os.WriteFile(path, []byte(head+"1;А;1\n"), 0o600) },
		"size, at the same time": func() {
			fi, _ := os.Stat(path)
			_ = os.WriteFile(path, []byte(head+"1;А;12\n"), 0o600)
			_ = os.Chtimes(path, time.Time{}, fi.ModTime())
		},
		"time": func() { _ = os.Chtimes(path, time.Time{}, time.Now().Add(time.Hour)) },
		"file": func() {
			_ = os.WriteFile(path+"2", []byte(head), 0o600)
			_ = os.Rename(path+"2", path)
		},
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			_, err := source.Settle(t.Context(), path, time.Minute, func(context.Context, time.Duration) error {
				change()
				return nil
			})
			notReady(t, err, source.BeingWritten)
		})
	}
	waited := time.Duration(0)
	id, err := source.Settle(t.Context(), path, time.Minute, func(_ context.Context, d time.Duration) error {
		waited = d
		return nil
	})
	if err != nil || waited != time.Minute || id.Size == 0 {
		t.Fatalf("settled %v %v after %v", id, err, waited)
	}
	if r, err := source.OpenCSV(t.Context(), source.CSVOptions{Path: path, Settled: &id}); err != nil {
		t.Error(err)
	} else {
		_ = r.Close()
	}
	changes["size"]()
	_, err = source.OpenCSV(t.Context(), source.CSVOptions{Path: path, Settled: &id})
	notReady(t, err, source.BeingWritten)
	_, err = source.Settle(t.Context(), path, time.Minute, func(context.Context, time.Duration) error { return context.Canceled })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func Test_a_pattern_lists_regular_files_in_name_order(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"clients_2.csv", "clients_10.csv", "orders.csv", "clients_[1].csv"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(head), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "clients_3.csv")); err != nil {
		t.Fatal(err)
	}
	at := func(names ...string) []string {
		for i := range names {
			names[i] = filepath.Join(dir, names[i])
		}
		return names
	}
	m, err := source.Match(filepath.Join(dir, "clients_*.csv"))
	if err != nil || !slices.Equal(m.Files, at("clients_10.csv", "clients_2.csv", "clients_[1].csv")) || !slices.Equal(m.Ignored, at("clients_3.csv")) {
		t.Errorf("matches %+v %v", m, err)
	}
	m, err = source.Match(filepath.Join(dir, "clients_[1].csv"))
	if err != nil || !slices.Equal(m.Files, at("clients_[1].csv")) {
		t.Errorf("a literal name with brackets: %+v %v", m, err)
	}
	for _, pattern := range []string{"nothing_*.csv", "nothing.csv", "gone/*.csv"} {
		_, err = source.Match(filepath.Join(dir, pattern))
		notReady(t, err, source.Missing)
	}
	for _, pattern := range []string{"[.csv", "*/clients.csv"} {
		if _, err = source.Match(filepath.Join(dir, pattern)); !errors.Is(err, filepath.ErrBadPattern) {
			t.Errorf("%s: error %v", pattern, err)
		}
	}
}
