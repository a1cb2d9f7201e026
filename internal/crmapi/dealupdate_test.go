package crmapi_test

import (
	"errors"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"syncd/internal/crmapi"
	"syncd/internal/crmapi/emulator"
)

// dealChange is one thing that an update can set: how it is asked for, and what of
// the deal it moves.
type dealChange struct {
	name  string
	draw  func(t *rapid.T) string
	ask   func(in *crmapi.DealInput, v string)
	moves func(d *emulator.Deal, v string)
}

func asField(key string) func(*crmapi.DealInput, string) {
	return func(in *crmapi.DealInput, v string) { in.Fields = append(in.Fields, field(key, v)) }
}

func number(v string) int64 {
	n, _ := strconv.ParseInt(v, 10, 64)
	return n
}

func dealChanges() []dealChange {
	of := func(values ...string) func(*rapid.T) string {
		return func(t *rapid.T) string { return rapid.SampledFrom(values).Draw(t, "value") }
	}
	day := of("2026-12-31", "2027-02-28", "")
	out := []dealChange{
		{"title", of("Заказ", "Договор №7"), asField("title"), func(d *emulator.Deal, v string) { d.Title = v }},
		{"kol", of("5", "1200.50", "0.01"), asField("kol"), func(d *emulator.Deal, v string) { d.Sum = places(v) }},
		{"marga", of("7", "120.50", "0.02"), asField("marga"), func(d *emulator.Deal, v string) { d.Margin = places(v) }},
		{"direction", of("Основное", "Услуги"), asField("direction"), func(d *emulator.Deal, v string) { d.Direction = v }},
		{"tip", of("Тендер", "Продажа быстрая"), asField("tip"), func(d *emulator.Deal, v string) { d.Type = v }},
		{"datum_plan", day, asField("datum_plan"), func(d *emulator.Deal, v string) { d.Plan = v }},
		{"datum_start", day, asField("datum_start"), func(d *emulator.Deal, v string) { d.Start = v }},
		{"datum_end", day, asField("datum_end"), func(d *emulator.Deal, v string) { d.End = v }},
		{"mcid", of("3", "4"), asField("mcid"), func(d *emulator.Deal, v string) { d.Company = number(v) }},
		{"clid", of("1", "2"), func(in *crmapi.DealInput, v string) { in.CLID = number(v) }, func(d *emulator.Deal, v string) { d.CLID = number(v) }},
		{"payer", of("1", "2"), func(in *crmapi.DealInput, v string) { in.Payer = number(v) }, func(d *emulator.Deal, v string) { d.Payer = number(v) }},
		{"owner", of("2"), func(in *crmapi.DealInput, v string) { in.UserID = number(v) }, func(d *emulator.Deal, _ string) { d.Owner = "second@example.org" }},
	}
	for _, key := range []string{"content", crmapi.FieldAddress, "dog_num", "input1", "input10"} {
		out = append(out, dealChange{
			key, of("новое", "77", ""), asField(key), func(d *emulator.Deal, v string) { d.Fields[key] = v },
		})
	}
	return out
}

// places writes a sum as the emulator does.
func places(s string) string {
	whole, part := s, ""
	if i := slices.Index([]byte(s), '.'); i >= 0 {
		whole, part = s[:i], s[i+1:]
	}
	return whole + "." + (part + "00")[:2]
}

// Of any deal, any update moves what it was asked to move, and nothing else.
func TestUpdateOfADealMovesWhatItWasAsked(t *testing.T) {
	t.Parallel()
	for name, o := range dialects() {
		o.Logins = []emulator.Login{
			{ID: 1, Login: emulator.DefaultLogin, Active: true, Boss: true}, {ID: 2, Login: "second@example.org", Active: true, Head: 1},
		}
		o.Guides.Directions = []string{"Основное", "Услуги", "Проекты"}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newDealCRM(t, o)
			changes := dealChanges()
			last := int64(0)
			rapid.Check(t, func(rt *rapid.T) {
				last++
				seed := drawDeal(rt, last)
				if err := m.em.SeedDeal(seed); err != nil {
					rt.Fatal(err)
				}
				was, err := m.d.ByDID(t.Context(), last)
				if err != nil {
					rt.Fatal(err)
				}
				was.Person = seed.Person // no answer of v3 tells it
				want, _ := m.em.Deal(last)
				in, writes := crmapi.DealInput{}, false
				if was.UID == "" && rapid.Bool().Draw(rt, "uid") {
					in.UID = "НОВЫЙ-" + strconv.FormatInt(last, 10)
					want.UID, writes = in.UID, true
				}
				for _, c := range rapid.SliceOfNDistinct(rapid.SampledFrom(changes), 0, 6, func(c dealChange) string { return c.name }).Draw(rt, "changes") {
					v := c.draw(rt)
					c.ask(&in, v)
					c.moves(&want, v)
				}
				before, _ := m.em.Deal(last)
				if err := m.d.Update(t.Context(), was, in); err != nil {
					rt.Fatal(err)
				}
				got, _ := m.em.Deal(last)
				if writes = writes || !cmp.Equal(plain(before), plain(want)); writes && !o.AsDocumented && got.Edited != "2026-11-22" {
					rt.Fatalf("nothing written of %+v", in)
				}
				if diff := cmp.Diff(plain(want), plain(got)); diff != "" {
					rt.Fatalf("%+v:\n%s", in, diff)
				}
			})
		})
	}
}

