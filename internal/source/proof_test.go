package source_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"syncd/internal/source"
)

// beside writes a file beside an export.
func beside(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func settled(t *testing.T, path string) source.Identity {
	t.Helper()
	id, err := source.Look(path)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func malformed(t *testing.T, err error, want source.Malformed) {
	t.Helper()
	var e *source.FormatError
	if !errors.As(err, &e) || e.Reason != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

const export = head + "1;А;1\n2;Б;2\n"

func sumOf(text string) string {
	h := sha256.Sum256([]byte(text))
	return hex.EncodeToString(h[:])
}

func Test_a_manifest_proves_size_and_rows(t *testing.T) {
	manifest := source.Proof{Manifest: true}
	plain := fmt.Sprintf("bytes: %d\nrows: 2\n", len(export))
	russian := fmt.Sprintf("\nРазмер = \"%d\"\r\nСтрок = 2\r\n", len(export))
	ansi, err := charmap.Windows1251.NewEncoder().String(russian)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(russian)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"lines":                   plain,
		"no last line end":        strings.TrimSpace(plain),
		"CR alone":                strings.ReplaceAll(plain, "\n", "\r"),
		"BOM, CRLF, a comment":    "\ufeff# clients.csv\r\n" + strings.ReplaceAll(plain, "\n", "\r\n") + "\r\n",
		"unknown names":           plain + "made: 2026-04-01T09:00:00\nfile: clients.csv\n",
		"windows-1251":            ansi,
		"UTF-16":                  wide,
		"numbers as 1C says them": fmt.Sprintf("size: %d\nrows: 0\u00a0002\n", len(export)),
		"with a hash":             plain + "SHA-256: " + strings.ToUpper(sumOf(export)) + "\n",
		"JSON":                    fmt.Sprintf("\ufeff{\"bytes\": %d, \"rows\": \"2\", \"sha256\": %q, \"more\": {\"rows\": 7}}\r\n", len(export), sumOf(export)),
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, export)
			beside(t, path+".manifest", text)
			d, err := manifest.Check(t.Context(), path, "clients.csv", settled(t, path))
			if err != nil {
				t.Fatal(err)
			}
			if err := d.CheckRows(2); err != nil {
				t.Error(err)
			}
			for _, rows := range []int{0, 1, 3} {
				malformed(t, d.CheckRows(rows), source.ManifestMismatch)
			}
		})
	}
	for name, tc := range map[string]struct {
		text string
		want source.Malformed
	}{
		"another size":     {fmt.Sprintf("bytes: %d\nrows: 2\n", len(export)+1), source.ManifestMismatch},
		"another content":  {plain + "sha256: " + sumOf("x"), source.ManifestMismatch},
		"empty":            {"", source.BadManifest},
		"no rows":          {"bytes: 1", source.BadManifest},
		"no size":          {"rows: 1", source.BadManifest},
		"half a line":      {"bytes: 10\nro", source.BadManifest},
		"no number":        {"bytes: many\nrows: 2", source.BadManifest},
		"below zero":       {"bytes: -1\nrows: 2", source.BadManifest},
		"told twice":       {plain + "строк: 3", source.BadManifest},
		"half a hash":      {plain + "sha256: " + sumOf(export)[:60], source.BadManifest},
		"cut JSON":         {`{"bytes": 1, "rows": `, source.BadManifest},
		"too large":        {strings.Repeat("# \n", 30_000) + plain, source.FileTooLarge},
		"JSON, not a size": {`{"bytes": [1], "rows": 2}`, source.BadManifest},
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, export)
			beside(t, path+".manifest", tc.text)
			_, err := manifest.Check(t.Context(), path, "clients.csv", settled(t, path))
			malformed(t, err, tc.want)
			if err == nil || !strings.HasPrefix(err.Error(), "clients.csv") {
				t.Errorf("the message does not begin with the name: %v", err)
			}
		})
	}
}

