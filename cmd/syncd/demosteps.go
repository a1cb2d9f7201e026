package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"syncd/internal/engine"
	"syncd/internal/sample"
	"syncd/internal/state"
)

// demoJob is the demo's only job.
const demoJob = "clients"

// demoStep is one step: its title, and what it does and checks.
type demoStep struct {
	title phrase
	do    func(context.Context) error
}

// steps are what the demo shows, in order.
func (d *demonstration) steps() []demoStep {
	return slices.Concat(d.toCRM(), d.bothWays(), d.deals(), []demoStep{{phrase{"16. where to look", "16. где смотреть"}, d.where}})
}

// show carries steps out. One that does not come out as its title says ends the
// demo.
func (d *demonstration) show(ctx context.Context, steps []demoStep) error {
	for _, s := range steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		title := d.app.say(s.title)
		d.print("\n== %s\n\n", title)
		err := s.do(ctx)
		var unlike *unlikeError
		if errors.As(err, &unlike) {
			return fmt.Errorf(d.app.say(phrase{
				"the demo did not come out as told, at «%s»: %w. Its files stay in %s",
				"показ прошёл не так, как сказано, на шаге «%s»: %w. Его файлы остались в %s",
			}), title, err, d.dir)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unlikeError says that something did not come out as the demo tells.
type unlikeError struct{ text string }

func (e *unlikeError) Error() string { return e.text }

func (d *demonstration) unlike(p phrase, args ...any) error {
	return &unlikeError{fmt.Sprintf(d.app.say(p), args...)}
}

// toCRM is the way from 1C to the CRM.
func (d *demonstration) toCRM() []demoStep {
	return []demoStep{
		{phrase{"1. check: does everything fit together?", "1. check: всё ли сходится?"}, func(ctx context.Context) error {
			return d.app.check(ctx, nil, true)
		}},
		{phrase{"2. plan: what would be done? (nothing is sent)", "2. plan: что будет сделано? (ничего не отправляется)"}, d.plan},
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
	}
}

func (d *demonstration) print(format string, args ...any) {
	_, _ = io.WriteString(d.app.out, d.app.prose(fmt.Sprintf(format, args...), ""))
}

// command shows what a user types.
func (d *demonstration) command(text string) { d.print("  $ %s\n\n", text) }

// The sample's records that wait for a person or for another row from the first
// run on.
const demoHeld, demoRejected = 3, 4

// ended is how the records of a run have to end, besides those that were let be
// and those that wait from the first run on.
type ended map[engine.Outcome]int64

// run is `syncd run`; records held or rejected are part of the demo. The report
// has to be as told, and so has what either side is given.
func (d *demonstration) run(ctx context.Context, want ended, step func(string)) error {
	d.crm.ForgetHistory()
	r, err := d.runOnce(ctx, demoJob, step)
	if err != nil {
		return err
	}
	want[engine.Held] += demoHeld
	want[engine.Rejected] += demoRejected
	writes := want[engine.Created] + want[engine.Updated] + want[engine.Merged]
	if err := d.asTold(r, want); err != nil {
		return err
	}
	if _, got := d.received(); (got == 0) != (writes == 0) {
		return d.unlike(phrase{"the CRM received %d writes", "CRM получила запросов на запись: %d"}, got)
	}
	files, err := d.files()
	if err != nil {
		return err
	}
	fresh := len(files) - len(d.given)
	d.given = files
	if (fresh == 1) != (want[engine.WrittenBack] > 0) || fresh > 1 {
		return d.unlike(phrase{"the run wrote %d files for 1C", "запуск записал файлов для 1С: %d"}, fresh)
	}
	return nil
}

// asTold compares what became of the records of a run with what had to.
func (d *demonstration) asTold(r *engine.Report, want ended) error {
	for o := engine.Created; o < engine.Outcomes; o++ {
		if o != engine.OutOfScope && r.Of(o) != want[o] {
			return d.unlike(phrase{"run %d ended %d records as %s, not %d", "запуск %d: записей с исходом «%[3]s» — %[2]d, а не %[4]d"}, r.Run, r.Of(o), o, want[o])
		}
	}
	return nil
}

// files lists the files for 1C, the oldest first.
func (d *demonstration) files() ([]string, error) {
	list, err := os.ReadDir(d.outbox())
	if err != nil {
		return nil, fmt.Errorf("list the files for 1C: %w", err)
	}
	names := make([]string, 0, len(list))
	for _, f := range list {
		names = append(names, f.Name())
	}
	return names, nil
}

// lastFile is the newest file for 1C.
func (d *demonstration) lastFile() string {
	if len(d.given) == 0 {
		return filepath.Join(d.outbox(), "-")
	}
	return filepath.Join(d.outbox(), d.given[len(d.given)-1])
}

func (d *demonstration) runOnce(ctx context.Context, job string, step func(string)) (*engine.Report, error) {
	in, closeAll, err := d.app.install(ctx, running)
	if err != nil {
		return nil, err
	}
	defer closeAll()
	bar := d.app.progress(job)
	defer bar.finish()
	p, err := in.job(ctx, job, tools{observe: bar.observe, step: step})
	if err != nil {
		return nil, err
	}
	r, err := p.engine.Run(ctx, engine.Options{})
	bar.finish()
	if r != nil {
		if perr := d.app.printReport(r); perr != nil {
			return nil, perr
		}
	}
	if err != nil {
		return nil, in.runFault(job, err)
	}
	return r, nil
}

// received counts what reached the CRM since its history was forgotten.
func (d *demonstration) received() (requests, writes int) {
	for _, e := range d.crm.History() {
		requests++
		if e.Write {
			writes++
		}
	}
	return requests, writes
}

// plan shows the plan, which sends nothing.
func (d *demonstration) plan(ctx context.Context) error {
	d.crm.ForgetHistory()
	if err := d.app.plan(ctx, nil, &planFlags{most: 2}); err != nil {
		return err
	}
	if _, writes := d.received(); writes > 0 {
		return d.unlike(phrase{"the plan wrote %d times to the CRM", "plan написал в CRM, запросов: %d"}, writes)
	}
	return nil
}

// firstRun adds clients to the CRM by hand after it was read, so that the CRM
// itself has to answer "existing client".
func (d *demonstration) firstRun(ctx context.Context) error {
	var failed error
	err := d.run(ctx, ended{engine.Created: 323, engine.Merged: 2}, func(step string) {
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

// merged lists the records that met a client of the CRM.
func (d *demonstration) merged(ctx context.Context) error {
	in, closeAll, err := d.app.install(ctx, reading)
	if err != nil {
		return err
	}
	defer closeAll()
	changes, err := in.db.Changes(ctx, state.AuditFilter{Job: demoJob})
	if err != nil {
		return in.app.stateFault(err)
	}
	for _, c := range changes {
		if c.Kind != string(engine.OpLink) {
			continue
		}
		records, err := in.db.Records(ctx, demoJob, c.UID, 1)
		if err != nil {
			return in.app.stateFault(err)
		}
		title := ""
		if len(records) == 1 {
			title = records[0].Title
		}
		d.print("  %s/%s  %s  clid %d\n", demoJob, c.UID, title, c.CLID)
		t := newTable()
		for _, f := range in.plain(c.Job).changes(c.Fields) {
			t.row("    "+f.Field, shown(f.From), "→ "+shown(f.To), string(f.Rule))
		}
		d.print("%s", t)
	}
	return nil
}

// again runs once more and counts what the CRM received.
func (d *demonstration) again(ctx context.Context) error {
	if err := d.run(ctx, ended{}, nil); err != nil {
		return err
	}
	d.countWrites()
	return nil
}

func (d *demonstration) countWrites() {
	requests, writes := d.received()
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
	if err := os.WriteFile(filepath.Join(d.dir, demoExport), export, 0o600); err != nil {
		return fmt.Errorf("write the next day's export: %w", err)
	}
	edits, err := sample.Edits()
	if err != nil {
		return err
	}
	added, err := sample.Added()
	if err != nil {
		return err
	}
	want := ended{engine.Created: int64(len(added)), engine.Updated: int64(len(edits))}
	if err := d.run(ctx, want, nil); err != nil {
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
