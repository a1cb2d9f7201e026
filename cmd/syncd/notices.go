package main

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"syncd/internal/message"
	"syncd/internal/notify"
	"syncd/internal/state"
)

// teller is what an installation remembers of its notices between two looks.
type teller struct {
	mu      sync.Mutex
	pauses  map[string]pause     // by channel: those that do not take messages now
	unkept  []notify.Told        // what was told while the state took nothing
	digests map[string]time.Time // by channel: when it got its digest
	late    map[string]time.Time // by channel: when its digest was found late
	ripe    time.Time            // when something that stands will have lasted long enough to be told; zero = nothing does

	trouble atomic.Pointer[stateTrouble] // nil = the state took the last run; not guarded by mu, which is held as long as channels send
}

// stateTrouble is what kept the state from taking a run.
type stateTrouble struct {
	err   error
	since time.Time
}

// note remembers how a run ended when the state itself was the trouble: then its
// record may be missing there.
func (t *teller) note(err error, now time.Time) {
	var (
		full   *state.FullError
		locked *state.LockedError
		write  *state.WriteError
		file   *fs.PathError
	)
	known := t.trouble.Load()
	stateless := errors.As(err, &full) || errors.As(err, &locked) || errors.As(err, &write) || codeOf(err) == message.StateDiskFull ||
		codeOf(err) == message.StateUnusable && errors.As(err, &file)
	switch {
	case errors.Is(err, context.Canceled): // it says nothing
	case !stateless:
		t.trouble.Store(nil)
	case known != nil:
		t.trouble.Store(&stateTrouble{err, known.since})
	default:
		t.trouble.Store(&stateTrouble{err, now})
	}
}

// pause is how long a channel that failed is left alone.
type pause struct {
	until time.Time
	last  time.Duration
}

const (
	firstPause   = time.Minute
	longestPause = time.Hour
	longestWish  = 24 * time.Hour // a server's
)

// after is the pause after another failure; at least what the server asked for, but for
// a day at most: nobody would be told of anything.
func (p pause) after(now time.Time, err error) pause {
	next := min(max(2*p.last, firstPause), longestPause)
	var later *notify.LaterError
	if errors.As(err, &later) {
		next = max(next, min(later.After, longestWish))
	}
	return pause{until: now.Add(next), last: min(next, longestPause)}
}

// ripens remembers that something is to be told at a time.
func (t *teller) ripens(at time.Time) {
	if t.ripe.IsZero() || at.Before(t.ripe) {
		t.ripe = at
	}
}

// retry is when the next message that a channel did not take is due again, or
// something will have lasted long enough to be told; zero when there is neither.
// Look again by then: nothing else wakes for it.
func (t *teller) retry() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	next := t.ripe
	for _, p := range t.pauses {
		if next.IsZero() || p.until.Before(next) {
			next = p.until
		}
	}
	return next
}

// tellChanges tells people what changed since they were told last, over every
// channel of the configuration, and sends the digest when it is due. Without
// `notify` it does nothing. It reads the state and keeps in it what was told, in
// short transactions, and is safe beside a run and beside another process that
// does the same.
//
// What cannot be sent is not an error: it stays due, is tried again with growing
// pauses, and is logged once. Nor is a state that cannot be written: that is told
// as well, and what was told is remembered until it can. Errors are those of
// reading the state.
func (in *installation) tellChanges(ctx context.Context, now time.Time) error {
	_, err := in.tellDue(ctx, now, tellOptions{patient: true})
	var held *state.HeldError
	if errors.As(err, &held) {
		return nil // another process is at it
	}
	return err
}

// tellOptions say how people are told.
type tellOptions struct {
	patient bool // leaves channels alone that failed a moment ago
	dry     bool // sends nothing and keeps nothing
	digest  bool // sends the digest now, whatever its schedule
}

// delivery is one message over one channel.
type delivery struct {
	channel string
	message notify.Message
	err     error // nil: it was taken, or was not to be sent
}

