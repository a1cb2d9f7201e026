package main

import (
	"context"
	"time"

	"go.uber.org/zap"

	"syncd/internal/config"
	"syncd/internal/daemon"
	"syncd/internal/engine"
	"syncd/internal/state"
)

// upkeepAt is when the state is looked after: a quiet hour.
const upkeepAt = "20 3 * * *"

// plan is what the scheduler is to do by a configuration.
func (s *service) plan(ctx context.Context, in *installation) daemon.Plan {
	zone := in.cfg.Timezone.Location
	plan := daemon.Plan{Zone: zone}
	for _, name := range in.inOrder(in.cfg.JobNames()) {
		j := in.cfg.Jobs[name]
		job := daemon.Job{Name: name, Spec: string(j.Schedule), Jitter: j.Jitter.Std(), After: j.After, Last: s.lastBegun(ctx, in, name)}
		if j.Schedule != "" {
			job.Schedule = s.scheduled(in, string(j.Schedule), zone)
		}
		if j.Watch > 0 {
			c := in.cfg.Sources[j.Source].CSV
			job.Watch, job.Settle = j.Watch.Std(), c.Settle.Std()
			job.Look, job.Folders = s.watched(c)
		}
		plan.Jobs = append(plan.Jobs, job)
	}
	plan.Chores = append(plan.Chores, s.chore(ctx, in, state.TaskUpkeep, upkeepAt, in.upkeep))
	if b := in.cfg.Backup; b != nil && b.Schedule != "" {
		plan.Chores = append(plan.Chores, s.chore(ctx, in, state.TaskBackup, string(b.Schedule), in.scheduledBackup))
	}
	return plan
}

// lastBegun is when a run of a job began last that was not cut off: one that was is
// caught up. Zero when there was none, or nobody knows.
func (s *service) lastBegun(ctx context.Context, in *installation, job string) time.Time {
	const enough = 20 // cut off in a row
	runs, err := s.db.Runs(ctx, job, enough)
	if err != nil {
		in.log.Error("when a job ran last is not known", zap.String(logJob, job), zap.Error(err))
		return time.Time{}
	}
	for i := range runs {
		if runs[i].Status != engine.RunInterrupted && runs[i].Status != engine.RunRunning {
			return runs[i].Started
		}
	}
	return time.Time{}
}

// scheduled reads a schedule that the configuration has checked.
func (s *service) scheduled(in *installation, spec string, zone *time.Location) daemon.Schedule {
	schedule, err := daemon.ParseSchedule(spec, zone)
	if err != nil {
		in.log.Error("a schedule cannot be read", zap.String("schedule", spec), zap.Error(err))
		return nil
	}
	return schedule
}

// watched is the look at a source's exports, and the folders where they come. With
// companions an export has come when they have.
func (s *service) watched(c *config.CSV) (daemon.Look, []string) {
	proof := proofOf(c)
	endings := proof.Companions("")
	folders := daemon.Folders(daemon.Companions(string(c.Path), endings)...)
	if len(endings) == 0 {
		return daemon.Folder(string(c.Path)), folders
	}
	return daemon.Exports(string(c.Path), endings, proof.Accompanied, s.now), folders
}

// chorePatience is how long a copy of the state, or its upkeep, may take: no run begins
// meanwhile.
const chorePatience = 3 * time.Hour

func (s *service) chore(ctx context.Context, in *installation, name, spec string, do func(context.Context) error) daemon.Chore {
	c := daemon.Chore{Name: name, Spec: spec, Schedule: s.scheduled(in, spec, in.cfg.Timezone.Location), Do: func(ctx context.Context) error {
		defer s.noteChange()
		defer s.pulse.Watch(name, chorePatience)()
		return do(ctx)
	}}
	done, err := s.db.LastUpkeep(ctx, name)
	if err != nil {
		in.log.Error("when a chore was done last is not known", zap.String("chore", name), zap.Error(err))
	}
	c.Last = done.At
	return c
}
