package endpoint_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"syncd/internal/endpoint"
	"syncd/internal/engine"
	"syncd/internal/source"
)

const threeHeads = headHead + "o1;c1;ЗК-1\r\no2;c2;ЗК-2\r\no3;c1;ЗК-3\r\n"

func TestLines_of_another_source_join_their_orders(t *testing.T) {
	t.Parallel()
	m := mappingOf(t, headSpec)
	for name, tt := range map[string]struct {
		goods    string
		want     []string
		warnings []string
	}{
		"in any order": {
			goods: "o2;Муфта;1;10\r\no1;Труба;2;50\r\n\r\no2;Отвод;1;20\r\no1;Кран;1;30\r\n",
			want: []string{
				"record o1 71 [Труба | 2 | 50, Кран | 1 | 30] @2-2*1", "record o2 72 [Муфта | 1 | 10, Отвод | 1 | 20] @3-3*1", "record o3 71 [] @4-4*1",
			},
		},
		"of an order that is not there": {
			goods: "o1;Труба;2;50\r\no9;Муфта;1;10\r\no9;Муфта;1;10\r\no2;Кран;1;30\r\no8;Кран;1;30\r\n",
			want: []string{
				"record o1 71 [Труба | 2 | 50] @2-2*1", "record o2 72 [Кран | 1 | 30] @3-3*1", "record o3 71 [] @4-4*1",
			},
			warnings: []string{"line-without-record goods.csv:3", "line-without-record goods.csv:6"},
		},
		"one that cannot be read": {
			goods: "o1;Труба;2;50\r\no1;Кран;1;\r\no2;Кран;1;30\r\no2;Кран;1;30;лишнее;ещё\r\n",
			want: []string{
				"rejected o1 @2-2*1 (required goods.csv:3 lines.price)", "rejected o2 @3-3*1 (too-many-cells goods.csv:5 )", "record o3 71 [] @4-4*1",
			},
		},
		"one whose order cannot be told": {
			goods: "o1;Труба;2;50\r\n;Кран;1;30\r\no2;Кран;1;30\r\n",
			want: []string{
				"rejected o1 @2-2*1 (line-unreadable goods.csv:3 )", "rejected o2 @3-3*1 (line-unreadable goods.csv:3 )",
				"rejected o3 @4-4*1 (line-unreadable goods.csv:3 )", // it may be all that this one has
			},
			warnings: []string{"key-empty goods.csv:3"},
		},
		"one whose order cannot be told, far from others": {
			goods: "o1;Труба;2;50\r\no2;Кран;1;30\r\n;Кран;1;30\r\no3;Муфта;1;30\r\n",
			want: []string{
				"record o1 71 [Труба | 2 | 50] @2-2*1", "rejected o2 @3-3*1 (line-unreadable goods.csv:4 )",
				"rejected o3 @4-4*1 (line-unreadable goods.csv:4 )",
			},
			warnings: []string{"key-empty goods.csv:4"},
		},
		"one whose order cannot be told, among lines in no order": {
			goods: "o1;Труба;2;50\r\no2;Кран;1;30\r\no1;Труба;2;50\r\no3;Муфта;1;30\r\n;Кран;1;30\r\n",
			want: []string{
				"rejected o1 @2-2*1 (line-unreadable goods.csv:6 )", "rejected o2 @3-3*1 (line-unreadable goods.csv:6 )",
				"rejected o3 @4-4*1 (line-unreadable goods.csv:6 )",
			},
			warnings: []string{"key-empty goods.csv:6"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, snap, err := deals(t, dealCSV(t, m, threeHeads, goodsCSV(t, m, goodsHead+tt.goods, nil)), m)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			var warnings []string
			for _, w := range snap.Warnings {
				warnings = append(warnings, fmt.Sprintf("%s %s:%d", w.Code, w.File, w.Line))
			}
			if diff := cmp.Diff(tt.warnings, warnings); diff != "" {
				t.Error(diff)
			}
			if snap.Rows != 3 || len(snap.Files) != 2 || !snap.Complete || snap.Proven {
				t.Errorf("%+v", snap)
			}
		})
	}
}

