package mapping_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/mapping"
	"syncd/internal/record"
)

func TestEveryMistakeIsReportedAtOnceWithItsPlace(t *testing.T) {
	_, err := mapping.Parse("m.yaml", []byte(`version: 2
entity: clint
uid: {column: Ссылка, encode: guidd, prefix: слишком}
skp: [ЭтоГруппа]
skip: ЭтоГруппа
fields:
  title: {column: А, expr: Б}
  title: {column: А}
  phon: {column: Т}
  phone: {}
  type: {const: klient}
  territory: {column: Р, max_length: 300}
  address: {column: А, type: txt, when: add, on_empty: clear}
  des: {column: А, unmapped: pass, owner: me, required: да}
  mail_url: {column: А, type: text}
  input1: {column: А, values: {Да: 1, " ДА": 2}}
recv:
  castINN: {column: ИНН}
  castKpp: {column: КПП, type: kpp, join: x, dictionary: known}
  castBank: просто
`))
	want := []string{
		`m.yaml:1:10: version: "2" is not supported; this program reads version 1`,
		`m.yaml:2:9: entity: "clint" is none of client, deal; did you mean "client"?`,
		`m.yaml:3:31: uid.encode: "guidd" is none of raw, guid, hash; did you mean "guid"?`,
		`m.yaml:3:46: uid.prefix: has 7 characters; at most 4 fit before a uid`,
		`m.yaml:4:1: skp: unknown key; did you mean "skip"?`,
		`m.yaml:5:7: skip: want a list, have a text`,
		`m.yaml:7:22: fields.title: takes its value from one place, not from column and expr`,
		`m.yaml:8:3: fields.title: stands here for the second time (first in line 7)`,
		`m.yaml:9:3: fields.phon: unknown key; did you mean "phone"?`,
		`m.yaml:10:10: fields.phone: takes its value from nowhere: give one of column, columns, const, expr`,
		`m.yaml:11:10: fields.type.const: "klient" is no kind of client: client, person, partner, contractor, concurent; did you mean "client"?`,
		`m.yaml:12:38: fields.territory.max_length: the CRM keeps 250 characters of this field`,
		`m.yaml:13:30: fields.address.type: "txt" is none of text, phones, emails, url, inn, kpp, ogrn, okpo, bik, account, corr_account, int, decimal, bool, date, datetime, guid; did you mean "text"?`,
		`m.yaml:13:46: fields.address.on_empty: a field sent with an add only is never cleared`,
		`m.yaml:14:20: fields.des.unmapped: goes with values only`,
		`m.yaml:14:43: fields.des.owner: "me" is none of both, source, crm`,
		`m.yaml:14:57: fields.des.required: want true or false`,
		`m.yaml:15:25: fields.mail_url.type: the CRM keeps emails here; leave the type out or say emails`,
		`m.yaml:16:39: fields.input1.values. ДА: means the same as "Да" above: case and spaces do not count`,
		`m.yaml:18:3: recv.castINN: unknown key; did you mean "castInn"?`,
		`m.yaml:19:37: recv.castKpp.join: goes with columns of one text only`,
		`m.yaml:19:46: recv.castKpp.dictionary: goes with the CRM's lists (territory, idcategory, clientpath, tip_cmr) only`,
		`m.yaml:20:13: recv.castBank: want keys and values here, have a text`,
	}
	var errs mapping.Errors
	if !errors.As(err, &errs) {
		t.Fatalf("%T: %v", err, err)
	}
	if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
		t.Error(diff)
	}
	var one *mapping.SpecError
	if !errors.As(err, &one) || one.Path != "version" || one.Line != 1 || one.Column != 10 {
		t.Errorf("%+v", one)
	}
}

