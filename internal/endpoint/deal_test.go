package endpoint_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"syncd/internal/crmapi"
	"syncd/internal/crmapi/emulator"
	"syncd/internal/endpoint"
	"syncd/internal/engine"
	"syncd/internal/mapping"
	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// dealText are the filled values of an observed deal by name, "" for null; absent
// ones are missing.
func textsOf(t *testing.T, m *mapping.Mapping, o engine.Observed) map[string]string {
	t.Helper()
	out := map[string]string{}
	for f, v := range o.Values {
		if v.State != record.Absent {
			out[m.Schema().Field(f).Name] = v.Text
		}
	}
	return out
}

// update is an op that changes fields of the seeded deal; "" clears one.
func change(id int64, set, fields map[string]string) *engine.Op {
	op := add("u", set)
	op.Kind, op.CLID = engine.OpUpdate, id
	for name, text := range fields {
		c := engine.FieldChange{Field: name}
		if text != "" {
			c.To = &text
		}
		op.Changes = append(op.Changes, c)
		if op.Set[name] == nil {
			op.Set[name] = c.To
		}
	}
	return op
}

// writes are the requests that the CRM got, reads apart.
func (s *shop) writes() string {
	var out []string
	for _, ev := range s.History() {
		if ev.Write {
			out = append(out, ev.Action)
		}
	}
	return strings.Join(out, " ")
}

func (s *shop) deal(did int64) emulator.Deal {
	s.t.Helper()
	d, ok := s.Deal(did)
	if !ok {
		s.t.Fatalf("no deal %d", did)
	}
	return d
}

func TestA_deal_is_added_with_its_stage_and_lines(t *testing.T) {
	t.Parallel()
	s := newShop(t, emulator.Options{DealFormat: "-"})
	c := conformants()[0]
	answer, err := send(t, s.deals, c.op())
	s.must(err)
	d := s.deal(answer.CLID)
	if d.UID != "order-2" || d.CLID != seller || d.Payer != other || d.Step != "40" || d.Type != "Услуги" || d.Plan != "2026-12-01" ||
		len(d.Lines) != 2 || d.Sum != "350.50" {
		t.Errorf("%+v", d)
	}
	seen, err := s.deals.Read(t.Context(), answer.CLID)
	s.must(err)
	got := textsOf(t, mappingOf(t, dealSpec), seen)
	for name, want := range map[string]string{
		"client": "1", "payer": "2", "step": "40", "tip": "Услуги", "direction": "Основное", "status_close": "", "kol_fact": "",
		"close_marga": "", "des_fact": "", "title": "Заказ 2",
	} {
		if text, told := got[name]; !told || text != want {
			t.Errorf("%s is %q (%v)", name, text, told)
		}
	}
	if seen.Locked != "" || seen.Entry.Keys.Title != "1 заказ 2" {
		t.Errorf("locked %q, keys %+v", seen.Locked, seen.Entry.Keys)
	}
	s.books()
}

func TestA_deal_that_refers_to_what_the_CRM_lacks_is_refused_with_what_it_has(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		field, value, code, text string
	}{
		"a stage":              {"step", "50", engine.RefusedStep, "50 (CRM: 0, 20, 40, 60, 80, 90, 100)"},
		"a type":               {"tip", "Аренда", engine.RefusedType, "Аренда (CRM: "},
		"a direction":          {"direction", "Опт", engine.RefusedDirection, "Опт (CRM: Основное)"},
		"a status of closing":  {"status_close", "Ничья", engine.RefusedStatus, "Ничья (CRM: "},
		"an owner":             {"user", "nobody@example.org", engine.RefusedUser, "nobody@example.org (CRM: " + emulator.DefaultLogin},
		"a client":             {"client", "77", "no-client", "77"},
		"a payer":              {"payer", "78", "no-client", "78"},
		"no client at all":     {"client", "", "no-client", ""},
		"a sum too large":      {"kol", "12345678901234567.89", "sum-unfit", "kol: 12345678901234567.89"},
		"a closing too large":  {"kol_fact", "-1234567890123456", "sum-unfit", "kol_fact: -1234567890123456"},
		"a price too large":    {"lines", "А-1 | Труба | 1 | 1234567890123456", "sum-unfit", "lines 1, price: 1234567890123456"},
		"no title":             {"title", "", "not-sent", "title"},
		"a client by its name": {"client", "Ромашка", "no-client", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, emulator.Options{})
			op := conformants()[0].op()
			op.Set[tt.field] = &tt.value
			_, err := send(t, s.deals, op)
			var w *engine.WriteError
			if !errors.As(err, &w) || w.Fate != engine.FateRefused || w.Code != tt.code || !strings.HasPrefix(w.Text, tt.text) {
				t.Errorf("got %+v", w)
			}
			if err != nil && tt.value != "" && strings.Contains(err.Error(), tt.value) {
				t.Errorf("a value in an error: %v", err)
			}
			if s.writes() != "" {
				t.Errorf("sent %s", s.writes())
			}
		})
	}
}

