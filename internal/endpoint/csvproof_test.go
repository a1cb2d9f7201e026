package endpoint_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"syncd/internal/endpoint"
	"syncd/internal/engine"
	"syncd/internal/source"
)

const twoRows = header + "a;Ромашка;;Нет\r\nb;Лютик;;Нет\r\n"

// proven is a source over one file of the name clients.csv.
func proven(t *testing.T, content string, p source.Proof, trailer string) (*endpoint.CSV, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "clients.csv")
	put(t, path, content)
	return endpoint.NewCSV(endpoint.CSVConfig{
		Path: path, Shown: "clients.csv", Full: true, Proof: p, Options: source.CSVOptions{Trailer: trailer},
	}, mappingOf(t, spec), nil), path
}

func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func manifestOf(content string, rows int) string {
	return fmt.Sprintf("bytes: %d\r\nrows: %d\r\n", len(content), rows)
}

// refused reads a source that is not ready and returns why; no row may reach
// the caller unless late.
func refused(t *testing.T, s *endpoint.CSV, late bool) error {
	t.Helper()
	rows := 0
	_, err := s.Read(t.Context(), engine.Known{}, func(batch []engine.Incoming) error { rows += len(batch); return nil })
	var n interface{ NotReady() bool }
	if !errors.As(err, &n) || !n.NotReady() {
		t.Errorf("error %v", err)
	}
	if !late && rows > 0 {
		t.Errorf("%d rows were read", rows)
	}
	return err
}

func TestA_snapshot_is_proven_by_what_the_configuration_names_only(t *testing.T) {
	t.Parallel()
	manifest, ready := source.Proof{Manifest: true}, source.Proof{ReadyFile: true}
	for name, tt := range map[string]struct {
		content string
		proof   source.Proof
		trailer string
		beside  map[string]string
		proven  bool
		whole   bool
	}{
		"nothing named":       {content: twoRows, whole: true},
		"trailer":             {content: twoRows + "Всего строк: 2\r\n", trailer: "Всего строк: {rows}", proven: true, whole: true},
		"trailer missing":     {content: twoRows, trailer: "Всего строк: {rows}"},
		"trailer disagrees":   {content: twoRows + "Всего строк: 3\r\n", trailer: "Всего строк: {rows}"},
		"manifest":            {content: twoRows, proof: manifest, beside: map[string]string{".manifest": manifestOf(twoRows, 2)}, proven: true, whole: true},
		"ready file":          {content: twoRows, proof: ready, beside: map[string]string{".ready": ""}, proven: true, whole: true},
		"ready file, cut row": {content: twoRows + "c;Мя", proof: ready, beside: map[string]string{".ready": ""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, path := proven(t, tt.content, tt.proof, tt.trailer)
			for ext, content := range tt.beside {
				put(t, path+ext, content)
			}
			_, snap := read(t, s)
			if snap.Proven != tt.proven || snap.Complete != tt.whole || snap.ID == "" {
				t.Errorf("snapshot %+v", snap)
			}
		})
	}
}

func TestWithout_its_proof_a_file_is_not_read(t *testing.T) {
	t.Parallel()
	s, path := proven(t, twoRows, source.Proof{Manifest: true}, "")
	if err := refused(t, s, false); !strings.Contains(err.Error(), "clients.csv.manifest is not ready: missing") {
		t.Errorf("error %v", err)
	}
	put(t, path+".manifest", manifestOf(twoRows+"c", 2)) // the export is not there to its end yet
	if err := refused(t, s, false); !strings.Contains(err.Error(), "manifest says") {
		t.Errorf("error %v", err)
	}
	put(t, path+".manifest", manifestOf(twoRows, 3)) // a line is missing
	if err := refused(t, s, true); !strings.Contains(err.Error(), "2 rows, its manifest says 3") {
		t.Errorf("error %v", err)
	}

	s, path = proven(t, twoRows, source.Proof{ReadyFile: true}, "")
	if err := refused(t, s, false); !strings.Contains(err.Error(), "clients.csv.ready is not ready: missing") {
		t.Errorf("error %v", err)
	}
	put(t, path+".ready", "")
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(path+".ready", old, old); err != nil {
		t.Fatal(err)
	}
	if err := refused(t, s, false); !strings.Contains(err.Error(), string(source.BeingWritten)) {
		t.Errorf("error %v", err)
	}
	if _, _, err := s.Columns(t.Context()); err == nil {
		t.Error("`check` takes it for ready")
	}
}

func TestTwo_snapshots_have_one_identity_only_where_nothing_moved(t *testing.T) {
	t.Parallel()
	s, path := proven(t, twoRows, source.Proof{}, "")
	_, first := read(t, s)
	_, same := read(t, s)
	later := time.Now().Add(time.Minute)
	if err := os.Chtimes(path, later, later); err != nil {
		t.Fatal(err)
	}
	_, written := read(t, s)
	put(t, path, twoRows+"c;Мята;;Нет\r\n")
	if err := os.Chtimes(path, later, later); err != nil {
		t.Fatal(err)
	}
	_, longer := read(t, s)
	if same.ID != first.ID || written.ID == first.ID || longer.ID == written.ID {
		t.Errorf("identities %s %s %s %s", first.ID, same.ID, written.ID, longer.ID)
	}
}

func TestCompanions_are_no_exports_and_go_where_theirs_goes(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		after endpoint.After
		left  string
	}{
		"keep":    {endpoint.AfterKeep, "clients_1.csv clients_1.csv.manifest clients_1.csv.ready notes.ready"},
		"delete":  {endpoint.AfterDelete, "notes.ready"},
		"archive": {endpoint.AfterArchive, "archive/clients_1.2.csv archive/clients_1.2.csv.manifest archive/clients_1.2.csv.ready archive/clients_1.csv notes.ready"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if tt.after == endpoint.AfterArchive {
				if err := os.Mkdir(filepath.Join(dir, "archive"), 0o700); err != nil {
					t.Fatal(err)
				}
				put(t, filepath.Join(dir, "archive", "clients_1.csv"), "an earlier one")
			}
			path := filepath.Join(dir, "clients_1.csv")
			put(t, path, twoRows)
			put(t, path+".manifest", manifestOf(twoRows, 2))
			put(t, path+".ready", "")
			put(t, filepath.Join(dir, "notes.ready"), "")
			// a pattern that the companions fit as well
			s := endpoint.NewCSV(endpoint.CSVConfig{
				Path: filepath.Join(dir, "*"), Once: true, After: tt.after, Proof: source.Proof{Manifest: true, ReadyFile: true},
			}, mappingOf(t, spec), fileLog{})
			if _, _, err := s.Columns(t.Context()); err != nil {
				t.Error(err)
			}
			got, snap := read(t, s)
			if len(got) != 2 || len(snap.Files) != 1 || !snap.Proven {
				t.Fatalf("rows %+v, snapshot %+v", got, snap)
			}
			for range 2 { // a crash in between asks for it twice
				if err := s.Done(t.Context(), snap); err != nil {
					t.Fatal(err)
				}
			}
			var left []string
			for _, pattern := range []string{"*", "archive/*"} {
				found, _ := filepath.Glob(filepath.Join(dir, pattern))
				for _, f := range found {
					if fi, err := os.Stat(f); err == nil && fi.Mode().IsRegular() {
						rel, _ := filepath.Rel(dir, f)
						left = append(left, rel)
					}
				}
			}
			slices.Sort(left)
			if strings.Join(left, " ") != tt.left {
				t.Errorf("left: %s\nwant: %s", strings.Join(left, " "), tt.left)
			}
		})
	}
}
