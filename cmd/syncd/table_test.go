package main

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTableAlignsCyrillicByCharacters(t *testing.T) {
	t.Parallel()
	tab := newTable("uid", "название", "n")
	tab.row("A-1", "Ромашка", "1")
	tab.row("A-22", "Iva", "2")
	want := "uid   название  n\nA-1   Ромашка   1\nA-22  Iva       2\n"
	if got := tab.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestTableIsNeverWiderThanATerminal(t *testing.T) {
	t.Parallel()
	tab := newTable("a", "b", "c")
	tab.indent = "    "
	tab.row("short", strings.Repeat("ж", 300), strings.Repeat("x", 60))
	for line := range strings.Lines(tab.String()) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > tableWidth {
			t.Errorf("%d characters: %s", n, line)
		}
	}
	if got := tab.String(); !strings.Contains(got, "short") || strings.Count(got, "…") != 2 {
		t.Errorf("the long values are cut visibly, the short one is whole:\n%s", got)
	}
}

func TestTableValuesCannotSteerTheTerminal(t *testing.T) {
	t.Parallel()
	tab := newTable()
	tab.row("a\x1b[31mb", "one\r\ntwo", "x\u202ey")
	if got, want := tab.String(), "a [31mb  one two  x y\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What says most is not cut: a place loses its folders first, and a long value stands
// below its row.
func TestValuesThatFindNoRoomStandBelow(t *testing.T) {
	t.Parallel()
	tab := newTable("row", "key", "column", "rule", "value")
	tab.places, tab.whole, tab.below = []int{0}, []int{1, 3}, true
	tab.row("examples/1c/orders.csv:63-65", "3a776037-ff7f-1804-828b-fdec9765a679", "СуммаДокумента", "sum-differs", "70871.25 ≠ 69871.25")
	tab.row("examples/1c/orders.csv:8", "4f417d7e-1efb-1e4f-888d-ad64cfb42195", "КонтрагентСсылка", "required", "—")
	want := "row                 key                                   column            rule         value\n" +
		"…/orders.csv:63-65  3a776037-ff7f-1804-828b-fdec9765a679  СуммаДокумента    sum-differs\n" +
		"    70871.25 ≠ 69871.25\n" +
		"…/orders.csv:8      4f417d7e-1efb-1e4f-888d-ad64cfb42195  КонтрагентСсылка  required     —\n"
	if got := tab.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	head := newTable()
	head.indent, head.whole, head.places = "  ", []int{0, 2, 3}, []int{4}
	head.row("orders.invoices/4ddc6bkqjqjfhoxmtur4gw2ori", "УТ00-000432", "match-taken", "crid 27", "examples/1c/invoices.csv:38")
	if got := head.String(); !strings.Contains(got, "  УТ00-000432  match-taken  crid 27  …/invoices.csv:38\n") {
		t.Errorf("the number is cut:\n%s", got)
	}
}

func TestAnEmptyTableIsNothing(t *testing.T) {
	t.Parallel()
	if got := newTable("uid").String(); got != "" {
		t.Errorf("got %q", got)
	}
}

func TestPlacesLoseTheirFoldersAndNeverTheLine(t *testing.T) {
	t.Parallel()
	uid := "4d1c3f0e-0000-4000-8000-000000000001"
	for _, path := range []string{
		strings.Repeat("папка/", 20) + "clients.csv:127-129",
		"/srv/" + strings.Repeat("a", 90) + "/" + strings.Repeat("выгрузка-", 9) + "clients.csv:127-129",
	} {
		tab := newTable()
		tab.places, tab.whole = []int{0}, []int{1}
		tab.row(path, uid, strings.Repeat("x", 60))
		got := tab.String()
		if !strings.HasPrefix(got, "…") || !strings.Contains(got, "clients.csv:127-129 ") || !strings.Contains(got, "  "+uid+"  ") {
			t.Errorf("file, line and uid must stand whole:\n%s", got)
		}
		if n := utf8.RuneCountInString(strings.TrimSuffix(got, "\n")); n > tableWidth {
			t.Errorf("%d characters: %s", n, got)
		}
	}
}
