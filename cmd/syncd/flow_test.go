package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"syncd/internal/engine"
	"syncd/internal/message"
)

func TestMessagesFlowOnATerminalAndKeepTheirCommands(t *testing.T) {
	t.Parallel()
	text := "      " + message.In(message.Russian, message.Hold("maybe-same"), message.S("job", "clients"),
		message.S("uid", "ntqksjq6vuiydcur5lcdub7mxa"), message.S("id", "25"), message.S("field", "phone"),
		message.S("takes", "РЕШЕНИЕ; РЕШЕНИЕ: link (это одно и то же) или ignore (не трогать)")).String() + "\n"
	var out bytes.Buffer
	if n, err := fmt.Fprint(flowing{Writer: &out}, text); n != len(text) || err != nil {
		t.Fatalf("%d of %d: %v", n, len(text), err)
	}
	got := out.String()
	if strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(text), " ") {
		t.Errorf("words were lost:\n%s", got)
	}
	lines := strings.Split(strings.TrimSuffix(got, "\n"), "\n")
	for i, line := range lines {
		if utf8.RuneCountInString(line) > tableWidth {
			t.Errorf("too wide: %s", line)
		}
		if i > 0 && !strings.HasPrefix(line, "        ") {
			t.Errorf("not indented: %q", line)
		}
	}
	if len(lines) < 3 || !strings.Contains(got, "syncd resolve clients/ntqksjq6vuiydcur5lcdub7mxa --take РЕШЕНИЕ;") {
		t.Errorf("a command must stay in one line:\n%s", got)
	}
}

func TestOnlyMessagesFlow(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("слово ", 40)
	for _, text := range []string{
		`{"text":"SYNC-0506: ` + long + `"}` + "\n", `{"file":"a.yaml:3:7: SYNC-0203: ` + long + `"}` + "\n",
		"  clients/A-1  " + long + "\n", "SYNC-0101: short\n", "SYNC-0101: half a line " + long,
	} {
		if got := flow(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// Whatever a message says, none of its lines is wider than the terminal, but for one
// that is a command.
func TestNoLineOnATerminalIsTooWide(t *testing.T) {
	t.Parallel()
	for _, lang := range []message.Lang{message.English, message.Russian} {
		a, term := onScreen(lang)
		a.getenv = func(string) string { return "" }
		for _, code := range message.Codes() {
			text := message.Pattern(lang, code).String()
			_, _ = fmt.Fprintln(a.err, text)
			_, _ = fmt.Fprintln(a.err, string(code)+" ./syncd.yaml:9:13: crm.main.apikey: "+message.Text(lang, code))
			_, _ = fmt.Fprintln(a.err, "my folder/clients.yaml:3:7: "+text)
		}
		_, _ = fmt.Fprint(a.out, a.prose(a.reportText(&engine.Report{
			Job: "orders.invoices", Status: engine.RunDone, Source: "inbox/invoices_20261122_200000.csv",
			Rows: engine.Rows{Lines: 100_000, Read: 100_000, Records: 99_000, Rejected: 10, Scope: 500, Twins: 5, Skipped: 990},
		}), "  "))
		for _, cmd := range newRoot(a, allCommands(a)...).Commands() {
			a.printHelp(cmd, nil)
		}
		for _, line := range term.lines() {
			if utf8.RuneCountInString(line) > tableWidth && len(flowWord.FindAllString(line, -1)) > 1 {
				t.Errorf("%d wide: %s", utf8.RuneCountInString(line), line)
			}
		}
	}
}
