package mapping_test

import (
	"testing"

	"syncd/internal/mapping"
	"syncd/internal/record"
)

const null = "\x00"

func TestNULLIsNoEmptyText(t *testing.T) {
	for _, c := range []struct {
		field, body, cell string
		state             record.State
		text, said        string
	}{
		{"des", "{column: X}", null, record.Null, "", ""},
		{"des", "{column: X}", "", record.Empty, "", ""},
		{"des", "{column: X, default: нет}", null, record.Filled, "нет", ""},
		{"des", "{column: X, required: true}", null, record.Absent, "", "!des: required"},
		{"territory", "{column: X}", null, record.Null, "", ""},
		{"input1", "{column: X, type: decimal}", null, record.Null, "", ""},
		{"input1", "{column: X, type: bool}", null, record.Null, "", ""},
		{"input1", "{column: X, type: date}", null, record.Null, "", ""},
		{"input1", "{column: X, values: {да: Да}}", null, record.Null, "", ""},
		{"type", "{column: X, values: {ЮрЛицо: client}, default: person}", null, record.Filled, "person", ""},
		{"recv.castInn", "{column: X, type: inn}", null, record.Null, "", ""},
		{"recv.castKpp", "{column: X, type: kpp}", null, record.Null, "", ""},
		{"phone", "{column: X}", null, record.Null, "", ""},
		{"phone", "{columns: [X, Y]}", null, record.Empty, "", ""}, // Y is ''
		{"phone", "{column: X}", "", record.Empty, "", ""},
		{"mail_url", "{column: X}", null, record.Null, "", ""},
		{"address", "{columns: [X, Y]}", null, record.Empty, "", ""},
		{"des", `{expr: 'X == "" ? "пусто" : X'}`, null, record.Filled, "пусто", ""},
		{"des", `{expr: 'row["X"] + "!"'}`, null, record.Filled, "!", ""},
		{"des", "{expr: 'string(number(X))'}", null, record.Filled, "0", ""},
	} {
		t.Run(c.field+" "+c.body, func(t *testing.T) {
			m := withField(t, c.field, c.body)
			v, res := one(t, m, c.field, c.cell)
			if c.said != "" {
				if said(res) != c.said {
					t.Errorf("%q, want %q", said(res), c.said)
				}
				return
			}
			if v.State != c.state || v.Text != c.text || said(res) != "" {
				t.Errorf("%d %q %q, want %d %q", v.State, v.Text, said(res), c.state, c.text)
			}
		})
	}
}

func TestColumnsThatAreAllNULLGiveNULL(t *testing.T) {
	for _, body := range []string{"{columns: [X, Y]}", "{columns: [X, Y], type: phones}"} {
		name := map[bool]string{true: "address", false: "phone"}[body == "{columns: [X, Y]}"]
		m := withField(t, name, body)
		rec, _ := mapRow(t, m, map[string]string{"Ссылка": "1", "Имя": "Ромашка", "X": null, "Y": null})
		if v := rec.Get(m.Schema(), name); v.State != record.Null {
			t.Errorf("%s: %d", body, v.State)
		}
	}
}

func TestAKeyOrAMarkThatIsNULL(t *testing.T) {
	m := parse(t, "clid: {column: К}", "skip: [Г]", `where: 'Р == ""'`, "fields:", "  title: {column: Имя}")
	rec, res := mapRow(t, m, map[string]string{"Ссылка": "1", "Имя": "Ромашка", "К": null, "Г": null, "Р": null})
	if res.Kind != mapping.InScope || rec.CLID != 0 {
		t.Errorf("%s %d", res.Kind, rec.CLID)
	}
	_, res = mapRow(t, m, map[string]string{"Ссылка": null, "Имя": "Ромашка"})
	if said(res) != "!uid: key-empty" || res.Problems[0].Value != "" {
		t.Errorf("%q %q", said(res), res.Problems[0].Value)
	}
}

func TestFingerprint_tells_NULL_from_an_empty_cell(t *testing.T) {
	m := withField(t, "des", "{column: X}")
	b, err := m.Bind([]string{"Ссылка", "Имя", "X"}, mapping.Zones{})
	if err != nil {
		t.Fatal(err)
	}
	full, _ := b.Fingerprint([]string{"1", "Ромашка", ""}, nil)
	if none, _ := b.Fingerprint([]string{"1", "Ромашка", null}, nil); none == full {
		t.Error("equal")
	}
}