func TestAn_update_sends_what_is_needed_and_no_more(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fields map[string]string
		writes string
	}{
		"a field":             {map[string]string{"content": "Новое"}, "deal/update"},
		"a field is cleared":  {map[string]string{"content": ""}, "deal/update"},
		"another client":      {map[string]string{"client": "2"}, "deal/update"},
		"the stage":           {map[string]string{"step": "60"}, "deal/change.step"},
		"the stage it has":    {map[string]string{"step": "20"}, ""},
		"a stage and a field": {map[string]string{"content": "Новое", "step": "60"}, "deal/update deal/change.step"},
		"all at once": {
			map[string]string{"content": "Новое", "step": "60", "status_close": "Победа полная", "kol_fact": "900", "des_fact": "Отгружен"},
			"deal/update deal/change.step deal/close",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, emulator.Options{})
			s.must(s.EditDeal(order, "content", "Старое"))
			s.must(s.deals.Update(t.Context(), change(order, nil, tt.fields)))
			if s.writes() != tt.writes {
				t.Errorf("sent %s", s.writes())
			}
			d := s.deal(order)
			if len(d.Lines) != 1 || d.Sum != "1000.00" || d.Payer == 0 {
				t.Errorf("what was not meant has changed: %+v", d)
			}
			if want, ok := tt.fields["content"]; ok && d.Fields["content"] != want {
				t.Errorf("content %q", d.Fields["content"])
			}
			if clid, ok := tt.fields["client"]; ok && fmt.Sprint(d.CLID) != clid {
				t.Errorf("client %d", d.CLID)
			}
			if tt.fields["status_close"] != "" && (!d.Closed || d.Status != "Победа полная" || d.SumFact != "900.00" || d.CloseComment != "Отгружен") {
				t.Errorf("closed as %+v", d)
			}
			s.books()
		})
	}
}

// A mapping without payers leaves them to the CRM, which takes the client for one.
func TestThe_payer_goes_with_the_client_that_it_was(t *testing.T) {
	t.Parallel()
	const third = int64(3)
	payerless := strings.Replace(dealSpec, "payer: {column: Плательщик, encode: raw, job: clients}\n", "", 1)
	for name, tt := range map[string]struct {
		wire  crmapi.DealAPI
		spec  string
		payer int64 // of the deal; 0 = the client
		want  int64
		set   map[string]string
	}{
		"v3":                       {crmapi.DealsV3, payerless, 0, other, nil},
		"v1":                       {crmapi.DealsV1, payerless, 0, other, nil},
		"v3, a payer of its own":   {crmapi.DealsV3, payerless, third, third, nil},
		"v1, a payer of its own":   {crmapi.DealsV1, payerless, third, third, nil},
		"the mapping tells payers": {crmapi.DealsV3, dealSpec, 0, seller, map[string]string{"payer": "1"}},
		"and this one is withheld": {crmapi.DealsV3, dealSpec, 0, seller, nil},
		"and this one is blank":    {crmapi.DealsV3, dealSpec, 0, other, map[string]string{"payer": ""}},
		"blank, one of its own":    {crmapi.DealsV3, dealSpec, third, third, map[string]string{"payer": ""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := shopOn(t, tt.wire, tt.spec, emulator.Options{AsDocumented: tt.wire == crmapi.DealsV1})
			s.must(s.Seed(emulator.Client{Title: "Лавр"}))
			s.must(s.SeedDeal(emulator.Deal{Title: "Заказ 2", UID: "order-2", CLID: seller, Payer: tt.payer, Step: "20"}))
			before := s.deal(order + 1)
			s.must(s.deals.Update(t.Context(), change(order+1, tt.set, map[string]string{"client": fmt.Sprint(other)})))
			if d := s.deal(order + 1); d.CLID != other || d.Payer != tt.want {
				t.Errorf("client %d, payer %d; before %d, %d", d.CLID, d.Payer, before.CLID, before.Payer)
			}
		})
	}
}

