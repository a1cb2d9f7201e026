package engine_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/engine"
	"syncd/internal/reconcile"
)

const contactMapping = `
version: 1
entity: client
uid: {column: Клиент, encode: raw}
fields:
  title: {column: Имя}
contacts: {source: contacts, of: {column: Клиент, encode: raw}, id: {column: Код, encode: raw}, person: {column: ФИО, required: true},
  tel: {column: Телефон, type: phones}, mail: {column: Почта, type: emails}, ptitle: {column: Должность}}
`

// contactLife is the life of the contacts of two clients: an export that people edit, a
// CRM that people edit, runs that meet faults or are killed.
type contactLife struct {
	*trade
	t     *rapid.T
	rows  map[string]contactRow // by key
	n     int
	typed map[typedAt]string // what people put into the CRM, and nobody else may replace
}

// contactRow is a contact in the export. Each has a name of its own.
type contactRow struct {
	client, mail, job string
	phones            []string // with merge one row for each
}

type typedAt struct {
	pid   int64
	field string
}

// TestModelOfContacts: whatever happens, no contact is there twice, no phone is lost,
// neither of the export nor of the CRM, and once the troubles end nothing more is sent.
func TestModelOfContacts(t *testing.T) {
	t.Parallel()
	whole(t)
	rapid.Check(t, func(rt *rapid.T) {
		l := &contactLife{
			trade: openTrade(rt, t.TempDir(), emulator.Options{}), t: rt, rows: map[string]contactRow{},
			typed: map[typedAt]string{},
		}
		defer l.close()
		l.jobs = []string{contacts}
		l.merge = rapid.Bool().Draw(rt, "merge") // which has no way back
		l.limitless()
		rt.Repeat(map[string]func(*rapid.T){
			"add": l.edit, "edit": l.edit, "leave": l.leave, "run": l.runOne, "run again": l.runOne, "run under a fault": l.runFaulted,
			"killed": l.runKilled, "by hand": l.people, "by hand again": l.people, "": func(*rapid.T) { l.lawful() },
		})
		l.crm.ReleaseLate()
		for range 5 {
			l.later(settle + time.Hour) // each reads all of the CRM
			l.export()
			l.all()
			l.lawful()
		}
		l.still()
		l.everyPhoneIsThere()
	})
}

// limitless takes the guards away; where the job goes both ways, nobody takes in what
// it says.
func (l *contactLife) limitless() {
	off := reconcile.Off()
	if !l.merge {
		said := new([]string)
		l.outbox = func(job string) engine.Outbox { return told{job, said} }
	}
	l.tune = func(_ string, c *engine.Config) {
		c.Limits = reconcile.Limits{
			MinRows: off, MaxShrink: off, MaxReject: off, MaxDelete: off, MaxUpdate: off, MaxClear: off, MaxCreate: off,
		}
		if !l.merge {
			c.Policy.Direction, c.Policy.ExportNew = reconcile.Both, true
		}
		c.FullScanEvery = time.Hour
	}
}

func (l *contactLife) pick(label string, of ...string) string {
	return rapid.SampledFrom(of).Draw(l.t, label)
}

func (l *contactLife) phone(of string) string {
	l.n++
	return fmt.Sprintf("8495%s%04d", of, l.n)
}

func contactName(key string) string { return "Иванов " + strings.ToUpper(key) }

func (l *contactLife) edit(*rapid.T) {
	key := l.pick("contact", "k1", "k2", "k3", "k4")
	row, there := l.rows[key]
	if !there {
		row = contactRow{client: l.pick("client", "c1", "c1", "c2", "c9"), phones: []string{l.phone("100")}}
	}
	switch l.pick("edit", "phone", "phone", "another phone", "fewer phones", "mail", "job", "client") {
	case "phone":
		row.phones = []string{l.phone("100")}
	case "another phone":
		row.phones = append(slices.Clone(row.phones), l.phone("100"))
	case "fewer phones":
		row.phones = row.phones[:len(row.phones)/2]
	case "client":
		row.client = l.pick("client", "c1", "c2")
	case "mail":
		row.mail = fmt.Sprintf("k%d@example.org", l.n)
	default:
		row.job = l.pick("job", "", "Директор", "Бухгалтер")
	}
	l.rows[key] = row
}

func (l *contactLife) leave(*rapid.T) { delete(l.rows, l.pick("contact", "k1", "k2", "k3", "k4")) }

// export writes what the books hold now.
func (l *contactLife) export() {
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(l.rows)) {
		row := l.rows[key]
		phones := []string{strings.Join(row.phones, ", ")}
		if l.merge && len(row.phones) > 0 {
			phones = row.phones
		}
		for _, phone := range phones {
			lines = append(lines, strings.Join([]string{key, row.client, contactName(key), phone, row.mail, row.job}, ";"))
		}
	}
	l.trade.rows[contacts] = lines
}

func (l *contactLife) runOne(*rapid.T) {
	l.later(time.Duration(rapid.SampledFrom([]int{1, 1, 11, 100}).Draw(l.t, "minutes")) * time.Minute)
	l.export()
	l.all()
}

