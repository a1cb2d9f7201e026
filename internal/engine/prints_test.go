package engine

import (
	"testing"

	"pgregory.net/rapid"

	"syncd/internal/record"
)

func printOf(n int) record.Fingerprint {
	return record.FingerprintBytes([]byte{byte(n), byte(n >> 8), byte(n >> 16)})
}

// Whatever order rows come in: a question never takes a row for known that is
// not, and what it says yes to is found at the record's own place.
func TestQuestions_never_know_too_much(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 300).Draw(t, "records")
		p := newPrints(n)
		for i := range n {
			if i%7 != 3 { // some are not known
				p.loaded[i] = printOf(i)
			}
		}
		ask := p.question()
		for row := range rapid.IntRange(0, 3000).Draw(t, "rows") {
			at := rapid.IntRange(0, 2*n+10).Draw(t, "record")
			if rapid.Bool().Draw(t, "in order") {
				at = row
			}
			known := at < n && at%7 != 3
			if ask(printOf(at), row) && !known {
				t.Fatalf("record %d is taken for known", at)
			}
			if got := p.find(printOf(at), row); known && got != at || !known && got >= 0 {
				t.Fatalf("record %d is found at %d", at, got)
			}
		}
		if ask(record.Fingerprint{}, 3) {
			t.Fatal("no hash at all is taken for known")
		}
	})
}

// An export in the order of its links, with rows put in, taken out and changed
// here and there, is known but for those rows: nothing else is mapped.
func TestQuestions_know_an_export_in_order(t *testing.T) {
	const records = 50_000
	p := newPrints(records)
	for i := range records {
		p.loaded[i] = printOf(i)
	}
	ask := p.question()
	row, missed := 1, 0
	for i := range records {
		switch {
		case i%1000 == 500: // a new row stands before this one
			row++
			ask(printOf(records+i), row)
		case i%1000 == 700: // this one is not there any more
			continue
		case i%100 == 0: // this one changed
			row++
			ask(printOf(2*records+i), row)
			continue
		}
		row++
		if !ask(printOf(i), row) {
			missed++
		}
	}
	if missed > records/50 {
		t.Errorf("%d of %d known rows were not known again", missed, records)
	}
}

// In an export in another order every row is known all the same.
func TestQuestions_know_an_export_in_another_order(t *testing.T) {
	const records = 5000
	p := newPrints(records)
	for i := range records {
		p.loaded[i] = printOf(i)
	}
	ask := p.question()
	for row := range records {
		if !ask(printOf(row*7919%records), row) {
			t.Fatalf("row %d is not known", row)
		}
	}
}

// What a record is known by next time: what was loaded, as long as set says so,
// else what set says, and nothing when it says nothing.
func TestPrints_remember_what_was_set_last(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPrints(rapid.IntRange(0, 8).Draw(t, "loaded"))
		for i := range p.loaded {
			p.loaded[i] = printOf(i)
		}
		want := map[int]record.Fingerprint{}
		for range rapid.IntRange(0, 30).Draw(t, "calls") {
			ord := rapid.IntRange(0, 20).Draw(t, "record")
			f := record.Fingerprint{}
			if k := rapid.IntRange(-1, 12).Draw(t, "hash"); k >= 0 {
				f = printOf(k)
			}
			if news := p.set(ord, f); news != (f != p.of(ord)) {
				t.Fatalf("set says news: %v", news)
			}
			want[ord] = f
		}
		for ord := range 25 {
			if p.next(ord) != want[ord] {
				t.Fatalf("record %d: %v, want %v", ord, p.next(ord), want[ord])
			}
		}
	})
}
