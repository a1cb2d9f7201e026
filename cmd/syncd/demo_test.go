package main

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/message"
)

// The demo is a promise: whoever types it sees every step come out as told.
func TestTheDemoComesOutAsToldInBothLanguages(t *testing.T) {
	whole(t)
	t.Parallel()
	for lang, want := range map[string][]string{
		"en": {"323  created in the CRM", "1  written back", "syncd resolve clients/", "11. run again: nothing is written on either side", "Состояние;КОбеспечению"},
		"ru": {"323  создано в CRM", "1  передано обратно", "syncd resolve clients/", "11. ещё раз run: ни одной стороне ничего не пишется", "Состояние;КОбеспечению"},
	} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "demo")
			code, out, diagnostics := call(t.Context(), allCommands, "--lang", lang, "demo", "--dir", dir)
			if code != exitDone || diagnostics != "" {
				t.Fatalf("exit code %d\n%s%s", code, out, diagnostics)
			}
			for _, text := range want {
				if !strings.Contains(out, text) {
					t.Errorf("it never said %q:\n%s", text, out)
				}
			}
			if unfilled.MatchString(out) {
				t.Errorf("a hole in a message:\n%s", out)
			}
			tryQueries(t, filepath.Join(dir, demoState))
			code, _, diagnostics = call(t.Context(), allCommands, "--lang", lang, "demo", "--dir", dir)
			if code != exitFailure || !strings.Contains(diagnostics, dir) {
				t.Errorf("a second demo in the folder: exit code %d\n%s", code, diagnostics)
			}
		})
	}
}

// A demo that shows what did not happen would be worse than none.
func TestTheDemoSaysWhereItDidNotComeOutAsTold(t *testing.T) {
	whole(t)
	t.Parallel()
	for name, c := range map[string]struct {
		before string // the step, by the beginning of its title
		spoil  func(*demonstration) error
		says   string
	}{
		"a twin in the CRM": {"3.", func(d *demonstration) error {
			return d.crm.Seed(emulator.Client{Title: "Кто-то", Fields: map[string]string{"phone": "+7 (329) 000-00-17"}})
		}, "as created"},
		"an edit that nobody told of": {"7.", func(d *demonstration) error {
			return d.crm.Edit(25, "address", "ул. Тихая, 7")
		}, "as written-back"},
		"a payment that nobody told of": {"15.", func(d *demonstration) error {
			open := slices.IndexFunc(d.crm.Invoices(), func(i emulator.Invoice) bool { return !i.Paid })
			return d.crm.PayInvoice(d.crm.Invoices()[open].ID, "")
		}, "as written-back"},
		"a deal that is there twice": {"13.", func(d *demonstration) error {
			deal := d.crm.Deals()[0]
			return d.crm.SeedDeal(emulator.Deal{UID: deal.UID, Title: deal.Title, CLID: deal.CLID})
		}, "several deals"},
		"1C that takes nothing": {"7.", func(d *demonstration) error {
			return os.WriteFile(d.lastFile(), []byte("\ufeffСсылка;КодCRM;Изменено\r\n"), 0o600)
		}, "values are on their way to 1C"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &app{stdio: stdio{out: io.Discard, err: io.Discard}, getenv: noEnv, lang: message.English}
			d := &demonstration{app: a, dir: t.TempDir()}
			end, err := d.begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer end()
			steps := d.steps()
			at := slices.IndexFunc(steps, func(s demoStep) bool { return strings.HasPrefix(s.title.en, c.before) })
			err = d.show(t.Context(), steps[:at])
			if err != nil {
				t.Fatal(err)
			}
			if err := c.spoil(d); err != nil {
				t.Fatal(err)
			}
			err = d.show(t.Context(), steps[at:])
			if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "«"+c.before) || exitFor(err) != exitFailure {
				t.Errorf("exit code %d: %v", exitFor(err), err)
			}
		})
	}
}

func TestTheDemosBooksTakeOnlyWhatAFileNames(t *testing.T) {
	t.Parallel()
	b := books{filepath.Join(t.TempDir(), "clients.csv")}
	const before = "Список\r\nСсылка;Имя;Почта;ДатаИзменения;\r\nk1;\"A \"\"B\"\"; C\";a@b.example;01.01.2026;\r\nk2;D;;02.01.2026;\r\n"
	if err := os.WriteFile(b.export, []byte(strings.NewReplacer("Список", "\xd1", "Ссылка", "\xd1\xf1\xfb\xeb\xea\xe0", "Имя", "\xc8\xec\xff",
		"Почта", "\xcf\xee\xf7\xf2\xe0", "ДатаИзменения", "\xc4\xe0\xf2\xe0\xc8\xe7\xec\xe5\xed\xe5\xed\xe8\xff").Replace(before)), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(filepath.Dir(b.export), "f.csv")
	if err := os.WriteFile(file, []byte("\ufeffСсылка;КодCRM;Изменено;Имя;Почта\r\nk1;7;Почта;;new@b.example\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := b.take(file); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(b.export)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(got), "\r\nk1;\"A \"\"B\"\"; C\";new@b.example;22.11.2026 10:15:00;\r\nk2;D;;02.01.2026;\r\n") {
		t.Errorf("the export is now %q", got)
	}
	if err := b.edit("k3", nil); err == nil {
		t.Error("a counterparty that is not there was edited")
	}
}
