package emulator_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"syncd/internal/crmapi/emulator"
)

func TestTitleRewriting(t *testing.T) {
	t.Parallel()
	for sent, want := range map[string]string{
		`ООО "Ромашка & Ко"`: `Ромашка & Ко, ООО`, // add_full
		`ЗАО Ветер`:          `Ветер, ЗАО`,
		`ОАО «Берёза»`:       `Берёза, ОАО`,
		`ИП Сидоров`:         `ИП Сидоров`,
		`ИП`:                 `, ИП`,
		`ПАО Заря`:           `ПАО Заря`,
		`ООО Кран ООО Люк`:   `Кран  Люк, ООО`,
		`ООО`:                `, ООО`,
		"<b>H</b> & «Ёлка» \"X\" `Y` a/b \\ back": "H & Ёлка X Y a/b  back", // add_html
		"Tab\tTitle":             "Tab\tTitle",
		"  с краёв  ":            "с краёв",
		"хвост <нет конца":       "хвост",
		"Emoji 😀 tail":           "Emoji ???? tail", // add_emoji
		"o'neil":                 "oneil",
		"&laquo;Юг&raquo;":       "Юг",
		strings.Repeat("Д", 260): strings.Repeat("Д", 250), // add_long
	} {
		s := emulator.New(emulator.Options{})
		if got := added(t, s, fieldsOf{"title": sent}).Title; got != want {
			t.Errorf("title %q became %q, want %q", sent, got, want)
		}
	}
}

func TestTextRewriting(t *testing.T) {
	t.Parallel()
	for sent, want := range map[string]string{
		"Строка 1\nСтрока 2 <b>bold</b> \"кавычки\" «ёлочки» апостр'оф & амп": "Строка 1\nСтрока 2 bold ”кавычки” ”ёлочки” апостр'оф & амп",
		"<i>a</i> < b > c":  "a [ b ] c",
		"  x  ":             "x",
		"a <!-- note --> b": "a  b",
		"a <? echo 1 ?> b":  "a  b",
		`a <x y=">"> b`:     "a  b",
		"\\u0410":           "\\u0410",
	} {
		s := emulator.New(emulator.Options{})
		if got := added(t, s, fieldsOf{"title": "Т", "address": sent}).Fields["address"]; got != want {
			t.Errorf("address %q became %q, want %q", sent, got, want)
		}
	}
}

func TestRequisitesAreRewrittenDifferentlyByAddAndUpdate(t *testing.T) {
	t.Parallel()
	s := emulator.New(emulator.Options{})
	cl := added(t, s, fieldsOf{"title": "Т", "recv": fieldsOf{"castUrName": "A", "castUrNameShort": "A\tB", "castUrAddr": "x\ny", "castBank": "o'n <b>", "castInn": `"1"`}})
	for key, want := range map[string]string{"castUrName": "A", "castUrNameShort": "A&acute", "castUrAddr": "xy", "castBank": "on <b>", "castInn": "”1”"} {
		if cl.Recv[key] != want {
			t.Errorf("add: %s is %q, want %q", key, cl.Recv[key], want)
		}
	}
	call(s, "client/update", `{"clid":1,"recv":{"castUrName":"\"A\"\tB","castUrAddr":"x\ny","castBank":"o'n <b>c > d","castInn":null,"castKpp":""}}`)
	cl, _ = s.Client(1)
	for key, want := range map[string]string{"castUrName": "\"A\"\tB", "castUrAddr": "x\ny", "castBank": "o'n c  d", "castInn": "”1”", "castKpp": ""} {
		if cl.Recv[key] != want {
			t.Errorf("update: %s is %q, want %q", key, cl.Recv[key], want)
		}
	}
	if cl.Edited != "" {
		t.Errorf("requisites moved date_edit to %s", cl.Edited)
	}
}

// A tab becomes "&acute;" on add, and the ";" of that shifts what follows.
func TestTabInARequisiteShiftsTheNextOnes(t *testing.T) {
	t.Parallel()
	s := emulator.New(emulator.Options{})
	cl := added(t, s, fieldsOf{"title": "Т", "recv": fieldsOf{"castUrName": "A\tB", "castInn": "5904000001"}})
	if cl.Recv["castUrName"] != "A&acute" || cl.Recv["castInn"] != "B" || cl.Recv["castKpp"] != "5904000001" {
		t.Errorf("requisites: %v", cl.Recv)
	}
}

// Any requisite without ";" comes back in its own slot; each ";" pushes the rest
// one slot further, and what is pushed out of the sixteen is lost.
func TestSemicolonsShiftRequisites(t *testing.T) {
	t.Parallel()
	keys := []string{
		"castUrName", "castInn", "castKpp", "castBank", "castBankKs", "castBankRs", "castBankBik", "castOkpo", "castOgrn",
		"castDirName", "castDirSignature", "castDirStatus", "castDirStatusSig", "castDirOsnovanie", "castUrAddr", "castUrNameShort",
	}
	rapid.Check(t, func(t *rapid.T) {
		recv := fieldsOf{}
		var parts []string
		for _, k := range keys {
			v := rapid.StringMatching(`[А-Яа-я0-9;]{0,6}`).Draw(t, k)
			recv[k] = v
			parts = append(parts, v)
		}
		s := emulator.New(emulator.Options{})
		if body := call(s, "client/add", fieldsOf{"title": "Т", "recv": recv}.String()); !strings.Contains(body, `"data":1`) {
			t.Fatal(body)
		}
		slots := strings.Split(strings.Join(parts, ";"), ";")
		cl, _ := s.Client(1)
		for i, k := range keys {
			if cl.Recv[k] != slots[i] {
				t.Fatalf("%s is %q, want %q", k, cl.Recv[k], slots[i])
			}
		}
	})
}

