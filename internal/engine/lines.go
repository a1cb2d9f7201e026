package engine

import (
	"context"
	"strings"

	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// shownLines counts the lines that linked records have from a second source.
type shownLines struct {
	now  int64 // of all
	lost int64 // fewer than the records were settled with; below 0: more
	// late are settlements of records that lost lines and need no write: they wait for
	// the guards, or the next run would see nothing missing.
	late []Settlement
}

// linesIn is the number of lines in a value.
func linesIn(text string) int64 {
	if text == "" {
		return 0
	}
	return int64(strings.Count(text, "\n")) + 1
}

// countLines counts the lines of a linked record that the source shows.
func (r *run) countLines(rec *record.Record) {
	if f := r.cfg.Policy.Schema.Index(r.cfg.LinesField); f >= 0 && !rec.Deleted {
		r.lines.now += linesIn(rec.Values[f].Text)
	}
}

// countLost compares the lines of a changed record with those that it was settled
// with, and tells whether it lost some. What is held already was counted when it was
// first seen.
func (r *run) countLost(c *changed, link *Link) bool {
	f := r.cfg.Policy.Schema.Index(r.cfg.LinesField)
	if f < 0 || c.link != 0 || c.state != reconcile.SourcePresent || r.standing.Holds[link.UID].Source == c.source {
		return false
	}
	before := int64(0)
	if text := link.Base[r.cfg.LinesField]; text != nil {
		before = linesIn(*text)
	}
	lost := before - linesIn(c.rec.Values[f].Text)
	r.lines.lost += lost
	return lost > 0
}

// settleLines settles what waited for the guards.
func (r *run) settleLines(ctx context.Context) error {
	if len(r.lines.late) == 0 {
		return nil
	}
	return r.settle(ctx, r.lines.late...)
}
