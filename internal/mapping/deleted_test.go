package mapping_test

import (
	"testing"

	"syncd/internal/mapping"
)

// A mark of deletion says more than that a row is left out, so it is heard in
// rows out of scope as well: a mapping may name ПометкаУдаления in both rules.
func TestDeletedWhenIsHeardInRowsOutOfScope(t *testing.T) {
	m := parse(t, "skip: [ЭтоГруппа, ПометкаУдаления]", `where: 'Регион != "Тест"'`, "deleted_when: yes(ПометкаУдаления)",
		"fields:", "  title: {column: Имя}")
	for _, c := range []struct {
		name string
		row  map[string]string
		kind mapping.Kind
		rule string
		said string
		uid  bool
	}{
		{"neither", map[string]string{"Ссылка": "1", "Имя": "Ромашка"}, mapping.InScope, "", "", true},
		{"skipped by the same mark", map[string]string{"Ссылка": "1", "Имя": "Ромашка", "ПометкаУдаления": "Да"}, mapping.Deleted, "deleted_when", "", true},
		{"a group, marked", map[string]string{"Ссылка": "1", "ЭтоГруппа": "Да", "ПометкаУдаления": "Да"}, mapping.Deleted, "deleted_when", "", true},
		{"a group", map[string]string{"Ссылка": "1", "ЭтоГруппа": "Да"}, mapping.OutOfScope, "skip: ЭтоГруппа", "", true},
		{"a group without a key, marked", map[string]string{"ЭтоГруппа": "Да", "ПометкаУдаления": "Да"}, mapping.OutOfScope, "skip: ЭтоГруппа", "", false},
		{"out by where, marked", map[string]string{"Ссылка": "1", "Имя": "Ромашка", "Регион": "Тест", "ПометкаУдаления": "Да"}, mapping.Deleted, "deleted_when", "", true},
		{"out by where", map[string]string{"Ссылка": "1", "Имя": "Ромашка", "Регион": "Тест"}, mapping.OutOfScope, "where", "", true},
		{"a mark that is no boolean", map[string]string{"Ссылка": "1", "Имя": "Ромашка", "ПометкаУдаления": "?"}, mapping.Unreadable, "", "!skip: not-boolean", true},
		{"a group whose mark is no boolean", map[string]string{"Ссылка": "1", "ЭтоГруппа": "Да", "ПометкаУдаления": "?"}, mapping.OutOfScope, "skip: ЭтоГруппа", "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			rec, res := mapRow(t, m, c.row)
			if res.Kind != c.kind || res.Rule != c.rule || said(res) != c.said || (rec.UID != "") != c.uid || rec.Deleted != (c.kind == mapping.Deleted) {
				t.Errorf("%s %q %q, uid %q, deleted %v", res.Kind, res.Rule, said(res), rec.UID, rec.Deleted)
			}
		})
	}
}

func TestAnUnreadableConditionOfDeletionHoldsTheRow(t *testing.T) {
	m := parse(t, "deleted_when: 'number(Срок) > 5'", "fields:", "  title: {column: Имя}")
	for cell, want := range map[string]mapping.Kind{"": mapping.InScope, "6": mapping.Deleted, "скоро": mapping.Unreadable} {
		if rec, res := mapRow(t, m, map[string]string{"Ссылка": "1", "Имя": "Ромашка", "Срок": cell}); res.Kind != want || rec.Deleted != (want == mapping.Deleted) {
			t.Errorf("%q: %s", cell, res.Kind)
		}
	}
}
