package mapping_test

import (
	"testing"

	"syncd/internal/mapping"
)

func TestTitleKeyComparesAsTheCRMDoes(t *testing.T) {
	for _, pair := range [][2]string{
		{"тп0001", "ТП0001"}, {"Ёлка", "елка"}, {"abc", "ABC  "}, {"Café", "cafe"}, {"е\u0308", "Е"}, {`ООО "Ромашка"`, "ромашка, ООО"},
	} {
		if a, b := mapping.TitleKey(pair[0]), mapping.TitleKey(pair[1]); a != b {
			t.Errorf("%q and %q are told apart: %q, %q", pair[0], pair[1], a, b)
		}
	}
	for _, pair := range [][2]string{{"ТП0001", "ТП0002"}, {"и", "й"}, {"A", "А"}} {
		if mapping.TitleKey(pair[0]) == mapping.TitleKey(pair[1]) {
			t.Errorf("%q and %q are taken for one", pair[0], pair[1])
		}
	}
}
