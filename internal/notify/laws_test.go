package notify_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"syncd/internal/notify"
)

// listener is what one channel's people believe, from what they were told alone.
type listener struct {
	name  string
	rows  []notify.Told
	heard map[string]map[string]bool // by job/occasion: the causes they heard of since the last end
	last  map[string]time.Time       // by job/occasion/cause: when they heard of it
	end   map[string]time.Time       // by job/occasion/cause: when what they heard of was first seen to be over
	holds map[string]time.Time       // by job: when they heard of records that wait
}

// world is what stands, as it comes and goes.
type world struct {
	now      time.Time
	standing map[string]notify.Condition // by job/occasion/cause
	holdNo   int
}

func (w *world) conditions() []notify.Condition {
	var list []notify.Condition
	for _, c := range w.standing {
		list = append(list, c)
	}
	return list
}

func key(c notify.Condition) string   { return fmt.Sprintf("%s/%s/%s", c.Job, c.Occasion, c.Cause) }
func topic(c notify.Condition) string { return fmt.Sprintf("%s/%s", c.Job, c.Occasion) }

// change lets something come or go.
func (w *world) change(t *rapid.T) {
	job := rapid.SampledFrom([]string{"clients", "orders"}).Draw(t, "job")
	o := rapid.SampledFrom([]notify.Occasion{notify.Halt, notify.Fail, notify.Hold}).Draw(t, "occasion")
	c := notify.Condition{Job: job, Occasion: o, Cause: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "cause"), Since: w.now, Text: "text"}
	if o == notify.Hold { // one condition a job, whose cause grows
		c.Cause = ""
		for k, old := range w.standing {
			if old.Job == job && old.Occasion == o {
				delete(w.standing, k)
			}
		}
		if rapid.Bool().Draw(t, "waits") {
			w.holdNo++
			c.Cause = fmt.Sprintf("w %06d", w.holdNo)
			w.standing[key(c)] = c
		}
		return
	}
	if _, stood := w.standing[key(c)]; stood {
		delete(w.standing, key(c))
		return
	}
	w.standing[key(c)] = c
}

func TestPeopleHearOfEveryTroubleOnceAndOfItsEnd(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := &world{now: noon, standing: map[string]notify.Condition{}}
		var who []*listener
		for _, name := range []string{"mail", "webhook"} {
			who = append(who, &listener{name: name, heard: map[string]map[string]bool{}, last: map[string]time.Time{}, end: map[string]time.Time{}, holds: map[string]time.Time{}})
		}
		for range rapid.IntRange(1, 40).Draw(t, "looks") {
			w.now = w.now.Add(time.Duration(rapid.SampledFrom([]int{1, 1, 1, 5, 30, 61, 241}).Draw(t, "minutes")) * time.Minute)
			for range rapid.IntRange(0, 2).Draw(t, "changes") {
				w.change(t)
			}
			for _, l := range who {
				l.look(t, w, rapid.IntRange(0, 3).Draw(t, "reached") > 0)
			}
		}
	})
}

// look decides, sends and keeps, and holds what was told against what stands.
func (l *listener) look(t *rapid.T, w *world, reached bool) {
	send, ended := notify.Decide(w.now, w.conditions(), slices.Clone(l.rows), all, l.name, nil)
	if again, _ := notify.Decide(w.now, w.conditions(), slices.Clone(l.rows), all, l.name, nil); subjects(again) != subjects(send) {
		t.Fatalf("decided otherwise the second time: %s, %s", subjects(send), subjects(again))
	}
	l.rows = keep(l.rows, ended...)
	for k := range l.last {
		_, stands := w.standing[k]
		if _, ended := l.end[k]; !stands && !ended {
			l.end[k] = w.now
		}
	}
	if !reached {
		return // nothing of send was told: it stays due, and the next look finds it
	}
	for _, n := range send {
		l.hear(t, w, n)
		l.rows = keep(l.rows, n.Settles...)
	}
	if again, _ := notify.Decide(w.now, w.conditions(), slices.Clone(l.rows), all, l.name, nil); len(again) > 0 {
		t.Fatalf("a restart repeats %s", subjects(again))
	}
	for k, c := range w.standing {
		switch {
		case c.Occasion == notify.Hold:
			if !l.heard[topic(c)][c.Cause] && w.now.Sub(l.holds[c.Job]) >= notify.HoldPause {
				t.Fatalf("nobody told %s of records that wait in %s for %s", l.name, c.Job, w.now.Sub(c.Since))
			}
		case !l.heard[topic(c)][c.Cause] && w.now.Sub(c.Since) >= notify.Flap:
			t.Fatalf("nobody told %s of %s, which stands for %s", l.name, k, w.now.Sub(c.Since))
		}
	}
}

func (l *listener) hear(t *rapid.T, w *world, n notify.Notice) {
	about := topic(n.Condition)
	if n.Recovered {
		if len(l.heard[about]) == 0 {
			t.Fatalf("%s heard of the end of %s and not of the trouble", l.name, about)
		}
		for _, c := range w.standing {
			if topic(c) == about {
				t.Fatalf("%s heard that %s is over while %s stands", l.name, about, c.Cause)
			}
		}
		delete(l.heard, about)
		return
	}
	c, stands := w.standing[key(n.Condition)]
	if !stands {
		t.Fatalf("%s heard of %s, which does not stand", l.name, key(n.Condition))
	}
	if n.Occasion == notify.Hold {
		if last, before := l.holds[n.Job]; before && w.now.Sub(last) < notify.HoldPause {
			t.Fatalf("%s heard of records that wait twice in %s", l.name, w.now.Sub(last))
		}
		l.holds[n.Job] = w.now
	} else if last, before := l.last[key(c)]; before {
		if !c.Since.After(last) {
			t.Fatalf("%s heard twice of %s", l.name, key(c))
		}
		if end, over := l.end[key(c)]; over && c.Since.Sub(end) < notify.Flap && w.now.Sub(c.Since) < notify.Flap {
			t.Fatalf("%s heard again of %s, which was away for %s", l.name, key(c), c.Since.Sub(end))
		}
	}
	l.last[key(c)] = w.now
	delete(l.end, key(c))
	if l.heard[about] == nil {
		l.heard[about] = map[string]bool{}
	}
	l.heard[about][c.Cause] = true
}
