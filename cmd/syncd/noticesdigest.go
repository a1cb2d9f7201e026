package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"syncd/internal/engine"
	"syncd/internal/notify"
	"syncd/internal/reconcile"
)

// digestTask names, in the record of the upkeep, when a channel got its digest.
func digestTask(channel string) string { return "digest." + channel }

// digestErrand is the digest where it is due, or none. A channel that never had one
// waits for the next time of the schedule.
func (in *installation) digestErrand(
	ctx context.Context, now time.Time, channel string, conditions []notify.Condition, told []notify.Told, o tellOptions,
) ([]errand, error) {
	if !o.digest {
		if in.cfg.Notify.Digest == "" {
			return nil, nil
		}
		last, err := in.db.LastUpkeep(ctx, digestTask(channel))
		if err != nil {
			return nil, err
		}
		at := last.At
		if sent := in.teller.digests[channel]; sent.After(at) {
			at = sent
		}
		if at.After(now) { // by a clock that was ahead
			at = time.Time{}
		}
		if at.IsZero() && !o.dry {
			return nil, in.digestSent(ctx, now, channel, o)
		}
		if at.IsZero() || !in.cfg.Notify.Digest.Due(at, now.In(in.cfg.Timezone.Location)) {
			return nil, nil
		}
	}
	text, err := in.digestText(ctx, now, conditions)
	if err != nil {
		return nil, err
	}
	m := in.message(in.app.say(phrase{"digest", "сводка"}), text, now)
	m.Event.Type = notify.TypeDigest
	return []errand{{m, func(ctx context.Context) error {
		return errors.Join(in.digestSent(ctx, now, channel, o), in.keep(ctx, o, toldByDigest(conditions, told, channel)...))
	}}}, nil
}

// digestSent keeps when a channel got its digest, in memory too: a state that takes
// nothing must not make it come every minute.
func (in *installation) digestSent(ctx context.Context, now time.Time, channel string, o tellOptions) error {
	if in.teller.digests == nil {
		in.teller.digests = map[string]time.Time{}
	}
	in.teller.digests[channel] = now
	delete(in.teller.late, channel)
	err := in.db.RecordUpkeep(context.WithoutCancel(ctx), digestTask(channel), now, nil, "")
	if o.patient {
		return nil
	}
	return err
}

// toldByDigest is what a digest tells of records that wait: those that came soon
// after others were told of are not told again by themselves.
func toldByDigest(conditions []notify.Condition, told []notify.Told, channel string) []notify.Told {
	var list []notify.Told
	for _, c := range conditions {
		at := slices.IndexFunc(told, func(t notify.Told) bool { // newest first
			return t.Channel == channel && t.Job == c.Job && t.Occasion == notify.Hold && t.Ended.IsZero()
		})
		if c.Occasion != notify.Hold || at < 0 || told[at].Cause >= c.Cause {
			continue
		}
		anew, old := notify.Keep(c, channel, told[at].Told), told[at] // the pause goes on as it was
		old.Ended = told[at].Told
		list = append(list, old, anew)
	}
	return list
}

// digestText is a summary of all jobs, a few lines each.
func (in *installation) digestText(ctx context.Context, now time.Time, conditions []notify.Condition) (string, error) {
	say := in.app.say
	parts := make([]string, 0, len(in.cfg.Jobs)+1)
	for _, name := range in.cfg.JobNames() {
		part, err := in.digestJob(ctx, name, now)
		if err != nil {
			return "", err
		}
		parts = append(parts, part)
	}
	standing := say(phrase{"Nothing is out of order.", "Всё в порядке."})
	if len(conditions) > 0 {
		lines := []string{say(phrase{"Standing now:", "Сейчас требуют внимания:"})}
		for _, c := range conditions {
			first, _, _ := strings.Cut(c.Text, "\n")
			lines = append(lines, "  "+first)
		}
		standing = strings.Join(lines, "\n")
	}
	return strings.Join(append(parts, standing), "\n\n"), nil
}

func (in *installation) digestJob(ctx context.Context, name string, now time.Time) (string, error) {
	j, err := in.standing(ctx, name)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	line := func(p phrase, args ...any) { fmt.Fprintf(&b, "\n  "+in.app.say(p), args...) }
	b.WriteString(name)
	if j.LastRun == 0 {
		line(phrase{"never ran", "ещё не запускалось"})
		return b.String(), nil
	}
	success := in.app.say(phrase{"never", "не было"})
	if !j.LastSuccess.IsZero() {
		success = fmt.Sprintf(in.app.say(phrase{"%s, %s ago", "%s, %s назад"}), in.when(j.LastSuccess), in.app.age(now.Sub(j.LastSuccess)))
	}
	line(phrase{"last success: %s; next run: %s", "последний успех: %s; следующий запуск: %s"}, success, in.when(j.NextRun))
	runs, n, err := in.lastDay(ctx, name, now)
	if err != nil {
		return "", err
	}
	line(phrase{
		"in 24 hours: runs %d; added %d, merged %d, changed %d, written back %d, deleted %d",
		"за сутки: запусков %d; добавлено %d, связано %d, изменено %d, передано обратно %d, удалено %d",
	}, runs, n[engine.Created], n[engine.Merged], n[engine.Updated], n[engine.WrittenBack], n[engine.Deleted])
	held := heldOf(&j.JobStatus)
	if n := held.decisions(); n > 0 {
		line(phrase{"held: %d (%s)", "ждут решения: %d (%s)"}, n, reasonsText(held.undecided))
	}
	if n := total(held.awaiting); n > 0 {
		line(phrase{"wait for another record: %d (%s)", "ждут другой записи: %d (%s)"}, n, reasonsText(held.awaiting))
	}
	if j.RejectedRecords > 0 {
		line(phrase{"rejected: %d", "отклонено: %d"}, j.RejectedRecords)
	}
	if j.InDoubt > 0 {
		line(phrase{"in doubt: %d, the oldest of %s", "исход неизвестен: %d, старейшая от %s"}, j.InDoubt, in.when(j.OldestInDoubt))
	}
	if j.Pending > 0 {
		line(phrase{"on their way to the accounting system: %d, the oldest of %s", "в пути в учётную систему: %d, старейшее от %s"}, j.Pending, in.when(j.OldestPending))
	}
	return b.String(), nil
}

// lastDay adds up the runs that began within 24 hours.
func (in *installation) lastDay(ctx context.Context, name string, now time.Time) (runs int, n [engine.Outcomes]int64, err error) {
	const most = 24 * 60 // one a minute
	list, err := in.db.Runs(ctx, name, most)
	for i := range list {
		if now.Sub(list[i].Started) > 24*time.Hour {
			break
		}
		runs++
		for o := range n {
			n[o] += list[i].Of(engine.Outcome(o))
		}
	}
	return runs, n, err
}

func reasonsText(by map[reconcile.Reason]int64) string {
	words := make([]string, 0, len(by))
	for reason, n := range by {
		words = append(words, fmt.Sprintf("%s %d", reason, n))
	}
	slices.Sort(words)
	return strings.Join(words, ", ")
}