// Whatever a deal is added with, the CRM holds it, and where nothing was said its
// defaults.
func TestAddOfADealWritesWhatItWasGiven(t *testing.T) {
	t.Parallel()
	for name, o := range dialects() {
		o.Guides.Directions = []string{"Основное", "Услуги"}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newDealCRM(t, o)
			changes := slices.DeleteFunc(dealChanges(), func(c dealChange) bool {
				return slices.Contains([]string{"title", "owner", "clid", "mcid", "datum_plan"}, c.name) // drawn below, or with defaults that move
			})
			last := 0
			rapid.Check(t, func(rt *rapid.T) {
				last++
				want := emulator.Deal{
					UID: "A-" + strconv.Itoa(last), Title: "Заказ", CLID: 1, Payer: 1, Owner: emulator.DefaultLogin, Direction: "Основное", Type: "Продажа быстрая",
					Plan: "2027-01-01", Company: 3, Created: "2026-11-22", Sum: "0.00", Margin: "0.00", SumFact: "0.00", Fields: map[string]string{}, ViaAPI: true,
				}
				in := crmapi.DealInput{UID: want.UID, CLID: 1, User: emulator.DefaultLogin, Fields: []crmapi.FieldInput{
					field("title", "Заказ"), field("datum_plan", "2027-01-01"), field("mcid", "3"),
				}}
				for _, c := range rapid.SliceOfNDistinct(rapid.SampledFrom(changes), 0, 6, func(c dealChange) string { return c.name }).Draw(rt, "fields") {
					v := c.draw(rt)
					c.ask(&in, v)
					if c.moves(&want, v); v == "" && c.name == "direction" {
						rt.Fatal("no direction")
					}
				}
				for i := range rapid.IntRange(0, 3).Draw(rt, "lines") {
					l := crmapi.DealLine{
						Article: "А" + strconv.Itoa(i), Title: "Строка", Unit: "шт", Quantity: rapid.SampledFrom([]string{"1", "2.5", "0.01"}).Draw(rt, "kol"),
						Price: rapid.SampledFrom([]string{"0.10", "1000000.33"}).Draw(rt, "price"), PriceIn: "0.05", VAT: "20",
					}
					in.Lines = append(in.Lines, l)
					want.Lines = append(want.Lines, emulator.Line{
						Article: l.Article, Title: l.Title, Unit: l.Unit, Quantity: places(l.Quantity), Factor: 1, Price: places(l.Price), PriceIn: "0.05", VAT: "20.00",
					})
				}
				did, err := m.d.Add(t.Context(), in)
				if err != nil {
					rt.Fatal(err)
				}
				got, _ := m.em.Deal(did)
				got.DID = 0
				for i := range got.Lines {
					got.Lines[i].ID = 0
				}
				if len(got.Lines) > 0 { // the CRM sums them up
					got.Sum, got.Margin = want.Sum, want.Margin
				}
				if diff := cmp.Diff(plain(want), plain(got)); diff != "" {
					rt.Fatalf("%+v:\n%s", in, diff)
				}
			})
		})
	}
}

// plain leaves out what no update is asked for, and takes empty for null.
func plain(d emulator.Deal) emulator.Deal {
	d.Edited = ""
	fields := map[string]string{}
	for k, v := range d.Fields {
		if v != "" {
			fields[k] = v
		}
	}
	d.Fields = fields
	return d
}

