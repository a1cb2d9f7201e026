package endpoint_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"syncd/internal/endpoint"
	"syncd/internal/engine"
	"syncd/internal/mapping"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const spec = `
version: 1
entity: client
uid: {column: Ключ, encode: raw}
skip: [Группа]
fields:
  title: {column: Имя, required: true}
recv:
  castInn: {column: ИНН, type: inn}
`

const header = "Ключ;Имя;ИНН;Группа\r\n"

func mappingOf(t *testing.T, text string) *mapping.Mapping {
	t.Helper()
	m, err := mapping.Parse("spec.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// csv is a source over a file with this content.
func csv(t *testing.T, content string) *endpoint.CSV {
	t.Helper()
	path := filepath.Join(t.TempDir(), "clients.csv")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return endpoint.NewCSV(endpoint.CSVConfig{Path: path, Shown: "clients.csv", Full: true}, mappingOf(t, spec), nil)
}

// seen is what a test looks at of one row.
type seen struct {
	kind engine.IncomingKind
	line int
	uid  string
	code string
}

func read(t *testing.T, s *endpoint.CSV) ([]seen, engine.Snapshot) {
	t.Helper()
	var out []seen
	snap, err := s.Read(t.Context(), engine.Known{}, func(batch []engine.Incoming) error {
		for _, in := range batch {
			if in.Kind == engine.InSkipped {
				continue
			}
			got := seen{kind: in.Kind, line: in.Origin.Line}
			if in.Record != nil {
				got.uid = in.Record.UID
			}
			if len(in.Problems) > 0 {
				got.code = in.Problems[0].Code
			}
			out = append(out, got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out, snap
}

func TestRows_come_in_the_order_of_the_file_whoever_translated_them(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(header)
	const rows = 20_000
	for i := range rows {
		fmt.Fprintf(&b, "k%05d;Клиент %d;;Нет\r\n", i, i)
	}
	got, snap := read(t, csv(t, b.String()))
	if len(got) != rows || snap.Lines != rows+1 || !snap.Complete {
		t.Fatalf("%d rows, snapshot %+v", len(got), snap)
	}
	for i, g := range got {
		if g.uid != fmt.Sprintf("k%05d", i) || g.line != i+2 {
			t.Fatalf("row %d is %+v", i, g)
		}
	}
}

func TestEach_row_says_what_it_is(t *testing.T) {
	t.Parallel()
	got, snap := read(t, csv(t, header+
		"a;Ромашка;7707083893;Нет\r\n"+
		"b;;;Нет\r\n"+ // no title: unreadable, its key is known
		"c;Папка;;Да\r\n"+
		"d;Лишняя;1;Нет;ячейка;и ещё\r\n"+
		";Без ключа;;Нет\r\n"+
		"f;Мята;7707083890;Нет\r\n"))
	want := []seen{
		{engine.InRecord, 2, "a", ""},
		{engine.InRejected, 3, "b", "required"},
		{engine.InOutOfScope, 4, "c", ""},
		{engine.InRejected, 5, "d", "too-many-cells"},
		{engine.InRejected, 6, "", "key-empty"},
		{engine.InRecord, 7, "f", "check-digit"},
	}
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			t.Fatalf("row %d: got %+v, want %+v", i, got, want)
		}
	}
	if snap.Name != "clients.csv" || !snap.Full {
		t.Errorf("snapshot %+v", snap)
	}
}

func TestA_file_that_cannot_be_read_now_is_not_ready(t *testing.T) {
	t.Parallel()
	notReady := func(err error) bool {
		var n interface{ NotReady() bool }
		return errors.As(err, &n) && n.NotReady()
	}
	for name, content := range map[string]string{"empty": "", "a column is missing": "Ключ;ИНН;Группа\r\n1;2;Нет\r\n"} {
		_, err := csv(t, content).Read(t.Context(), engine.Known{}, func([]engine.Incoming) error { return nil })
		if !notReady(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	gone := endpoint.NewCSV(endpoint.CSVConfig{Path: filepath.Join(t.TempDir(), "none.csv")}, mappingOf(t, spec), nil)
	if _, err := gone.Read(t.Context(), engine.Known{}, func([]engine.Incoming) error { return nil }); !notReady(err) {
		t.Errorf("missing: %v", err)
	}
}

func TestA_last_row_without_its_line_end_is_held_back(t *testing.T) {
	t.Parallel()
	got, snap := read(t, csv(t, header+"a;Ромашка;;Нет\r\nb;Лют"))
	if snap.Complete || snap.Why == "" {
		t.Errorf("taken for complete: %+v", snap)
	}
	if len(got) != 2 || got[0].kind != engine.InRecord || got[1].kind != engine.InRejected {
		t.Errorf("rows %+v", got)
	}
}

func TestReading_ends_with_its_consumer(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(header)
	for i := range 50_000 {
		fmt.Fprintf(&b, "k%05d;Клиент;;Нет\r\n", i)
	}
	enough := errors.New("enough")
	_, err := csv(t, b.String()).Read(t.Context(), engine.Known{}, func([]engine.Incoming) error { return enough })
	if !errors.Is(err, enough) {
		t.Errorf("ended with %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err = csv(t, b.String()).Read(ctx, engine.Known{}, func([]engine.Incoming) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
}

// fileLog is a memory of files read.
type fileLog map[string]time.Time

func (l fileLog) FileRead(_ context.Context, f engine.SnapshotFile) (bool, error) {
	at, ok := l[f.Path]
	return ok && at.Equal(f.ModTime), nil
}

func (l fileLog) MarkRead(_ context.Context, files []engine.SnapshotFile) error {
	for _, f := range files {
		l[f.Path] = f.ModTime
	}
	return nil
}

func (l fileLog) AnyRead(context.Context) (bool, error) { return len(l) > 0, nil }

func TestFiles_of_a_pattern_are_put_away_once_settled(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		after endpoint.After
		left  []string
	}{
		"keep":    {endpoint.AfterKeep, []string{"clients_1.csv"}},
		"delete":  {endpoint.AfterDelete, nil},
		"archive": {endpoint.AfterArchive, []string{"archive/clients_1.csv"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "clients_1.csv"), []byte(header+"a;Ромашка;;Нет\r\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			s := endpoint.NewCSV(endpoint.CSVConfig{
				Path: filepath.Join(dir, "clients_*.csv"), Once: true, After: tt.after,
			}, mappingOf(t, spec), fileLog{})
			got, snap := read(t, s)
			if len(got) != 1 || len(snap.Files) != 1 {
				t.Fatalf("rows %+v, files %+v", got, snap.Files)
			}
			for range 2 { // a crash in between asks for it twice
				if err := s.Done(t.Context(), snap); err != nil {
					t.Fatal(err)
				}
			}
			var left []string
			for _, pattern := range []string{"*.csv", "archive/*.csv"} {
				found, _ := filepath.Glob(filepath.Join(dir, pattern))
				for _, f := range found {
					rel, _ := filepath.Rel(dir, f)
					left = append(left, rel)
				}
			}
			if fmt.Sprint(left) != fmt.Sprint(tt.left) {
				t.Errorf("left: %v, want %v", left, tt.left)
			}
			_, err := s.Read(t.Context(), engine.Known{}, func([]engine.Incoming) error { return nil })
			if err != nil && tt.after == endpoint.AfterKeep {
				t.Error(err)
			}
		})
	}
}

func TestAn_archived_file_is_not_replaced_by_a_later_one_of_its_name(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, rows := range []string{"a;Ромашка;;Нет\r\n", "b;Лютик;;Нет\r\n", "c;Мак;;Нет\r\n"} {
		if err := os.WriteFile(filepath.Join(dir, "clients_1.csv"), []byte(header+rows), 0o600); err != nil {
			t.Fatal(err)
		}
		s := endpoint.NewCSV(endpoint.CSVConfig{
			Path: filepath.Join(dir, "clients_*.csv"), Once: true, After: endpoint.AfterArchive,
		}, mappingOf(t, spec), fileLog{})
		_, snap := read(t, s)
		if err := s.Done(t.Context(), snap); err != nil {
			t.Fatal(err)
		}
	}
	for file, key := range map[string]string{"clients_1.csv": "a;", "clients_1.2.csv": "b;", "clients_1.3.csv": "c;"} {
		text, err := os.ReadFile(filepath.Join(dir, "archive", file))
		if err != nil || !strings.Contains(string(text), "\n"+key) {
			t.Errorf("%s: %q, %v", file, text, err)
		}
	}
}
