package main

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"syncd/internal/engine"
	"syncd/internal/message"
	"syncd/internal/state"
)

// A guard that turns an export away leaves no halt behind in the state: the next good
// export clears it. What it found stands in the words of the run that it ended.
var (
	saidGuard = regexp.MustCompile(`--allow ((?:min|max)_[a-z]+)=(\d+)`)
	saidLimit = regexp.MustCompile(`(?:the limit is|at least|предел —|не меньше) (\d+)`)
	saidOf    = regexp.MustCompile(`\d+(?: [\pL]+)? (?:of|из) (\d+)`)
)

// sourceGuards are the guards that look at the export alone.
var sourceGuards = map[string]message.Code{
	"min_rows": message.GuardMinRows, "max_shrink": message.GuardMaxShrink, "max_reject": message.GuardMaxReject,
}

// turnedAway lists the guards that turned the export of a run away, by its words; none
// when it ended for another reason.
func turnedAway(o *state.Outcome) []engine.Halt {
	if o.Status != engine.RunNotReady {
		return nil
	}
	var halts []engine.Halt
	for line := range strings.Lines(o.Err) {
		m := saidGuard.FindStringSubmatch(line)
		if m == nil || !strings.Contains(line, string(sourceGuards[m[1]])) || sourceGuards[m[1]] == "" {
			continue
		}
		halts = append(halts, engine.Halt{Guard: m[1], Found: number(m[2]), Limit: saidNumber(saidLimit, line), Of: saidNumber(saidOf, line)})
	}
	return halts
}

func saidNumber(words *regexp.Regexp, text string) int64 {
	if m := words.FindStringSubmatch(text); m != nil {
		return number(m[1])
	}
	return 0
}

func number(digits string) int64 {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// ended is how the last run of a job ended that ended by itself: what a run that is on,
// or one that was cut off, says nothing about. It asks the state only when the last
// run is such a one, or ended badly.
func (in *installation) ended(ctx context.Context, j *state.JobStatus) (state.Outcome, error) {
	switch j.LastStatus {
	case "", engine.RunDone, engine.RunPartial:
		return state.Outcome{Run: j.LastRun, Status: j.LastStatus}, nil
	case engine.RunRunning, engine.RunInterrupted, engine.RunHalted, engine.RunNotReady, engine.RunUnreachable, engine.RunFailed:
	}
	return in.db.Outcome(ctx, state.JobKey{Name: j.Job, CRM: j.CRM, Entity: j.Entity})
}

// refusesKey reports whether a run ended because the CRM refused the key or the login.
func refusesKey(o *state.Outcome) bool {
	return o.Status == engine.RunUnreachable && strings.Contains(o.Err, string(message.CRMCredentials))
}