func drawDeal(t *rapid.T, did int64) emulator.Deal {
	one := func(label string, values ...string) string { return rapid.SampledFrom(values).Draw(t, label) }
	d := emulator.Deal{
		DID: did, CLID: int64(rapid.IntRange(1, 2).Draw(t, "clid")), Payer: int64(rapid.IntRange(0, 2).Draw(t, "payer")),
		Person: int64(rapid.IntRange(0, 3).Draw(t, "pid")), Title: one("title", "Сделка", "Другая"), Step: one("step", "20", "0", ""),
		Type: one("tip", "Тендер", "Услуги"), Direction: one("direction", "Основное", "Проекты"), Plan: one("plan", "", "2026-05-05"),
		End: one("end", "", "2026-06-06"), Created: "2026-01-01", Fields: map[string]string{"content": "было", "input1": one("input1", "а", "")},
		Company: int64(rapid.IntRange(0, 3).Draw(t, "mcid")),
	}
	if rapid.Bool().Draw(t, "with uid") {
		d.UID = "U-" + strconv.FormatInt(did, 10)
	}
	d.Sum, d.Margin = one("kol", "0", "100", "99.99"), one("marga", "0", "30", "12.5")
	if rapid.Bool().Draw(t, "closed") {
		d.Closed, d.ClosedOn, d.Status, d.SumFact, d.CloseComment = true, "2026-02-02", "Победа полная", "90", "итог"
	}
	return d
}

// The server takes the quotes off a title that it is sent; it is sent when the sums
// would not be written otherwise.
func TestUpdateOfTheSumsOfADealWithQuotesInItsTitle(t *testing.T) {
	t.Parallel()
	m := newDealCRM(t, emulator.Options{})
	must(t, m.em.SeedDeal(emulator.Deal{DID: 1, CLID: 1, Title: "Заказ «Ромашки»"}))
	for _, tc := range []struct {
		fields []crmapi.FieldInput
		title  string
	}{
		{[]crmapi.FieldInput{field("kol", "5"), field("datum_plan", "2026-12-01")}, "Заказ «Ромашки»"},
		{[]crmapi.FieldInput{field("kol", "6"), field("datum_plan", "2026-12-01")}, "Заказ Ромашки"},
	} {
		was, err := m.d.ByDID(t.Context(), 1)
		must(t, err)
		must(t, m.d.Update(t.Context(), was, crmapi.DealInput{Fields: tc.fields}))
		if d, _ := m.em.Deal(1); d.Title != tc.title || d.Sum != tc.fields[0].Text+".00" {
			t.Errorf("%+v: %+v", tc.fields, d)
		}
	}
}

// The sums follow the specification whenever a deal that has one is written.
func TestUpdateLeavesTheSpecificationAlone(t *testing.T) {
	t.Parallel()
	for name, o := range dialects() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newDealCRM(t, o)
			must(t, m.em.SeedDeal(emulator.Deal{DID: 1, CLID: 1, Title: "Т", Lines: []emulator.Line{{Title: "Болт", Quantity: "2", Price: "1.50", PriceIn: "1"}}}))
			was, err := m.d.ByDID(t.Context(), 1)
			must(t, err)
			want, _ := m.em.Deal(1)
			want.Fields["content"] = "новое"
			must(t, m.d.Update(t.Context(), was, crmapi.DealInput{Fields: []crmapi.FieldInput{field("content", "новое")}}))
			got, _ := m.em.Deal(1)
			if diff := cmp.Diff(plain(want), plain(got)); diff != "" {
				t.Error(diff)
			}
			err = m.d.Update(t.Context(), was, crmapi.DealInput{SetLines: true})
			if class(err) != crmapi.ClassRefused {
				t.Errorf("lines: %v", err)
			}
		})
	}
}

