package daemon

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// guardPeriod is how often Guard looks where no watchdog of the service manager
// sets the pace.
const guardPeriod = 30 * time.Second

// Pulse knows which parts of the service have to give a sign of life, and which
// of them owe one. A part that waits for something on purpose must not be
// watched meanwhile, or must beat.
//
// It is safe for concurrent use.
type Pulse struct {
	now func() time.Time

	mu    sync.Mutex
	parts map[string]*pulsePart
}

type pulsePart struct {
	patience time.Duration
	beat     time.Time
	said     bool // lateness was reported, and the part has not beaten since
}

// LatePart is a part that gave no sign of life for longer than its patience.
type LatePart struct {
	Part  string
	Since time.Time // its last sign of life
}

// NewPulse returns a pulse that watches nobody yet. The clock has to be one whose
// times carry a monotonic reading, as time.Now's do: a wall clock that is set
// makes nobody late then.
func NewPulse(now func() time.Time) *Pulse {
	return &Pulse{now: now, parts: map[string]*pulsePart{}}
}

// Watch expects a beat of part at least every patience, beginning now, until done
// is called. Patience of 0 or less is endless. A part that is watched already is
// watched anew; the earlier done then ends nothing.
func (p *Pulse) Watch(part string, patience time.Duration) (done func()) {
	w := &pulsePart{patience: patience, beat: p.now()}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.parts[part] = w
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.parts[part] == w {
			delete(p.parts, part)
		}
	}
}

// Beat is a sign of life of part. Of a part that nobody watches it says nothing.
func (p *Pulse) Beat(part string) {
	now := p.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if w := p.parts[part]; w != nil {
		w.beat, w.said = now, false
	}
}

// Late lists the parts that owe a beat, the longest silent first.
func (p *Pulse) Late() []LatePart {
	all, _ := p.look()
	return all
}

// look is Late, and of these the ones that were not reported in this lapse yet.
func (p *Pulse) look() (all, fresh []LatePart) {
	now := p.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	for name, w := range p.parts {
		if w.patience > 0 && now.Sub(w.beat) > w.patience {
			all = append(all, LatePart{Part: name, Since: w.beat})
		}
	}
	slices.SortFunc(all, func(a, b LatePart) int {
		return cmp.Or(a.Since.Compare(b.Since), cmp.Compare(a.Part, b.Part))
	})
	return all, slices.DeleteFunc(slices.Clone(all), func(l LatePart) bool { return p.parts[l.Part].said })
}

func (p *Pulse) markSaid(late []LatePart) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range late {
		if w := p.parts[l.Part]; w != nil && w.beat.Equal(l.Since) { // it may have beaten meanwhile
			w.said = true
		}
	}
}

// Guard pings at half of interval, and only while no part is late: whoever hangs
// is not kept alive by a ticker of ours. It tells onLate once per lapse which
// parts became late; a part that beat in between is told again. Without a
// watchdog (interval 0 or less) it looks every 30 s and pings nobody. It returns when
// ctx ends. ping and onLate are called on its goroutine; onLate must not block.
func Guard(ctx context.Context, interval time.Duration, ping func(), pulse *Pulse, onLate func([]LatePart)) {
	period := guardPeriod
	if interval > 0 {
		period = max(interval/2, time.Millisecond)
	} else {
		ping = func() {}
	}
	ticker := time.NewTicker(period)
	defer ticker.Stop()
	for {
		all, fresh := pulse.look()
		if len(all) == 0 {
			ping()
		}
		if len(fresh) > 0 {
			pulse.markSaid(fresh)
			onLate(fresh)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