// tellDue does one look. The deliveries are those that were tried, or would be.
func (in *installation) tellDue(ctx context.Context, now time.Time, o tellOptions) ([]delivery, error) {
	if in.cfg.Notify == nil {
		return nil, nil
	}
	in.teller.mu.Lock()
	defer in.teller.mu.Unlock()
	var unwritable []notify.Condition
	if !o.dry {
		turn, err := state.Lock(string(in.cfg.State) + ".notify")
		var held *state.HeldError
		switch {
		case err == nil:
			defer func() { _ = turn.Release() }()
		case errors.As(err, &held) || !o.patient: // who does not live on cannot remember either
			return nil, err
		default:
			unwritable = append(unwritable, in.unwritable(err, now))
		}
	}
	conditions, ended, err := in.conditions(ctx, now)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(conditions, func(c notify.Condition) bool { return c.Job == aboutState && c.Cause == causeUnwritable }) {
		conditions = append(conditions, unwritable...)
	}
	told, err := in.toldBefore(ctx, now, o)
	if err != nil {
		return nil, err
	}
	var list []delivery
	for _, name := range in.channelNames() {
		if o.patient && now.Before(in.teller.pauses[name].until) {
			continue
		}
		done, err := in.tellChannel(ctx, now, name, conditions, ended, told, o)
		list = append(list, done...)
		if err != nil {
			return list, err
		}
	}
	return list, nil
}

// errand is a message with what is to be kept once it was taken.
type errand struct {
	message notify.Message
	keep    func(context.Context) error
}

// tellChannel tells the people of one channel what is due to them.
func (in *installation) tellChannel(
	ctx context.Context, now time.Time, name string, conditions []notify.Condition, ends outcomes, told []notify.Told, o tellOptions,
) ([]delivery, error) {
	on := make([]notify.Occasion, len(in.cfg.Notify.On))
	for i, word := range in.cfg.Notify.On {
		on[i] = notify.Occasion(word)
	}
	send, ended := notify.Decide(now, conditions, told, on, name, func(t notify.Told) notify.End { return in.endOf(&t, ends, conditions) })
	if !o.dry {
		if err := in.keep(ctx, o, ended...); err != nil {
			return nil, err
		}
	}
	var errands []errand
	for _, n := range send {
		errands = append(errands, errand{in.noticeMessage(&n, now), func(ctx context.Context) error { return in.keep(ctx, o, n.Settles...) }})
	}
	digest, err := in.digestErrand(ctx, now, name, conditions, told, o)
	if err != nil {
		return nil, err
	}
	errands = append(errands, digest...)
	if len(errands) == 0 && !o.dry {
		delete(in.teller.pauses, name) // what it did not take is over: there is nothing to come back for
	}
	list, err := in.deliver(ctx, now, name, errands, o.dry)
	if len(digest) > 0 && len(list) > 0 && !o.dry && !o.digest {
		if last := list[len(list)-1]; last.err != nil && !isPart(last.err) {
			in.digestLate(now, name)
		}
	}
	return list, err
}

// deliver sends messages over one channel, in order, up to the first that it does
// not take.
func (in *installation) deliver(ctx context.Context, now time.Time, name string, errands []errand, dry bool) ([]delivery, error) {
	var list []delivery
	var channel notify.Channel
	for _, e := range errands {
		if dry {
			list = append(list, delivery{name, e.message, nil})
			continue
		}
		var err error
		if channel == nil {
			channel, err = in.channel(name)
		}
		if err == nil {
			err = channel.Send(ctx, e.message)
		}
		list = append(list, delivery{name, e.message, err})
		in.noteDelivery(now, name, &e.message, err)
		in.noteChannel(ctx, now, name, err)
		if err != nil && !isPart(err) {
			return list, nil
		}
		if err := e.keep(ctx); err != nil { // it was taken
			return list, err
		}
	}
	return list, nil
}

