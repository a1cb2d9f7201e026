package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

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
		`{"text":"SYNC-0506: ` + long + `"}` + "\n", "clients.yaml:3:7: SYNC-0203: " + long + "\n",
		"  clients/A-1  " + long + "\n", "SYNC-0101: short\n", "SYNC-0101: half a line " + long,
	} {
		if got := flow(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}