// A text that is read and written back is no change: the rewriting of text
// fields is stable.
func TestTextReadAndWrittenBackIsNoChange(t *testing.T) {
	t.Parallel()
	piece := rapid.SampledFrom([]string{"а", "Ё", "z", "1", " ", "\n", "<", ">", "\"", "'", "«", "»", "&", ";", "<b>", "</b>", "😀", "\\", "/", "%", "_"})
	rapid.Check(t, func(t *rapid.T) {
		sent := strings.Join(rapid.SliceOfN(piece, 0, 40).Draw(t, "pieces"), "")
		s := emulator.New(emulator.Options{AllFields: true})
		call(s, "client/add", fieldsOf{"title": "Т", "des": sent}.String())
		cl, _ := s.Client(1)
		stored := cl.Fields["des"]
		if strings.ContainsAny(stored, "<>\"«»😀") {
			t.Fatalf("%q became %q", sent, stored)
		}
		if body := call(s, "client/update", fieldsOf{"clid": 1, "des": stored}.String()); !strings.Contains(body, "идентичны") {
			t.Fatalf("%q stored as %q: %s", sent, stored, body)
		}
	})
}

func TestTitlesHoldNoQuotesAndFit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		sent := "Я" + rapid.String().Draw(t, "title")
		s := emulator.New(emulator.Options{})
		call(s, "client/add", fieldsOf{"title": sent}.String())
		cl, ok := s.Client(1)
		if !ok {
			t.Fatal("not created")
		}
		if strings.ContainsAny(cl.Title, "\"'`«»<>\\") || utf8.RuneCountInString(cl.Title) > 250 {
			t.Fatalf("%q became %q", sent, cl.Title)
		}
	})
}

func TestUIDIsCutAtThirtyRunes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		uid := rapid.StringMatching(`[A-Za-zА-Яа-я0-9-]{1,40}`).Draw(t, "uid")
		s := emulator.New(emulator.Options{})
		call(s, "client/add", fieldsOf{"title": "Т", "uid": uid}.String())
		cl, _ := s.Client(1)
		runes := []rune(uid)
		if want := string(runes[:min(30, len(runes))]); cl.UID != want {
			t.Fatalf("uid %q became %q", uid, cl.UID)
		}
		found := strings.Contains(call(s, "client/info", fieldsOf{"uid": strings.ToUpper(uid) + "  "}.String()), `"clid":1`)
		if found != (len(runes) <= 30) {
			t.Fatalf("uid %q found: %v", uid, found)
		}
	})
}

// What the store holds is what list answers, whatever characters are in it, but
// for the text of an escape of a Russian letter, which the server breaks.
func TestAnswersAreJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := emulator.New(emulator.Options{})
		call(s, "client/add", fieldsOf{"title": "Т", "address": "я" + rapid.String().Draw(t, "address")}.String())
		var a struct {
			Data []struct{ Address string }
		}
		body := call(s, "client/list", `{"order":"clid","fields":"address"}`)
		if err := json.Unmarshal([]byte(body), &a); err != nil {
			t.Fatalf("%v: %s", err, body)
		}
		if cl, _ := s.Client(1); len(a.Data) != 1 || a.Data[0].Address != cl.Fields["address"] {
			t.Fatalf("stored %q, answered %s", cl.Fields["address"], body)
		}
	})
}

func TestEscapedLetterInAValueBreaksTheAnswer(t *testing.T) {
	t.Parallel()
	s := emulator.New(emulator.Options{})
	call(s, "client/add", `{"title":"Т","address":"\\u0410"}`)
	body := call(s, "client/list", `{"order":"clid","fields":"address"}`)
	if json.Valid([]byte(body)) || !strings.Contains(body, `"address":"\А"`) {
		t.Errorf("answer: %s", body)
	}
}

func TestPhonesOnAddAndUpdate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		telephony bool
		phone     any
		add, upd  string
	}{
		{"string", false, "8 (912) 123-45-67; +7 342 200-00-00", "8 (912) 123-45-67,+7 342 200-00-00", "8 (912) 123-45-67; +7 342 200-00-00"},
		{"list", false, []string{"+7(342)550-10-30", " 2 "}, "+7(342)550-10-30,2", "+7(342)550-10-30,2"},
		{"digits with telephony, on add only", true, "+7(342)550-10-30, 8 800 555", "73425501030,8800555", "+7(342)550-10-30, 8 800 555"},
		{"first blank leaves a comma", false, []string{"", "2"}, ",2", ",2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := emulator.New(emulator.Options{Telephony: c.telephony})
			if got := added(t, s, fieldsOf{"title": "Т", "phone": c.phone}).Fields["phone"]; got != c.add {
				t.Errorf("add stored %q, want %q", got, c.add)
			}
			call(s, "client/update", fieldsOf{"clid": 1, "phone": "-"}.String())
			call(s, "client/update", fieldsOf{"clid": 1, "phone": c.phone}.String())
			if cl, _ := s.Client(1); cl.Fields["phone"] != c.upd {
				t.Errorf("update stored %q, want %q", cl.Fields["phone"], c.upd)
			}
		})
	}
}
