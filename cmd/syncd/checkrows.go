package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"syncd/internal/engine"
	"syncd/internal/message"
)

const (
	rowsToTry    = 200 // data rows that a check translates
	reasonsShown = 3   // reasons of rejects that it names
)

// rowsTried is what became of the first data rows of an export.
type rowsTried struct {
	Tried    int            `json:"tried"`
	Usable   int            `json:"usable"`
	LeftOut  int            `json:"left_out"`
	Rejected int            `json:"rejected"`
	Reasons  map[string]int `json:"reasons"` // rejected rows by rule and column
}

// errEnough ends a reading early.
var errEnough = errors.New("enough rows were read")

// checkRows translates the first rows, as a run would: a mapping that fits the
// header may still fit none of the rows.
func (in *installation) checkRows(ctx context.Context, name string, c *checkup) {
	tried := &rowsTried{Reasons: map[string]int{}}
	side, err := in.source(name, c.m, nothingRead{})
	if err != nil {
		c.problem(err)
		return
	}
	closing := in.trailer(name)
	snap, err := side.Read(ctx, engine.Known{}, func(list []engine.Incoming) error {
		for i := range list {
			switch {
			case tried.Tried < rowsToTry:
				tried.take(&list[i])
			case closing == "":
				return errEnough
			}
		}
		return nil
	})
	if len(snap.Files) > 0 || errors.Is(err, errEnough) && in.readOnce(in.cfg.Jobs[name]) {
		c.Source.File = snap.Name // the file itself, not a pattern
	}
	if err != nil && !errors.Is(err, errEnough) {
		c.problem(in.runFault(name, err))
		return
	}
	c.Rows = tried
	if closing != "" && snap.Why != "" {
		c.doubt(message.SourceTrailer, message.S("file", snap.Name), message.S("source", in.cfg.Jobs[name].Source),
			message.S("cause", in.app.whyIncomplete(snap.Why)), message.S("trailer", strings.ReplaceAll(closing, "{rows}", "…")))
	}
	if tried.Rejected == 0 {
		return
	}
	code := message.MappingSampleRejects
	if tried.Rejected == tried.Tried {
		code = message.MappingSampleUnusable
	}
	args := []message.Arg{
		message.S("job", name), message.N("rows", int64(tried.Tried)), message.N("rejected", int64(tried.Rejected)),
		message.S("reasons", tried.topReasons()), message.S("mapping", c.Mapping),
	}
	if code == message.MappingSampleUnusable {
		c.problem(fault(exitSource, nil, code, args...))
		return
	}
	c.doubt(code, args...)
}

// trailer is the closing line that the export of a job is to end with; "" = none.
// Only a reading to the end tells whether it does.
func (in *installation) trailer(name string) string {
	c := in.cfg.Sources[in.cfg.Jobs[name].Source].CSV
	if c == nil || c.Complete == nil {
		return ""
	}
	return c.Complete.Trailer
}

func (t *rowsTried) take(row *engine.Incoming) {
	switch row.Kind {
	case engine.InSkipped:
		return
	case engine.InRecord, engine.InKnown:
		t.Usable++
	case engine.InOutOfScope:
		t.LeftOut++
	case engine.InRejected:
		t.Rejected++
		for i := range row.Problems {
			if p := &row.Problems[i]; !p.Warning {
				t.Reasons[strings.TrimSpace(p.Code+" "+quoted(columnOf(p)))]++
				break // the first reason is enough for the row
			}
		}
	}
	t.Tried++
}

// topReasons names the commonest reasons.
func (t *rowsTried) topReasons() string {
	list := slices.SortedFunc(maps.Keys(t.Reasons), func(a, b string) int {
		return cmp.Or(cmp.Compare(t.Reasons[b], t.Reasons[a]), cmp.Compare(a, b))
	})
	out := make([]string, 0, reasonsShown+1)
	for _, reason := range list[:min(len(list), reasonsShown)] {
		out = append(out, fmt.Sprintf("%s (%d)", reason, t.Reasons[reason]))
	}
	if len(list) > reasonsShown {
		out = append(out, "…")
	}
	return orDash(strings.Join(out, ", "))
}

// quoted sets a name of a column off from the text around it; "" stays so.
func quoted(name string) string {
	if name == "" {
		return ""
	}
	return "«" + oneLine(name) + "»"
}

// checkHistory holds the mapping against the one that the state knows: what a
// run would refuse or halt on is told before it.
func (in *installation) checkHistory(ctx context.Context, name string, c *checkup) {
	s, err := in.stateOf(ctx, name)
	if err != nil {
		c.problem(err)
		return
	}
	standing, err := s.WithSchema(c.m.Schema(), c.m.CanonSource).Standing(ctx)
	if err != nil {
		c.problem(in.app.stateFault(err))
		return
	}
	if now := identityOf(c.m); standing.Links > 0 && standing.Identity != "" && standing.Identity != now {
		c.problem(in.runFault(name, &engine.FrozenError{Was: standing.Identity, Now: now, Links: standing.Links}))
		return
	}
	_, allowed := standing.Allow[engine.GuardMappingChanged]
	if !standing.Mapping.IsZero() && standing.Mapping != c.m.Fingerprint() && !allowed {
		c.doubt(message.MappingChangedSince, message.S("job", name), message.S("mapping", c.Mapping))
	}
}

// nothingRead is the memory of files of a check, which looks at all of them.
type nothingRead struct{}

func (nothingRead) FileRead(context.Context, engine.SnapshotFile) (bool, error) { return false, nil }

func (nothingRead) AnyRead(context.Context) (bool, error) { return false, nil }

func (nothingRead) MarkRead(context.Context, []engine.SnapshotFile) error { return nil }