func TestMappingsThatCannotBe(t *testing.T) {
	for _, c := range []struct{ name, yaml, want string }{
		{"empty", "", "m.yaml: the file is empty"},
		{"no YAML", "fields: [", "not valid YAML"},
		{"two documents", head + "fields: {title: {column: А}}\n---\nversion: 1\n", "one document"},
		{"nothing given", "version: 1\n", "uid: is missing"},
		{"no title", head + "fields: {phone: {column: А}}\n", "title is not mapped"},
		{"a title that may be cleared", head + "fields: {title: {column: А, on_empty: clear}}\n", "never cleared"},
		{"a deal without a client", strings.Replace(head, "client", "deal", 1) + "fields: {title: {column: А}}\n", "client: is missing"},
		{"uid as a field", head + "fields: {title: {column: А}, uid: {column: Б}}\n", "uid: {column: …}"},
		{"hex without guid", "version: 1\nentity: client\nuid: {column: А, encode: raw, hex: db}\nfields: {title: {column: А}}\n", "encode: guid"},
		{"a prefix with an apostrophe", "version: 1\nentity: client\nuid: {column: А, encode: raw, prefix: \"a'\"}\nfields: {title: {column: А}}\n", "quotes"},
		{"a numeric dictionary title", head + "fields: {title: {column: А}, territory: {const: 59}}\n", "an id of its list"},
		{"merge keys", head + "x: &x {column: А}\nfields: {title: {<<: *x}}\n", "merge keys"},
		{"a bad expression", head + "where: 'Регион =='\nfields: {title: {column: А}}\n", "m.yaml:4:8: where: column"},
		{"an expression of the wrong type", head + "where: 'Регион'\nfields: {title: {column: А}}\n", "expected bool"},
		{"a clock", head + "fields: {title: {expr: 'string(now())'}}\n", "there is no function now"},
		{"map order", head + "fields: {title: {expr: 'keys({a: 1, b: 2})[0]'}}\n", "there is no function keys"},
		{"a long expression", head + "fields: {title: {expr: '\"" + strings.Repeat("x", 5000) + "\"'}}\n", "at most 4096"},
		{"a large expression", head + "fields: {title: {expr: '" + strings.Repeat("А+", 1200) + "А'}}\n", "node"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := mapping.Parse("m.yaml", []byte(c.yaml))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func TestLoadReadsAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.yaml")
	if err := os.WriteFile(path, []byte(head+"fields: {title: {column: Имя}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := mapping.Load(path)
	if err != nil || m.Entity() != "client" || m.Name() != path {
		t.Fatal(m, err)
	}
	if _, err := mapping.Load(path + "x"); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func TestTheSchemaFollowsTheFile(t *testing.T) {
	m := parse(t, "skip: [ЭтоГруппа]", `where: 'Регион != ""'`, "fields:", "  title: {column: Имя}", "  date_create: {column: Создан, when: add}",
		"  des: {column: Комментарий, owner: crm}", "  address: {column: Адрес, owner: source, on_empty: clear}", "  territory: {column: РЕГИОН, dictionary: known}",
		"recv:", "  castInn: {column: ИНН, type: inn}")
	var got []record.Field
	for i := range m.Schema().Len() {
		got = append(got, m.Schema().Field(i))
	}
	want := []record.Field{
		{Name: "title"},
		{Name: "date_create", AddOnly: true},
		{Name: "des", Owner: record.OwnerCRM},
		{Name: "address", Owner: record.OwnerSource, Clear: true},
		{Name: "territory"},
		{Name: "recv.castInn"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Ссылка", "ЭтоГруппа", "Регион", "Имя", "Создан", "Комментарий", "Адрес", "ИНН"}, m.Columns()); diff != "" {
		t.Error(diff)
	}
	if !slices.Equal(m.KeyColumns(), []string{"Ссылка"}) || m.Identity().Encode != mapping.EncodeHash {
		t.Error(m.KeyColumns(), m.Identity())
	}
	if diff := cmp.Diff([]mapping.Dictionary{{Field: 4, Name: "territory", MayCreate: false}}, m.Dictionaries()); diff != "" {
		t.Error(diff)
	}
}

func TestTheFingerprintIsTheMeaning(t *testing.T) {
	base := "fields:\n  title: {column: Имя}\n  type: {column: Вид, values: {ЮрЛицо: client, ФизЛицо: person}}\nrecv:\n  castInn: {column: ИНН, type: inn}\n"
	print := func(yaml string) record.Fingerprint {
		m, err := mapping.Parse("m.yaml", []byte(yaml))
		if err != nil {
			t.Fatal(err)
		}
		return m.Fingerprint()
	}
	first := print(head + base)
	for name, same := range map[string]string{
		"comments and layout": "# о\n" + head + "\n\nfields:\n    title:\n        column: \"Имя\" # имя\n    type: {values: {ФизЛицо: person, ЮрЛицо: client}, column: Вид}\nrecv: {castInn: {type: inn, column: ИНН}}\n",
		"order of fields":     head + "recv: {castInn: {column: ИНН, type: inn}}\nfields:\n  type: {column: Вид, values: {ЮрЛицо: client, ФизЛицо: person}}\n  title: {column: Имя}\n",
		"defaults said":       head + strings.Replace(base, "{column: Имя}", "{column: Имя, type: text, required: true, owner: both, when: always, on_empty: keep}", 1),
		"spelling of columns": head + strings.Replace(base, "ИНН,", "И Н Н,", 1),
	} {
		if print(same) != first {
			t.Errorf("%s: changed", name)
		}
	}
	for name, other := range map[string]string{
		"another column": strings.Replace(head+base, "Имя", "Название", 1),
		"another word":   strings.Replace(head+base, "ФизЛицо: person", "ФизЛицо: client", 1),
		"a rule":         strings.Replace(head+base, "type: inn", "type: inn, check: reject", 1),
		"a policy":       strings.Replace(head+base, "{column: Имя}", "{column: Имя, owner: source}", 1),
		"when":           strings.Replace(head+base, "column: Вид,", "column: Вид, when: add,", 1),
		"what clears":    strings.Replace(head+base, "type: inn", "type: inn, on_empty: clear", 1),
		"the encoding":   strings.Replace(head+base, "hash", "raw", 1),
		"a condition":    head + "where: 'Имя != \"\"'\n" + base,
		"a field less":   strings.Replace(head+base, "recv:\n  castInn: {column: ИНН, type: inn}\n", "", 1),
	} {
		if print(other) == first {
			t.Errorf("%s: not changed", name)
		}
	}
}

func TestDoubtsAboutAMapping(t *testing.T) {
	m, err := mapping.Parse("m.yaml", []byte("version: 1\nentity: client\nuid: {column: Код}\nfields: {title: {column: Имя}}\nrecv:\n  castBankRs: {column: Счет, type: account}\n"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range m.Warnings() {
		got = append(got, w.Path)
	}
	if !slices.Equal(got, []string{"uid", "recv.castBankRs"}) {
		t.Error(got)
	}
}

func TestAnINNWithoutItsKPPIsDoubtedWhereTheColumnHasBoth(t *testing.T) {
	for recv, want := range map[string]int{
		"  castInn: {column: ИНН, type: inn}":                                              0,
		"  castInn: {column: ИНН / КПП, type: inn}":                                        1,
		"  castInn: {column: ИНН/КПП, type: inn}\n  castKpp: {column: ИНН/КПП, type: kpp}": 0,
	} {
		m := parse(t, "fields:", "  title: {column: Имя}", "recv:", recv)
		if got := m.Warnings(); len(got) != want || want == 1 && got[0].Path != "recv.castInn" {
			t.Errorf("%s: %v", recv, got)
		}
	}
}
