package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Health is what the service says about itself. It holds no personal data and no
// secrets: everybody on this machine can read it.
type Health struct {
	Version string
	Started time.Time
	// Stopping: the service drains and takes on nothing new.
	Stopping bool
	// Unready is what keeps the service from doing its work: the state cannot be
	// opened or written, the disk is nearly full.
	Unready []HealthNote
	// Notes are worth knowing and keep nothing from running, such as a reload that
	// was refused.
	Notes []HealthNote
}

// HealthNote is one finding.
type HealthNote struct {
	Name string `json:"name"`           // a stable word: state, disk, reload
	Text string `json:"text"`           // for people
	Next string `json:"next,omitempty"` // the command to type; "" = none
}

// The words of HealthNote.Name that this package itself uses.
const (
	healthLate     = "late"
	healthStopping = "stopping"
	healthSilent   = "no-answer"
)

// Why the health could not be told.
var (
	errNoHealth    = errors.New("no answer in time")
	errHealthPanic = errors.New("panic while asking")
)

// verdict is the answer of /healthz and /readyz.
type verdict struct {
	OK       bool         `json:"ok"`
	Version  string       `json:"version,omitempty"`
	Started  time.Time    `json:"started,omitzero"`
	Problems []HealthNote `json:"problems,omitempty"`
	Notes    []HealthNote `json:"notes,omitempty"`
}

// aliveVerdict asks nobody but the pulse: a slow disk must not make a living
// process look dead.
func aliveVerdict(late []LatePart) verdict {
	v := verdict{Problems: lateNotes(late)}
	v.OK = len(v.Problems) == 0
	return v
}

func readyVerdict(late []LatePart, h Health, err error) verdict {
	v := verdict{Version: h.Version, Started: h.Started, Problems: lateNotes(late), Notes: h.Notes}
	if h.Stopping {
		v.Problems = append(v.Problems, HealthNote{Name: healthStopping, Text: "the service is stopping"})
	}
	v.Problems = append(v.Problems, h.Unready...)
	if err != nil {
		v.Problems = append(v.Problems, HealthNote{Name: healthSilent, Text: "the state of the service could not be read: " + err.Error()})
	}
	v.OK = len(v.Problems) == 0
	return v
}

func lateNotes(late []LatePart) []HealthNote {
	notes := make([]HealthNote, 0, len(late))
	for _, l := range late {
		text := fmt.Sprintf("%s has shown no progress since %s", l.Part, l.Since.UTC().Format(time.RFC3339))
		notes = append(notes, HealthNote{Name: healthLate, Text: text, Next: "syncd status"})
	}
	return notes
}

// writeText is the verdict for people: one finding a line.
func (v verdict) writeText(w io.Writer, good, bad string) {
	var b strings.Builder
	if v.OK {
		b.WriteString(good + "\n")
	} else {
		b.WriteString(bad + "\n")
	}
	for _, group := range [][]HealthNote{v.Problems, v.Notes} {
		for _, n := range group {
			b.WriteString(n.Name + ": " + n.Text)
			if n.Next != "" {
				b.WriteString("; " + n.Next)
			}
			b.WriteString("\n")
		}
	}
	_, _ = io.WriteString(w, b.String())
}

// healthDesk asks for the health with a deadline, one question at a time: an
// answer that hangs costs one goroutine, however often it is asked for.
type healthDesk struct {
	ask  func(context.Context) Health
	turn chan struct{} // capacity 1: holds the question that is out
}

func newHealthDesk(ask func(context.Context) Health) *healthDesk {
	return &healthDesk{ask: ask, turn: make(chan struct{}, 1)}
}

func (d *healthDesk) health(ctx context.Context) (Health, error) {
	if d.ask == nil {
		return Health{}, nil
	}
	ctx, stop := context.WithTimeout(ctx, httpPatience)
	defer stop()
	select {
	case d.turn <- struct{}{}:
	case <-ctx.Done():
		return Health{}, errNoHealth
	}
	answer := make(chan Health, 1)
	go func() {
		defer func() {
			if recover() != nil { // a look at the service must not end it
				close(answer)
			}
			<-d.turn
		}()
		answer <- d.ask(ctx)
	}()
	select {
	case h, ok := <-answer:
		if !ok {
			return h, errHealthPanic
		}
		return h, nil
	case <-ctx.Done():
		return Health{}, errNoHealth
	}
}