// The CRM counts the deals that people add, too, in front of their titles.
func TestDeals_look_alike_by_client_and_title_without_the_counter(t *testing.T) {
	t.Parallel()
	s := newShop(t, emulator.Options{DealFormat: "-"})
	for i, title := range []string{"СД4: Заказ 3", "17: Заказ 3", "Заказ 3", "СД4: СД5: Заказ  3"} {
		s.must(s.SeedDeal(emulator.Deal{Title: title, CLID: seller, Step: "20"}))
		seen, err := s.deals.Read(t.Context(), order+1+int64(i))
		s.must(err)
		if got := seen.Entry.Keys; got.Title != "1 заказ 3" || got.Party != "1" {
			t.Errorf("%s: %+v", title, got)
		}
	}
	m := mappingOf(t, dealSpec)
	keys := endpoint.DealKeys(m)
	for title, want := range map[string]string{
		"Заказ 3": "1 заказ 3", "А4: Заказ 3": "1 заказ 3", "А4:Заказ 3": "1 а4:заказ 3", "Срочно: Заказ 3": "1 срочно: заказ 3",
		"Заказ 3: доставка": "1 заказ 3: доставка", "СД4: ": "1 сд4:", "": "",
	} {
		values := make([]record.Value, m.Schema().Len())
		for name, text := range map[string]string{"client": "1", "title": title} {
			f := m.Schema().Index(name)
			values[f] = record.Of(text, m.CanonSource(f, text))
		}
		if got := keys(values); got.Title != want || got.Party != "1" {
			t.Errorf("%q: %+v", title, got)
		}
	}
}

func TestWhat_the_API_cannot_do_to_a_deal_is_refused(t *testing.T) {
	t.Parallel()
	for name, fields := range map[string]map[string]string{
		"a specification":       {"lines": "А-1 | Товар | 1 | 1", "content": "Новое"},
		"a closing undone":      {"status_close": ""},
		"sums without closing":  {"kol_fact": "10"},
		"an unknown client":     {"client": "77"},
		"an unknown new status": {"status_close": "Ничья"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, emulator.Options{})
			if err := s.deals.Update(t.Context(), change(order, nil, fields)); fate(t, err) != engine.FateRefused {
				t.Errorf("got %v", err)
			}
			if s.writes() != "" {
				t.Errorf("sent %s", s.writes())
			}
		})
	}
	s := newShop(t, emulator.Options{})
	if !s.deals.FixedLines() {
		t.Error("v3 writes no specification of a deal that is there")
	}
	if err := s.deals.Update(t.Context(), change(99, nil, map[string]string{"content": "Новое"})); fate(t, err) != engine.FateGone {
		t.Errorf("a deal that is gone: %v", err)
	}
}

// Closing moves a deal to the last stage and takes the margin of a lost one; that
// is no edit, and a closing whose answer was lost must be known again.
func TestA_closed_deal_shows_its_closing_and_what_is_its_own(t *testing.T) {
	t.Parallel()
	for status, margin := range map[string]string{"Победа полная": "90", "Проигрыш по цене": "0"} {
		s := newShop(t, emulator.Options{})
		s.must(s.deals.Update(t.Context(), change(order, nil, map[string]string{
			"status_close": status, "kol_fact": "900", "close_marga": margin, "des_fact": "Так",
		})))
		seen, err := s.deals.Read(t.Context(), order)
		s.must(err)
		got := textsOf(t, mappingOf(t, dealSpec), seen)
		if got["status_close"] != status || got["kol_fact"] != "900.00" && got["kol_fact"] != "900" || got["des_fact"] != "Так" {
			t.Errorf("got %v", got)
		}
		if text, told := got["close_marga"]; told != (margin != "0") || told && text != margin {
			t.Errorf("%s: margin %v", status, got)
		}
		for _, name := range []string{"step", "marga"} {
			if text, told := got[name]; told {
				t.Errorf("%s is %s", name, text)
			}
		}
		if seen.Locked != reconcile.ReasonDealClosed {
			t.Errorf("locked %q", seen.Locked)
		}
	}
}

