package mapping

import (
	"testing"
	"time"
)

func TestNumbersAsExportsWriteThem(t *testing.T) {
	for _, c := range []struct {
		in, plain, canon string
		code             Code
	}{
		{"29535", "29535", "29535", ""},
		{"0", "0", "0", ""},
		{"007", "007", "7", ""},
		{"4\u00a0780.00", "4780.00", "4780", ""},
		{"1\u202f190,000", "1190.000", "1190", ""},
		{"1 000 000,5", "1000000.5", "1000000.5", ""},
		{"1\u2009109.71", "1109.71", "1109.71", ""},
		{"1'000", "1000", "1000", ""},
		{"1,000", "1.000", "1", ""}, // a comma never groups
		{",5", "0.5", "0.5", ""},
		{"5,", "5", "5", ""},
		{"-5", "-5", "-5", ""},
		{"−5,10", "-5.10", "-5.1", ""},
		{"5-", "-5", "-5", ""},
		{"(5)", "-5", "-5", ""},
		{"-0,00", "-0.00", "0", ""},
		{"7,70708E+09", "", "", CodeExcelDamage},
		{"9.1E9", "", "", CodeExcelDamage},
		{"12 34", "", "", CodeNotNumber},
		{"1 2345", "", "", CodeNotNumber},
		{"1234 567", "", "", CodeNotNumber},
		{"1,234.56", "", "", CodeNotNumber},
		{"12 руб", "", "", CodeNotNumber},
		{"", "", "", CodeNotNumber},
		{".", "", "", CodeNotNumber},
		{"--1", "", "", CodeNotNumber},
	} {
		plain, canon, code := parseNumber(c.in)
		if plain != c.plain || canon != c.canon || code != c.code {
			t.Errorf("%q: %q %q %q, want %q %q %q", c.in, plain, canon, code, c.plain, c.canon, c.code)
		}
	}
}

func TestDatesAsExportsWriteThem(t *testing.T) {
	msk := time.FixedZone("MSK", 3*3600)
	for _, c := range []struct {
		in    string
		excel bool
		want  string // in Moscow time; "" = blank
		code  Code
	}{
		{"25.02.2016", false, "2016-02-25 00:00:00", ""},
		{"5.2.2016", false, "2016-02-05 00:00:00", ""},
		{"28.06.2022 12:57:12", false, "2022-06-28 12:57:12", ""},
		{"28.06.2022 9:05:00", false, "2022-06-28 09:05:00", ""},
		{"28.06.2022 9:05", false, "2022-06-28 09:05:00", ""},
		{"28.06.2022\u00a09:05", false, "2022-06-28 09:05:00", ""},
		{"30-05-2015 23:05:30", false, "2015-05-30 23:05:30", ""},
		{"2015-05-30", false, "2015-05-30 00:00:00", ""},
		{"2015-05-30T23:05:30", false, "2015-05-30 23:05:30", ""},
		{"2015-05-30T23:05:30.125Z", false, "2015-05-31 02:05:30", ""},
		{"2015-05-30 23:05:30+05:00", false, "2015-05-30 21:05:30", ""},
		{"20150530", false, "2015-05-30 00:00:00", ""},
		{"20150530230530", false, "2015-05-30 23:05:30", ""},
		{"29.02.2024", false, "2024-02-29 00:00:00", ""},
		{"01.01.0001 0:00:00", false, "", ""},
		{"01.01.0001", false, "", ""},
		{"0001-01-01T00:00:00", false, "", ""},
		{"0000-00-00", false, "", ""},
		{"01.01.1753", false, "", ""},
		{"  .  .  ", false, "", ""},
		{"  .  .     :  :  ", false, "", ""},
		{"42691", false, "2016-11-17 00:00:00", ""},
		{"42691,5", false, "2016-11-17 12:00:00", ""},
		{"20000", true, "1954-10-03 00:00:00", ""},
		{"99999", false, "", CodeNotDate},
		{"426", false, "", CodeNotDate},
		{"31.02.2016", false, "", CodeNotDate},
		{"29.02.2023", false, "", CodeNotDate},
		{"00.01.2023", false, "", CodeNotDate},
		{"12.13.2023", false, "", CodeNotDate},
		{"25.02.16", false, "", CodeNotDate},
		{"02/25/2016", false, "", CodeNotDate},
		{"28.06.2022 25:00", false, "", CodeNotDate},
		{"28.06.2022 12:57:12 чего-то", false, "", CodeNotDate},
		{"вчера", false, "", CodeNotDate},
		{"4,2691E+04", false, "", CodeExcelDamage},
	} {
		m, blank, code := parseDate(c.in, msk, c.excel)
		got := ""
		if !blank && code == "" {
			got = m.in(layoutDatetime, msk)
		}
		if got != c.want || code != c.code {
			t.Errorf("%q: %q %q, want %q %q", c.in, got, code, c.want, c.code)
		}
		if blank != (c.want == "" && c.code == "") {
			t.Errorf("%q: blank is %v", c.in, blank)
		}
	}
}

func TestADateWithoutTimeKeepsItsDayAcrossZones(t *testing.T) {
	vladivostok := time.FixedZone("VLAT", 10*3600)
	m, _, _ := parseDate("25.02.2016", vladivostok, false)
	if got := m.in(layoutDatetime, time.UTC); got != "2016-02-25 00:00:00" {
		t.Error(got)
	}
	m, _, _ = parseDate("25.02.2016 01:00:00", vladivostok, false)
	if got := m.in(layoutDatetime, time.UTC); got != "2016-02-24 15:00:00" {
		t.Error(got)
	}
}

func TestBooleansAsExportsWriteThem(t *testing.T) {
	for _, s := range []string{"Да", "да", "ДА", "Истина", "True", "TRUE", "1", "+", " да "} {
		if yes, ok := parseBool(s); !yes || !ok {
			t.Errorf("%q: %v %v", s, yes, ok)
		}
	}
	for _, s := range []string{"Нет", "нет", "Ложь", "False", "0", "", "-", "NULL"} {
		if yes, ok := parseBool(s); yes || !ok {
			t.Errorf("%q: %v %v", s, yes, ok)
		}
	}
	for _, s := range []string{"возможно", "2", "да нет", "10"} {
		if _, ok := parseBool(s); ok {
			t.Errorf("%q is a boolean", s)
		}
	}
}

func TestWhatPHPTakesForANumber(t *testing.T) {
	for _, s := range []string{"4", "007", " 4", "4 ", "-4", "+4", "4.5", ".5", "5.", "1e5", "1E-5"} {
		if !isNumericPHP(s) {
			t.Errorf("%q is a title", s)
		}
	}
	for _, s := range []string{"", " ", "4а", "1 000", "0x1A", "4,5", "e5", "1e", "--4", ".", "№4", "100crm"} {
		if isNumericPHP(s) {
			t.Errorf("%q is a number", s)
		}
	}
}
