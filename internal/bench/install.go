package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/sample"
	"syncd/mappings"
)

// installation is a folder as an operator would have it: configuration,
// mapping, export and state.
type installation struct {
	b   *bench
	dir string
	crm *crm
}

const configuration = `version: 1
state: state.db
timezone: Europe/Moscow
lang: en
listen: ""
crm:
  main:
    base_url: %s
    login: %s
    apikey: {file: key}
    rate: %s
    batch: %d
sources:
  clients:
    csv: {path: clients.csv, snapshot: full, settle: 0s}
jobs:
  clients: {entity: client, crm: main, source: clients, mapping: clients.yaml}
`

// install makes an installation against a CRM.
func (b *bench) install(name string, c *crm) (*installation, error) {
	in := &installation{b: b, dir: b.file(name), crm: c}
	if err := os.MkdirAll(in.dir, 0o700); err != nil {
		return nil, err
	}
	for name, text := range map[string]string{
		"syncd.yaml":   fmt.Sprintf(configuration, c.url, emulator.DefaultLogin, rate, batch),
		"clients.yaml": string(mappings.Clients),
		"key":          c.Key(),
	} {
		if err := os.WriteFile(in.file(name), []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	return in, nil
}

func (in *installation) file(name string) string { return filepath.Join(in.dir, name) }

// writeExport writes a generated export.
func writeExport(path string, o sample.Options) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = sample.Write(f, o)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

// place makes a fresh export of the same bytes as the file at path. It is read
// once, so that every pass finds it in the page cache.
func (in *installation) place(path string) error {
	from, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }() // it was only read
	to, err := os.OpenFile(in.file("fresh.csv"), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = bufio.NewReaderSize(from, 1<<20).WriteTo(to)
	if err == nil {
		err = to.Sync() // the pass must not wait for the writing of its input
	}
	if cerr := to.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(in.file("fresh.csv"), in.file("clients.csv"))
}

// pass is one run of the real program.
type pass struct {
	usage
	work
	outcomes map[string]int64
}

// run runs the job once and fails unless every record ended as expected.
func (in *installation) run(ctx context.Context, want map[string]int64, args ...string) (pass, error) {
	in.crm.takeWork()
	args = append([]string{in.b.binary, "run", "clients", "--json", "--config", in.file("syncd.yaml")}, args...)
	u, err := measure(ctx, args...)
	p := pass{usage: u, work: in.crm.takeWork()}
	if err != nil {
		return p, err
	}
	var report struct {
		Outcomes map[string]int64 `json:"outcomes"`
	}
	line, _, _ := strings.Cut(string(u.Stdout), "\n")
	if err := json.Unmarshal([]byte(line), &report); err != nil || u.Exit != 0 {
		return p, fmt.Errorf("syncd run: exit %d: %s%s", u.Exit, u.Stdout, u.Stderr)
	}
	p.outcomes = report.Outcomes
	for outcome, n := range p.outcomes {
		if want[outcome] != n {
			return p, fmt.Errorf("syncd run: %d records %s, want %d", n, outcome, want[outcome])
		}
	}
	return p, nil
}

// size is how large the state's files are.
func (in *installation) size() (int64, error) {
	var sum int64
	for _, name := range []string{"state.db", "state.db-wal"} {
		st, err := os.Stat(in.file(name))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return 0, err
		}
		sum += st.Size()
	}
	return sum, nil
}

func seconds(d time.Duration) float64 { return d.Seconds() }
