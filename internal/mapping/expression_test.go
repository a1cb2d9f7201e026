package mapping_test

import (
	"testing"

	"syncd/internal/mapping"
)

func TestExpressionsMakeFields(t *testing.T) {
	for _, c := range []struct{ expr, cell, want, said string }{
		{`"Заказ " + X`, "№ 15", "Заказ № 15", ""},
		{`row["X"]`, "а", "а", ""},
		{`X == "а" ? "да" : "нет"`, " а\u00a0", "да", ""},
		{`X == "" ? "нет" : upper(X)`, "", "нет", ""},
		{`upper(trim(X))`, " да ", "ДА", ""},
		{`number(X) * 2`, "1\u00a0190,50", "2381", ""},
		{`number(X)`, "", "0", ""},
		{`yes(X) ? "опт" : "розница"`, "Истина", "опт", ""},
		{`X matches "^7"`, "77", "true", ""},
		{`nil`, "", "", ""},
		{`number(X)`, "много", "", "!des: expression"},
		{`yes(X) ? "а" : "б"`, "может быть", "", "!des: expression"},
		{`split(X, ",")[5]`, "а,б", "", "!des: expression"},
		{`map(1..10, {# * 2})`, "", "", "!des: expression"}, // no text
		{`string(count(1..90000, {len(filter(1..90000, {# > 5})) > 3}))`, "", "", "!des: expression"},
		{`join(map(1..9000, {"ааааааааааааааааааааааааааааа"}), "")`, "", "", "!des: expression"},
	} {
		m := withField(t, "des", "{expr: '"+c.expr+"'}")
		// every column of the mapping, also the ones that only the expression names
		v, res := one(t, m, "des", c.cell)
		if v.Text != c.want || said(res) != c.said {
			t.Errorf("%s on %q: %q %q, want %q %q", c.expr, c.cell, v.Text, said(res), c.want, c.said)
		}
		if res.Kind == mapping.Rejected {
			t.Errorf("%s: the key is readable", c.expr)
		}
	}
}

func TestAnExpressionThatFailsOnARowStopsThatRowOnly(t *testing.T) {
	m := parse(t, `where: 'number(Сумма) > 10'`, "fields:", "  title: {column: Имя}")
	for cell, want := range map[string]mapping.Kind{"11": mapping.InScope, "9": mapping.OutOfScope, "": mapping.OutOfScope, "много": mapping.Unreadable} {
		if _, res := mapRow(t, m, map[string]string{"Ссылка": "1", "Имя": "Ромашка", "Сумма": cell}); res.Kind != want {
			t.Errorf("%q: %s, want %s", cell, res.Kind, want)
		}
	}
}

func TestAnExpressionGoesThroughTheFieldsOtherRules(t *testing.T) {
	m := withField(t, "type", `{expr: 'X + "Лицо"', values: {ЮрЛицо: client}}`)
	if v, res := one(t, m, "type", "Юр"); v.Text != "client" || said(res) != "" {
		t.Errorf("%q %q", v.Text, said(res))
	}
	if _, res := one(t, m, "type", "Физ"); said(res) != "!type: unmapped" {
		t.Errorf("%q", said(res))
	}
}
