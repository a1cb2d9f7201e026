package message_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"syncd/internal/message"
)

func isExit(c message.Code) bool {
	return c >= message.ExitDone && c <= message.ExitInterrupted
}

func TestEveryCodeIsUniqueWellFormedAndInAscendingOrder(t *testing.T) {
	t.Parallel()
	codes := message.Codes()
	if len(codes) < 100 {
		t.Fatalf("only %d codes", len(codes))
	}
	for i, c := range codes {
		digits, ok := strings.CutPrefix(string(c), "SYNC-")
		if !ok || len(digits) != 4 || strings.Trim(digits, "0123456789") != "" {
			t.Errorf("%q is not of the form SYNC-0104", c)
		}
		if i > 0 && codes[i-1] >= c {
			t.Errorf("%s stands after %s", c, codes[i-1])
		}
	}
}

func TestEveryMessageSaysWhatHappenedWhatWasDoneAndWhatIsNext(t *testing.T) {
	t.Parallel()
	for _, c := range message.Codes() {
		for _, lang := range []message.Lang{message.English, message.Russian} {
			m := message.In(lang, c)
			if m.What == "" || (!isExit(c) && (m.Did == "" || m.Next == "")) {
				t.Errorf("%s/%s lacks a part: %+v", c, lang, m)
			}
			whole := m.String()
			cyrillic := strings.ContainsFunc(m.What+m.Did, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) })
			if lang == message.Russian && !cyrillic {
				t.Errorf("%s: the Russian text is not Russian: %s", c, whole)
			}
			for _, bad := range []string{"  ", "..", "\n"} {
				if strings.Contains(strings.ReplaceAll(whole, "./", ""), bad) {
					t.Errorf("%s/%s holds %q: %s", c, lang, bad, whole)
				}
			}
		}
	}
}

func TestBothLanguagesUseTheSameArguments(t *testing.T) {
	t.Parallel()
	for _, c := range message.Codes() {
		names := message.ArgNames(c)
		args := make([]message.Arg, 0, len(names))
		for _, n := range names {
			args = append(args, message.S(n, "<"+n+">"))
		}
		for _, lang := range []message.Lang{message.English, message.Russian} {
			got := message.Text(lang, c, args...)
			for _, n := range names {
				if !strings.Contains(got, "<"+n+">") {
					t.Errorf("%s/%s does not use {%s}: %s", c, lang, n, got)
				}
			}
			// {credential: …}, {env: …}, {file: …} and {min_rows: off} are
			// examples of YAML in the text; everything else must be filled.
			for _, example := range []string{"{credential: NAME}", "{env: NAME}", "{file: PATH}", "{min_rows: off}"} {
				got = strings.ReplaceAll(got, example, "")
			}
			if strings.ContainsAny(got, "{}") {
				t.Errorf("%s/%s uses an argument that the other language does not: %s", c, lang, got)
			}
		}
	}
}

func TestArgumentsAreFilledOnceAndMissingOnesStayVisible(t *testing.T) {
	t.Parallel()
	got := message.Text(message.English, message.ConfigUnreadable, message.S("file", "{cause}"))
	if !strings.Contains(got, "file {cause} cannot be read: {cause}.") {
		t.Errorf("got %q", got)
	}
	if got := message.Text(message.English, "SYNC-9999"); got != "SYNC-9999" {
		t.Errorf("unknown code: %q", got)
	}
}

func TestAPatternShowsItsArguments(t *testing.T) {
	t.Parallel()
	if got := message.Pattern(message.Russian, message.AdoptContradicts).What; got != "{file}: выполнить нельзя {lines} строк, они перечислены выше." {
		t.Errorf("got %q", got)
	}
	if got := message.Pattern(message.English, "SYNC-9999"); got != (message.Message{Code: "SYNC-9999"}) {
		t.Errorf("unknown code: %+v", got)
	}
}

