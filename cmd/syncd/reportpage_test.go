package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/config"
	"syncd/internal/message"
	htmlpage "syncd/internal/page"
	"syncd/internal/reconcile"
	"syncd/internal/state"
)

func TestThePageKnowsEveryReasonOfAHold(t *testing.T) {
	t.Parallel()
	for _, reason := range message.HoldReasons() {
		if holdMeanings[reconcile.Reason(reason)] == (phrase{}) {
			t.Errorf("%s has no meaning", reason)
		}
	}
	if len(holdMeanings) != len(message.HoldReasons()) {
		t.Errorf("%d meanings of %d reasons", len(holdMeanings), len(message.HoldReasons()))
	}
}

func TestTheWordsOfAFailureAreMasked(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"SYNC-0402: CRM main refuses the key of boss@example.org.": "SYNC-0402: CRM main refuses the key of ….",
		"calls +7 (495) 000-17-01 and 84950001701, then":           "calls … and …, then",
		"clients.csv:812: 104 of 2026 rows, code 405":              "clients.csv:812: 104 of 2026 rows, code 405",
	} {
		if got := masked(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

// TestTheActExplainsNoMoreThanIsThere: what may be old explains only what is left.
func TestTheActExplainsNoMoreThanIsThere(t *testing.T) {
	t.Parallel()
	in := &installation{cfg: &config.Config{
		Sources: map[string]*config.Source{"whole": {CSV: &config.CSV{Snapshot: config.SnapshotFull}}, "delta": {SQL: &config.SQL{Snapshot: config.SnapshotDelta}}},
	}}
	counts := state.Act{Run: 1, Records: 20, Links: 12, Absent: 2, Held: 3, Ignored: 4, Waiting: 9, OutOfScope: 5, Clients: 30, Others: 6, Trashed: 1}
	in.cfg.Timezone.Location = time.UTC
	a := in.pageAct(&config.Job{Source: "whole"}, &counts)
	got := [...]int64{a.Paired, a.Ignored, a.Waiting, a.Scope, a.Drift(), a.Seen, a.Unlinked}
	if d := cmp.Diff([...]int64{10, 4, 3, 0, 0, 11, 13}, got); d != "" {
		t.Errorf("paired, ignored, waiting, scope, drift, seen, unlinked: %s", d)
	}
	counts.Waiting, counts.OutOfScope = 1, 1
	if a := in.pageAct(&config.Job{Source: "whole"}, &counts); a.SourceDrift() != 1 {
		t.Errorf("drift %d", a.SourceDrift())
	}
	counts.Records = 11
	if a := in.pageAct(&config.Job{Source: "whole"}, &counts); a.SourceDrift() != -2 || a.Ignored+a.Waiting+a.Scope != 0 {
		t.Errorf("drift %d", a.SourceDrift())
	}
	if a := in.pageAct(&config.Job{Source: "delta"}, &counts); a.Whole || a.Drift() != 0 {
		t.Errorf("of a delta: %+v", a)
	}
	for service, want := range map[state.Service]htmlpage.ServiceState{
		{}: htmlpage.ServiceNever,
		{Started: time.Unix(100, 0), Seen: time.Unix(1500, 0)}:                            htmlpage.ServiceRunning,
		{Started: time.Unix(100, 0), Seen: time.Unix(500, 0)}:                             htmlpage.ServiceSilent,
		{Started: time.Unix(100, 0), Seen: time.Unix(900, 0), Stopped: time.Unix(900, 0)}: htmlpage.ServiceStopped,
	} {
		if got := in.pageService(service, time.Unix(2000, 0)).State; got != want {
			t.Errorf("%+v: %d, want %d", service, got, want)
		}
	}
}
