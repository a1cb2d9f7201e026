package record_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"syncd/internal/record"
)

func schema() *record.Schema {
	return record.NewSchema([]record.Field{{Name: "title"}, {Name: "phone"}, {Name: "recv.castInn"}})
}

func TestThe_kinds_of_nothing_are_one_when_compared(t *testing.T) {
	t.Parallel()
	nothing := []record.Value{{}, {State: record.Null}, {State: record.Empty}, record.Of("", "")}
	for _, a := range nothing {
		for _, b := range nothing {
			if !a.Same(b) {
				t.Errorf("%+v and %+v differ", a, b)
			}
		}
		if a.Same(record.Of("x", "x")) || record.Of("x", "x").Same(a) {
			t.Errorf("%+v is the same as a filled value", a)
		}
	}
	if !record.Of("ООО Ромашка", "ромашка").Same(record.Of("Ромашка, ООО", "ромашка")) {
		t.Error("values are compared by their text, not by their canonical form")
	}
}

func TestA_fingerprint_sees_what_a_comparison_sees(t *testing.T) {
	t.Parallel()
	of := func(r record.Record) record.Fingerprint { f, _ := r.Fingerprint(nil); return f }
	base := record.Record{Values: []record.Value{record.Of("A", "a"), {State: record.Null}, record.Of("1", "1")}}
	same := record.Record{UID: "other", Values: []record.Value{record.Of("a", "a"), {State: record.Empty}, record.Of("1", "1")}}
	if of(base) != of(same) {
		t.Error("equal meaning, other fingerprint")
	}
	for name, r := range map[string]record.Record{
		"another value":         {Values: []record.Value{record.Of("A", "b"), {}, record.Of("1", "1")}},
		"moved between fields":  {Values: []record.Value{record.Of("A", "a"), record.Of("1", "1"), {State: record.Null}}},
		"not delivered":         {Values: []record.Value{record.Of("A", "a"), {State: record.Absent}, record.Of("1", "1")}},
		"marked deleted":        {Deleted: true, Values: base.Values},
		"texts glued otherwise": {Values: []record.Value{record.Of("Aa", "aa"), {State: record.Null}, record.Of("1", "1")}},
	} {
		if of(r) == of(base) {
			t.Errorf("%s: the same fingerprint", name)
		}
	}
}

func TestStored_values_come_back(t *testing.T) {
	t.Parallel()
	s := schema()
	canon := func(_ int, text string) string { return "c:" + text }
	rapid.Check(t, func(t *rapid.T) {
		values := make([]record.Value, s.Len())
		for i := range values {
			switch rapid.IntRange(0, 3).Draw(t, "state") {
			case 0:
				values[i] = record.Value{}
			case 1:
				values[i] = record.Value{State: record.Null}
			case 2:
				values[i] = record.Value{State: record.Empty}
			case 3:
				text := rapid.StringN(1, 20, -1).Draw(t, "text")
				values[i] = record.Of(text, canon(i, text))
			}
		}
		b, err := record.Store(s, values).Encode()
		if err != nil {
			t.Fatal(err)
		}
		st, err := record.DecodeStored(b)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(values, record.Restore(s, st, canon)); d != "" {
			t.Fatal(d)
		}
	})
}

func TestA_field_that_the_schema_lost_stays_behind(t *testing.T) {
	t.Parallel()
	x := "x"
	got := record.Restore(schema(), record.Stored{"gone": &x, "title": &x}, func(_ int, s string) string { return s })
	if got[0].Text != "x" || got[1].State != record.Absent {
		t.Errorf("got %+v", got)
	}
	r := record.Record{Values: got}
	if r.Get(schema(), "title").Text != "x" || r.Get(schema(), "gone").State != record.Absent {
		t.Error("Get does not follow the schema")
	}
}
