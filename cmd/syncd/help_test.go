package main

import (
	"io"
	"strings"
	"testing"
	"unicode"

	"github.com/spf13/cobra"

	"syncd/internal/message"
)

func commandsIn(lang message.Lang) []*cobra.Command {
	a := &app{stdio: stdio{in: strings.NewReader(""), out: io.Discard, err: io.Discard}, getenv: func(string) string { return "" }, lang: lang}
	return newRoot(a, allCommands(a)...).Commands()
}

func TestEveryCommandExplainsItselfInBothLanguages(t *testing.T) {
	t.Parallel()
	english := commandsIn(message.English)
	for i, ru := range commandsIn(message.Russian) {
		en := english[i]
		if !cyrillic(ru.Short) || cyrillic(en.Short) {
			t.Errorf("%s: %q and %q", en.Name(), en.Short, ru.Short)
		}
		if en.Long != "" && (!cyrillic(ru.Long) || cyrillic(strings.ReplaceAll(en.Long, "ИНН", ""))) {
			t.Errorf("%s: the long text is not in its language", en.Name())
		}
		switch en.Name() {
		case "version", "completion", "help":
			continue
		}
		if !strings.Contains(en.Example, "syncd "+en.Name()) {
			t.Errorf("%s has no example", en.Name())
		}
	}
}

func cyrillic(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) })
}

func TestExamplesNameFlagsThatExist(t *testing.T) {
	t.Parallel()
	for _, c := range commandsIn(message.English) {
		for word := range strings.FieldsSeq(c.Example) {
			name, isFlag := strings.CutPrefix(word, "--")
			name, _, _ = strings.Cut(name, "=")
			if isFlag && c.Flags().Lookup(name) == nil && c.InheritedFlags().Lookup(name) == nil {
				t.Errorf("%s: the example uses --%s, which is not there", c.Name(), name)
			}
		}
	}
}
