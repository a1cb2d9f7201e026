package main

import (
	"context"

	"syncd/internal/engine"
	"syncd/internal/message"
	"syncd/internal/state"
)

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
	return o.Status == engine.RunUnreachable && o.Code == string(message.CRMCredentials)
}
