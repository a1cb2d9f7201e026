package source_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"syncd/internal/source"
)

const sample = "Код;Наименование;ИНН\nНФ-1;Ёлка № 5;7700\n2;ООО Заря;7701\n"

func in(t *testing.T, e encoding.Encoding, text string) string {
	t.Helper()
	s, err := e.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func Test_the_encoding_is_found_by_the_rule(t *testing.T) {
	le := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	be := unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	for _, tc := range []struct{ name, in, given, want string }{
		{"UTF-8", sample, "", source.UTF8},
		{"UTF-8 with mark", "\ufeff" + sample, "", source.UTF8},
		{"UTF-8 with mark, quoted header", "\ufeff" + strings.Replace(sample, "Код", `"Код"`, 1), "", source.UTF8},
		{"windows-1251", in(t, charmap.Windows1251, sample), "", source.Windows1251},
		{"windows-1251 in capitals", in(t, charmap.Windows1251, strings.ToUpper(sample)), "", source.Windows1251},
		{"cp866", in(t, charmap.CodePage866, sample), "", source.CP866},
		{"KOI8-R", in(t, charmap.KOI8R, strings.ReplaceAll(sample, "№", "N")), "", source.KOI8R},
		{"UTF-16 LE with mark", "\xff\xfe" + in(t, le, sample), "", source.UTF16LE},
		{"UTF-16 BE with mark", "\xfe\xff" + in(t, be, sample), "", source.UTF16BE},
		{"UTF-16 LE without mark", in(t, le, sample), "", source.UTF16LE},
		{"UTF-16 BE without mark", in(t, be, sample), "", source.UTF16BE},
		{"UTF-16 LE with tabs", "\xff\xfe" + in(t, le, strings.ReplaceAll(sample, ";", "\t")), "", source.UTF16LE},
		{"given: cp866", in(t, charmap.CodePage866, sample), "cp866", source.CP866},
		{"given: utf-16, the mark decides", "\xfe\xff" + in(t, be, sample), "utf-16", source.UTF16BE},
		{"given: utf-8-bom without mark", sample, "utf-8-bom", source.UTF8},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := open(t, tc.in, source.CSVOptions{Encoding: tc.given})
			if got := r.Header().Encoding; got != tc.want {
				t.Errorf("encoding %s, want %s", got, tc.want)
			}
			rows, a := readAll(t, r)
			text := strings.ToLower(strings.ReplaceAll(rows[0].Cells, "N", "№"))
			if len(rows) != 2 || text != "нф-1|ёлка № 5|7700" || !a.Complete {
				t.Errorf("rows %v, complete %v %v", rows, a.Complete, a.WhyNot)
			}
		})
	}
}

func Test_without_a_known_name_the_letters_decide_and_the_doubt_is_told(t *testing.T) {
	text := "Столбец;Поле\nНекоторый текст;Ещё текст\n"
	for _, tc := range []struct {
		name string
		e    encoding.Encoding
		want string
	}{
		{"windows-1251", charmap.Windows1251, source.Windows1251},
		{"cp866", charmap.CodePage866, source.CP866},
		{"KOI8-R", charmap.KOI8R, source.KOI8R},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := open(t, in(t, tc.e, text), source.CSVOptions{}).Header()
			if h.Encoding != tc.want || h.Names[0] != "Столбец" {
				t.Errorf("%s, names %v", h.Encoding, h.Names)
			}
			if !warned(h, source.EncodingUncertain) || !warned(h, source.HeaderGuessed) {
				t.Errorf("warnings %v", h.Warnings)
			}
		})
	}
	h := open(t, in(t, charmap.Windows1251, "СТОЛБЕЦ;ПОЛЕ\nТЕКСТ;ЕЩЁ\n"), source.CSVOptions{}).Header()
	if h.Encoding != source.Windows1251 {
		t.Errorf("capitals alone: %s, want windows-1251 on a tie", h.Encoding)
	}
}

func warned(h source.Header, code source.WarningCode) bool {
	return slices.ContainsFunc(h.Warnings, func(w source.Warning) bool { return w.Code == code })
}

