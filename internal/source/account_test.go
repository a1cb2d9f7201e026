package source_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/source"
)

func held(first, last int) got {
	return got{Line: first, Last: last, Status: source.Held, Code: source.CutOff}
}

func Test_a_file_that_may_be_cut_is_not_complete(t *testing.T) {
	optional := source.CSVOptions{FinalNewline: source.FinalNewlineOptional}
	trailer := source.CSVOptions{Trailer: "Всего строк: {rows}"}
	closing := got{Status: source.Trailer, Line: 4, Last: 4}
	two := []got{data(2, "1|А|7700"), data(3, "2|Б|7701")}
	for _, tc := range []struct {
		name, in string
		o        source.CSVOptions
		want     []got
		whyNot   []source.Incomplete
	}{
		{"whole", head + "1;А;7700\n2;Б;7701\n", source.CSVOptions{}, two, nil},
		{"half a value at the end", head + "1;А;7700\n2;Б;77", source.CSVOptions{}, []got{data(2, "1|А|7700"), held(3, 3)}, []source.Incomplete{source.NoFinalNewline}},
		{"half a row at the end", head + "1;А;7700\n2;Б", source.CSVOptions{}, []got{data(2, "1|А|7700"), held(3, 3)}, []source.Incomplete{source.NoFinalNewline}},
		{"no final newline, allowed", head + "1;А;7700\n2;Б;7701", optional, two, nil},
		{"half a row, no final newline allowed", head + "1;А;7700\n2;Б", optional, []got{data(2, "1|А|7700"), held(3, 3)}, []source.Incomplete{source.CutInsideRow}},
		{"cut inside quotes", head + "1;А;7700\n2;\"Б", source.CSVOptions{}, []got{data(2, "1|А|7700"), held(3, 3)}, []source.Incomplete{source.CutInsideQuotes}},
		{"cut inside quotes at a line break", head + "1;А;7700\n2;\"Б\nи\n", source.CSVOptions{}, []got{data(2, "1|А|7700"), held(3, 4)}, []source.Incomplete{source.CutInsideQuotes}},
		{"cut inside the quoted last column at a line break", head + "1;А;7700\n2;Б;\"77\n", source.CSVOptions{}, []got{data(2, "1|А|7700"), held(3, 3)}, []source.Incomplete{source.CutInsideQuotes}},
		{"cut inside an unquoted cell at a line break", head + "1;А;7700\n2;Б\n", source.CSVOptions{}, []got{data(2, "1|А|7700"), rejected(3, source.TooFewCells)}, []source.Incomplete{source.CutInsideRow}},
		{"half a row in the middle", head + "2;Б\n1;А;7700\n", source.CSVOptions{}, []got{rejected(2, source.TooFewCells), data(3, "1|А|7700")}, nil},
		{"blanks without newline", head + "1;А;7700\n2;Б;7701\n  ", source.CSVOptions{}, two, nil},
		{"header only", head, source.CSVOptions{}, nil, nil},
		{"header only, cut", strings.TrimSpace(head), source.CSVOptions{}, nil, []source.Incomplete{source.NoFinalNewline}},
		{"closing line", head + "1;А;7700\n2;Б;7701\nВсего строк: 2\n", trailer, append(two[:2:2], closing), nil},
		{"closing line with groups, quotes and delimiters", head + "1;А;7700\n2;Б;7701\n\"Всего строк: \u00a02\";;\n\n", trailer, append(two[:2:2], closing), nil},
		{"closing line without newline", head + "1;А;7700\n2;Б;7701\nВсего строк: 2", trailer, append(two[:2:2], closing), nil},
		{"closing line cut", head + "1;А;7700\n2;Б;7701\nВсего строк: 1", trailer, append(two[:2:2], closing), []source.Incomplete{source.TrailerMismatch}},
		{"rows lost before the closing line", head + "1;А;7700\n2;Б;7701\nВсего строк: 3\n", trailer, append(two[:2:2], closing), []source.Incomplete{source.TrailerMismatch}},
		{"no closing line", head + "1;А;7700\n2;Б;7701\n", trailer, two, []source.Incomplete{source.TrailerMissing}},
		{
			"rows behind the closing line", head + "1;А;7700\nВсего строк: 2\n2;Б;7701\n", trailer,
			[]got{data(2, "1|А|7700"), {Status: source.Trailer, Line: 3, Last: 3}, data(4, "2|Б|7701")},
			[]source.Incomplete{source.TrailerMissing},
		},
		{"closing words without a number", head + "1;А;7700\n2;Б;7701\nИсполнитель: бухгалтер\n", source.CSVOptions{Trailer: "Исполнитель"}, append(two[:2:2], closing), nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			rows, a := readAll(t, open(t, tc.in, tc.o))
			if diff := cmp.Diff(tc.want, rows); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			if !slices.Equal(a.WhyNot, tc.whyNot) || a.Complete != (len(tc.whyNot) == 0) {
				t.Errorf("complete %v, why not %v, want %v", a.Complete, a.WhyNot, tc.whyNot)
			}
		})
	}
}