// noteDelivery logs what came of a message, and a channel's failure once until it
// works again.
func (in *installation) noteDelivery(now time.Time, name string, m *notify.Message, err error) {
	fields := []zap.Field{
		zap.String("channel", name), zap.String("type", string(m.Event.Type)), zap.String("about", m.Event.Job),
		zap.String("occasion", string(m.Event.Occasion)), zap.String("reason", m.Event.Cause),
	}
	switch {
	case err != nil && !isPart(err):
		before, failed := in.teller.pauses[name]
		if in.teller.pauses == nil {
			in.teller.pauses = map[string]pause{}
		}
		in.teller.pauses[name] = before.after(now, err)
		if !failed {
			in.log.Warn("notice not sent, tried again from now on", append(fields, zap.Error(err))...)
		}
		return
	case err != nil:
		in.log.Warn("notice not sent to all", append(fields, zap.Error(err))...)
	default:
		in.log.Info("notice sent", fields...)
	}
	delete(in.teller.pauses, name)
}

// toldBefore is what people were told. What it was about may not be configured any
// more: that ends without a word.
func (in *installation) toldBefore(ctx context.Context, now time.Time, o tellOptions) ([]notify.Told, error) {
	if !o.dry { // what is remembered only goes first: it is not forgotten before it is read again
		if err := in.keep(ctx, o); err != nil {
			return nil, err
		}
	}
	rows, err := in.db.Told(ctx, 0)
	if err != nil {
		return nil, err
	}
	var list, gone []notify.Told
	for _, r := range rows {
		t := notify.Told{
			Channel: r.Channel, Job: r.Job, Occasion: notify.Occasion(r.Occasion), Cause: r.Cause, Since: r.Since, Told: r.Told, Ended: r.Ended,
		}
		if t.Ended.IsZero() && (!in.configured(t.Job) || !slices.Contains(in.channelNames(), t.Channel)) {
			t.Ended = now
			gone = append(gone, t)
		}
		list = append(list, t)
	}
	if o.dry {
		return list, nil
	}
	list = append(list, in.teller.unkept...)
	return list, in.keep(ctx, o, gone...)
}

// configured reports whether the configuration has what a notice is about.
func (in *installation) configured(about string) bool {
	_, crm := in.cfg.CRM[trimCRM(about)]
	return in.cfg.Jobs[about] != nil || about == aboutState || crm && about != trimCRM(about)
}

// keep stores what was told. Told while the state takes nothing, it is remembered
// and stored with the next: people must not hear of it every minute.
func (in *installation) keep(ctx context.Context, o tellOptions, list ...notify.Told) error {
	all := slices.Concat(in.teller.unkept, list)
	if len(all) == 0 {
		return nil
	}
	err := in.storeTold(context.WithoutCancel(ctx), all)
	switch {
	case err == nil:
		in.teller.unkept = nil
		return nil
	case !o.patient:
		return err
	case len(in.teller.unkept) == 0:
		in.log.Error("what was told cannot be kept, remembered until it can", zap.Error(err))
	}
	in.teller.unkept = lastWords(all)
	return nil
}

// lastWords leaves one row of each notice, the last.
func lastWords(list []notify.Told) []notify.Told {
	var out []notify.Told
	for i, t := range list {
		if !slices.ContainsFunc(list[i+1:], func(n notify.Told) bool {
			return n.Channel == t.Channel && n.Job == t.Job && n.Occasion == t.Occasion && n.Cause == t.Cause
		}) {
			out = append(out, t)
		}
	}
	return out
}

func (in *installation) storeTold(ctx context.Context, list []notify.Told) error {
	rows := make([]state.Notice, len(list))
	for i, t := range list {
		rows[i] = state.Notice{
			Channel: t.Channel, Job: t.Job, Occasion: string(t.Occasion), Cause: t.Cause, Since: t.Since, Told: t.Told, Ended: t.Ended,
		}
	}
	return in.db.KeepNotices(ctx, rows)
}