func Test_a_missing_companion_is_named(t *testing.T) {
	path := write(t, export)
	for ext, p := range map[string]source.Proof{".manifest": {Manifest: true}, ".ready": {ReadyFile: true}} {
		_, err := p.Check(t.Context(), path, "clients.csv", settled(t, path))
		notReady(t, err, source.Missing)
		if !strings.HasPrefix(err.Error(), "clients.csv"+ext+" is not ready") {
			t.Errorf("the message does not name the file: %v", err)
		}
		if err := os.Mkdir(path+ext, 0o700); err != nil {
			t.Fatal(err)
		}
		_, err = p.Check(t.Context(), path, "clients.csv", settled(t, path))
		notReady(t, err, source.NotRegular)
		if !p.Companion("a.csv"+ext) || p.Companion("a.csv") || fmt.Sprint(p.Companions("a.csv")) != "[a.csv"+ext+"]" {
			t.Errorf("companions of %+v", p)
		}
	}
	d, err := source.Proof{}.Check(t.Context(), path, "clients.csv", settled(t, path))
	if err != nil || d.CheckRows(7) != nil || (source.Proof{}).Companion("a.ready") {
		t.Errorf("asked for nothing: %v %v", d, err)
	}
}

func Test_a_ready_file_must_not_be_older_than_its_export(t *testing.T) {
	path := write(t, export)
	beside(t, path+".ready", "")
	at := time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)
	for later, ready := range map[time.Duration]bool{-time.Second: false, 0: true, time.Minute: true} {
		if err := errors.Join(os.Chtimes(path, at, at), os.Chtimes(path+".ready", at, at.Add(later))); err != nil {
			t.Fatal(err)
		}
		_, err := source.Proof{ReadyFile: true}.Check(t.Context(), path, "clients.csv", settled(t, path))
		if ready && err != nil {
			t.Errorf("%v later: %v", later, err)
		}
		if !ready {
			notReady(t, err, source.BeingWritten)
		}
	}
}

func Test_summing_up_a_file_ends_with_its_run(t *testing.T) {
	path := write(t, export)
	beside(t, path+".manifest", fmt.Sprintf("bytes: %d\nrows: 2\nsha256: %s", len(export), sumOf(export)))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (source.Proof{Manifest: true}).Check(ctx, path, "clients.csv", settled(t, path)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func Test_an_export_is_accompanied_when_its_companions_belong_to_it(t *testing.T) {
	const before, after = -time.Minute, time.Minute
	fits, other := fmt.Sprintf("bytes: %d\nrows: 2\n", len(export)), "bytes: 1\nrows: 2\n"
	ready, manifest := source.Proof{ReadyFile: true}, source.Proof{Manifest: true}
	both := source.Proof{ReadyFile: true, Manifest: true}
	for name, tt := range map[string]struct {
		proof   source.Proof
		written map[string]time.Duration // ending → when, against the export
		text    string
		want    bool
	}{
		"none is asked for":                       {source.Proof{}, nil, "", true},
		"no ready file":                           {ready, nil, "", false},
		"a ready file of the export before":       {ready, map[string]time.Duration{".ready": before}, "", false},
		"a ready file of the same moment":         {ready, map[string]time.Duration{".ready": 0}, "", true},
		"no manifest":                             {manifest, nil, "", false},
		"a manifest that is written first":        {manifest, map[string]time.Duration{".manifest": before}, fits, true},
		"a manifest of the export before":         {manifest, map[string]time.Duration{".manifest": before}, other, false},
		"an old manifest that cannot be read":     {manifest, map[string]time.Duration{".manifest": before}, "", false},
		"a wrong manifest, written last: to tell": {manifest, map[string]time.Duration{".manifest": after}, other, true},
		"one of two":                              {both, map[string]time.Duration{".manifest": after}, fits, false},
		"both":                                    {both, map[string]time.Duration{".manifest": after, ".ready": after}, fits, true},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "clients.csv")
			noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
			put := func(path, text string, at time.Time) {
				if err := errors.Join(os.WriteFile(path, []byte(text), 0o600), os.Chtimes(path, at, at)); err != nil {
					t.Fatal(err)
				}
			}
			put(path, export, noon)
			for ending, off := range tt.written {
				put(path+ending, tt.text, noon.Add(off))
			}
			if got := tt.proof.Accompanied(path); got != tt.want {
				t.Errorf("accompanied: %v", got)
			}
		})
	}
	if (source.Proof{}).Accompanied(filepath.Join(t.TempDir(), "clients.csv")) {
		t.Error("an export that is not there is accompanied")
	}
}
