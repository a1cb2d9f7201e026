package main

import (
	"strings"
	"testing"
	"unicode/utf8"

	"syncd/internal/engine"
	"syncd/internal/message"
	"syncd/internal/state"
)

// What to do about rejects can be typed as it stands: records are named, and nobody is
// asked to send again what every run tries again.
func TestAdviceOnRejectsNamesTheirRecords(t *testing.T) {
	t.Parallel()
	refused := func(uid, rule string) state.StandingReject {
		return state.StandingReject{Job: "orders", Reject: engine.Reject{UID: uid, Code: "crm-refused", Rule: rule, Refused: true}}
	}
	for name, c := range map[string]struct {
		list []state.StandingReject
		want string
	}{
		"the CRM's answer": {
			[]state.StandingReject{refused("u1", "403")},
			"SYNC-0407 crm-refused: see what the CRM says: syncd show orders/u1; then: syncd resolve orders/u1 --take retry\n",
		},
		"several that are alike": {
			[]state.StandingReject{refused("u1", "403"), refused("u2", "403"), refused("u3", "403")},
			"syncd resolve orders/u1 --take retry; so with the others, 2\n",
		},
		"tried again by itself": {
			[]state.StandingReject{refused("u1", engine.RefusedDialect), refused("u2", engine.RefusedDialect)},
			"SYNC-0283 crm-refused: Where the server has API v3, use it: `deals: v3` for deals, `dialect: v3` for clients; else do it in the CRM by hand; the next run tries again by itself\n",
		},
		"what it belongs to is gone": {
			[]state.StandingReject{refused("u1", engine.RefusedNoDeal)},
			"SYNC-0278 crm-refused: Restore that one in the CRM, or let the login see it; the next run tries again by itself\n",
		},
		"several in the CRM": {
			[]state.StandingReject{refused("u1", engine.RefusedTwice)},
			"SYNC-0279 crm-refused: Leave one of them in the CRM; the next run tries again by itself\n",
		},
	} {
		a := &app{lang: message.English}
		got := a.rejectsText(c.list, true)
		if !strings.HasSuffix(got, c.want) || strings.Contains(got, "/UID") {
			t.Errorf("%s:\n%s\nwant at its end: %s", name, got, c.want)
		}
	}
}

func TestValuesOfRejectsAreWholeWithinTheTerminal(t *testing.T) {
	t.Parallel()
	value := strings.TrimSpace(strings.Repeat("of the list ", 20))
	list := []state.StandingReject{{Job: "orders", Reject: engine.Reject{
		File: "inbox/orders_20261122_200000.csv", Line: 7, Key: "1", Column: "Состояние", Code: "unknown-step", Value: value,
	}}}
	a, _ := onScreen(message.Russian)
	got := a.rejectsText(list, true)
	if !strings.Contains(strings.Join(strings.Fields(got), " "), value) {
		t.Errorf("cut:\n%s", got)
	}
	for line := range strings.Lines(strings.SplitAfter(got, "of the list\n")[0]) {
		if utf8.RuneCountInString(line) > tableWidth+1 {
			t.Errorf("too wide: %s", line)
		}
	}
	if got := a.rejectsText(list, false); !strings.Contains(got, "…") {
		t.Errorf("not cut:\n%s", got)
	}
}
