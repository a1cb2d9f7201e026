package mapping

import (
	"slices"
	"strings"
	"testing"
)

func TestPhonesOfACell(t *testing.T) {
	for _, c := range []struct {
		in   string
		text []string // what people will read
		want []string // canonical
		odd  int
	}{
		{"9000000001", []string{"9000000001"}, []string{"79000000001"}, 0},
		{"8-921-929-75-88", []string{"8-921-929-75-88"}, []string{"79219297588"}, 0},
		{"+7 (812) 973-13-02", []string{"+7 (812) 973-13-02"}, []string{"78129731302"}, 0},
		{"8(812)9731302 доб. 12", []string{"8(812)9731302 доб. 12"}, []string{"78129731302#12"}, 0},
		{"тел. +7(343)355-55-55 доб.101", []string{"+7(343)355-55-55 доб. 101"}, []string{"73433555555#101"}, 0},
		{"8(812)9731302, доб. 12", []string{"8(812)9731302 доб. 12"}, []string{"78129731302#12"}, 0},
		{"+7 495 123-45-67 ext 7", []string{"+7 495 123-45-67 доб. 7"}, []string{"74951234567#7"}, 0},
		{"+7 495 123-45-67 #7", []string{"+7 495 123-45-67 доб. 7"}, []string{"74951234567#7"}, 0},
		{"84951234567 (вн. 305)", []string{"84951234567 доб. 305"}, []string{"74951234567#305"}, 0},
		{"(495) 123-45-67, 8 916 000-00-01", []string{"(495) 123-45-67", "8 916 000-00-01"}, []string{"74951234567", "79160000001"}, 0},
		{"8 916 000-00-01; 123-45-67", []string{"8 916 000-00-01", "123-45-67"}, []string{"79160000001", "1234567"}, 0},
		{"89160000001/89160000002", []string{"89160000001", "89160000002"}, []string{"79160000001", "79160000002"}, 0},
		{"89160000001\n89160000002", []string{"89160000001", "89160000002"}, []string{"79160000001", "79160000002"}, 0},
		{"89160000001 и 89160000002", []string{"89160000001", "89160000002"}, []string{"79160000001", "79160000002"}, 0},
		{"89160000001 89160000002", []string{"89160000001", "89160000002"}, []string{"79160000001", "79160000002"}, 0},
		{"т. 89160000001 89160000002 доб. 5", []string{"89160000001", "89160000002 доб. 5"}, []string{"79160000001", "79160000002#5"}, 0},
		{"89160000001, +7 916 000-00-01", []string{"89160000001"}, []string{"79160000001"}, 0},
		{"89161234567 Иван", []string{"89161234567"}, []string{"79161234567"}, 0},
		{"8-10-7-916-123-45-67", []string{"8-10-7-916-123-45-67"}, []string{"79161234567"}, 0},
		{"+375 29 123-45-67", []string{"+375 29 123-45-67"}, []string{"375291234567"}, 0},
		{"9731302", []string{"9731302"}, []string{"9731302"}, 0},
		{"2-15-44", []string{"2-15-44"}, []string{"21544"}, 0},
		{"8\u00a0916\u00a0000\u00a000\u00a001", []string{"8 916 000 00 01"}, []string{"79160000001"}, 0},
		{"9,16123E+09", nil, nil, 1},
		{"звонить Марии", nil, nil, 0},
		{"12", nil, nil, 1},
	} {
		odd := 0
		var text, canon []string
		for _, p := range phonesOf(c.in, nil, func(string) { odd++ }) {
			text, canon = append(text, p.text), append(canon, p.canon())
		}
		if !slices.Equal(text, c.text) || !slices.Equal(canon, c.want) || odd != c.odd {
			t.Errorf("%q: %q %q, %d odd; want %q %q, %d", c.in, text, canon, odd, c.text, c.want, c.odd)
		}
		// what is stored as one text means the same when it is read again
		slices.Sort(canon)
		if again := canonOfPhones(strings.Join(text, listSeparator)); odd == 0 && again != strings.Join(canon, ",") {
			t.Errorf("%q: read again as %q", c.in, again)
		}
	}
}

func TestMailsOfACell(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []string
	}{
		{"Info@Example.ru", []string{"Info@Example.ru"}},
		{"a@b.ru, c@d.ru;e@f.ru", []string{"a@b.ru", "c@d.ru", "e@f.ru"}},
		{"a@b.ru c@d.ru\ne@f.ru", []string{"a@b.ru", "c@d.ru", "e@f.ru"}},
		{"Мария <maria@b.ru>", []string{"maria@b.ru"}},
		{"mailto:a@b.ru", []string{"a@b.ru"}},
		{"(a@b.ru).", []string{"a@b.ru"}},
	} {
		var got []string
		splitMails(c.in, func(s string) { got = append(got, s) })
		if !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
	for s, want := range map[string]Code{
		"a@b.ru": "", "почта@пример.рф": "", "o'brien@b.ru": CodeApostrophe, "o’brien@b.ru": CodeApostrophe, "a@b": CodeForm,
		"a.b.ru": CodeForm, "@b.ru": CodeForm, "a@@b.ru": CodeForm, "a@b..ru": CodeForm, "a@b.ru/": CodeForm, "😀@b.ru": CodeForm,
	} {
		if got := mailForm(s); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}
