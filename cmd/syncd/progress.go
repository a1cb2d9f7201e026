package main

import (
	"fmt"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"syncd/internal/engine"
)

// progressLine shows how far a run is: a moving line with rate and time left on
// a terminal, a plain line now and then elsewhere.
type progressLine struct {
	app  *app
	job  string
	last time.Time // a plain line was printed

	mu    sync.Mutex // of what follows, which is of the moving line
	bar   *progressbar.ProgressBar
	stage engine.Stage
	begun time.Time // the stage
	done  int64
	stop  func() // ends what keeps the line moving; returns when it has ended
}

// plainEvery is how often a plain line is printed; movingEvery, how often the moving
// one shows that the program lives.
const (
	plainEvery  = 10 * time.Second
	movingEvery = 200 * time.Millisecond
)

func (a *app) progress(job string) *progressLine {
	return &progressLine{app: a, job: job, last: time.Now()}
}

// observe takes one step of progress.
func (p *progressLine) observe(e engine.Event) {
	if e.Stage == engine.StageFold {
		p.finish()
		return
	}
	if p.app.screen != nil {
		p.draw(e)
		return
	}
	if now := time.Now(); now.Sub(p.last) >= plainEvery {
		p.last = now
		_, _ = fmt.Fprintf(p.app.err, "%s: %s %d%s\n", p.job, p.app.say(stagePhrase(e.Stage)), e.Done, ofTotal(e.Total))
	}
}

func (p *progressLine) draw(e engine.Event) {
	if p.bar != nil && p.stage != e.Stage {
		p.finish()
	}
	if p.bar == nil {
		p.begin(e)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if e.Total > 0 {
		p.bar.ChangeMax64(e.Total)
	}
	p.done = e.Done
	_ = p.bar.Set64(e.Done) // a progress line that cannot be drawn is no trouble
}

// begin makes the line of a stage. The library's own spinner is switched off: nothing
// ends it.
func (p *progressLine) begin(e engine.Event) {
	total := e.Total
	if total == 0 {
		total = -1
	}
	p.stage, p.begun, p.done = e.Stage, time.Now(), 0
	p.bar = progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(p.app.screen), progressbar.OptionSetWidth(20),
		progressbar.OptionSetDescription(p.job+": "+p.app.say(stagePhrase(e.Stage))),
		progressbar.OptionSetSpinnerChangeInterval(0), progressbar.OptionShowCount(), progressbar.OptionShowTotalBytes(total > 0),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(total > 0))
	over := make(chan struct{})
	var moving sync.WaitGroup
	moving.Go(func() { p.move(over) })
	p.stop = func() {
		close(over)
		moving.Wait()
	}
}

// move draws the line again while nothing is told: its time goes on.
func (p *progressLine) move(over <-chan struct{}) {
	tick := time.NewTicker(movingEvery)
	defer tick.Stop()
	for {
		select {
		case <-over:
			return
		case now := <-tick.C:
			p.mu.Lock()
			p.bar.Describe(p.job + ": " + p.app.say(stagePhrase(p.stage)) + p.rate(now))
			p.mu.Unlock()
		}
	}
}

// rate is how fast the stage goes; "" while that is not known.
func (p *progressLine) rate(now time.Time) string {
	took := now.Sub(p.begun)
	if p.done == 0 || took < time.Second {
		return ""
	}
	for _, unit := range []struct {
		of   time.Duration
		name phrase
	}{{time.Second, phrase{"s", "с"}}, {time.Minute, phrase{"min", "мин"}}} {
		if n := float64(p.done) * float64(unit.of) / float64(took); n >= 1 {
			return fmt.Sprintf(", %.0f/%s", n, p.app.say(unit.name))
		}
	}
	return ""
}

// finish ends the line: nothing is drawn any more.
func (p *progressLine) finish() {
	if p.bar == nil {
		return
	}
	p.stop()
	p.bar = nil
	p.app.screen.end()
}

func ofTotal(total int64) string {
	if total == 0 {
		return ""
	}
	return fmt.Sprintf("/%d", total)
}

func stagePhrase(s engine.Stage) phrase {
	switch s {
	case engine.StageRecover:
		return phrase{"looking up what was in doubt", "выяснение неизвестных исходов"}
	case engine.StageMirror:
		return phrase{"reading the CRM", "чтение CRM"}
	case engine.StageRead:
		return phrase{"reading the export", "чтение выгрузки"}
	case engine.StagePlan:
		return phrase{"looking at the records concerned", "чтение затронутых карточек"}
	case engine.StageDeliver:
		return phrase{"writing to the CRM", "запись в CRM"}
	case engine.StageFold:
		return phrase{"storing", "сохранение"}
	}
	return phrase{string(s), string(s)}
}
