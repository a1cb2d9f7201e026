package main

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/engine"
	"syncd/internal/message"
	"syncd/internal/state"
)

// What a guard found is read back from the words of its run, in both languages.
func TestTheGuardsThatTurnedAnExportAwayAreKnownByTheirRun(t *testing.T) {
	t.Parallel()
	for _, lang := range []message.Lang{message.English, message.Russian} {
		in := statusInstallation(t, lang, map[string]string{"clients-2": ""}, "")
		for _, halts := range [][]engine.Halt{
			{{Guard: "min_rows", Found: 1, Limit: 12000}},
			{{Guard: "max_shrink", Found: 1045, Limit: 5, Of: 150000}},
			{{Guard: "max_reject", Found: 22, Limit: 10, Of: 101}},
			{{Guard: "min_rows", Found: 0, Limit: 1}, {Guard: "max_shrink", Found: 50, Limit: 5, Of: 50}},
		} {
			words := in.app.wording(in.runFault("clients-2", &engine.HaltError{Halts: halts, Passing: true}))
			if d := cmp.Diff(halts, turnedAway(&state.Outcome{Status: engine.RunNotReady, Err: words})); d != "" {
				t.Errorf("%s: %s: %s", lang, words, d)
			}
			if got := turnedAway(&state.Outcome{Status: engine.RunHalted, Err: words}); got != nil {
				t.Errorf("%s: %v of a run that left its halts in the state", lang, got)
			}
		}
		words := in.app.wording(in.runFault("clients-2", &engine.HaltError{Halts: []engine.Halt{{Guard: "max_delete", Found: 3, Limit: 1}}}))
		if got := turnedAway(&state.Outcome{Status: engine.RunNotReady, Err: words}); got != nil {
			t.Errorf("%s: %v of a guard of the plan", lang, got)
		}
		words = in.app.wording(in.runFault("clients-2", errors.New("the disk is gone")))
		if got := turnedAway(&state.Outcome{Status: engine.RunNotReady, Err: words}); got != nil {
			t.Errorf("%s: %v of an error", lang, got)
		}
	}
}
