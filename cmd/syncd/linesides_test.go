package main

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"testing"

	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/message"
)

// linesIn is an installation whose job orders has lines of three columns.
func linesIn(t *testing.T, out io.Writer) *installation {
	t.Helper()
	m, err := mapping.Parse("orders.yaml", []byte("version: 1\nentity: deal\nuid: {column: Заказ, encode: hash}\n"+
		"client: {column: Клиент, encode: hash, job: clients}\nfields:\n  title: {column: Тема, required: true}\n"+
		"lines: {title: {column: Товар}, kol: {column: Количество}, price: {column: Цена}}\n"))
	if err != nil {
		t.Fatal(err)
	}
	return &installation{app: &app{lang: message.Russian, stdio: stdio{out: out}}, plains: map[string]plain{"orders": {m}}}
}

// An order of many long lines must show what changed, and nothing else.
func TestTheLinesOfAnOrderShowWhatDiffers(t *testing.T) {
	t.Parallel()
	pipe, cable := "Труба стальная бесшовная горячекатаная", "Кабель силовой медный гибкий"
	was := pipe + " 10 | 1.5 | 300\n" + cable + " | 2 | 100\nМуфта | 4 | 50"
	in, terminal := linesIn(t, io.Discard), linesIn(t, flowing{Writer: &bytes.Buffer{}})
	sides := func(in *installation, base, source, crm *string) string {
		rows, _ := in.lineSides("orders", engine.HeldField{Field: "lines", Base: base, Source: source, CRM: crm})
		var out []string
		for _, r := range rows {
			out = append(out, r.Field+": "+shown(r.Base)+" → "+shown(r.Source)+" ("+shown(r.CRM)+")")
		}
		return strings.Join(out, "\n")
	}
	for name, c := range map[string]struct {
		in                *installation
		base, source, crm string
		want              string
	}{
		"a quantity": {in, was, strings.Replace(was, "1.5", "5", 1), was, "строка 1, Количество: 1.5 → 5 (1.5)"},
		"a line between": {
			in, was, strings.Replace(was, "\nМуфта", "\nБолт | 9 | 1\nМуфта", 1), was, "строка 3: — → Болт | 9 | 1 (—)",
		},
		"a line less": {in, was, strings.Replace(was, cable+" | 2 | 100\n", "", 1), was, "строка 2: " + cable + " | 2 | 100 → — (" + cable + " | 2 | 100)"},
		"an end that a table would cut": {
			terminal, was, strings.Replace(was, pipe+" 10", pipe+" 12", 1), was, "строка 1, Товар: …аная 10 → …аная 12 (…аная 10)",
		},
		"another mapping made it": {in, "Муфта | 4", "Муфта | 5 | 50", "Муфта | 4", "строка 1: Муфта | 4 → Муфта | 5 | 50 (Муфта | 4)"},
		"nothing":                 {in, was, was, was, ""},
	} {
		if got := sides(c.in, &c.base, &c.source, &c.crm); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
	if got := sides(in, nil, &was, nil); strings.Count(got, "\n") != 2 || !strings.HasPrefix(got, "строка 1: — → "+pipe+" 10 | 1.5 | 300 (—)") {
		t.Errorf("one side alone:\n%s", got)
	}
	var many strings.Builder
	for i := range 20 {
		many.WriteString("Болт " + strconv.Itoa(i) + " | 1 | 1\n")
	}
	text := strings.TrimSuffix(many.String(), "\n")
	if got := sides(terminal, nil, &text, nil); strings.Count(got, "\n") != linesShown || !strings.Contains(got, "\n… ещё 8: ") {
		t.Errorf("many lines:\n%s", got)
	}
}
