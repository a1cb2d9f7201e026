package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"syncd/internal/engine"
	"syncd/internal/reconcile"
	"syncd/internal/state"
)

// ИНН whose check digits hold.
const (
	innA = "7707083893"
	innB = "7843316106"
)

// adoptRow is a row of the export with all that adoption weighs.
func adoptRow(key, name, phone, mail, inn, kpp string) string {
	return fmt.Sprintf("%s;%s;%s;%s;;%s;%s;Нет", key, name, phone, mail, inn, kpp)
}

// one is a client of the CRM.
func one(clid int64, uid, title string, keys reconcile.Keys) engine.AdoptClient {
	keys.Title = title
	return engine.AdoptClient{Title: title, Entry: reconcile.Entry{CLID: clid, UID: uid, Keys: keys}}
}

func trashed(c engine.AdoptClient) engine.AdoptClient {
	c.Entry.Trash = true
	return c
}

// adopt holds the export against these clients.
func (w *world) adopt(clients ...engine.AdoptClient) *engine.Adoption {
	w.Helper()
	a, err := w.engine().Adopt(noCancel{}, func(_ context.Context, yield func(engine.AdoptClient) error) error {
		for _, c := range clients {
			if err := yield(c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.Fatalf("adopt: %v", err)
	}
	return a
}

// proposals are what is proposed, as "key: take by doubt clids rivals".
func proposals(a *engine.Adoption) []string {
	out := make([]string, 0, len(a.Records))
	for _, r := range a.Records {
		s := r.Key + ":"
		for _, word := range []string{r.Match.Take, string(r.Match.By), string(r.Match.Doubt)} {
			if word != "" {
				s += " " + word
			}
		}
		for _, c := range r.Match.CLIDs {
			s += fmt.Sprint(" ", c)
		}
		for _, uid := range r.Match.Rivals {
			s += " ~" + uid
		}
		out = append(out, s)
	}
	return out
}

func Test_adoption_proposes_by_the_strongest_likeness(t *testing.T) {
	t.Parallel()
	inn := func(inn, kpp string) reconcile.Keys { return reconcile.Keys{INN: inn, KPP: kpp} }
	doubtful := reconcile.Keys{INN: innA, INNDoubtful: true}
	phone, mail := reconcile.Keys{Phones: []string{"74950001701"}}, reconcile.Keys{Mails: []string{"a@example.ru"}}
	whole := adoptRow("a", "дуб", "+7 495 000-17-01", "a@example.ru", innA, "773601001")
	for _, tc := range []struct {
		name    string
		rows    []string
		clients []engine.AdoptClient
		want    []string
	}{
		{"nobody", []string{whole}, nil, []string{"a: add"}},
		{"nothing in common", []string{whole}, []engine.AdoptClient{one(1, "", "ива", inn(innB, ""))}, []string{"a: add"}},
		{"the uid, whatever else differs", []string{whole}, []engine.AdoptClient{one(1, "A", "ива", inn(innB, "")), one(2, "", "дуб", inn(innA, "773601001"))}, []string{"a: link uid 1"}},
		{"the uid twice", []string{whole}, []engine.AdoptClient{one(1, "a", "дуб", inn("", "")), one(2, "a", "дуб", inn("", ""))}, []string{"a: uid several 1 2"}},
		{"the uid in the trash", []string{whole}, []engine.AdoptClient{trashed(one(1, "a", "дуб", inn("", "")))}, []string{"a: uid trash 1"}},
		{"ИНН and КПП", []string{whole}, []engine.AdoptClient{one(1, "", "ива", inn(innA, "773601001"))}, []string{"a: link inn+kpp 1"}},
		{"ИНН, the CRM has no КПП", []string{whole}, []engine.AdoptClient{one(1, "", "ива", inn(innA, ""))}, []string{"a: link inn 1"}},
		{"ИНН, another КПП", []string{whole}, []engine.AdoptClient{one(1, "", "дуб", inn(innA, "500001001"))}, []string{"a: inn differs 1"}},
		{"ИНН of two clients", []string{whole}, []engine.AdoptClient{one(2, "", "ива", inn(innA, "")), one(1, "", "дуб", inn(innA, ""))}, []string{"a: inn several 1 2"}},
		{"ИНН of two clients, one КПП differs", []string{whole}, []engine.AdoptClient{one(2, "", "ива", inn(innA, "500001001")), one(1, "", "бук", inn(innA, "773601001"))}, []string{"a: link inn+kpp 1"}},
		{"ИНН whose check digits do not hold", []string{whole}, []engine.AdoptClient{one(1, "", "дуб", doubtful)}, []string{"a: inn weak 1"}},
		{"ИНН of a client that is another's", []string{whole}, []engine.AdoptClient{one(1, "x", "дуб", inn(innA, ""))}, []string{"a: inn taken 1"}},
		{"ИНН of a client in the trash", []string{whole}, []engine.AdoptClient{trashed(one(1, "", "дуб", inn(innA, "")))}, []string{"a: inn trash 1"}},
		{"ИНН, before phone and title", []string{whole}, []engine.AdoptClient{one(1, "", "дуб", phone), one(2, "", "ива", inn(innA, ""))}, []string{"a: link inn 2"}},
		{"a phone and the title", []string{whole}, []engine.AdoptClient{one(1, "", "дуб", phone)}, []string{"a: link phone 1"}},
		{"a phone alone", []string{whole}, []engine.AdoptClient{one(1, "", "ива", phone)}, []string{"a: phone weak 1"}},
		{"a phone, another ИНН", []string{whole}, []engine.AdoptClient{one(1, "", "дуб", reconcile.Keys{INN: innB, Phones: phone.Phones})}, []string{"a: phone differs 1"}},
		{"a phone of many, one of them by title", []string{whole}, []engine.AdoptClient{one(1, "", "ива", phone), one(2, "", "дуб", phone)}, []string{"a: link phone 2"}},
		{"a phone of many", []string{whole}, []engine.AdoptClient{one(1, "", "ива", phone), one(2, "", "бук", phone)}, []string{"a: phone several 1 2"}},
		{"a mail and the title", []string{whole}, []engine.AdoptClient{one(1, "", "дуб", mail)}, []string{"a: link mail 1"}},
		{"a mail alone", []string{whole}, []engine.AdoptClient{one(1, "", "ива", mail)}, []string{"a: mail weak 1"}},
		{"the title alone", []string{whole}, []engine.AdoptClient{one(1, "", "дуб", inn("", ""))}, []string{"a: title weak 1"}},
		{"the title twice", []string{whole}, []engine.AdoptClient{one(2, "", "дуб", inn("", "")), one(1, "", "дуб", inn("", ""))}, []string{"a: title several 1 2"}},
		{"the title, another ИНН", []string{whole}, []engine.AdoptClient{one(1, "", "дуб", inn(innB, ""))}, []string{"a: title differs 1"}},
		{"the title of a client in the trash", []string{whole}, []engine.AdoptClient{trashed(one(1, "", "дуб", inn("", "")))}, []string{"a: title trash 1"}},
		{
			"two records fit one client",
			[]string{adoptRow("a", "дуб", "", "", innA, ""), adoptRow("b", "ива", "", "", innA, "")},
			[]engine.AdoptClient{one(1, "", "бук", inn(innA, ""))},
			[]string{"a: inn rivals 1 ~b", "b: inn rivals 1 ~a"},
		},
		{
			"two records, one client, and one of them has its uid",
			[]string{adoptRow("a", "дуб", "", "", innA, ""), adoptRow("b", "ива", "", "", innA, "")},
			[]engine.AdoptClient{one(1, "b", "бук", inn(innA, ""))},
			[]string{"a: inn taken 1", "b: link uid 1"},
		},
		{
			"two records of one ИНН, unknown to the CRM",
			[]string{adoptRow("a", "дуб", "", "", innA, "1"), adoptRow("b", "ива", "", "", innA, "1"), adoptRow("c", "бук", "", "", innB, "")},
			nil,
			[]string{"a: inn+kpp twin ~b", "b: inn+kpp twin ~a", "c: add"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.export(tc.rows...)
			if got := proposals(w.adopt(tc.clients...)); !slices.Equal(got, tc.want) {
				t.Errorf("proposed %q, want %q", got, tc.want)
			}
		})
	}
}

func Test_adoption_asks_only_about_what_is_open(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.export(row("linked", "Дуб", "+7 495 000-17-01"))
	w.mustRun()
	w.export(
		row("linked", "Дуб", "+7 495 000-17-01"), row("new", "Ива", ""), row("decided", "Бук", ""), row("later", "Ель", ""),
		row("twice", "Вяз", ""), row("twice", "Граб", ""), row("same", "Туя", ""), row("same", "Туя", ""),
		"bad;;;;;;;Нет", "group;Группа;;;;;;Да",
	)
	if _, err := w.job.SignOff(noCancel{}, state.SignOff{Choices: []engine.Choice{{UID: "decided", Take: "add"}}, Later: []string{"later"}}); err != nil {
		t.Fatal(err)
	}
	clid := w.crm.Clients()[0].CLID
	a := w.adopt(one(clid, "linked", "Дуб", reconcile.Keys{}), one(clid+1, "", "чужой", reconcile.Keys{}), trashed(one(clid+2, "", "корзина", reconcile.Keys{})))
	if got, want := proposals(a), []string{"new: add", "later: add", "same: add"}; !slices.Equal(got, want) {
		t.Errorf("open %q, want %q", got, want)
	}
	if !a.Records[1].Waits || a.Records[0].Waits {
		t.Error("what an earlier adoption left for later is not told from the rest")
	}
	if a.Linked != 1 || a.Decided != 1 || a.Twice != 1 || a.Rejected != 1 || a.LeftOut != 1 || a.Strangers != 1 || !a.Adopted {
		t.Errorf("counts %+v", a)
	}
	if a.Known["linked"] != engine.AdoptLinked || a.Known["decided"] != engine.AdoptDecided || a.Known["twice"] != engine.AdoptUnusable {
		t.Errorf("known %v", a.Known)
	}
	if len(a.Samples) != 5 || a.Samples[0].Key != "linked" {
		t.Errorf("samples %v", a.Samples)
	}
	if a.Owners[clid] != "clients/linked" {
		t.Errorf("owners %v", a.Owners)
	}
	w.sound()
}

// What was signed off is what the next run does, and undecided records wait.
func Test_a_run_carries_an_adoption_out_and_adds_nothing_else(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tune = func(c *engine.Config) { c.Limits = reconcile.Limits{MaxCreate: reconcile.Number(0)} }
	w.export(row("a", "Дуб", ""), row("b", "Ива", ""), row("c", "Бук", ""), row("d", "Ель", ""))
	if _, err := w.run(); err == nil {
		t.Fatal("nothing may be added before the adoption")
	}
	adds, err := w.job.SignOff(noCancel{}, state.SignOff{
		Choices: []engine.Choice{{UID: "a", Take: "add"}, {UID: "b", Take: "add"}, {UID: "c", Take: "ignore"}}, Later: []string{"d"},
	})
	if err != nil || adds != 2 {
		t.Fatalf("%d adds allowed, %v", adds, err)
	}
	w.outcome(w.mustRun(), "2 created, 1 held, 1 out-of-scope")
	w.once("a", "b")
	w.settled()
	// the allowance is over: a later client needs one of its own
	w.export(row("a", "Дуб", ""), row("b", "Ива", ""), row("c", "Бук", ""), row("d", "Ель", ""), row("e", "Туя", ""))
	var halt *engine.HaltError
	if _, err := w.run(); !errors.As(err, &halt) || halt.Halts[0].Found != 1 {
		t.Errorf("run: %v", err)
	}
	w.sound()
}

func Test_adoption_refuses_uids_made_otherwise(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.identity = "Ключ raw"
	w.export(row("a", "Дуб", ""))
	w.mustRun()
	w.identity = "Ключ hash"
	_, err := w.engine().Adopt(noCancel{}, func(context.Context, func(engine.AdoptClient) error) error { return nil })
	var frozen *engine.FrozenError
	if !errors.As(err, &frozen) {
		t.Errorf("error %v", err)
	}
}
