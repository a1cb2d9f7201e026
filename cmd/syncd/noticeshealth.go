package main

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"syncd/internal/config"
	"syncd/internal/metrics"
	"syncd/internal/notify"
)

// channelTask names, in the record of the upkeep, how a channel fares: its last
// failure is that with which a row of them began.
func channelTask(channel string) string { return "notify." + channel }

// errUndelivered is all that the state is told of a failure: what a server answers may
// hold somebody's address. The log and `syncd notify --test` have the cause.
var errUndelivered = errors.New("not delivered")

// channelHealth is how a channel fares.
type channelHealth struct {
	name    string
	last    time.Time // when it took a message last; zero = never
	failing time.Time // since when it takes none; zero = it works, or nobody knows
}

// channelsHealth is how the channels of the configuration fare.
func (in *installation) channelsHealth(ctx context.Context) ([]channelHealth, error) {
	if in.cfg.Notify == nil {
		return nil, nil
	}
	var list []channelHealth
	for _, name := range in.channelNames() {
		u, err := in.db.LastUpkeep(ctx, channelTask(name))
		if err != nil {
			return nil, err
		}
		h := channelHealth{name: name, last: u.Succeeded}
		if u.Err != "" {
			h.failing = u.At
		}
		list = append(list, h)
	}
	return list, nil
}

// failingOf are those of the channels that take nothing.
func failingOf(list []channelHealth) []channelHealth {
	var out []channelHealth
	for _, h := range list {
		if !h.failing.IsZero() {
			out = append(out, h)
		}
	}
	return out
}

// noteChannel counts what came of a message, and keeps since when its channel takes
// none: that must be seen where people look without being told.
func (in *installation) noteChannel(ctx context.Context, now time.Time, name string, err error) {
	result := metrics.NoticeSent
	var part *notify.PartError
	switch {
	case errors.As(err, &part):
		result, err = metrics.NoticePart, nil
	case err != nil:
		result, err = metrics.NoticeFailed, errUndelivered
	}
	if in.noticed != nil {
		in.noticed(name, result)
	}
	ctx = context.WithoutCancel(ctx)
	if err != nil {
		if before, lerr := in.db.LastUpkeep(ctx, channelTask(name)); lerr == nil && before.Err != "" {
			return // since then
		}
	}
	if kerr := in.db.RecordUpkeep(ctx, channelTask(name), now, err, ""); kerr != nil {
		in.log.Warn("how a channel fares cannot be kept", zap.String("channel", name), zap.Error(kerr))
	}
}

// noteTest keeps what a test showed of the channels, where there is a state to keep it
// in: the test itself needs none.
func (a *app) noteTest(ctx context.Context, cfg *config.Config, now time.Time, list []delivery) {
	in, closeAll, err := a.installed(ctx, cfg, writing)
	if err != nil {
		return
	}
	defer closeAll()
	for _, d := range list {
		in.noteChannel(ctx, now, d.channel, d.err)
	}
}

// digestLate logs that a digest was due and not taken, and that it was lost when the
// next one is due.
func (in *installation) digestLate(now time.Time, channel string) {
	t := in.teller
	since, known := t.late[channel]
	switch {
	case !known:
		in.log.Warn("the digest is late: its channel takes none, it is tried again", zap.String("channel", channel))
	case in.cfg.Notify.Digest.Due(since, now.In(in.cfg.Timezone.Location)):
		in.log.Warn("a digest was lost: the next one is due", zap.String("channel", channel), zap.Time("since", since))
	default:
		return
	}
	if t.late == nil {
		t.late = map[string]time.Time{}
	}
	t.late[channel] = now
}
