package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"syncd/internal/config"
	"syncd/internal/daemon"
	"syncd/internal/engine"
	"syncd/internal/metrics"
	"syncd/internal/state"
)

// diskAtLeast is the free space below which the service counts as unready: the next
// run could hardly store what it does.
const diskAtLeast = 16 << 20

// standing is what the state says, for metrics.
func (s *service) standing(ctx context.Context) (metrics.Standing, error) {
	in := s.current()
	var out metrics.Standing
	jobs, err := s.db.Status(ctx, "")
	if err != nil {
		return out, err
	}
	now := s.now()
	known := map[string]*state.JobStatus{}
	for i := range jobs {
		if j := in.cfg.Jobs[jobs[i].Job]; j != nil && j.CRM == jobs[i].CRM && string(j.Entity) == jobs[i].Entity {
			known[jobs[i].Job] = &jobs[i]
		}
	}
	for _, name := range in.cfg.JobNames() {
		st := known[name]
		if st == nil { // it never ran
			st = &state.JobStatus{Job: name, FirstStarted: s.started}
		}
		last, err := in.ended(ctx, st)
		if err != nil {
			return out, err
		}
		out.Jobs = append(out.Jobs, in.metricsOf(in.cfg.Jobs[name], st, &last, now))
	}
	size, err := s.db.Sizes(ctx)
	if err != nil {
		return out, err
	}
	out.State = metrics.StateSize{File: size.File, WAL: size.WAL, Free: size.Free}
	for place, dir := range in.places() {
		if free, known := state.Available(dir); known {
			out.Disks = append(out.Disks, metrics.Disk{Place: place, Free: free})
		}
	}
	done, err := s.db.LastUpkeep(ctx, state.TaskBackup)
	if err != nil {
		return out, err
	}
	out.Backup = metrics.Backup{Scheduled: in.cfg.Backup != nil && in.cfg.Backup.Schedule != "", Last: done.Succeeded}
	channels, err := in.channelsHealth(ctx)
	for _, c := range channels {
		out.Channels = append(out.Channels, metrics.Channel{Name: c.name, FailingSince: c.failing})
	}
	return out, err
}

// places are the folders that fill, by a word for each.
func (in *installation) places() map[string]string {
	places := map[string]string{"state": filepath.Dir(string(in.cfg.State))}
	if b := in.cfg.Backup; b != nil {
		places["backup"] = string(b.Dir)
	}
	return places
}

// metricsOf is where a job stands, for metrics.
func (in *installation) metricsOf(j *config.Job, st *state.JobStatus, last *state.Outcome, now time.Time) metrics.Job {
	zone := in.cfg.Timezone.Location
	m := metrics.Job{
		Name: st.Job, Result: string(st.LastStatus), LastAttempt: st.LastStarted, LastSuccess: st.LastSuccess,
		NextRun: st.NextRun, SourceTime: st.SourceTime, Holds: map[string]int64{},
		Links: st.Links, Rejected: st.Rejected, Backlog: st.Backlog, OpenOps: st.OpenOps,
		RefusesKey: refusesKey(last), InDoubt: st.InDoubt, OldestInDoubt: st.OldestInDoubt, Settle: in.cfg.CRM[j.CRM].Settle.Std(),
		Pending: st.Pending, OldestPending: st.OldestPending,
	}
	if st.LastStatus == engine.RunRunning {
		m.Result = string(last.Status) // it has not ended
	}
	for _, h := range slices.Concat(st.Halts, last.Turned) {
		m.Halts = append(m.Halts, h.Guard)
	}
	for reason, n := range st.HeldBy {
		m.Holds[string(reason)] = n
	}
	if j.Schedule != "" {
		if schedule, err := daemon.ParseSchedule(string(j.Schedule), zone); err == nil {
			last := st.LastSuccess
			if last.IsZero() {
				last = st.FirstStarted
			}
			m.Due = metrics.DueAfter(schedule, last)
		}
	}
	if !j.ExpectBy.IsZero() {
		last, before := j.ExpectBy.Previous(now.In(zone))
		m.SourceDue = last
		if st.SourceTime.After(before) {
			m.SourceDue = j.ExpectBy.Next(now.In(zone))
		}
	}
	return m
}

// health is what the service says of itself.
func (s *service) health(ctx context.Context) daemon.Health {
	s.mu.Lock()
	h := daemon.Health{Version: versionOf(), Started: s.started, Stopping: s.stopping}
	refused, in := s.refused, s.in
	s.mu.Unlock()
	say := s.app.say
	if refused != "" {
		h.Notes = append(h.Notes, daemon.HealthNote{
			Name: "reload", Text: say(phrase{"the configuration was refused: ", "настройки не приняты: "}) + oneLine(refused),
			Next: "systemctl reload syncd",
		})
	}
	if err := s.db.Writable(ctx); err != nil {
		h.Unready = append(h.Unready, daemon.HealthNote{Name: "state", Text: oneLine(s.app.wording(s.app.stateFault(err))), Next: "syncd state verify"})
	}
	for place, dir := range in.places() {
		if free, known := state.Available(dir); known && free < diskAtLeast {
			h.Unready = append(h.Unready, daemon.HealthNote{
				Name: "disk", Text: fmt.Sprintf(say(phrase{"%s: only %d MiB are free", "%s: свободно всего %d МиБ"}), place, free>>20), Next: "df -h " + dir,
			})
		}
	}
	return h
}

// upkeep looks after the state, under the run lock: now and then it rewrites much of it.
func (in *installation) upkeep(ctx context.Context) error {
	lock, err := state.Lock(string(in.cfg.State))
	var held *state.HeldError
	if errors.As(err, &held) {
		return fmt.Errorf("%w: %w", daemon.ErrBusy, held)
	}
	if err != nil {
		return err
	}
	defer func() { _ = lock.Release() }()
	_, err = in.db.Upkeep(ctx, in.keptSince())
	return in.app.stateFault(err)
}

// scheduledBackup copies the state to the folder of the configuration.
func (in *installation) scheduledBackup(ctx context.Context) error {
	_, err := in.db.Rotate(ctx, string(in.cfg.Backup.Dir), in.cfg.Backup.Keep)
	return in.app.stateFault(err)
}
