package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"syncd/internal/message"
	"syncd/internal/state"
)

// turnEvery is how often a run that waits looks whether the lock is free.
const turnEvery = time.Second

// inTurn is install for running; while another run holds the lock it waits, at
// most so long. 0 = not at all.
func (a *app) inTurn(ctx context.Context, atMost time.Duration) (*installation, func(), error) {
	cfg, err := a.config()
	if err != nil {
		return nil, nil, err
	}
	until := time.Now().Add(atMost)
	for told := false; ; told = true {
		in, closeAll, err := a.installed(ctx, cfg, running)
		var held *state.HeldError
		if !errors.As(err, &held) || !time.Now().Before(until) {
			return in, closeAll, err
		}
		if !told {
			_, _ = fmt.Fprintln(a.err, message.In(a.lang, message.RunWaiting,
				message.N("pid", int64(held.PID)), message.S("wait", atMost.String())))
		}
		if err := wait(ctx, turnEvery); err != nil {
			return nil, nil, err
		}
	}
}

// askService asks the service to run jobs early; it sees that within seconds. Without
// one nobody is asked: a request that waits for a start would surprise whoever makes it.
func (a *app) askService(ctx context.Context, names []string, f *runFlags) error {
	if f.fullScan || f.strict || len(f.only) > 0 || f.limit > 0 || f.plan != "" || f.wait > 0 {
		return usageError(message.UsageBadFlag, message.S("command", "syncd run"), message.S("cause", "--by-service goes with no other flag of run"))
	}
	in, closeAll, err := a.install(ctx, writing)
	if err != nil {
		return err
	}
	defer closeAll()
	if names, err = in.jobs(names, f.all); err != nil {
		return err
	}
	names = in.withoutParts(names) // they go after it by themselves
	pid, err := state.Holder(serviceLock(string(in.cfg.State)))
	if err != nil {
		return a.stateFault(err)
	}
	if pid == 0 {
		name := anyJob
		if len(names) == 1 {
			name = names[0]
		}
		return fault(exitFailure, nil, message.RunNobodyAsked, message.S("job", name))
	}
	for _, name := range names {
		if err := in.db.AskRun(ctx, name); err != nil {
			return a.stateFault(err)
		}
		_, _ = fmt.Fprintln(a.out, message.In(a.lang, message.RunAsked, message.S("job", name)))
	}
	return nil
}

// wakeService asks a service that works on this state to run jobs about which people
// decided something, those that start by themselves. Without one the next run, whoever
// starts it, does what was decided.
func (in *installation) wakeService(ctx context.Context, jobs ...string) error {
	pid, err := state.Holder(serviceLock(string(in.cfg.State)))
	if err != nil || pid == 0 {
		return in.app.stateFault(err)
	}
	for _, name := range jobs {
		if !startsItself(in.cfg, name) {
			continue
		}
		if err := in.db.AskRun(ctx, name); err != nil {
			return in.app.stateFault(err)
		}
		in.app.remark(message.RunAsked, message.S("job", name))
	}
	return nil
}
