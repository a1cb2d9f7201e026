package mapping

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// pieces are what the rewriting of the CRM and the folds stumble over.
var pieces = []string{
	"ООО", "ЗАО", "ОАО", "ИП", "АО", " ", "  ", ", ", ",", ";", "\"", "'", "`", "«", "»", "“", "”", "„", "’", "<", ">", "< ", "<b>", "</b>", "&",
	"&laquo;", "&raquo;", "&la", "quo;", "&acute;", "\\", "\\r\\n", "\n", "\r\n", "\t", "\u00a0", "\u202f", "\u200b", "\ufeff", "и\u0306", "е\u0308", "Ё", "й", "№", "—", "…",
	"Ромашка", "а", "X", "x", "7", "8", "+7", "(495)", "123-45-67", "доб. 12", "#", "@", "a@b.ru", "http://", "HTTPS://", "www.", "/", ".", "-", "é", "Å", "Ω", "日本",
}

func tricky() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 10).Draw(t, "pieces"), "")
	})
}

var kinds = map[string]canonKind{
	"text": canonText, "title": canonTitle, "recv": canonRecv, "dictionary": canonDictionary, "phones": canonPhones,
	"mails": canonMails, "url": canonURL, "code": canonCode, "number": canonNumber, "bool": canonBool, "date": canonDate, "type": canonType, "user": canonUser,
}

// serverRecvAdd is what requisites go through on an add. Only adds do, so the
// program itself has no use for it.
func serverRecvAdd(s string) string {
	return replaceEach(strings.Trim(s, phpBlank), `"`, "”", "\n\r", "", "\n", "", "\r", "", "\t", "&acute;", "'", "")
}

func TestCanonicalFormsAreStable(t *testing.T) {
	for name, kind := range kinds {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			s := tricky().Draw(t, "text")
			once := canonOf(kind, s)
			if twice := canonOf(kind, once); twice != once {
				t.Fatalf("%q → %q → %q", s, once, twice)
			}
		}))
	}
}

func TestCanonicalFormsDoNotSeeWhatTheCRMDoesToAText(t *testing.T) {
	for _, c := range []struct {
		name   string
		kind   canonKind
		server func(string) string
	}{
		{"title", canonTitle, serverTitle},
		{"text", canonText, serverText},
		{"url", canonURL, serverText},
		{"mails", canonMails, serverText},
		{"phones", canonPhones, serverText},
		{"dictionary", canonDictionary, serverUntag},
		{"recv on update", canonRecv, serverRecvUpdate},
		{"code on update", canonCode, serverRecvUpdate},
	} {
		t.Run(c.name, rapid.MakeCheck(func(t *rapid.T) {
			s := tricky().Draw(t, "text")
			if sent, read := canonOf(c.kind, s), canonOf(c.kind, c.server(s)); sent != read {
				t.Fatalf("%q is %q; the CRM's %q is %q", s, sent, c.server(s), read)
			}
		}))
	}
}

// A text that Map has cleaned survives the CRM's two ways of writing
// requisites, and every other field, without a word being lost.
func TestCleanedTextsSurviveTheCRM(t *testing.T) {
	for _, c := range []struct {
		name    string
		field   field
		servers []func(string) string
	}{
		{"title", field{key: "title", canon: canonTitle}, []func(string) string{serverTitle}},
		{"text", field{key: "des", canon: canonText}, []func(string) string{serverText}},
		{"dictionary", field{key: "territory", canon: canonDictionary, dict: true}, []func(string) string{serverUntag}},
		{"recv", field{key: "castBank", canon: canonRecv, recv: true}, []func(string) string{serverRecvAdd, serverRecvUpdate}},
	} {
		c.field.unclean = uncleanOf(&c.field)
		t.Run(c.name, rapid.MakeCheck(func(t *rapid.T) {
			s := tricky().Draw(t, "text")
			clean := s
			if scan(s)&c.field.unclean != 0 {
				clean, _ = cleanText(&c.field, s)
			}
			for _, server := range c.servers {
				if sent, read := canonOf(c.field.canon, clean), canonOf(c.field.canon, server(clean)); sent != read {
					t.Fatalf("%q is cleaned to %q = %q; the CRM's %q = %q", s, clean, sent, server(clean), read)
				}
			}
			if strings.Contains(s, "Ромашка") && !strings.Contains(c.servers[0](clean), "Ромашка") {
				t.Fatalf("%q is cleaned to %q, of which the CRM keeps %q", s, clean, c.servers[0](clean))
			}
			if c.field.recv && strings.ContainsAny(clean, ";\n\r\t'") {
				t.Fatalf("%q is cleaned to %q", s, clean)
			}
		}))
	}
}