func Test_wanted_names_judge_the_encoding_too(t *testing.T) {
	r := open(t, in(t, charmap.CodePage866, "Шифр;Прозвище\n1;Ваня\n"), source.CSVOptions{Wanted: []string{"шифр", "прозвище"}})
	if h := r.Header(); h.Encoding != source.CP866 || warned(h, source.EncodingUncertain) {
		t.Errorf("%s %v", h.Encoding, h.Warnings)
	}
}

func Test_damage_in_a_UTF8_file_costs_its_rows_only(t *testing.T) {
	var b strings.Builder
	b.WriteString(head)
	for i := range 400 {
		fmt.Fprintf(&b, "%d;Товарищество;7700\n", i)
	}
	b.WriteString("900;Испор\xf2чено;7701\n901;Цело;7702\n")
	for name, text := range map[string]string{
		"far inside":         b.String(),
		"near the beginning": head + "900;Испор\xf2чено;7701\n901;Цело;7702\n",
	} {
		t.Run(name, func(t *testing.T) {
			r := open(t, text, source.CSVOptions{})
			rows, a := readAll(t, r)
			bad, good := rows[len(rows)-2], rows[len(rows)-1]
			if r.Header().Encoding != source.UTF8 || bad.Code != source.Undecodable || good.Cells != "901|Цело|7702" {
				t.Errorf("%s: %v %v", r.Header().Encoding, bad, good)
			}
			if a.ByStatus[source.Rejected].Rows != 1 || a.Rejects[source.Undecodable] != 1 {
				t.Errorf("account %+v", a)
			}
		})
	}
}

func Test_a_byte_outside_windows_1251_rejects_its_row_and_names_the_column(t *testing.T) {
	r := open(t, in(t, charmap.Windows1251, head)+"1;\xc0\x98;7700\n2;\xc1;7701\n", source.CSVOptions{})
	var b source.Batch
	var reasons []source.Reason
	for r.NextBatch(&b) == nil {
		for i := range b.Rows {
			if b.Rows[i].Status == source.Data {
				_, reason := b.Cells(i, nil)
				reasons = append(reasons, reason)
			}
		}
	}
	want := []source.Reason{{Code: source.Undecodable, Column: 2}, {}}
	if !slices.Equal(reasons, want) {
		t.Errorf("reasons %v, want %v", reasons, want)
	}
}

func Test_text_encoded_twice_is_told(t *testing.T) {
	twice, err := charmap.Windows1251.NewDecoder().String(sample)
	if err != nil {
		t.Fatal(err)
	}
	r := open(t, twice, source.CSVOptions{})
	if !warned(r.Header(), source.DoublyEncoded) {
		t.Errorf("warnings %v", r.Header().Warnings)
	}
	if warned(open(t, sample, source.CSVOptions{}).Header(), source.DoublyEncoded) {
		t.Error("a sound file is called doubly encoded")
	}
}

func Test_a_mark_against_the_options_is_told(t *testing.T) {
	r := open(t, "\ufeffA;B\n1;2\n", source.CSVOptions{Encoding: "cp1251", Header: 1})
	if !warned(r.Header(), source.EncodingMismatch) {
		t.Errorf("warnings %v", r.Header().Warnings)
	}
}

// every single byte, alone and in pairs, decodes as the reference table says
func Test_the_fast_decoder_agrees_with_charmap(t *testing.T) {
	for name, cm := range map[string]*charmap.Charmap{"windows-1251": charmap.Windows1251, "cp866": charmap.CodePage866, "koi8-r": charmap.KOI8R} {
		t.Run(name, func(t *testing.T) {
			var raw []byte
			for a := 0x20; a < 0x100; a++ {
				for b := 0x20; b < 0x100; b += 7 {
					if a != ';' && b != ';' && a != '"' && b != '"' && a != 0x7f && b != 0x7f && cm.DecodeByte(byte(a)) != 0xfffd && cm.DecodeByte(byte(b)) != 0xfffd {
						raw = append(raw, byte(a), byte(b), 'x')
					}
				}
			}
			want, err := cm.NewDecoder().String(string(raw))
			if err != nil {
				t.Fatal(err)
			}
			r := open(t, "A;B\nk;"+string(raw)+"\n", source.CSVOptions{Encoding: name, Header: 1, Delimiter: ";"})
			rows, _ := readAll(t, r)
			if rows[0].Cells != "k|"+want {
				t.Error("the decoded text differs")
			}
		})
	}
}
