package main

import (
	"context"
	"fmt"
	"os"

	"syncd/internal/sample"
)

// changedEvery makes 1 % of the rows differ.
const changedEvery = 100

// series are the values of one figure, run by run.
type series struct{ wall, cpu, peak []float64 }

func (s *series) add(p pass) {
	s.wall = append(s.wall, seconds(p.Wall))
	s.cpu = append(s.cpu, seconds(p.CPU))
	s.peak = append(s.peak, float64(p.Peak)/(1<<20))
}

// everyday measures the passes of a job that has been running for long. Each
// round reads the yardstick first, so that every ratio is one of neighbours.
func (b *bench) everyday(ctx context.Context) error {
	c, err := startCRM(ctx, 0)
	if err != nil {
		return err
	}
	defer c.stop()
	in, err := b.install("everyday", c)
	if err != nil {
		return err
	}
	e := &everyday{bench: b, in: in, all: map[string]int64{"unchanged": int64(b.rows)}}
	if err := e.prepare(ctx); err != nil {
		return err
	}
	for i := range b.runs {
		b.say("everyday passes: round %d of %d", i+1, b.runs)
		if err := e.round(ctx); err != nil {
			return err
		}
	}
	// A changed pass takes long, and its own noise is small: one there and back.
	if err := e.changes(ctx); err != nil {
		return err
	}
	e.tell()
	return nil
}

type everyday struct {
	*bench
	in                                 *installation
	all                                map[string]int64
	same, touched, changed             string // exports
	stick, still, touch, change, about series
	changedWork                        work
	cold                               pass
}

func (e *everyday) prepare(ctx context.Context) error {
	e.same, e.touched, e.changed = e.file("same.csv"), e.file("touched.csv"), e.file("changed.csv")
	e.say("write three exports of %d rows", e.rows)
	for path, o := range map[string]sample.Options{
		e.same: {}, e.touched: {TouchUnmapped: true}, e.changed: {ChangedEvery: changedEvery},
	} {
		o.Rows = e.rows
		if err := writeExport(path, o); err != nil {
			return err
		}
	}
	if err := e.in.place(e.same); err != nil {
		return err
	}
	if err := e.in.prepare(ctx, e.rows, changedEvery); err != nil {
		return err
	}
	// The proof that the state is right, and the pass that learns the rows.
	var err error
	e.cold, err = e.quiet(ctx, e.same)
	return err
}

// quiet is a pass that must find every record unchanged and write nothing.
func (e *everyday) quiet(ctx context.Context, export string) (pass, error) {
	if err := e.in.place(export); err != nil {
		return pass{}, err
	}
	p, err := e.in.run(ctx, e.all)
	if err == nil && p.writes > 0 {
		err = fmt.Errorf("a pass without changes sent %d writes", p.writes)
	}
	return p, err
}

func (e *everyday) round(ctx context.Context) error {
	stick := func() error {
		wall, cpu, err := yardstick(e.same, e.rows)
		e.stick.wall = append(e.stick.wall, seconds(wall))
		e.stick.cpu = append(e.stick.cpu, seconds(cpu))
		return err
	}
	if err := stick(); err != nil {
		return err
	}
	p, err := e.quiet(ctx, e.same)
	if err != nil {
		return err
	}
	e.still.add(p)
	// Two passes in which every raw row differs: there and back.
	if p, err = e.quiet(ctx, e.touched); err != nil {
		return err
	}
	e.touch.add(p)
	_, err = e.quiet(ctx, e.same)
	return err
}

func (e *everyday) changes(ctx context.Context) error {
	n := int64(e.rows / changedEvery)
	e.say("a pass with %d changed records", n)
	p, err := e.quiet(ctx, e.same)
	if err != nil {
		return err
	}
	e.about.add(p)
	if err := e.in.place(e.changed); err != nil {
		return err
	}
	if p, err = e.in.run(ctx, map[string]int64{"unchanged": int64(e.rows) - n, "updated": n}); err != nil {
		return err
	}
	e.change.add(p)
	e.changedWork = p.work
	if p.writes != int(n) {
		return fmt.Errorf("%d changed records took %d writes", n, p.writes)
	}
	return nil
}

func (e *everyday) tell() {
	st, err := os.Stat(e.same)
	size := ""
	if err == nil {
		size = fmt.Sprintf(", %d MB", st.Size()/1_000_000)
	}
	t := &e.table
	t.note("yardstick: encoding/csv over charmap"+size,
		fmt.Sprintf("%.2f s wall, %.2f s CPU", median(e.stick.wall), median(e.stick.cpu)))
	took := func(s *series) string {
		return fmt.Sprintf("%.2f s wall, %.2f s CPU, %.0f MiB", median(s.wall), median(s.cpu), median(s.peak))
	}
	t.row("no-change pass ÷ yardstick", took(&e.still), over(e.still.wall, e.stick.wall), atMost(0.50, 0.30, ""))
	t.row("… CPU ÷ yardstick's", "", over(e.still.cpu, e.stick.cpu), atMost(0.80, 0.45, ""))
	t.row("… peak memory", "", median(e.still.peak), atMost(200, 96, " MiB"))
	t.row("every raw row touched, no mapped field ÷ yardstick", took(&e.touch),
		over(e.touch.wall, e.stick.wall), atMost(0.70, 0.50, ""))
	t.row("… CPU ÷ yardstick's", "", over(e.touch.cpu, e.stick.cpu), atMost(1.1, 0.80, ""))
	t.row(fmt.Sprintf("1 %% changed (%d updates) ÷ no-change pass", e.rows/changedEvery),
		fmt.Sprintf("%s; CRM busy %.2f s, %d requests", took(&e.change), seconds(e.changedWork.busy), e.changedWork.requests),
		over(e.change.wall, e.about.wall), atMost(2, 1.5, ""))
}
