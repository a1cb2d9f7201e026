package mapping

import (
	"slices"
	"testing"
)

func TestNamesOfColumnsAreKnown(t *testing.T) {
	for name, want := range map[string]string{
		"Ссылка": "uid", "УникальныйИдентификатор": "uid", "uid": "uid", "Код": "uid", "Наименование": "title",
		"Наименование полное": "recv.castUrName", "ОФИЦИАЛЬНОЕ НАИМЕНОВАНИЕ": "recv.castUrName", "Юр./физ. лицо": "type", "Вид контрагента": "type",
		"ИНН/КПП": "inn/kpp", "ОГРНИП": "recv.castOgrn", "ОГРН (ОГРНИП)": "recv.castOgrn", "Код по ОКПО": "recv.castOkpo",
		"Расчётный счёт": "recv.castBankRs", "Р/с": "recv.castBankRs", "К/с": "recv.castBankKs", "Счет корреспондентский": "recv.castBankKs",
		"БИК банка": "recv.castBankBik", "E‑mail": "mail_url", "Адрес ЭП": "mail_url", "Тел.": "phone", "Номер телефона": "phone",
		"Адрес": "address", "Юридический адрес": "recv.castUrAddr", "Родитель": "-", "Ед.изм": "-", "ЭтоГруппа": "skip", "Ответственный": "user",
		"КодCRM": "clid",
	} {
		if got, _, ok := aliasOf(name); !ok || got != want {
			t.Errorf("%q is %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"", " ", "№", "Нечто"} {
		if got, _, ok := aliasOf(name); ok {
			t.Errorf("%q is %q", name, got)
		}
	}
}

// A name stands once, and stands for a field that a mapping can have.
func TestTheDictionaryOfAliasesIsSound(t *testing.T) {
	seen := map[string]string{}
	for _, a := range aliases {
		known := slices.Contains([]string{roleKey, roleCLID, roleSkip, roleINNKPP, roleNone}, a.field) || slices.Contains(clientFields, a.field)
		for _, k := range recvKeys {
			known = known || a.field == "recv."+k
		}
		if !known {
			t.Errorf("no field %q", a.field)
		}
		for _, n := range a.names {
			if first, ok := seen[foldAlias(n)]; ok {
				t.Errorf("%q stands for %s and %s", n, first, a.field)
			}
			seen[foldAlias(n)] = a.field
		}
	}
}