// Lines that are not there, cut off, or none at all are not taken for gone: nothing
// of the reading counts.
func TestLines_that_are_not_whole_stop_the_reading(t *testing.T) {
	t.Parallel()
	m := mappingOf(t, headSpec)
	for name, l := range map[string]*endpoint.Lines{
		"cut":       goodsCSV(t, m, goodsHead+"o1;Труба;2;50\r\no1;Кр", nil),
		"only head": goodsCSV(t, m, goodsHead, nil),
		"no closing line": goodsCSV(t, m, goodsHead+"o1;Труба;2;50\r\n", func(c *endpoint.CSVConfig) {
			c.Options.Trailer = "Всего строк: {rows}"
		}),
		"no file":      goodsCSV(t, m, goodsHead, func(c *endpoint.CSVConfig) { c.Path += ".no" }),
		"no column":    goodsCSV(t, m, "Документ;Товар;Кол\r\no1;Труба;2\r\n", nil),
		"no manifest":  goodsCSV(t, m, goodsHead+"o1;Труба;2;50\r\n", func(c *endpoint.CSVConfig) { c.Proof.Manifest = true }),
		"empty":        goodsCSV(t, m, "", nil),
		"broken query": sqlLines(t, goodsHead+"o1;Труба;2;50\r\n", func(c *endpoint.SQLConfig) { c.Options.Query = "SELECT nothing" }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var of *endpoint.LinesError
			if err := refused(t, dealCSV(t, m, threeHeads, l), false); !errors.As(err, &of) || of.Source != "goods" {
				t.Errorf("%T does not name the source of lines", err)
			}
		})
	}
	if _, err := endpoint.NewCSVLines(endpoint.CSVConfig{Path: "x"}, m); !errors.Is(err, endpoint.ErrLinesNotWhole) {
		t.Errorf("deltas: %v", err)
	}
	if _, err := endpoint.NewSQLLines(endpoint.SQLConfig{}, m); !errors.Is(err, endpoint.ErrLinesNotWhole) {
		t.Errorf("deltas: %v", err)
	}
}

func sqlLines(t *testing.T, content string, change func(*endpoint.SQLConfig)) *endpoint.Lines {
	t.Helper()
	c := sqlOf(t, content)
	if change != nil {
		change(&c)
	}
	l, err := endpoint.NewSQLLines(c, mappingOf(t, headSpec))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLines_and_orders_may_be_files_and_queries_alike(t *testing.T) {
	t.Parallel()
	m := mappingOf(t, headSpec)
	const goods = goodsHead + "o2;Муфта;1;10\r\no1;Труба;2;50\r\no2;Отвод;1;20\r\no9;Отвод;1;20\r\n"
	want := []string{"record o1 71 [Труба | 2 | 50]", "record o2 72 [Муфта | 1 | 10, Отвод | 1 | 20]", "record o3 71 []"}
	for _, fileOfOrders := range []bool{true, false} {
		for _, fileOfLines := range []bool{true, false} {
			l := sqlLines(t, goods, nil)
			if fileOfLines {
				l = goodsCSV(t, m, goods, nil)
			}
			var s engine.Source
			if s = dealCSV(t, m, threeHeads, l); !fileOfOrders {
				c := sqlOf(t, threeHeads)
				c.Gather = endpoint.Gather{Links: twoClients(), Lines: l}
				s = endpoint.NewSQL(c, m)
			}
			got, snap, err := deals(t, s, m)
			for i := range got {
				got[i], _, _ = strings.Cut(got[i], " @")
			}
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Error(diff, err)
			}
			if len(snap.Warnings) != 1 || snap.Proven != (!fileOfOrders && !fileOfLines) || snap.ID == "" || !snap.Complete {
				t.Errorf("%+v", snap)
			}
		}
	}
}

