package main

import (
	"context"
	"fmt"
	"os/exec"
	"time"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/endpoint"
	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/sample"
)

// loadOnce carries out a first load of n records against an empty CRM.
func (b *bench) loadOnce(ctx context.Context, name string, n int, perRecord time.Duration) (*installation, pass, error) {
	c, err := startCRM(ctx, perRecord)
	if err != nil {
		return nil, pass{}, err
	}
	defer c.stop()
	in, err := b.install(name, c)
	if err != nil {
		return nil, pass{}, err
	}
	if err := writeExport(in.file("clients.csv"), sample.Options{Rows: n}); err != nil {
		return nil, pass{}, err
	}
	p, err := in.run(ctx, map[string]int64{"created": int64(n)})
	if err == nil && len(c.Clients()) != n {
		err = fmt.Errorf("first load: %d clients in the CRM of %d records", len(c.Clients()), n)
	}
	return in, p, err
}

// leastRequests is what a first load of n records cannot do without.
func leastRequests(n int) int {
	const page = 200
	return (n+batch-1)/batch + (n+page-1)/page
}

// firstLoad measures a first load as fast as the CRM answers.
func (b *bench) firstLoad(ctx context.Context) error {
	b.say("first load of %d records", b.load)
	in, p, err := b.loadOnce(ctx, "load", b.load, 0)
	if err != nil {
		return err
	}
	size, err := in.size()
	if err != nil {
		return err
	}
	b.table.row(fmt.Sprintf("first load of %d, no latency", b.load),
		fmt.Sprintf("%.2f s wall, %.2f s CPU, %d MiB; CRM busy %.2f s", seconds(p.Wall), seconds(p.CPU), p.Peak>>20, seconds(p.busy)),
		float64(b.load)/seconds(p.Wall), goal{atLeast: true, limit: 4000, ideal: 10_000, unit: " records/s"})
	least := leastRequests(b.load)
	b.table.row("… requests ÷ least possible", fmt.Sprintf("%d of %d", p.requests, least),
		float64(p.requests)/float64(least), atMost(1.1, 1.02, ""))
	b.table.row("… state file per record", fmt.Sprintf("%d bytes", size),
		float64(size)/float64(b.load)/1000, atMost(1.5, 0.8, " KB"))
	return nil
}

// slowLoad measures a first load at a real server's pace.
func (b *bench) slowLoad(ctx context.Context) error {
	b.say("first load of %d records at %s a record", b.slow, slowPace)
	_, p, err := b.loadOnce(ctx, "slow", b.slow, slowPace)
	if err != nil {
		return err
	}
	b.table.row(fmt.Sprintf("first load of %d at 25 ms a record: wall ÷ CRM busy", b.slow),
		fmt.Sprintf("%.2f s wall, CRM busy %.2f s", seconds(p.Wall), seconds(p.busy)),
		seconds(p.Wall)/seconds(p.busy), atMost(1.05, 1.01, ""))
	return nil
}

// pagePace is what a page of a list takes in the paced scan: a guess at what a
// real server does, at its fastest.
const pagePace = 100 * time.Millisecond

// fullScan measures the reading of all clients of a CRM by runs that do hardly
// anything else: as fast as it answers, and a twentieth of them at a pace.
func (b *bench) fullScan(ctx context.Context) error {
	if err := b.scanOnce(ctx, "scan", b.scan, 0); err != nil {
		return err
	}
	return b.scanOnce(ctx, "paced-scan", max(b.scan/20, 1), pagePace)
}

func (b *bench) scanOnce(ctx context.Context, name string, n int, page time.Duration) error {
	pace := "no latency"
	if page > 0 {
		pace = fmt.Sprintf("%s a page", page)
	}
	b.say("full scan of %d clients, %s", n, pace)
	c, err := startCRM(ctx, 0)
	if err != nil {
		return err
	}
	defer c.stop()
	c.page = page
	in, err := b.install(name, c)
	if err != nil {
		return err
	}
	if err := in.seedAll(ctx, n); err != nil {
		return err
	}
	// one new record, so that there is an export at all
	if err := writeExport(in.file("one.csv"), sample.Options{Rows: 1, Seed: 1}); err != nil {
		return err
	}
	if err := in.place(in.file("one.csv")); err != nil {
		return err
	}
	p, err := in.run(ctx, map[string]int64{"created": 1}, "--full-scan")
	if err != nil {
		return err
	}
	b.table.row(fmt.Sprintf("full scan of %d clients, %s: wall ÷ CRM busy", n, pace),
		fmt.Sprintf("%.2f s wall, %.2f s CPU, CRM busy %.2f s, %d requests", seconds(p.Wall), seconds(p.CPU), seconds(p.busy), p.requests),
		seconds(p.Wall)/seconds(p.busy), atMost(1.1, 1.02, ""))
	return nil
}

// seedAll fills the CRM with n clients that carry uids of another export.
func (in *installation) seedAll(ctx context.Context, n int) error {
	if err := writeExport(in.file("clients.csv"), sample.Options{Rows: n}); err != nil {
		return err
	}
	m, err := mapping.Load(in.file("clients.yaml"))
	if err != nil {
		return err
	}
	csv := endpoint.NewCSV(endpoint.CSVConfig{
		Path: in.file("clients.csv"), Shown: "clients.csv", Full: true,
		Zones: mapping.Zones{Source: time.UTC, Account: time.UTC},
	}, m, nil)
	var all []emulator.Client
	if _, err := csv.Read(ctx, engine.Known{}, func(batch []engine.Incoming) error {
		for i := range batch {
			if batch[i].Kind != engine.InRecord {
				continue // the header
			}
			all = append(all, client(m.Schema(), batch[i].Record, int64(len(all)+1)))
		}
		return nil
	}); err != nil {
		return err
	}
	return in.crm.Seed(all...)
}

// start measures a run that has one unchanged record: all that a run costs
// before the first row, and a little more.
func (b *bench) start(ctx context.Context) error {
	c, err := startCRM(ctx, 0)
	if err != nil {
		return err
	}
	defer c.stop()
	in, err := b.install("start", c)
	if err != nil {
		return err
	}
	if err := writeExport(in.file("clients.csv"), sample.Options{Rows: 1}); err != nil {
		return err
	}
	if _, err := in.run(ctx, map[string]int64{"created": 1}); err != nil {
		return err
	}
	var ms, cpu []float64
	for range max(5, b.runs) {
		p, err := in.run(ctx, map[string]int64{"unchanged": 1})
		if err != nil {
			return err
		}
		ms, cpu = append(ms, 1000*seconds(p.Wall)), append(cpu, 1000*seconds(p.CPU))
	}
	b.table.row("a whole run of one row (more than start to first row)",
		fmt.Sprintf("%.0f ms CPU", median(cpu)), median(ms), atMost(50, 20, " ms"))
	return nil
}

// peers tells which of the programs that people compare with are here.
func (b *bench) peers() {
	for _, name := range []string{"csvdiff", "duckdb"} {
		if _, err := exec.LookPath(name); err != nil {
			b.table.note("no-change pass ÷ "+name, "not measured: "+name+" is not installed")
			continue
		}
		b.table.note("no-change pass ÷ "+name, "not measured: this program does not run "+name)
	}
}