func TestAn_answer_lost_in_the_middle_of_an_update_leaves_it_in_doubt(t *testing.T) {
	t.Parallel()
	all := map[string]string{"content": "Новое", "step": "60", "status_close": "Победа полная"}
	for _, action := range []string{"deal/update", "deal/change.step", "deal/close"} {
		for _, phase := range []emulator.Phase{emulator.PhaseBefore, emulator.PhaseAfter} {
			t.Run(action+" "+string(phase), func(t *testing.T) {
				t.Parallel()
				s := newShop(t, emulator.Options{})
				s.must(s.Faults(emulator.Fault{Action: action, Phase: phase, Kind: emulator.KindDrop, Times: 1}))
				if err := s.deals.Update(t.Context(), change(order, nil, all)); fate(t, err) != engine.FateUnknown {
					t.Errorf("got %v", err)
				}
				err := s.deals.Update(t.Context(), change(order, nil, all)) // as if nothing had been seen of the first
				if over := action == "deal/close" && phase == emulator.PhaseAfter; over != (err != nil) || over && fate(t, err) != engine.FateRefused {
					t.Errorf("sent again: %v", err)
				}
				d := s.deal(order)
				if d.Fields["content"] != "Новое" || !d.Closed || d.Step != "100" || len(d.Log) != 2 {
					t.Errorf("%+v", d)
				}
				s.books()
			})
		}
	}
	s := newShop(t, emulator.Options{})
	s.must(s.Faults(emulator.Fault{Action: "deal/close", Kind: emulator.KindRedirect}))
	if err := s.deals.Update(t.Context(), change(order, nil, all)); fate(t, err) != engine.FateUnknown {
		t.Errorf("after half of an update: %v", err)
	}
}

func TestAn_update_of_which_nothing_was_sent_before_is_as_its_one_request_ended(t *testing.T) {
	t.Parallel()
	s := newShop(t, emulator.Options{})
	s.must(s.Faults(emulator.Fault{Action: "deal/close", Kind: emulator.KindUnauth}))
	if err := s.deals.Update(t.Context(), change(order, nil, map[string]string{"status_close": "Победа полная"})); fate(t, err) != engine.FateAuth {
		t.Errorf("got %v", err)
	}
}

func TestA_deal_says_what_an_add_leaves_and_what_nothing_can_change(t *testing.T) {
	t.Parallel()
	schema := newShop(t, emulator.Options{}).deals.Schema()
	var later, fixed []string
	for i := range schema.Len() {
		f := schema.Field(i)
		if f.Later {
			later = append(later, f.Name)
		}
		if f.Fixed {
			fixed = append(fixed, f.Name)
		}
	}
	slices.Sort(later)
	if !slices.Equal(later, []string{"close_marga", "des_fact", "kol_fact", "lines", "status_close"}) || !slices.Equal(fixed, []string{"lines"}) {
		t.Errorf("later %v, fixed %v", later, fixed)
	}
}

func TestA_deal_that_was_cut_off_between_its_lines_shows_what_arrived(t *testing.T) {
	t.Parallel()
	s := newShop(t, emulator.Options{})
	op := conformants()[0].op()
	s.must(s.Faults(emulator.Fault{Action: "deal/add", Phase: emulator.PhaseDuring, Record: 3, Kind: emulator.KindDrop}))
	if _, err := send(t, s.deals, op); fate(t, err) != engine.FateUnknown {
		t.Errorf("got %v", err)
	}
	found, err := s.deals.Find(t.Context(), sought(op))
	s.must(err)
	if got := textsOf(t, mappingOf(t, dealSpec), found)["lines"]; got != "А-1 | Товар | 2 | 150" {
		t.Errorf("lines %q", got)
	}
	s.books()
}

func TestA_deal_that_was_billed_is_not_deleted(t *testing.T) {
	t.Parallel()
	s := newShop(t, emulator.Options{})
	s.bill(5, "УТ-5", "300")
	if err := s.deals.Delete(t.Context(), order); fate(t, err) != engine.FateHasDeals {
		t.Errorf("got %v", err)
	}
	s.must(s.DeleteInvoice(5))
	s.must(s.deals.Delete(t.Context(), order))
	if len(s.Deals()) != 0 {
		t.Error("it is there still")
	}
}

func TestA_field_of_deals_that_is_switched_off_is_absent(t *testing.T) {
	t.Parallel()
	s := newShop(t, emulator.Options{})
	s.SetActiveDealFields("title", "step", "kol")
	s.must(s.EditLines(order)) // with lines, the CRM counts the sum from them
	seen, err := s.deals.Read(t.Context(), order)
	s.must(err)
	got := textsOf(t, mappingOf(t, dealSpec), seen)
	for name, want := range map[string]bool{"content": false, "tip": false, "payer": false, "user": false, "client": true, "step": true, "kol": true} {
		if _, told := got[name]; told != want {
			t.Errorf("%s: told %v", name, told)
		}
	}
}

