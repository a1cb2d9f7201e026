package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/engine"
	"syncd/internal/sample"
	"syncd/internal/state"
	"syncd/mappings"
)

// demoKeyEnv is where the demo's configuration finds the emulated CRM's key.
const demoKeyEnv = "SYNCD_DEMO_KEY"

func newDemo(a *app) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: a.say(phrase{"the main job on a sample export and an emulated CRM", "главное задание на примере выгрузки и учебной CRM"}),
		Long: a.say(phrase{
			"Starts an emulated CRM with a few clients in it and runs check, plan, run, run again and run with an\n" +
				"edited export on a sample 1C export full of the usual defects. Nothing leaves this machine.",
			"Запускает учебную CRM с несколькими клиентами и выполняет check, plan, run, ещё раз run и run с изменённой\n" +
				"выгрузкой на примере выгрузки 1С с обычными для неё дефектами. Ничего не уходит с этой машины.",
		}),
		Example: "  syncd demo\n  syncd demo --dir demo",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.demo(cmd.Context(), dir)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", a.say(phrase{
		"`FOLDER` for the demo's files (default: a new temporary one, which stays)",
		"`ПАПКА` для файлов (по умолчанию новая временная, она остаётся)",
	}))
	return cmd
}

// demonstration is a running demo: the emulated CRM and a configuration that
// points at it.
type demonstration struct {
	app  *app
	dir  string
	crm  *emulator.Server
	late bool // the clients that somebody enters during the first run are in
}

func (a *app) demo(ctx context.Context, dir string) error {
	d := &demonstration{app: a, dir: dir}
	url, stop, err := d.startCRM(ctx)
	if err != nil {
		return err
	}
	defer stop()
	if err := d.writeFiles(url); err != nil {
		return err
	}
	a.flags.config = filepath.Join(d.dir, "syncd.yaml")
	outer := a.getenv
	a.getenv = func(name string) string {
		if name == demoKeyEnv {
			return emulator.DefaultKey
		}
		return outer(name)
	}
	defer func() { a.getenv = outer }()
	return d.steps(ctx)
}

// startCRM serves an emulated CRM with a few clients on a free loopback port.
func (d *demonstration) startCRM(ctx context.Context) (url string, stop func(), err error) {
	d.crm = emulator.New(emulator.Options{})
	for _, c := range sample.Seed() {
		if !c.Late {
			if err := d.crm.Seed(seedClient(c)); err != nil {
				return "", nil, fmt.Errorf("seed the emulated CRM: %w", err)
			}
		}
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("start the emulated CRM: %w", err)
	}
	server := &http.Server{Handler: d.crm, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // ends when stop closes it
	}()
	return "http://" + listener.Addr().String(), func() { _ = server.Close(); <-done; d.crm.Close() }, nil
}

func seedClient(c sample.SeedClient) emulator.Client {
	return emulator.Client{Title: c.Title, Fields: c.Fields(), Recv: c.Requisites()}
}

// writeFiles puts export, mapping and configuration into the demo's folder.
func (d *demonstration) writeFiles(url string) error {
	if d.dir == "" {
		dir, err := os.MkdirTemp("", "syncd-demo-")
		if err != nil {
			return fmt.Errorf("make the demo's folder: %w", err)
		}
		d.dir = dir
	}
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return fmt.Errorf("make the demo's folder: %w", err)
	}
	export, err := sample.Example()
	if err != nil {
		return err
	}
	files := map[string][]byte{
		"clients.csv":     export,
		"1c-clients.yaml": mappings.Clients,
		"syncd.yaml":      []byte(d.config(url)),
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(d.dir, name), content, 0o600); err != nil {
			return fmt.Errorf("write the demo's files: %w", err)
		}
	}
	return nil
}

func (d *demonstration) config(url string) string {
	return fmt.Sprintf(`version: 1
state: state.db
timezone: Europe/Moscow
crm:
  demo:
    base_url: %s
    login: %s
    apikey: {env: %s}
    rate: off
sources:
  clients:
    csv: {path: clients.csv, snapshot: full, settle: 0s}
jobs:
  clients:
    entity: client
    crm: demo
    source: clients
    mapping: 1c-clients.yaml
`, url, emulator.DefaultLogin, demoKeyEnv)
}

