package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"syncd/internal/config"
	"syncd/internal/daemon"
	"syncd/internal/message"
	"syncd/internal/state"
)

func newServe(a *app) *cobra.Command {
	reload := false
	cmd := &cobra.Command{
		Use:   "serve",
		Short: a.say(phrase{"run the jobs by their schedules, as a service", "выполнять задания по расписанию, как служба"}),
		Long: a.say(phrase{
			"Runs until it is stopped: jobs by their schedules and when an export arrives, backups, notifications, the page, health and metrics.\n" +
				"SIGTERM lets the write in flight end and stops; a second one stops at once. SIGHUP (or --reload) takes a changed configuration over;\n" +
				"one that is wrong is refused, and the service goes on with the one that it has.",
			"Работает, пока не остановят: задания по расписанию и при появлении выгрузки, копии, уведомления, страница, проверка работы и метрики.\n" +
				"SIGTERM даёт закончиться начатой записи и останавливает; второй — сразу. SIGHUP (или --reload) принимает изменённые настройки;\n" +
				"негодные не принимаются, и служба продолжает с прежними.",
		}),
		Example: "  syncd serve --config /etc/syncd/syncd.yaml\n  syncd serve --reload",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if reload {
				return a.askReload(cmd.Context())
			}
			return a.serve(cmd.Context())
		},
	}
	cmd.Flags().BoolVar(&reload, "reload", false, a.say(phrase{"check the configuration, then have the running service take it over", "проверить настройки и передать их работающей службе"}))
	return cmd
}

// serviceLock is the path whose run lock says that a service works on a state. It
// is another than that of the runs, which anybody may do beside the service.
func serviceLock(statePath string) string { return statePath + ".service" }

// serve is the service, until the context ends: that is no error, also while it starts.
func (a *app) serve(ctx context.Context) error {
	err := a.serveUntil(ctx)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

func (a *app) serveUntil(ctx context.Context) error {
	hangup := make(chan os.Signal, 1) // heard from the start: it must not end a service that is not ready yet
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	cfg, err := a.config()
	if err != nil {
		return err
	}
	if err := a.serviceable(cfg); err != nil {
		return err
	}
	path := string(cfg.State)
	if err := becomeOwner(path); err != nil {
		return a.unusableState(path, err)
	}
	lock, err := state.Lock(serviceLock(path))
	var held *state.HeldError
	if errors.As(err, &held) {
		return fault(exitLocked, err, message.ServiceTwice, message.S("file", path), message.N("pid", int64(held.PID)))
	}
	if err != nil {
		return a.unusableState(path, err)
	}
	defer func() { _ = lock.Release() }()
	var o serviceOptions
	if h, err := daemon.OpenHints(); err == nil { // without them folders are only looked at
		defer func() { _ = h.Close() }()
		o.hints = h
	}
	s, err := a.newService(ctx, cfg, o)
	if err != nil {
		return err
	}
	defer s.close()
	return s.serve(ctx, hangup)
}

// serviceable checks all that the service will need of a configuration before it
// is taken: that it is sound, and secrets that can be read.
func (a *app) serviceable(cfg *config.Config) error {
	if err := a.sound(cfg); err != nil {
		return err
	}
	for _, name := range cfg.JobNames() {
		if _, err := cfg.Secret(cfg.CRM[cfg.Jobs[name].CRM].APIKey); err != nil {
			return err
		}
	}
	return nil
}

// sound checks what a configuration says by itself: its mappings. Secrets are not
// looked at, for systemd hides those of the service from the process that asks it to
// reload: the service looks at them itself.
func (a *app) sound(cfg *config.Config) error {
	in := &installation{app: a, cfg: cfg}
	for _, name := range cfg.JobNames() {
		m, err := in.mapping(name)
		if err != nil {
			return err
		}
		if err := in.fitsOthers(name, m); err != nil {
			return err
		}
	}
	return nil
}

// reloadWithin is how long --reload waits for the service's answer.
const reloadWithin = 20 * time.Second

// askReload checks the configuration and has the running service take it over. It
// returns when the service has said what it did.
func (a *app) askReload(ctx context.Context) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	if err := a.sound(cfg); err != nil {
		return err
	}
	path := string(cfg.State)
	pid, err := state.Holder(serviceLock(path))
	if err != nil {
		return a.unusableState(path, err)
	}
	if pid == 0 && a.getenv("MAINPID") != "" { // systemd has a service, which works on another state
		const key = "state"
		return cfg.ErrorAt(key, message.ConfigNeedsRestart, message.S("key", key))
	}
	if pid == 0 {
		return fault(exitFailure, nil, message.ServiceNone, message.S("file", path))
	}
	in, closeAll, err := a.installed(ctx, cfg, reading)
	if err != nil {
		return err
	}
	defer closeAll()
	before, err := in.db.Service(ctx)
	if err != nil {
		return a.stateFault(err)
	}
	if err := syscall.Kill(pid, syscall.SIGHUP); err != nil {
		return fault(exitFailure, err, message.ServiceDeaf, message.N("pid", int64(pid)), message.S("cause", err.Error()))
	}
	return in.awaitReload(ctx, pid, before)
}

// awaitReload waits until the service has taken the configuration over, or refused it.
func (in *installation) awaitReload(ctx context.Context, pid int, before state.Service) error {
	until := time.Now().Add(reloadWithin)
	for time.Now().Before(until) {
		now, err := in.db.Service(ctx)
		if err != nil {
			return in.app.stateFault(err)
		}
		switch {
		case !now.Reloaded.After(before.Reloaded):
		case now.Refused != "":
			return fault(exitConfig, nil, message.ServiceKept, message.N("pid", int64(pid)), message.S("cause", now.Refused))
		default:
			_, err := fmt.Fprintln(in.app.out, message.In(in.app.lang, message.ServiceReloaded, message.N("pid", int64(pid))))
			return err
		}
		if err := wait(ctx, reloadPoll); err != nil {
			return err
		}
	}
	return fault(exitFailure, os.ErrDeadlineExceeded, message.ServiceDeaf, message.N("pid", int64(pid)), message.S("cause", reloadWithin.String()))
}

const reloadPoll = 100 * time.Millisecond