func TestTheShortWayGivesTheFormOfTheLongOne(t *testing.T) {
	long := map[canonKind]func(string) string{canonText: foldText, canonRecv: foldRecv, canonTitle: foldTitle}
	for kind, fold := range long {
		rapid.Check(t, func(t *rapid.T) {
			s := tricky().Draw(t, "text")
			if short, slow := canonOf(kind, s), settle(s, fold); short != slow {
				t.Fatalf("%q: %q and %q", s, short, slow)
			}
		})
	}
}

// What a real server made of real requests.
func TestTheRewritingIsTheCRMs(t *testing.T) {
	for _, c := range []struct {
		name, in, want string
		server         func(string) string
	}{
		{"title with a form in front", `ООО "Ромашка & Ко"`, "Ромашка & Ко, ООО", serverTitle},
		{"title with a tag and quotes", "<b>H</b> & «Ёлка» \"X\" `Y` a/b \\ back", "H & Ёлка X Y a/b  back", serverTitle},
		{"ИП and ПАО stay in front", `ПАО "Волна"`, "ПАО Волна", serverTitle},
		{"every occurrence of the form goes", "ООО Х ООО", "Х , ООО", serverTitle},
		{"text", "Строка 1\nСтрока 2 <b>bold</b> \"кавычки\" «ёлочки» апостр'оф & амп", "Строка 1\nСтрока 2 bold ”кавычки” ”ёлочки” апостр'оф & амп", serverText},
		{"a bare less-than", "<i>a</i> < b > c", "a [ b ] c", serverText},
		{"a tag that never ends", "ООО <Ромашка", "ООО", serverText},
		{"recv on add", "A\tB\nC \"q\" o'n", "A&acute;BC ”q” on", serverRecvAdd},
		{"recv on update", " <b>A</b> \"q\" > ", "A \"q\" ", serverRecvUpdate},
	} {
		if got := c.server(c.in); got != c.want {
			t.Errorf("%s: %q → %q, want %q", c.name, c.in, got, c.want)
		}
	}
}

func TestTitlesThatAreOneToAPerson(t *testing.T) {
	same := [][]string{
		{`ООО "Ромашка"`, "ООО «Ромашка»", "Ромашка, ООО", "ООО  Ромашка ", "ООО\u00a0Ромашка", "ООО „Ромашка“"},
		{`ЗАО "ООО Х"`, "Х, ООО, ЗАО", "ООО Х, ЗАО"},
	}
	for _, group := range same {
		for _, s := range group[1:] {
			if a, b := canonOf(canonTitle, group[0]), canonOf(canonTitle, s); a != b {
				t.Errorf("%q is %q, %q is %q", group[0], a, s, b)
			}
		}
	}
	for _, pair := range [][2]string{{"ООО Ромашка", "ЗАО Ромашка"}, {"ООО Ромашка", "Ромашка"}, {"Ромашка 1", "Ромашка 2"}, {"ромашка", "Ромашка"}} {
		if canonOf(canonTitle, pair[0]) == canonOf(canonTitle, pair[1]) {
			t.Errorf("%q and %q have one form", pair[0], pair[1])
		}
	}
}

func TestCanonicalFormsByTable(t *testing.T) {
	for _, c := range []struct {
		kind     canonKind
		in, want string
	}{
		{canonPhones, "8 (912) 123-45-67,+7 342 200-00-00", "73422000000,79121234567"},
		{canonPhones, "+7 342 200-00-00; 89121234567", "73422000000,79121234567"},
		{canonPhones, "9121234567", "79121234567"},
		{canonMails, "B@Romashka.ru, a@romashka.ru", "a@romashka.ru,b@romashka.ru"},
		{canonURL, "HTTPS://Romashka.RU/Path/", "romashka.ru/Path"},
		{canonDictionary, " Пермь ", "пермь"},
		{canonDictionary, `"Ёлки"`, "елки"},
		{canonType, "parnter", "partner"},
		{canonCode, "7 707 083 893", "7707083893"},
		{canonNumber, "1 190,50", "1190.5"},
		{canonBool, "Истина", "Да"},
		{canonDate, "2015-05-30 00:00:00", "2015-05-30"},
		{canonDate, "0000-00-00 00:00:00", ""},
		{canonDate, "30.05.2015 23:05:30", "2015-05-30 23:05:30"},
		{canonRecv, "ООО ”Ромашка; и Ко”", "ООО ”Ромашка, и Ко”"},
	} {
		if got := canonOf(c.kind, c.in); got != c.want {
			t.Errorf("%d %q: %q, want %q", c.kind, c.in, got, c.want)
		}
	}
}