func TestNounsFollowTheirNumber(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{
		0: "0 строк", 1: "1 строку", 2: "2 строки", 4: "4 строки", 5: "5 строк", 11: "11 строк",
		12: "12 строк", 14: "14 строк", 21: "21 строку", 22: "22 строки", 111: "111 строк", 1001: "1001 строку",
	} {
		got := message.In(message.Russian, message.AdoptContradicts, message.S("file", "f"), message.N("lines", n)).What
		if got != "f: выполнить нельзя "+want+", они перечислены выше." {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0 lines", 1: "1 line", 2: "2 lines", 21: "21 lines"} {
		got := message.In(message.English, message.AdoptContradicts, message.S("file", "f"), message.N("lines", n)).What
		if got != "f: "+want+" cannot be carried out, see above." {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
}

func TestEveryHoldReasonAndGuardHasItsMessage(t *testing.T) {
	t.Parallel()
	holds := []string{
		"conflict", "match-taken", "match-differs", "match-ambiguous", "match-weak", "maybe-same", "hidden", "duplicate-key",
		"unreadable", "no-base", "trashed", "uid-twice", "crm-gone", "absent-but-edited", "not-taken", "no-client",
		"unwritable", "undecided", "no-deal", "no-invoice", "unchangeable", "deal-closed", "payment-gone", "payment-unsure",
	}
	if got := message.HoldReasons(); !slices.Equal(got, holds) {
		t.Errorf("reasons: %v", got)
	}
	guards := []string{
		"min_rows", "max_shrink", "max_reject", "max_create", "max_update", "max_clear", "max_delete",
		"crm-changed", "crm-rewound", "mapping-changed", "canary",
	}
	if got := message.GuardNames(); !slices.Equal(got, guards) {
		t.Errorf("guards: %v", got)
	}
	seen := map[message.Code]string{}
	for _, h := range holds {
		c := message.Hold(h)
		if c == message.HoldOther || seen[c] != "" {
			t.Errorf("%s has no message of its own (%s %s)", h, c, seen[c])
		}
		seen[c] = h
	}
	for _, g := range guards {
		c := message.Guard(g)
		if c == message.GuardOther || seen[c] != "" {
			t.Errorf("%s has no message of its own (%s %s)", g, c, seen[c])
		}
		seen[c] = g
		// A person must find the command that goes on.
		for _, lang := range []message.Lang{message.English, message.Russian} {
			if next := message.In(lang, c).Next; !strings.Contains(next, "syncd resume {job} --allow "+g) {
				t.Errorf("%s/%s does not name the way on: %s", g, lang, next)
			}
		}
	}
	if message.Hold("new-reason") != message.HoldOther || message.Guard("new_guard") != message.GuardOther {
		t.Error("an unknown name must fall back")
	}
}

// A rejected row is described by the finding of the mapping, which has no more
// to give than these; a text that asks for more would show {length} to people.
func TestTextsOfRejectsUseOnlyWhatAFindingHolds(t *testing.T) {
	t.Parallel()
	held := []string{"column", "field", "file", "job", "line", "rule"}
	check := func(c message.Code) {
		for _, n := range message.ArgNames(c) {
			if !slices.Contains(held, n) {
				t.Errorf("%s asks for {%s}", c, n)
			}
		}
	}
	seen := 0
	for _, c := range message.Codes() {
		if (c >= message.RejectRequired && c <= message.RejectClientID) || (c >= message.WarnRequisite && c <= message.WarnWithheld) {
			check(c)
			seen++
		}
	}
	if seen != 26 {
		t.Errorf("%d texts of rejects and warnings", seen)
	}
	for rule, want := range map[string]message.Code{
		"too-long": message.RejectTooLong, "check-digit": message.RejectRequisite, "bad-quotes": message.SourceBadQuotes, "brand-new": message.RejectValue,
	} {
		if got := message.Reject(rule); got != want {
			t.Errorf("Reject(%s) = %s, want %s", rule, got, want)
		}
	}
	if message.Warn("check-digit") != message.WarnRequisite || message.Warn("brand-new") != message.WarnValue {
		t.Error("warnings")
	}
}

func TestLanguageComesFromTheConfigurationThenFromLANG(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		configured, environment string
		want                    message.Lang
	}{
		{"ru", "en_US.UTF-8", message.Russian},
		{"en", "ru_RU.UTF-8", message.English},
		{"", "ru_RU.UTF-8", message.Russian},
		{"", "ru", message.Russian},
		{"", "RU.koi8-r", message.Russian},
		{"", "run_XX", message.English},
		{"", "C.UTF-8", message.English},
		{"", "", message.English},
	} {
		if got := message.Detect(c.configured, c.environment); got != c.want {
			t.Errorf("Detect(%q, %q) = %s, want %s", c.configured, c.environment, got, c.want)
		}
	}
}
