package main

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/message"
	"syncd/internal/reconcile"
)

func TestSentencesAreFoldedBetweenWordsAndKeepTheirCommands(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("слово и ещё слово, ", 12) + "затем: syncd resolve clients/ntqksjq6vuiydcur5lcdub7mxa --take retry"
	got := folded(text)
	for line := range strings.Lines(got) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > tableWidth || !strings.HasPrefix(line, "  ") {
			t.Errorf("%d characters: %s", n, line)
		}
	}
	if strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(text), " ") {
		t.Errorf("words were lost:\n%s", got)
	}
	if !strings.HasSuffix(got, "  syncd resolve clients/ntqksjq6vuiydcur5lcdub7mxa --take retry\n") {
		t.Errorf("a command was broken:\n%s", got)
	}
	if code := "SYNC-0501: " + text; folded(code) != "  "+code+"\n" {
		t.Error("a message stays in one line: it is searched for")
	}
}

// What the stored text of a list keeps for the way back is nothing to people.
func TestTextsOfSeveralColumnsAreShownAsTheCRMIsSentThem(t *testing.T) {
	t.Parallel()
	m, err := mapping.Load("testdata/base/clients.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s := func(v string) *string { return &v }
	p := plain{m}
	list := p.held([]engine.HeldField{
		{Field: "phone", Base: s("+7 495 000-19-03; 8 900 000-19-04"), Source: s("; 8 900 000-19-04"), CRM: s("+7 111 111-11-11")},
		{Field: "address", Source: s("дом 1; корпус 2")},
	})
	for i, want := range []string{"+7 495 000-19-03, 8 900 000-19-04|8 900 000-19-04|+7 111 111-11-11", "—|дом 1; корпус 2|—"} {
		f := list[i]
		if got := shown(f.Base) + "|" + shown(f.Source) + "|" + shown(f.CRM); got != want {
			t.Errorf("%s: %s, want %s", f.Field, got, want)
		}
	}
	if got := (plain{}).text("phone", s("1; 2")); *got != "1; 2" {
		t.Errorf("without a mapping: %s", *got)
	}
	if p.text("phone", nil) != nil || p.stored(nil) != nil {
		t.Error("nothing became something")
	}
}

// Every hold names what can be decided about it, and nothing else.
func TestHoldTextsNameTheTakesThatArePossible(t *testing.T) {
	t.Parallel()
	named := map[string]bool{"absent-but-edited": true, "unchangeable": true, "payment-unsure": true} // each with a sentence of its own
	for _, lang := range []message.Lang{message.English, message.Russian} {
		for _, reason := range message.HoldReasons() {
			h := &engine.Hold{Reason: reconcile.Reason(reason)}
			takes := takesOf(h)
			said := &app{lang: lang}
			take, decisions := said.takeWord(takes), said.decisionsText(h.Reason, takes)
			text := message.Text(lang, message.Hold(reason),
				message.S("take", take), message.S("decisions", decisions), message.S("takes", take+decisions))
			offers := strings.Contains(text, "--take")
			if offers != (len(takes) > 0) {
				t.Errorf("%s/%s: possible are %v: %s", reason, lang, takes, text)
			}
			for _, after := range strings.Split(text, "--take ")[1:] {
				word := strings.Trim(strings.Fields(after)[0], ";")
				chosen := slices.Contains(takes, word) && (len(takes) == 1 || named[reason])
				if !chosen && (word != take || isTake(word)) {
					t.Errorf("%s/%s: a line that is pasted decides %s of %v: %s", reason, lang, word, takes, text)
				}
			}
			for _, take := range takes {
				if !strings.Contains(text, take) && !named[reason] {
					t.Errorf("%s/%s does not offer %s: %s", reason, lang, take, text)
				}
			}
			if strings.Contains(text, "|") {
				t.Errorf("%s/%s: a shell would take it for a pipe: %s", reason, lang, text)
			}
		}
	}
}