// Only a reading of all orders tells which lines have none.
func TestA_delta_of_orders_says_nothing_about_other_lines(t *testing.T) {
	t.Parallel()
	m := mappingOf(t, headSpec)
	c := sqlOf(t, threeHeads)
	c.Full = false
	c.Gather = endpoint.Gather{Links: twoClients(), Lines: goodsCSV(t, m, goodsHead+"o9;Муфта;1;10\r\n", nil)}
	if _, snap, err := deals(t, endpoint.NewSQL(c, m), m); err != nil || len(snap.Warnings) != 0 {
		t.Errorf("%+v %v", snap, err)
	}
}

func TestWarnings_of_lines_without_orders_are_bounded(t *testing.T) {
	t.Parallel()
	m := mappingOf(t, headSpec)
	var b strings.Builder
	for i := range 500 {
		fmt.Fprintf(&b, "x%d;Муфта;1;10\r\n", i)
	}
	_, snap, err := deals(t, dealCSV(t, m, threeHeads, goodsCSV(t, m, goodsHead+b.String(), nil)), m)
	if n := len(snap.Warnings); err != nil || n != 51 || snap.Warnings[50].Rule != "lines.of, 450 more" || snap.Warnings[49].Line != 51 {
		t.Errorf("%d %v", n, err)
	}
}

// Of a pattern the newest file of lines counts, and goes where the files of orders go.
func TestFiles_of_lines_are_put_away_with_those_of_orders(t *testing.T) {
	t.Parallel()
	m := mappingOf(t, headSpec)
	dir := t.TempDir()
	for name, content := range map[string]string{
		"orders_1.csv": threeHeads, "goods_1.csv": goodsHead + "o1;Старое;1;1\r\n", "goods_2.csv": goodsHead + "o1;Новое;1;1\r\n",
	} {
		put(t, filepath.Join(dir, name), content)
	}
	l := goodsCSV(t, m, "", func(c *endpoint.CSVConfig) {
		c.Path, c.Once, c.After, c.Show = filepath.Join(dir, "goods_*.csv"), true, endpoint.AfterDelete, filepath.Base
	})
	log := fileLog{}
	s := endpoint.NewCSV(endpoint.CSVConfig{
		Path: filepath.Join(dir, "orders_*.csv"), Shown: "orders_*.csv", Show: filepath.Base, Once: true, Full: true, After: endpoint.AfterArchive,
		Gather: endpoint.Gather{Links: twoClients(), Lines: l},
	}, m, log)
	got, snap, err := deals(t, s, m)
	if err != nil || len(got) != 3 || !strings.Contains(got[0], "[Новое | 1 | 1]") {
		t.Fatal(got, err)
	}
	if err := s.Done(t.Context(), snap); err != nil {
		t.Fatal(err)
	}
	var left []string
	_ = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			left = append(left, rel)
		}
		return err
	})
	if diff := cmp.Diff([]string{"archive/orders_1.csv"}, left); diff != "" {
		t.Error(diff)
	}
	if len(log) != 1 {
		t.Errorf("remembered as read: %+v", log)
	}
}

func TestColumns_of_lines_are_looked_at_by_themselves(t *testing.T) {
	t.Parallel()
	m := mappingOf(t, headSpec)
	h, rest, err := goodsCSV(t, m, "Документ;Склад;Товар;Кол;Цена\r\no1;А;Труба;1;1\r\n", nil).Columns(t.Context())
	if err != nil || len(h.Names) != 5 || !slices.Equal(rest, []string{"Склад"}) {
		t.Errorf("%v %v %v", h.Names, rest, err)
	}
	if _, rest, err = sqlLines(t, goodsHead+"o1;Труба;2;50\r\n", nil).Columns(t.Context()); err != nil || len(rest) != 0 {
		t.Errorf("%v %v", rest, err)
	}
}