func Test_a_file_not_read_to_its_end_is_not_complete(t *testing.T) {
	r := open(t, head+"1;А;7700\n", source.CSVOptions{})
	if a := r.Account(); a.Complete || !slices.Contains(a.WhyNot, source.NotReadToEnd) {
		t.Errorf("account %+v", a)
	}
}

func Test_a_file_that_changes_while_it_is_read_is_not_complete(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, path string){
		"appended to": func(t *testing.T, path string) {
			t.Helper()
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = f.WriteString("2;Б;7701\n")
			_ = f.Close()
		},
		"replaced": func(t *testing.T, path string) {
			t.Helper()
			if err := os.WriteFile(path+".new", []byte(head), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(path+".new", path); err != nil {
				t.Fatal(err)
			}
		},
		"removed": func(t *testing.T, path string) {
			t.Helper()
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, head+"1;А;7700\n")
			r, err := source.OpenCSV(t.Context(), source.CSVOptions{Path: path})
			if err != nil {
				t.Fatal(err)
			}
			change(t, path)
			_, a := readAll(t, r)
			if a.Complete || !slices.Contains(a.WhyNot, source.ChangedWhile) {
				t.Errorf("complete %v %v", a.Complete, a.WhyNot)
			}
		})
	}
}

func Test_a_file_that_changes_before_it_is_closed_is_not_complete(t *testing.T) {
	path := write(t, head+"1;А;7700\n")
	r, err := source.OpenCSV(t.Context(), source.CSVOptions{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	var b source.Batch
	for r.NextBatch(&b) == nil {
		b.Release()
	}
	if a := r.Account(); !a.Complete {
		t.Fatalf("why not %v", a.WhyNot)
	}
	if err := os.WriteFile(path, []byte(head+"1;А;7700\n2;Б;7701\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if a := r.Account(); a.Complete || !slices.Contains(a.WhyNot, source.ChangedWhile) {
		t.Errorf("why not %v", a.WhyNot)
	}
}

func Test_the_account_names_where_every_line_went(t *testing.T) {
	in := "Отчёт о контрагентах\n\n" + head + "1;А;7700\n2;\"Б\nв\";7701\n3;Магазин \"Обувь\";7702\nмусор\n4;В;\x00\n;;\nИтого;;3\nВсего строк: 5\n"
	r := open(t, in, source.CSVOptions{Trailer: "Всего строк: {rows}"})
	_, a := readAll(t, r)
	want := source.Account{
		Lines: 12, Bytes: int64(len(in)), Repaired: 0, Declared: 5, Complete: true,
		ByStatus: map[source.Status]source.Count{
			source.Title: {Rows: 1, Lines: 1}, source.Blank: {Rows: 2, Lines: 2}, source.Caption: {Rows: 1, Lines: 1},
			source.Data: {Rows: 3, Lines: 4}, source.Rejected: {Rows: 2, Lines: 2},
			source.Totals: {Rows: 1, Lines: 1}, source.Trailer: {Rows: 1, Lines: 1},
		},
		Rejects: map[source.Code]int{source.TooFewCells: 1, source.NULByte: 1},
	}
	if diff := cmp.Diff(want, a); diff != "" {
		t.Errorf("account (-want +got):\n%s", diff)
	}
	if a.Rows() != 5 {
		t.Errorf("rows %d", a.Rows())
	}
}

func Test_limits_hold_without_keeping_what_is_above_them(t *testing.T) {
	long := strings.Repeat("я", 40_000) // 80 KB
	limits := source.Limits{Cell: 1000, Row: 4000}
	for _, tc := range []struct {
		name, in string
		want     []got
	}{
		{"a long row", head + "1;А;7700\n2;" + long + ";7701\n3;В;7702\n", []got{data(2, "1|А|7700"), rejected(3, source.RowTooLong), data(4, "3|В|7702")}},
		{"a long row at the end", head + "1;А;7700\n2;" + long + ";7701\n", []got{data(2, "1|А|7700"), rejected(3, source.RowTooLong)}},
		{"a long cell", head + "2;" + strings.Repeat("я", 600) + ";7701\n3;В;7702\n", []got{rejected(2, source.CellTooLong), data(3, "3|В|7702")}},
		{"quotes that stay open longer than a row may be", head + "1;\"А\n" + strings.Repeat("мусор\n", 1000) + "3;В;7702\n", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			rows, _ := readAll(t, open(t, tc.in, source.CSVOptions{Limits: limits}))
			if tc.want == nil { // one reject a line, and the neighbour whole
				if n := len(rows); n != 1002 || rows[n-1].Cells != "3|В|7702" || rows[0].Code != source.BadQuotes {
					t.Errorf("%d rows, last %v", n, rows[n-1])
				}
				return
			}
			if diff := cmp.Diff(tc.want, rows); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("a row far above the limit", func(t *testing.T) {
		huge := head + "1;А;7700\n2;" + strings.Repeat("x", 3<<20) + "\n3;В;7702\n"
		rows, a := readAll(t, open(t, huge, source.CSVOptions{Limits: limits}))
		want := []got{data(2, "1|А|7700"), rejected(3, source.RowTooLong), data(4, "3|В|7702")}
		if diff := cmp.Diff(want, rows); diff != "" || !a.Complete {
			t.Errorf("rows (-want +got):\n%s %v", diff, a.WhyNot)
		}
	})
	t.Run("a huge row without end", func(t *testing.T) {
		huge := head + "1;А;7700\n2;" + strings.Repeat("x", 2<<20)
		rows, a := readAll(t, open(t, huge, source.CSVOptions{Limits: limits}))
		if len(rows) != 2 || a.Complete || a.Lines != 3 {
			t.Errorf("rows %v, account %+v", rows, a)
		}
	})
	t.Run("a large file", func(t *testing.T) {
		_, err := source.OpenCSV(t.Context(), source.CSVOptions{Path: write(t, head), Limits: source.Limits{File: 10}})
		var format *source.FormatError
		if !errors.As(err, &format) || format.Reason != source.FileTooLarge {
			t.Errorf("error %v", err)
		}
	})
}

// hashes returns the row hashes by line.
func hashes(t *testing.T, content string, o source.CSVOptions) map[int][16]byte {
	t.Helper()
	r := open(t, content, o)
	m := map[int][16]byte{}
	var b source.Batch
	for {
		if err := r.NextBatch(&b); errors.Is(err, io.EOF) {
			return m
		} else if err != nil {
			t.Fatal(err)
		}
		for _, row := range b.Rows {
			if row.Status == source.Data || row.Status == source.Known {
				m[row.Line] = row.Hash
			}
		}
	}
}

func Test_the_row_hash_covers_all_that_a_row_means(t *testing.T) {
	base := head + "1;Альфа;7700\n2;\"Бета\nГамма\";7701\n"
	before := hashes(t, base, source.CSVOptions{})
	if len(before) != 2 || before[2] == before[3] {
		t.Fatalf("hashes %v", before)
	}
	again := hashes(t, strings.Replace(base, "\n1;", "\n0;Новая;7\n1;", 1), source.CSVOptions{})
	if again[3] != before[2] || again[4] != before[3] {
		t.Error("a row's hash depends on its place")
	}
	row := []byte(base)
	start := len(head)
	for i := start; i < len(row)-1; i++ {
		if strings.ContainsRune(";\"\n", rune(row[i])) {
			continue
		}
		changed := slices.Clone(row)
		changed[i] ^= 1
		after := hashes(t, string(changed), source.CSVOptions{Encoding: "utf-8", Header: 1, Delimiter: ";"})
		line := 2
		if i > strings.Index(base, "\n2;") {
			line = 3
		}
		plain := hashes(t, base, source.CSVOptions{Encoding: "utf-8", Header: 1, Delimiter: ";"})
		if h, ok := after[line]; ok && h == plain[line] {
			t.Fatalf("byte %d changed and the hash did not", i)
		}
	}
	for name, other := range map[string]map[int][16]byte{
		"a column name": hashes(t, strings.Replace(base, "ИНН", "КПП", 1), source.CSVOptions{}),
		"the salt":      hashes(t, base, source.CSVOptions{Salt: []byte("v2")}),
		"the encoding":  hashes(t, base, source.CSVOptions{Encoding: "cp866", Header: 1}),
		"the delimiter": hashes(t, strings.Replace(base, "Альфа", "Аль,а", 1), source.CSVOptions{Delimiter: ",", Header: 1}),
		"the overflow":  hashes(t, base, source.CSVOptions{OverflowColumn: "Наименование"}),
	} {
		if other[2] == before[2] {
			t.Errorf("%s changed and the hash did not", name)
		}
	}
}

func Test_known_rows_come_back_undecoded_and_can_be_decoded_all_the_same(t *testing.T) {
	content := head + "1;А;7700\n2;\"Б\";7701\nмусор\n"
	settled := hashes(t, content, source.CSVOptions{})
	r := open(t, content, source.CSVOptions{Known: func(h [16]byte) bool { return h == settled[3] }})
	var b source.Batch
	if err := r.NextBatch(&b); err != nil {
		t.Fatal(err)
	}
	var statuses []source.Status
	for _, row := range b.Rows {
		statuses = append(statuses, row.Status)
	}
	if want := []source.Status{source.Caption, source.Data, source.Known, source.Rejected}; !slices.Equal(statuses, want) {
		t.Fatalf("statuses %v", statuses)
	}
	cells, reason := b.Cells(2, nil)
	if reason.Code != source.OK || !slices.Equal(cells, []string{"2", "Б", "7701"}) {
		t.Errorf("cells %v %v", cells, reason)
	}
}

func Test_batches_are_decoded_beside_the_splitting(t *testing.T) {
	var content strings.Builder
	content.WriteString(head)
	for i := range 5000 {
		fmt.Fprintf(&content, "%d;Имя %d;77\n", i, i)
		if i%100 == 0 {
			content.WriteString("мусор\n0;\x00;1\n")
		}
	}
	r := open(t, content.String(), source.WithBlock(source.CSVOptions{}, 4096))
	free, full := make(chan *source.Batch, 6), make(chan *source.Batch, 6)
	for range cap(free) {
		free <- new(source.Batch)
	}
	var decoded atomic.Int64
	var workers sync.WaitGroup
	for range 3 {
		workers.Go(func() {
			for b := range full {
				for i := range b.Rows {
					_, _ = b.Key(i, 0)
					if b.Rows[i].Status != source.Data {
						continue
					}
					if _, why := b.Cells(i, nil); why.Code == source.OK {
						decoded.Add(1)
					}
				}
				b.Release()
				free <- b
			}
		})
	}
	for {
		b := <-free
		if err := r.NextBatch(b); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		full <- b
	}
	close(full)
	workers.Wait()
	a := r.Account()
	if decoded.Load() != 5000 || a.ByStatus[source.Data].Rows != 5000 || a.ByStatus[source.Rejected].Rows != 100 || !a.Balanced() {
		t.Errorf("decoded %d, account %+v", decoded.Load(), a)
	}
}

func Test_the_key_of_a_rejected_row_is_told_when_it_is_beyond_doubt(t *testing.T) {
	r := open(t, head+"НФ-1;А;7700\nНФ-2;Б;77;01;\nмусор;\n;Б;77;02\n", source.CSVOptions{KeyColumns: []string{"Код"}})
	var b source.Batch
	if err := r.NextBatch(&b); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for i := range b.Rows {
		if b.Rows[i].Status == source.Rejected {
			key, ok := b.Key(i, 0)
			if ok != (key != "") {
				t.Errorf("key %q, told %v", key, ok)
			}
			keys = append(keys, key)
		}
	}
	if want := []string{"НФ-2", "", ""}; !slices.Equal(keys, want) {
		t.Errorf("keys %q, want %q", keys, want)
	}
	if text := b.Text(2); text != "НФ-2;Б;77;01;" {
		t.Errorf("text %q", text)
	}
}
