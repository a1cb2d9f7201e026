package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"time"
)

func main() {
	if launched() {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if errors.Is(err, flag.ErrHelp) {
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// sizes says how much is measured.
type sizes struct {
	rows  int // of the export of the everyday passes
	load  int // records of the first load
	slow  int // records of the first load at slowPace
	scan  int // clients of the full scan
	runs  int // pairs of runs whose median counts
	quick bool
}

// slowPace is what a real server takes for a record.
const slowPace = 25 * time.Millisecond

// The rate and batch of every run that is measured.
const (
	rate  = "off"
	batch = 200
)

// bench is one call of the program.
type bench struct {
	sizes
	dir    string // holds everything
	binary string // of syncd
	keep   bool
	log    io.Writer
	table  table
}

// run measures all that the arguments ask for and prints the table on out.
func run(ctx context.Context, args []string, out, log io.Writer) error {
	b := &bench{log: log}
	var parent string
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(log)
	f.IntVar(&b.rows, "rows", 1_000_000, "`N` rows of the export of the everyday passes")
	f.IntVar(&b.load, "load", 100_000, "`N` records of the first load without latency")
	f.IntVar(&b.slow, "slow", 400, "`N` records of the first load at 25 ms a record")
	f.IntVar(&b.scan, "scan", 200_000, "`N` clients of the full scan")
	f.IntVar(&b.runs, "runs", 5, "`N` pairs of runs whose median counts")
	f.BoolVar(&b.quick, "quick", false, "small sizes where none are given, one run: does it work?")
	f.StringVar(&b.binary, "syncd", "", "`FILE` of a built syncd; else it is built")
	f.StringVar(&parent, "dir", "", "`FOLDER` for the files, on a real disk; else the system's temporary one")
	f.BoolVar(&b.keep, "keep", false, "leave the files there")
	if err := f.Parse(args); err != nil {
		return err
	}
	if b.quick {
		b.shrink(f)
	}
	dir, err := os.MkdirTemp(parent, "syncd-bench-")
	if err != nil {
		return err
	}
	b.dir = dir
	if b.keep {
		b.say("files stay in %s", dir)
	} else {
		defer func() { _ = os.RemoveAll(dir) }() // the system's temporary folder is swept anyway
	}
	if err := b.build(ctx); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{b.everyday, b.firstLoad, b.slowLoad, b.fullScan, b.start} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	b.peers()
	_, err = fmt.Fprintf(out, "%s\n%s", b.heading(), b.table.String())
	return err
}

// shrink makes everything small that the flags did not name.
func (b *bench) shrink(f *flag.FlagSet) {
	given := map[string]bool{}
	f.Visit(func(one *flag.Flag) { given[one.Name] = true })
	for name, small := range map[string]struct {
		n  *int
		to int
	}{
		"rows": {&b.rows, 20_000}, "load": {&b.load, 2_000}, "slow": {&b.slow, 60},
		"scan": {&b.scan, 4_000}, "runs": {&b.runs, 1},
	} {
		if !given[name] {
			*small.n = small.to
		}
	}
}

func (b *bench) heading() string {
	return fmt.Sprintf("%d rows, first load of %d, scan of %d; rate %s, batch %d; medians of %d interleaved runs; "+
		"%d CPUs, %s %s/%s; times in s, every write durable (synchronous=FULL)",
		b.rows, b.load, b.scan, rate, batch, b.runs, runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// say tells how far the program is.
func (b *bench) say(format string, args ...any) {
	_, _ = fmt.Fprintf(b.log, "bench: "+format+"\n", args...)
}

func (b *bench) file(name string) string { return filepath.Join(b.dir, name) }
