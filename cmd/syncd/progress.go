package main

import (
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"

	"syncd/internal/engine"
)

// progressLine shows how far a run is: a moving line with rate and time left on
// a terminal, a plain line now and then elsewhere.
type progressLine struct {
	app   *app
	job   string
	term  bool
	bar   *progressbar.ProgressBar
	stage engine.Stage
	last  time.Time
}

// plainEvery is how often a plain line is printed.
const plainEvery = 10 * time.Second

func (a *app) progress(job string) *progressLine {
	return &progressLine{app: a, job: job, term: a.term, last: time.Now()}
}

// observe takes one step of progress.
func (p *progressLine) observe(e engine.Event) {
	if e.Stage == engine.StageFold {
		p.finish()
		return
	}
	if p.term {
		p.draw(e)
		return
	}
	if now := time.Now(); now.Sub(p.last) >= plainEvery {
		p.last = now
		_, _ = fmt.Fprintf(p.app.err, "%s: %s %d%s\n", p.job, p.app.say(stagePhrase(e.Stage)), e.Done, ofTotal(e.Total))
	}
}

func (p *progressLine) draw(e engine.Event) {
	total := e.Total
	if total == 0 {
		total = -1
	}
	if p.bar == nil || p.stage != e.Stage {
		p.finish()
		p.stage = e.Stage
		p.bar = progressbar.NewOptions64(total,
			progressbar.OptionSetWriter(p.app.err), progressbar.OptionSetWidth(20),
			progressbar.OptionSetDescription(p.job+": "+p.app.say(stagePhrase(e.Stage))),
			progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(total > 0))
	}
	if total > 0 {
		p.bar.ChangeMax64(total)
	}
	_ = p.bar.Set64(e.Done) // a progress line that cannot be drawn is no trouble
}

// finish ends the line.
func (p *progressLine) finish() {
	if p.bar != nil {
		_ = p.bar.Clear()
		p.bar = nil
	}
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