func TestA_scan_of_deals_sees_moves_of_stage_that_the_CRM_does_not_date(t *testing.T) {
	t.Parallel()
	s := newShop(t, emulator.Options{})
	s.must(s.SeedDeal(emulator.Deal{Title: "Заказ 9", CLID: seller, Step: "20"}))
	s.must(s.MoveStep(order, "80"))
	steps := map[int64]string{}
	q := engine.ScanQuery{Above: order, Changed: today(), Values: true}
	s.must(s.deals.Scan(t.Context(), q, func(o engine.Observed) error {
		steps[o.Entry.CLID] = textsOf(t, mappingOf(t, dealSpec), o)["step"]
		return nil
	}))
	if steps[order] != "80" || steps[2] != "20" {
		t.Errorf("stages %v", steps)
	}
	var ids []int64
	s.must(s.deals.Scan(t.Context(), engine.ScanQuery{Above: order}, func(o engine.Observed) error { ids = append(ids, o.Entry.CLID); return nil }))
	if !slices.Equal(ids, []int64{2}) {
		t.Errorf("above the first: %v", ids)
	}
	stop := errors.New("enough")
	if err := s.deals.Scan(context.WithoutCancel(t.Context()), q, func(engine.Observed) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("a yield that ends the scan: %v", err)
	}
}

// The servers of today die of a specification in v1, and of every update; what is
// known of that comes before anything is sent.
func TestWhat_v1_cannot_do_on_the_servers_of_today_is_refused(t *testing.T) {
	t.Parallel()
	s := shopOn(t, crmapi.DealsV1, dealSpec, emulator.Options{})
	foresee := func(op *engine.Op) error { _, err := s.deals.Foresee(t.Context(), op); return err }
	edit := change(order, nil, map[string]string{"content": "Новое"})
	_, err := send(t, s.deals, conformants()[0].op())
	var sent, planned *engine.WriteError
	for what, both := range map[string][2]error{ // by what the refusal names
		"specification": {err, foresee(conformants()[0].op())},
		"content":       {s.deals.Update(t.Context(), edit), foresee(edit)},
	} {
		if !errors.As(both[0], &sent) || sent.Fate != engine.FateRefused || sent.Code != engine.RefusedDialect || sent.Text != what {
			t.Errorf("%s: %v", what, both[0])
		}
		if !errors.As(both[1], &planned) || planned.Code != sent.Code || planned.Text != sent.Text {
			t.Errorf("%s is planned: %v", what, both[1])
		}
	}
	if s.writes() != "" {
		t.Errorf("sent %s", s.writes())
	}
	s.must(foresee(change(order, nil, map[string]string{"step": "60"})))
	s.must(s.deals.Update(t.Context(), change(order, nil, map[string]string{"step": "60"})))
	if s.deal(order).Step != "60" {
		t.Error("a stage can be changed all the same")
	}
}

// A deal with invoices stays in the CRM, whoever asks; so no plan promises to remove it.
func TestThe_removal_of_a_deal_with_invoices_is_refused_ahead(t *testing.T) {
	t.Parallel()
	s := shopOn(t, crmapi.DealsV3, dealSpec, emulator.Options{})
	remove := &engine.Op{Kind: engine.OpDelete, CLID: order}
	_, err := s.deals.Foresee(t.Context(), remove)
	s.must(err)
	s.must(s.SeedInvoice(emulator.Invoice{DID: order, Number: "СЧ-1", Sum: "10"}))
	var planned, sent *engine.WriteError
	if _, err := s.deals.Foresee(t.Context(), remove); !errors.As(err, &planned) {
		t.Fatalf("planned: %v", err)
	}
	if err := s.deals.Delete(t.Context(), order); !errors.As(err, &sent) || sent.Code != planned.Code || sent.Fate != planned.Fate {
		t.Errorf("sent: %v, planned: %v", err, planned)
	}
}

func TestLines_whose_units_the_CRM_hides_are_not_compared(t *testing.T) {
	t.Parallel()
	units := strings.Replace(dealSpec, "artikul: {column: Артикул}", "edizm: {column: Ед}", 1)
	for spec, told := range map[string]bool{dealSpec: true, units: false} {
		s := shopOn(t, crmapi.DealsV1, spec, emulator.Options{})
		seen, err := s.deals.Read(t.Context(), order)
		s.must(err)
		if _, ok := textsOf(t, mappingOf(t, spec), seen)["lines"]; ok != told {
			t.Errorf("lines told: %v", ok)
		}
	}
}