// What must not be sent is refused before anything is.
func TestWritesOfDealsThatAreRefusedHere(t *testing.T) {
	t.Parallel()
	m := newDealCRM(t, emulator.Options{})
	must(t, m.em.SeedDeal(emulator.Deal{DID: 1, CLID: 1, Title: "Т", Sum: "10", Lines: []emulator.Line{{Title: "Болт", Quantity: "1", Price: "10"}}}))
	must(t, m.em.SeedInvoice(emulator.Invoice{DID: 1, Number: "1"}))
	ctx := t.Context()
	was := crmapi.DealObject{DID: 1}
	title := field("title", "Т")
	add := func(in crmapi.DealInput) error { _, err := m.d.Add(ctx, in); return err }
	update := func(f ...crmapi.FieldInput) error { return m.d.Update(ctx, was, crmapi.DealInput{Fields: f}) }
	line := func(l crmapi.DealLine) error {
		return add(crmapi.DealInput{CLID: 1, Fields: []crmapi.FieldInput{title}, Lines: []crmapi.DealLine{l}})
	}
	bill := func(change func(*crmapi.InvoiceInput)) error {
		in := crmapi.InvoiceInput{DID: 1, Number: "2", Sum: "5"}
		change(&in)
		_, _, err := m.d.AddInvoice(ctx, in)
		return err
	}
	pay := func(sum string) error { return m.d.Pay(ctx, crmapi.PaymentInput{ID: 1, Number: "1", Sum: sum}) }
	for name, tc := range map[string]struct {
		err  error
		list bool // for the CRM's lists lack a title
	}{
		"a deal without a client":        {add(crmapi.DealInput{Fields: []crmapi.FieldInput{title}}), false},
		"a deal without a title":         {add(crmapi.DealInput{CLID: 1}), false},
		"a blank title":                  {add(crmapi.DealInput{CLID: 1, Fields: []crmapi.FieldInput{field("title", " ")}}), false},
		"a long uid":                     {add(crmapi.DealInput{CLID: 1, UID: "1234567890123456789012345678901", Fields: []crmapi.FieldInput{title}}), false},
		"a new deal in an unknown stage": {add(crmapi.DealInput{CLID: 1, Fields: []crmapi.FieldInput{title, field("step", "25")}}), true},
		"of an unknown direction":        {add(crmapi.DealInput{CLID: 1, Fields: []crmapi.FieldInput{title, field("direction", "Никакое")}}), true},
		"of an unknown type":             {add(crmapi.DealInput{CLID: 1, Fields: []crmapi.FieldInput{title, field("tip", "Никакой")}}), true},
		"a line without a title":         {line(crmapi.DealLine{Quantity: "1"}), false},
		"a line without a number":        {line(crmapi.DealLine{Title: "Б", Price: "дорого"}), false},
		"a price with a comma":           {line(crmapi.DealLine{Title: "Б", Price: "1,5"}), false},
		"a field twice":                  {update(title, title), false},
		"the stage by update":            {update(field("step", "20")), false},
		"the closing by update":          {update(field("close", "yes")), false},
		"the id by update":               {update(field("did", "2")), false},
		"a day that is none":             {update(field("datum_plan", "01.02.2026")), false},
		"a sum that is none":             {update(field("kol", "1e3")), false},
		"a type that is none":            {update(field("tip", "Никакой")), true},
		"no direction":                   {update(field("direction", "")), true},
		"a stage that is none":           {m.d.ChangeStep(ctx, 1, "25", ""), true},
		"no stage":                       {m.d.ChangeStep(ctx, 1, "", ""), true},
		"a status that is none":          {m.d.Close(ctx, 1, crmapi.CloseInput{Status: "Ура"}), true},
		"no status":                      {m.d.Close(ctx, 1, crmapi.CloseInput{}), true},
		"an invoice without a number":    {bill(func(in *crmapi.InvoiceInput) { in.Number = "" }), false},
		"a number that the CRM makes up": {bill(func(in *crmapi.InvoiceInput) { in.Number = "auto" }), false},
		"a number that the CRM cuts":     {bill(func(in *crmapi.InvoiceInput) { in.Number = "123456789012345678901" }), false},
		"a number with an apostrophe":    {bill(func(in *crmapi.InvoiceInput) { in.Number = "1'" }), false},
		"an invoice without a sum":       {bill(func(in *crmapi.InvoiceInput) { in.Sum = "" }), false},
		"an invoice of nothing":          {bill(func(in *crmapi.InvoiceInput) { in.Sum = "0.00" }), false},
		"an invoice below zero":          {bill(func(in *crmapi.InvoiceInput) { in.Sum = "-1" }), false},
		"an invoice of half a kopeck":    {bill(func(in *crmapi.InvoiceInput) { in.Sum = "1.005" }), false},
		"an invoice of no deal":          {bill(func(in *crmapi.InvoiceInput) { in.DID = 0 }), false},
		"a payment of nothing":           {pay("0"), false},
		"a payment below zero":           {pay("-5"), false},
		"a payment without a sum":        {pay(""), false},
		"a payment of half a kopeck":     {pay("0.001"), false},
		"a payment of a word":            {pay("всё"), false},
		"no deal":                        {m.d.Delete(ctx, 0), false},
	} {
		var e *crmapi.Error
		if !errors.As(tc.err, &e) || !e.Local || e.Class != crmapi.ClassRefused || errors.Is(tc.err, crmapi.ErrNoSuchTitle) != tc.list {
			t.Errorf("%s: %v", name, tc.err)
		}
	}
	for _, ev := range m.em.History() {
		if ev.Write {
			t.Errorf("sent: %s %s", ev.Action, ev.Body)
		}
	}
}