func TestA_check_of_the_columns_looks_at_those_of_the_lines(t *testing.T) {
	t.Parallel()
	m := mappingOf(t, headSpec)
	for name, l := range map[string]*endpoint.Lines{
		"no column": goodsCSV(t, m, "Документ;Товар;Кол\r\no1;Труба;2\r\n", nil), "": goodsCSV(t, m, goodsHead+"o1;Труба;2;1\r\n", nil),
	} {
		c := sqlOf(t, threeHeads)
		c.Gather.Lines = l
		for _, s := range []interface {
			Columns(context.Context) (source.Header, []string, error)
		}{dealCSV(t, m, threeHeads, l), endpoint.NewSQL(c, m)} {
			var of *endpoint.LinesError
			if _, _, err := s.Columns(t.Context()); errors.As(err, &of) != (name != "") {
				t.Errorf("%q: %v", name, err)
			}
		}
	}
}

// However the lines of orders are mixed: each order has its own, all of them, in
// their order.
func TestEvery_order_gets_its_own_lines(t *testing.T) {
	t.Parallel()
	m := mappingOf(t, headSpec)
	dir := t.TempDir()
	path, orders := filepath.Join(dir, "goods.csv"), filepath.Join(dir, "orders.csv")
	put(t, orders, threeHeads)
	rapid.Check(t, func(rt *rapid.T) {
		of := rapid.SliceOfN(rapid.SampledFrom([]string{"o1", "o2", "o3", "o4"}), 1, 20).Draw(rt, "orders of the lines")
		bad := rapid.SliceOfN(rapid.IntRange(0, 12), len(of), len(of)).Draw(rt, "flaws")
		want, spoilt := map[string][]string{}, map[string]bool{}
		var b strings.Builder
		b.WriteString(goodsHead)
		for i, o := range of {
			price := "5"
			if bad[i] == 0 {
				price, spoilt[o] = "x", true
			}
			fmt.Fprintf(&b, "%s;Товар %d;1;%s\r\n", o, i, price)
			want[o] = append(want[o], fmt.Sprintf("Товар %d | 1 | 5", i))
		}
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			rt.Fatal(err)
		}
		l, err := endpoint.NewCSVLines(endpoint.CSVConfig{Path: path, Shown: "goods.csv", Full: true}, m)
		if err != nil {
			rt.Fatal(err)
		}
		s := endpoint.NewCSV(endpoint.CSVConfig{
			Path: orders, Shown: "orders.csv", Full: true, Gather: endpoint.Gather{Links: twoClients(), Lines: l},
		}, m, nil)
		got, _, err := deals(t, s, m)
		if err != nil || len(got) != 3 {
			rt.Fatal(got, err)
		}
		for i, g := range got {
			o := fmt.Sprintf("o%d", i+1)
			begins := "record " + o + " 71 [" + strings.Join(want[o], ", ") + "] @"
			switch {
			case spoilt[o]:
				begins = "rejected " + o + " @"
			case o == "o2":
				begins = strings.Replace(begins, "71", "72", 1)
			}
			if !strings.HasPrefix(g, begins) {
				rt.Fatalf("%s\nwant %s", g, begins)
			}
		}
	})
}

// A reading that ends early leaves neither goroutines nor the temporary file.
func TestA_reading_with_lines_may_end_early(t *testing.T) {
	t.Parallel()
	m := mappingOf(t, headSpec)
	dir := t.TempDir()
	l := goodsCSV(t, m, goodsHead+"o1;Труба;2;50\r\n", nil)
	c := sqlOf(t, threeHeads)
	c.Gather = endpoint.Gather{Links: twoClients(), Lines: l, TempDir: dir}
	stop := errors.New("stop")
	_, err := endpoint.NewSQL(c, m).Read(t.Context(), engine.Known{}, func([]engine.Incoming) error { return stop })
	left, _ := os.ReadDir(dir)
	if !errors.Is(err, stop) || len(left) != 0 {
		t.Error(err, left)
	}
}
