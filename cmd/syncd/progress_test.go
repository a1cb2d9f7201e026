package main

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"syncd/internal/config"
	"syncd/internal/engine"
	"syncd/internal/message"
)

// terminal is what stands on a terminal, and how much was ever written to it.
type terminal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (t *terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.Write(p)
}

func (t *terminal) written() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

// lines is what a person sees: what was overwritten is gone.
func (t *terminal) lines() []string {
	var seen []string
	for line := range strings.SplitSeq(t.written(), "\n") {
		var cells []rune
		at := 0
		for _, r := range line {
			if r == '\r' {
				at = 0
				continue
			}
			cells = append(cells[:at], append([]rune{r}, cells[min(at+1, len(cells)):]...)...)
			at++
		}
		seen = append(seen, strings.TrimRight(string(cells), " "))
	}
	return seen
}

// onScreen is an app whose both streams are one terminal.
func onScreen(lang message.Lang) (*app, *terminal) {
	t := &terminal{}
	a := &app{lang: lang, screen: &screen{to: t}}
	a.out, a.err = typing{flowing{t, a.screen}, a}, typing{flowing{t, a.screen}, a}
	return a, t
}

// In the bubble of synctest, a goroutine that is left behind fails the test.
func TestNothingIsDrawnAfterTheEndOfAStage(t *testing.T) {
	t.Parallel()
	for name, stages := range map[string][]engine.Event{
		"of unknown length":      {{Stage: engine.StageMirror, Done: 10}, {Stage: engine.StageMirror, Done: 20}},
		"of known length":        {{Stage: engine.StageDeliver, Done: 1, Total: 3}, {Stage: engine.StageDeliver, Done: 2, Total: 3}},
		"done whole":             {{Stage: engine.StageDeliver, Done: 2, Total: 3}, {Stage: engine.StageDeliver, Done: 3, Total: 3}},
		"its length found later": {{Stage: engine.StagePlan, Done: 1}, {Stage: engine.StagePlan, Done: 2, Total: 3}},
		"one after the other":    {{Stage: engine.StageMirror, Done: 10}, {Stage: engine.StageRead, Done: 5}, {Stage: engine.StageFold}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a, term := onScreen(message.Russian)
				bar := a.progress("orders")
				for _, e := range stages {
					bar.observe(e)
					time.Sleep(time.Second)
				}
				bar.finish()
				over := term.written()
				_, _ = fmt.Fprintln(a.out, "a result")
				time.Sleep(10 * time.Second)
				if got := strings.TrimPrefix(term.written(), over); got != "a result\n" {
					t.Errorf("after the end: %q", got)
				}
				if got := term.lines(); len(got) != 2 || got[0] != "a result" || got[1] != "" {
					t.Errorf("%q", got)
				}
			})
		})
	}
}

func TestALineMovesWhileNothingIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, term := onScreen(message.Russian)
		bar := a.progress("orders")
		bar.observe(engine.Event{Stage: engine.StageMirror, Done: 30})
		time.Sleep(10*time.Second + movingEvery/2)
		if got := term.lines(); !strings.HasSuffix(got[0], "orders: чтение CRM, 3/с (30) [10s]") {
			t.Errorf("%q", got)
		}
		_, _ = fmt.Fprintln(a.err, "a remark")
		_, _ = fmt.Fprintln(a.out, "a result")
		time.Sleep(movingEvery)
		if got := term.lines(); len(got) != 3 || got[0] != "a remark" || got[1] != "a result" || !strings.Contains(got[2], "чтение CRM") {
			t.Errorf("%q", got)
		}
		bar.finish()
		if got := term.lines(); got[2] != "" {
			t.Errorf("%q", got)
		}
	})
}

func TestACommandOnATerminalLogsOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	for level, want := range map[string]int{"": 0, "warn": 1, "info": 2} {
		a, term := onScreen(message.English)
		a.flags.logLevel = level
		log := a.logger(config.Log{Level: "debug", Format: "auto"}, time.UTC)
		log.Info("run ended")
		log.Warn("crm request")
		if got := len(term.lines()) - 1; got != want {
			t.Errorf("--log-level %s: %d lines: %s", level, got, term.written())
		}
	}
}
