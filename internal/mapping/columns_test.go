package mapping_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"syncd/internal/mapping"
	"syncd/internal/record"
)

// The text of a list of several columns keeps what stood where; what is compared
// and what is sent does not see it.
func TestTheTextOfAListTellsItsColumns(t *testing.T) {
	for _, c := range []struct {
		field, x, y, z    string
		text, canon, sent string
		list              []string
	}{
		{"phone", "84951234567", "89161234567", "", "84951234567; 89161234567", "74951234567,79161234567", "84951234567, 89161234567", []string{"84951234567", "89161234567"}},
		{"phone", "", "89161234567", "", "; 89161234567", "79161234567", "89161234567", []string{"89161234567"}},
		{"phone", "84951234567; 84951234568", "+7 495 123-45-67", "", "84951234567, 84951234568; +7 495 123-45-67", "74951234567,74951234568", "84951234567, 84951234568", []string{"84951234567", "84951234568"}},
		{"phone", "84951234567", "доб. 12", "тел. 89161234567", "84951234567; доб. 12; 89161234567", "74951234567#12,79161234567", "84951234567 доб. 12, 89161234567", []string{"84951234567 доб. 12", "89161234567"}},
		{"phone", "84951234567, 84951234568", "", "", "84951234567, 84951234568", "74951234567,74951234568", "84951234567, 84951234568", []string{"84951234567", "84951234568"}},
		{"phone", "84951234567", "", "89161234567", "84951234567; ; 89161234567", "74951234567,79161234567", "84951234567, 89161234567", []string{"84951234567", "89161234567"}},
		{"phone", "", "", "", "", "", "", nil},
		{"mail_url", "A@b.ru", "a@B.ru, c@d.ru", "", "A@b.ru; a@B.ru, c@d.ru", "a@b.ru,c@d.ru", "A@b.ru, c@d.ru", nil},
	} {
		m := withField(t, c.field, "{columns: [X, Y, Z]}")
		i := m.Schema().Index(c.field)
		rec, _ := mapRow(t, m, map[string]string{"Ссылка": "1", "Имя": "Ромашка", "X": c.x, "Y": c.y, "Z": c.z})
		v := rec.Values[i]
		if v.Text != c.text || v.Canon != c.canon || m.CanonSource(i, v.Text) != c.canon || m.Sent(i, v.Text) != c.sent {
			t.Errorf("%q %q %q %q, want %q %q %q", v.Text, v.Canon, m.CanonSource(i, v.Text), m.Sent(i, v.Text), c.text, c.canon, c.sent)
		}
		in, err := m.Input(rec.Values, []int{i}, mapping.Update, nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.list != nil && cmp.Diff(c.list, in.Fields[0].List) != "" || c.list == nil && in.Fields[0].Text != c.sent {
			t.Errorf("%+v is sent", in.Fields)
		}
	}
}

// Columns are a matter of the text alone: gathered from three columns or joined
// in one, the same numbers are compared and sent alike.
func TestColumnsOfAListChangeNeitherItsMeaningNorWhatIsSent(t *testing.T) {
	for _, field := range []string{"phone", "mail_url"} {
		three, one := withField(t, field, "{columns: [X, Y, Z]}"), withField(t, field, "{column: X}")
		i := three.Schema().Index(field)
		cell := rapid.OneOf(rapid.StringMatching(`[ 0-9.,;/+\-()]{0,24}(доб\. [0-9]{2})?`), rapid.SampledFrom([]string{"", "доб. 12", "a@b.ru", "Ы <A@b.ru>", "a@b.ru, c@d.ru", "84951234567", "+7 495 123-45-67"}))
		rapid.Check(t, func(t *rapid.T) {
			x, y, z := cell.Draw(t, "x"), cell.Draw(t, "y"), cell.Draw(t, "z")
			wide := newSheetOf(t, three, mapping.Zones{}, map[string]string{"Ссылка": "1", "Имя": "Ромашка", "X": x, "Y": y, "Z": z})
			narrow := newSheetOf(t, one, mapping.Zones{}, map[string]string{"Ссылка": "1", "Имя": "Ромашка", "X": x + "\n" + y + "\n" + z})
			var a, b record.Record
			wide.b.Map(wide.cells, &a)
			narrow.b.Map(narrow.cells, &b)
			if a.Values[i].Canon != b.Values[i].Canon || three.CanonSource(i, a.Values[i].Text) != a.Values[i].Canon {
				t.Fatalf("%q is %q, alone %q; joined %q", a.Values[i].Text, a.Values[i].Canon, three.CanonSource(i, a.Values[i].Text), b.Values[i].Canon)
			}
			if sent, want := three.Sent(i, a.Values[i].Text), one.Sent(i, b.Values[i].Text); three.CanonSource(i, sent) != one.CanonSource(i, want) {
				t.Fatalf("%q is sent, joined %q", sent, want)
			}
		})
	}
}
