package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"syncd/internal/engine"
	"syncd/internal/sample"
	"syncd/internal/state"
)

// bothWays is the way back, from the CRM to 1C, and what happens where both sides
// change one value. All of it is about two companies of the sample.
func (d *demonstration) bothWays() []demoStep {
	return []demoStep{
		{phrase{
			"6. Somebody edits mail and address of a client in the CRM: run writes a file for 1C, and nothing to the CRM",
			"6. Кто-то правит в CRM почту и адрес клиента: run пишет файл для 1С, а в CRM — ничего",
		}, d.editInCRM},
		{phrase{
			"7. 1C takes the file in and exports again: both sides agree, nothing is written to either",
			"7. 1С загружает файл и выгружает снова: стороны согласны, ни одной ничего не пишется",
		}, d.taken},
		{phrase{
			"8. One phone is changed on both sides: the client is held, neither phone is overwritten",
			"8. Один телефон изменили и в CRM, и в 1С: клиент ждёт решения, ни один телефон не перезаписан",
		}, d.conflict},
		{phrase{
			"9. A person decides: the CRM's phone is right. The next run carries it out",
			"9. Человек решает: верен телефон из CRM. Решение выполняет следующий run",
		}, d.resolved},
		{phrase{
			"10. 1C takes that in as well: settled",
			"10. 1С загружает и это: согласовано",
		}, d.taken},
		{phrase{"11. run again: nothing is written on either side", "11. ещё раз run: ни одной стороне ничего не пишется"}, d.again},
	}
}

// What somebody enters in the CRM, by the columns of 1C that it comes back in.
const (
	demoMail    = "zakaz@example.com"
	demoAddress = "997700, Луговая область, г. Лугоград, ул. Новая, д. 3, стр. 2"
	demoPhone   = "8 812 000-88-00"
	booksMail   = "ЭлектроннаяПочта"
	booksPlace  = "ФактическийАдрес"
	booksPhone  = "Телефон"
)

// company is a record of the sample by the edit that the next day's export made
// to it.
func (d *demonstration) company(ctx context.Context, edit int) (state.Record, error) {
	edits, err := sample.Edits()
	if err != nil {
		return state.Record{}, err
	}
	in, closeAll, err := d.app.install(ctx, reading)
	if err != nil {
		return state.Record{}, err
	}
	defer closeAll()
	found, err := in.db.Records(ctx, demoJob, edits[edit].GUID, 1)
	if err != nil {
		return state.Record{}, d.app.stateFault(err)
	}
	if len(found) != 1 || found[0].CLID == 0 {
		return state.Record{}, d.unlike(phrase{"the sample's company %d is not linked", "компания примера %d не связана"}, edit)
	}
	return found[0], nil
}

func (d *demonstration) editInCRM(ctx context.Context) error {
	c, err := d.company(ctx, 2)
	if err != nil {
		return err
	}
	if err := errors.Join(d.crm.Edit(c.CLID, "mail_url", demoMail), d.crm.Edit(c.CLID, "address", demoAddress)); err != nil {
		return err
	}
	if err := d.run(ctx, ended{engine.WrittenBack: 1}, nil); err != nil {
		return err
	}
	if err := d.fileFor(c.Key, map[string]string{booksMail: demoMail, booksPlace: demoAddress}); err != nil {
		return err
	}
	return d.pending(ctx, 2)
}

// fileFor shows the file that the last run wrote, and checks that it says this of
// this record, and nothing else.
func (d *demonstration) fileFor(key string, cells map[string]string) error {
	text, err := os.ReadFile(d.lastFile())
	if err != nil {
		return fmt.Errorf("read the file for 1C: %w", err)
	}
	d.print("\n  %s/%s:\n", demoOutbox, filepath.Base(d.lastFile()))
	for line := range strings.Lines(string(bytes.TrimPrefix(text, []byte("\ufeff")))) {
		d.print("    %s\n", strings.TrimRight(line, "\r\n"))
	}
	d.print("\n")
	offers, err := d.books.read(text)
	if err != nil {
		return err
	}
	if len(offers) != 1 || offers[0].key != key || !maps.Equal(offers[0].cells, cells) {
		return d.unlike(phrase{"the file for 1C has another content", "содержимое файла для 1С другое"})
	}
	return nil
}

// pending checks how many values are on their way to 1C.
func (d *demonstration) pending(ctx context.Context, want int) error {
	in, closeAll, err := d.app.install(ctx, reading)
	if err != nil {
		return err
	}
	defer closeAll()
	got, err := in.db.Pending(ctx, demoJob)
	if err != nil {
		return d.app.stateFault(err)
	}
	d.print(d.app.say(phrase{"  Values on their way to 1C (v_pending): %d\n", "  Значений на пути в 1С (v_pending): %d\n"}), len(got))
	if len(got) != want {
		return d.unlike(phrase{"%d values are on their way to 1C, not %d", "на пути в 1С значений: %d, а не %d"}, len(got), want)
	}
	return nil
}

// taken plays 1C importing the last file and exporting: a run finds agreement.
func (d *demonstration) taken(ctx context.Context) error {
	if err := d.books.take(d.lastFile()); err != nil {
		return err
	}
	if err := d.again(ctx); err != nil {
		return err
	}
	return d.pending(ctx, 0)
}

func (d *demonstration) conflict(ctx context.Context) error {
	c, err := d.company(ctx, 0)
	if err != nil {
		return err
	}
	const accountants = "+7 (812) 000-77-99"
	if err := errors.Join(
		d.crm.Edit(c.CLID, "phone", demoPhone),
		d.books.edit(c.Key, map[string]string{booksPhone: accountants}),
	); err != nil {
		return err
	}
	if err := d.run(ctx, ended{engine.Held: 1}, nil); err != nil {
		return err
	}
	d.print("\n")
	d.command("syncd holds --reason conflict")
	return d.app.holds(ctx, nil, &holdsFlags{reason: "conflict"})
}

func (d *demonstration) resolved(ctx context.Context) error {
	c, err := d.company(ctx, 0)
	if err != nil {
		return err
	}
	record := demoJob + "/" + c.UID
	d.command("syncd resolve " + record + " --field phone --take crm")
	if err := d.app.resolve(ctx, []string{record}, &resolveFlags{field: "phone", take: "crm"}); err != nil {
		return err
	}
	d.print("\n")
	d.command("syncd run")
	if err := d.run(ctx, ended{engine.WrittenBack: 1}, nil); err != nil {
		return err
	}
	// The number that goes may stand in either column: both are named.
	if err := d.fileFor(c.Key, map[string]string{booksPhone: demoPhone}); err != nil {
		return err
	}
	return d.pending(ctx, 1)
}

// where names the state file and queries to try.
func (d *demonstration) where(context.Context) error {
	db := filepath.Join(d.dir, demoState)
	d.print(d.app.say(phrase{"  State database: %s\n  Try:\n", "  База состояния: %s\n  Попробуйте:\n"}), db)
	for _, q := range []string{
		"SELECT reason, count(*) FROM v_holds GROUP BY reason",
		"SELECT run, side, field, old, new, lost, rule FROM v_changes WHERE field IS NOT NULL ORDER BY run DESC LIMIT 12",
	} {
		d.print("    sqlite3 -readonly -box %s %q\n", db, q)
	}
	d.print("%s\n", d.app.say(phrase{
		"  The demo's CRM ends with the demo; to keep one running: syncd emulate --seed examples/1c/crm-seed.json",
		"  Учебная CRM закончилась вместе с показом; чтобы оставить её работать: syncd emulate --seed examples/1c/crm-seed.json",
	}))
	return nil
}
