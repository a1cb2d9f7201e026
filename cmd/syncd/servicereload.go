package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"go.uber.org/zap"

	"syncd/internal/config"
)

// listenForReload reloads at every hangup.
func (s *service) listenForReload(ctx context.Context, hangup <-chan os.Signal) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
			s.reload(ctx)
		}
	}
}

// reload takes a changed configuration over, or refuses it and goes on with the old
// one. A run that is on ends with the configuration that it began with.
func (s *service) reload(ctx context.Context) {
	s.systemd.Reloading()
	defer s.systemd.Ready()
	defer s.noteChange()
	defer s.live(ctx, time.Time{}) // whoever asked waits for it
	next, err := s.reloadable()
	s.mu.Lock()
	s.reloaded, s.refused = s.now(), ""
	for _, one := range faultsOf(err) {
		s.refused = strings.TrimPrefix(s.refused+"\n"+s.app.wording(one), "\n")
	}
	s.mu.Unlock()
	s.metrics.Reloaded(err == nil)
	if err != nil {
		for _, one := range faultsOf(err) {
			s.current().log.Error(logRefused, s.app.worded(one)...)
		}
		return
	}
	s.adopt(ctx, next)
}

// faultsOf is all that is wrong with a configuration, one by one; none for nil.
func faultsOf(err error) []error {
	var several *config.Errors
	switch {
	case err == nil:
		return nil
	case errors.As(err, &several):
		return several.Unwrap()
	}
	return []error{err}
}

// reloadable loads the configuration and checks all that the service will need of it.
func (s *service) reloadable() (next *config.Config, err error) {
	defer func() {
		if p := recover(); p != nil {
			s.current().log.Error("panic", zap.String(logPart, "reload"), zap.ByteString("stack", debug.Stack()))
			err = fmt.Errorf("reload: %s", panicText(p))
		}
	}()
	next, err = s.app.config()
	if err != nil {
		return nil, err
	}
	if err := s.app.serviceable(next); err != nil {
		return nil, err
	}
	return next, s.current().cfg.CheckReload(next)
}

// adopt puts a configuration in force.
func (s *service) adopt(ctx context.Context, cfg *config.Config) {
	in := *s.current()
	in.cfg, in.log = cfg, s.logger(cfg)
	s.mu.Lock()
	s.in = &in
	s.mu.Unlock()
	if err := s.scheduler.Replace(s.plan(ctx, &in)); err != nil {
		in.log.Error("the timetable was refused", zap.Error(err)) // the configuration has checked it
	}
	s.metrics.Jobs(cfg.JobNames())
	s.http.Move(cfg.Listen)
	in.log.Info("the configuration was taken over", zap.Int("jobs", len(cfg.Jobs)))
}