func (l *contactLife) runFaulted(*rapid.T) {
	f := emulator.Fault{
		Action: l.pick("action", "person/add", "person/add", "person/update", "person/list", "person/info"),
		Nth:    rapid.IntRange(1, 2).Draw(l.t, "nth"), Times: 1,
		Phase: rapid.SampledFrom([]emulator.Phase{emulator.PhaseBefore, emulator.PhaseAfter, emulator.PhaseAfter, emulator.PhaseLate}).Draw(l.t, "phase"),
		Kind:  emulator.KindDrop,
	}
	if err := l.crm.Faults(f); err != nil {
		l.t.Fatal(err)
	}
	l.runOne(l.t)
	if err := l.crm.Faults(); err != nil {
		l.t.Fatal(err)
	}
	l.crm.ReleaseLate() // a late request lands before the settle time is over, and before people come
}

func (l *contactLife) runKilled(*rapid.T) {
	at, steps := rapid.IntRange(1, 20).Draw(l.t, "step"), 0
	l.step = func(string) {
		if steps++; steps == at {
			panic(errCrashed)
		}
	}
	defer func() { l.step = nil }()
	l.later(time.Minute)
	l.export()
	if _, err := l.run(contacts); err != nil && !errors.Is(err, errCrashed) {
		l.t.Logf("a run that was to be killed: %v", err)
	}
}

// people are the users of the CRM.
func (l *contactLife) people(*rapid.T) {
	there := l.crm.Persons()
	if len(there) == 0 || l.pick("what", "edit", "edit", "edit", "enter", "delete") == "enter" {
		l.enter()
		return
	}
	p := rapid.SampledFrom(there).Draw(l.t, "person")
	field := l.pick("field", "tel", "tel", "mob", "mail", "delete", "person")
	switch field {
	case "person":
		if ops, err := l.job(contacts).Open(noCancel{}); err != nil || len(ops) > 0 {
			return // a lost add is known again by its name alone
		}
		if err := l.crm.EditPerson(p.PID, field, "Петров "+l.phone("777")); err != nil {
			l.t.Fatal(err)
		}
		return
	case "delete":
		if err := l.crm.DeletePerson(p.PID); err != nil {
			l.t.Fatal(err)
		}
		return
	}
	value := l.phone("777")
	if field == "mail" {
		value = fmt.Sprintf("p%d@example.org", l.n)
	}
	if err := l.crm.EditPerson(p.PID, field, value); err != nil {
		l.t.Fatal(err)
	}
	l.keep(p.PID, field, value)
}

// enter is a person who types a contact in, often one that the export has too.
func (l *contactLife) enter() {
	p := emulator.Person{CLID: int64(rapid.IntRange(1, 2).Draw(l.t, "client")), Fields: map[string]string{"mob": l.phone("777")}}
	p.Name = l.pick("name", "Сидоров", contactName("k1"), contactName("k2"))
	if slices.ContainsFunc(l.crm.Persons(), func(o emulator.Person) bool { return o.Name == p.Name }) {
		return
	}
	if rapid.Bool().Draw(l.t, "phone") {
		p.Fields["tel"] = l.phone("777")
	}
	if err := l.crm.SeedPerson(p); err != nil {
		l.t.Fatal(err)
	}
	all := l.crm.Persons()
	for field, value := range p.Fields {
		l.keep(all[len(all)-1].PID, field, value)
	}
}

// keep notes what a person typed in. What stands in a contact that is not linked yet is
// none of it, where the job knows the field: their meeting settles it, and a record that
// was blank then may say more later.
func (l *contactLife) keep(pid int64, field, value string) {
	links, err := l.job(contacts).Newest(noCancel{}, 100)
	if err != nil {
		l.t.Fatal(err)
	}
	delete(l.typed, typedAt{pid, field})
	if field == "mob" || slices.ContainsFunc(links, func(link engine.Link) bool { return link.CLID == pid }) {
		l.typed[typedAt{pid, field}] = value
	}
}

// lawful fails when a contact is there twice, or something that people typed into the
// CRM is gone.
func (l *contactLife) lawful() {
	l.sound()
	made, there := map[string]int{}, map[int64]emulator.Person{}
	for _, p := range l.crm.Persons() {
		there[p.PID] = p
		if p.ViaAPI {
			made[p.Name]++
		}
	}
	for name, n := range made {
		if n > 1 {
			l.Errorf("syncd made %s %d times", name, n)
		}
	}
	for at, want := range l.typed {
		if p, ok := there[at.pid]; ok && p.Fields[at.field] != want {
			l.Errorf("a person put %s into %s of %s (pid %d), and it is %q", want, at.field, p.Name, at.pid, p.Fields[at.field])
		}
	}
}

// everyPhoneIsThere fails when a phone of the export is neither in the CRM nor with a
// person, for a decision or because one put another in its place.
func (l *contactLife) everyPhoneIsThere() {
	links, err := l.job(contacts).Links(noCancel{}, slices.Collect(maps.Keys(l.rows)))
	if err != nil {
		l.t.Fatal(err)
	}
	held := l.holds()
	for key, row := range l.rows {
		if strings.Contains(held, "/"+key+" ") {
			continue
		}
		link, ok := links[key]
		i := slices.IndexFunc(l.crm.Persons(), func(p emulator.Person) bool { return ok && p.PID == link.CLID })
		if i < 0 && link.Gone {
			continue // people took it out, and it stays so
		}
		if i < 0 {
			l.Errorf("%s is nowhere, and nobody is asked: %+v", key, link)
			continue
		}
		p := l.crm.Persons()[i]
		if _, typed := l.typed[typedAt{p.PID, "tel"}]; typed {
			continue
		}
		for _, phone := range row.phones {
			if !strings.Contains(digits(p.Fields["tel"]), phone[1:]) {
				l.Errorf("%s lacks the phone %s: %q", p.Name, phone, p.Fields["tel"])
			}
		}
	}
}