// steps are what the demo shows, in order.
func (d *demonstration) steps(ctx context.Context) error {
	for _, s := range []struct {
		title phrase
		do    func(context.Context) error
	}{
		{phrase{"1. check: does everything fit together?", "1. check: всё ли сходится?"}, func(ctx context.Context) error {
			return d.app.check(ctx, nil, true)
		}},
		{phrase{"2. plan: what would be done? (nothing is sent)", "2. plan: что будет сделано? (ничего не отправляется)"}, func(ctx context.Context) error {
			return d.app.plan(ctx, nil, &planFlags{most: 2})
		}},
		{phrase{
			"3. run. While it works, somebody enters two clients into the CRM by hand.",
			"3. run. Пока он идёт, кто-то вручную заводит в CRM двух клиентов.",
		}, d.firstRun},
		{phrase{"   linked to clients that were there, and what each brought to the CRM:", "   связано с клиентами, которые уже были, и что им добавлено в CRM:"}, d.merged},
		{phrase{"   held for a decision:", "   ждут решения:"}, func(ctx context.Context) error {
			return d.app.holds(ctx, nil, &holdsFlags{})
		}},
		{phrase{"   rejected, and warnings:", "   отклонено, и предупреждения:"}, func(ctx context.Context) error {
			return d.app.rejects(ctx, nil, true, "")
		}},
		{phrase{"4. run again: nothing changed, so nothing is written", "4. ещё раз run: изменений нет, ничего не пишется"}, d.again},
		{phrase{
			"5. run with the next day's export: only the changed fields go out",
			"5. run с выгрузкой следующего дня: уходят только изменённые поля",
		}, d.nextDay},
		{phrase{"6. where to look", "6. где смотреть"}, d.where},
	} {
		if err := ctx.Err(); err != nil {
			return err
		}
		d.print("\n== %s\n\n", d.app.say(s.title))
		if err := s.do(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (d *demonstration) print(format string, args ...any) {
	_, _ = fmt.Fprintf(d.app.out, format, args...)
}

// firstRun adds clients to the CRM by hand after it was read, so that the CRM
// itself has to answer "existing client".
func (d *demonstration) firstRun(ctx context.Context) error {
	var failed error
	err := d.run(ctx, func(step string) {
		if step != "findings-saved" || d.late {
			return
		}
		d.late = true
		for _, c := range sample.Seed() {
			if c.Late {
				failed = errors.Join(failed, d.crm.Seed(seedClient(c)))
			}
		}
	})
	return errors.Join(err, failed)
}

// run is `syncd run`; records held or rejected are part of the demo.
func (d *demonstration) run(ctx context.Context, step func(string)) error {
	in, closeAll, err := d.app.install(ctx, running)
	if err != nil {
		return err
	}
	defer closeAll()
	bar := d.app.progress("clients")
	p, err := in.job(ctx, "clients", tools{observe: bar.observe, step: step})
	if err != nil {
		return err
	}
	r, err := p.engine.Run(ctx, engine.Options{})
	bar.finish()
	if r != nil {
		if perr := d.app.printReport(r); perr != nil {
			return perr
		}
	}
	if err != nil {
		return in.runFault("clients", err)
	}
	return nil
}

// merged lists the records that met a client of the CRM.
func (d *demonstration) merged(ctx context.Context) error {
	in, closeAll, err := d.app.install(ctx, reading)
	if err != nil {
		return err
	}
	defer closeAll()
	changes, err := in.db.Changes(ctx, state.AuditFilter{Job: "clients"})
	if err != nil {
		return in.app.stateFault(err)
	}
	for _, c := range changes {
		if c.Kind != string(engine.OpLink) {
			continue
		}
		records, err := in.db.Records(ctx, "clients", c.UID, 1)
		if err != nil {
			return in.app.stateFault(err)
		}
		title := ""
		if len(records) == 1 {
			title = records[0].Title
		}
		d.print("  clients/%s  %s  clid %d\n", c.UID, title, c.CLID)
		t := newTable()
		for _, f := range c.Fields {
			t.row("    "+f.Field, shown(f.From), "→ "+shown(f.To), string(f.Rule))
		}
		d.print("%s", t)
	}
	return nil
}

// again runs once more and counts what the CRM received.
func (d *demonstration) again(ctx context.Context) error {
	d.crm.ForgetHistory()
	if err := d.run(ctx, nil); err != nil {
		return err
	}
	d.countWrites()
	return nil
}

func (d *demonstration) countWrites() {
	requests, writes := 0, 0
	for _, e := range d.crm.History() {
		requests++
		if e.Write {
			writes++
		}
	}
	d.print(d.app.say(phrase{
		"  The CRM received %d requests, %d of them writes.\n",
		"  CRM получила запросов: %d, из них на запись: %d.\n",
	}), requests, writes)
}

// nextDay runs with the edited export and shows what went over the wire.
func (d *demonstration) nextDay(ctx context.Context) error {
	export, err := sample.ExampleEdited()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(d.dir, "clients.csv"), export, 0o600); err != nil {
		return fmt.Errorf("write the next day's export: %w", err)
	}
	d.crm.ForgetHistory()
	if err := d.run(ctx, nil); err != nil {
		return err
	}
	d.countWrites()
	d.print("%s\n", d.app.say(phrase{"  What the updates carried:", "  Что несли обновления:"}))
	for _, e := range d.crm.History() {
		if e.Action == "update" {
			d.print("    %s\n", e.Body)
		}
	}
	return nil
}

// where names the state file and two queries to try.
func (d *demonstration) where(context.Context) error {
	db := filepath.Join(d.dir, "state.db")
	d.print(d.app.say(phrase{"  State database: %s\n  Try:\n", "  База состояния: %s\n  Попробуйте:\n"}), db)
	for _, q := range []string{
		"SELECT reason, count(*) FROM v_holds GROUP BY reason",
		"SELECT run, field, old, new, rule FROM v_changes WHERE field IS NOT NULL ORDER BY run DESC LIMIT 12",
	} {
		d.print("    sqlite3 -readonly -box %s %q\n", db, q)
	}
	d.print("%s\n", d.app.say(phrase{
		"  The demo's CRM ends with the demo; to keep one running: syncd emulate --seed examples/1c/crm-seed.json",
		"  Учебная CRM закончилась вместе с показом; чтобы оставить её работать: syncd emulate --seed examples/1c/crm-seed.json",
	}))
	return nil
}
