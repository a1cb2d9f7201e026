package sample_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"syncd/internal/sample"
)

// export writes an export and reads it back with the strict reader.
func export(t *testing.T, opts sample.Options) ([]byte, [][]string, sample.Manifest) {
	t.Helper()
	var raw bytes.Buffer
	manifest, err := sample.Write(&raw, opts)
	if err != nil {
		t.Fatal(err)
	}
	var text io.Reader = bytes.NewReader(raw.Bytes())
	if !opts.UTF8 {
		text = charmap.Windows1251.NewDecoder().Reader(text)
	}
	reader := csv.NewReader(text)
	reader.Comma = ';'
	reader.FieldsPerRecord = -1
	rows, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return raw.Bytes(), rows, manifest
}

func columnOf(t *testing.T, name string) int {
	t.Helper()
	for i, c := range sample.Columns() {
		if c == name {
			return i
		}
	}
	t.Fatalf("no column %s", name)
	return -1
}

func TestBigExportIsStrictCSVOfTheExpectedWidth(t *testing.T) {
	t.Parallel()
	const rows = 20_000
	raw, got, manifest := export(t, sample.Options{Rows: rows, Seed: 1})
	if len(got) != rows+1 || manifest.Rows != rows {
		t.Fatalf("got %d lines with the header, manifest %+v, want %d rows", len(got), manifest, rows)
	}
	for i, r := range got {
		if len(r) != manifest.Columns {
			t.Fatalf("row %d has %d cells, want %d", i, len(r), manifest.Columns)
		}
	}
	if manifest.Bytes != int64(len(raw)) {
		t.Errorf("manifest says %d bytes, written %d", manifest.Bytes, len(raw))
	}
	if perRow := len(raw) / rows; perRow < 395 || perRow > 425 {
		t.Errorf("a row has %d bytes on average, want about 410", perRow)
	}
}

func TestIdentifyingCellsAreDistinct(t *testing.T) {
	t.Parallel()
	_, rows, _ := export(t, sample.Options{Rows: 25_000, Seed: 7})
	for _, name := range []string{"Ссылка", "Код", "Наименование", "ИНН", "ОГРН", "РасчетныйСчет", "ЭлектроннаяПочта"} {
		at, seen := columnOf(t, name), map[string]int{}
		for i, r := range rows[1:] {
			if first, twice := seen[r[at]]; twice && r[at] != "" {
				t.Fatalf("%s %q stands in rows %d and %d", name, r[at], first, i)
			}
			seen[r[at]] = i
		}
	}
}

func TestSameOptionsGiveTheSameBytesAndAnotherSeedOthers(t *testing.T) {
	t.Parallel()
	first, _, _ := export(t, sample.Options{Rows: 500, Seed: 3})
	again, _, _ := export(t, sample.Options{Rows: 500, Seed: 3})
	other, _, _ := export(t, sample.Options{Rows: 500, Seed: 4})
	if !bytes.Equal(first, again) {
		t.Error("the same options gave other bytes")
	}
	if bytes.Equal(first, other) {
		t.Error("another seed gave the same bytes")
	}
	utf8, _, _ := export(t, sample.Options{Rows: 500, Seed: 3, UTF8: true})
	decoded, err := charmap.Windows1251.NewDecoder().Bytes(first)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(utf8, decoded) {
		t.Error("the UTF-8 export is not the windows-1251 one, decoded")
	}
}

func TestChangedEveryChangesOneMappedFieldInEveryNthRow(t *testing.T) {
	t.Parallel()
	const rows, every = 3000, 10
	_, before, _ := export(t, sample.Options{Rows: rows, Seed: 5})
	_, after, manifest := export(t, sample.Options{Rows: rows, Seed: 5, ChangedEvery: every})
	if manifest.Changed != rows/every {
		t.Errorf("manifest says %d changed, want %d", manifest.Changed, rows/every)
	}
	modified, fields := columnOf(t, "ДатаИзменения"), map[int]int{}
	for i := 1; i <= rows; i++ {
		differing := diff(before[i], after[i])
		if i%every != 0 {
			if len(differing) != 0 {
				t.Fatalf("row %d changed in columns %v", i, differing)
			}
			continue
		}
		if len(differing) != 2 || differing[1] != modified {
			t.Fatalf("row %d differs in columns %v, want one mapped field and ДатаИзменения", i, differing)
		}
		fields[differing[0]]++
	}
	if len(fields) != 3 {
		t.Errorf("changed columns %v, want three kinds", fields)
	}
}

func TestTouchUnmappedChangesDatesOfModificationAlone(t *testing.T) {
	t.Parallel()
	_, before, _ := export(t, sample.Options{Rows: 2000, Seed: 5})
	_, after, manifest := export(t, sample.Options{Rows: 2000, Seed: 5, TouchUnmapped: true})
	modified := columnOf(t, "ДатаИзменения")
	for i := 1; i < len(before); i++ {
		if d := diff(before[i], after[i]); len(d) != 1 || d[0] != modified {
			t.Fatalf("row %d differs in columns %v, want ДатаИзменения alone", i, d)
		}
	}
	if manifest.Changed != 0 {
		t.Errorf("manifest says %d changed, want none", manifest.Changed)
	}
}

func diff(a, b []string) []int {
	var at []int
	for i := range a {
		if a[i] != b[i] {
			at = append(at, i)
		}
	}
	return at
}

func TestTrailerTellsTheNumberOfRows(t *testing.T) {
	t.Parallel()
	_, rows, _ := export(t, sample.Options{Rows: 42, Trailer: true})
	if last := rows[len(rows)-1]; len(last) != 1 || last[0] != "Всего строк: "+strconv.Itoa(42) {
		t.Errorf("last line is %q", last)
	}
}

var errFull = errors.New("disk full")

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestWriteReportsBadOptionsAndTheWritersError(t *testing.T) {
	t.Parallel()
	for _, opts := range []sample.Options{{Rows: -1}, {Rows: sample.MaxRows + 1}, {Rows: 1, ChangedEvery: -1}} {
		if _, err := sample.Write(io.Discard, opts); !errors.Is(err, sample.ErrOptions) {
			t.Errorf("%+v: got %v, want ErrOptions", opts, err)
		}
	}
	for _, utf8 := range []bool{false, true} {
		if _, err := sample.Write(fullDisk{}, sample.Options{Rows: 5, UTF8: utf8}); !errors.Is(err, errFull) {
			t.Errorf("UTF8 %v: got %v, want the writer's error", utf8, err)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	for b.Loop() {
		manifest, err := sample.Write(io.Discard, sample.Options{Rows: 100_000, Seed: 1})
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(manifest.Bytes)
	}
}
