package crmapi_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/crmapi"
	"syncd/internal/crmapi/emulator"
)

// seedDeals seeds deals 1 to n, step dids apart; every third is closed.
func seedDeals(t testing.TB, m dealCRM, n int, step int64) {
	t.Helper()
	deals := make([]emulator.Deal, n)
	for i := range deals {
		deals[i] = emulator.Deal{
			DID: int64(i+1) * step, CLID: int64(1 + i%2), Title: "Т", Created: "2026-01-01", Closed: i%3 == 0, Edited: fmt.Sprintf("2026-01-%02d", 1+i%28),
		}
	}
	must(t, m.em.SeedDeal(deals...))
	m.em.SetActiveDealFields("step")
}

func readDeals(t testing.TB, m dealCRM, q crmapi.DealQuery) (order []int64) {
	t.Helper()
	given := map[int64]bool{}
	for o, err := range m.d.All(t.Context(), q) {
		must(t, err)
		if given[o.DID] {
			t.Errorf("deal %d comes twice", o.DID)
		}
		given[o.DID] = true
		order = append(order, o.DID)
	}
	return order
}

func sorted(ids []int64) []int64 {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	return ids
}

func TestAllDealsOfAQuery(t *testing.T) {
	t.Parallel()
	for name, o := range dialects() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newDealCRM(t, o)
			seedDeals(t, m, 410, 2)
			for _, q := range []crmapi.DealQuery{
				{},
				{Above: 500},
				{Above: 820},
				{CLID: 2},
				{CLID: 2, Above: 300, Invoices: true},
				{ChangedFrom: "2026-01-10 15:00:00", ChangedTo: "2026-01-11"},
				{ChangedFrom: "2026-01-10", ChangedTo: "2026-01-10", CLID: 1},
				{ChangedTo: "2026-01-02"},
				{CLID: 7},
			} {
				var want []int64
				for _, d := range m.em.Deals() {
					from, to := q.ChangedFrom[:min(10, len(q.ChangedFrom))], q.ChangedTo
					if d.DID > q.Above && (q.CLID == 0 || d.CLID == q.CLID) && d.Edited >= from && (to == "" || d.Edited <= to) {
						want = append(want, d.DID)
					}
				}
				got := readDeals(t, m, q)
				if diff := cmp.Diff(want, sorted(got)); diff != "" {
					t.Errorf("%+v: %s", q, diff)
				}
				newestFirst := slices.IsSortedFunc(got, func(a, b int64) int { return int(b - a) })
				if !o.AsDocumented && !newestFirst {
					t.Errorf("%+v: %v", q, got)
				}
			}
			newest, err := m.d.Newest(t.Context())
			if err != nil || len(newest) < crmapi.PageSize || newest[0].DID != 820 || newest[1].DID != 818 {
				t.Errorf("newest: %d, %v", len(newest), err)
			}
		})
	}
}

// Whatever is deleted, closed and opened again between two requests: every deal that
// was there all the time is returned once.
func TestAllDealsWhileTheCRMChanges(t *testing.T) {
	t.Parallel()
	const n = 615 // two pages of closed ones
	for name, o := range dialects() {
		for _, at := range []int{2, 3, 6} {
			t.Run(fmt.Sprint(name, ", before request ", at), func(t *testing.T) {
				t.Parallel()
				m := newDealCRM(t, o)
				must(t, m.em.SeedDeal(emulator.Deal{DID: n + 1, CLID: 1, Title: "Т"}))
				seedDeals(t, m, n, 1)
				m.em.OnRequest(func(a emulator.Arrival) {
					if a.Seq == at {
						must(t, m.em.DeleteDeal(n-2)) // the newest closed one
						must(t, m.em.DeleteDeal(n))
						must(t, m.em.CloseDeal(n-1, "Победа полная", "", ""))
						must(t, m.em.CloseDeal(2, "Победа полная", "", ""))
						must(t, m.em.ReopenDeal(n-5))
						must(t, m.em.ReopenDeal(1))
					}
				})
				got := sorted(readDeals(t, m, crmapi.DealQuery{}))
				for did := int64(1); did < n; did++ {
					if _, there := slices.BinarySearch(got, did); did != n-2 && !there {
						t.Errorf("deal %d is missing", did)
					}
				}
			})
		}
	}
}

// A row that cannot be read costs itself alone.
func TestADealThatCannotBeRead(t *testing.T) {
	t.Parallel()
	s := answer(t, `{"data":[{"did":3,"clid":1,"close":"no"},{"did":2,"title":"\xff"},{"did":1,"close":"no"},[]],"params":{"pageall":1},"count":4}`)
	var got []string
	for o, err := range client(t, s.URL).Deals(crmapi.DealsV3).All(t.Context(), crmapi.DealQuery{}) {
		got = append(got, fmt.Sprint(o.DID, " ", class(err)))
	}
	if diff := cmp.Diff([]string{"3 class_0", "1 class_0", "2 unreadable", "0 unreadable"}, got); diff != "" {
		t.Error(diff)
	}
}

// A row of which not even the number is known may be the deal, or its invoice, that
// is asked for: nobody says that it is not there, and the others are read all the same.
func TestARowWithoutANumberMayBeTheOneThatIsAskedFor(t *testing.T) {
	t.Parallel()
	s := answer(t, `{"data":[{"did":3,"clid":1,"close":"no","invoice":[{"id":8,"did":3,"invoice":"7","summa":"5"}]},"\xff"],"params":{"pageall":1},"count":2}`)
	d := client(t, s.URL).Deals(crmapi.DealsV3)
	if _, err := d.InvoicesOf(t.Context(), 2); class(err) != crmapi.ClassUnreadable {
		t.Errorf("of another deal: %v", err)
	}
	s = serve(t, func(w http.ResponseWriter, n int) {
		_, _ = io.WriteString(w, []string{
			`{"data":[{"id":8,"did":3,"date":"2026-01-02","summa":"5"},"\xff"],"count":2,"params":{"pageall":1}}`,
			`{"data":[{"did":3,"clid":1,"close":"no","invoice":[{"id":8,"invoice":"7","summa":"5","date":"2026-01-02"}]},{"did":2,"title":"\xff"}],"params":{"pageall":1},"count":2}`,
		}[min(n, 2)-1])
	})
	var got []string
	for in, err := range client(t, s.URL).Deals(crmapi.DealsV3).Invoices(t.Context(), crmapi.InvoiceQuery{From: "2026-01-01", To: "2026-12-31"}) {
		got = append(got, fmt.Sprint(in.DID, " ", in.ID, " ", class(err)))
	}
	if diff := cmp.Diff([]string{"3 8 class_0", "2 0 unreadable"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestALookupOfADeal(t *testing.T) {
	t.Parallel()
	for name, o := range dialects() {
		o.Logins = []emulator.Login{{ID: 1, Login: emulator.DefaultLogin, Active: true}, {ID: 2, Login: "other@example.org", Active: true}}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newDealCRM(t, o)
			for did := int64(1); did <= 230; did++ { // many with the digit 1
				must(t, m.em.SeedDeal(emulator.Deal{DID: did, CLID: 9, Title: "Т", UID: fmt.Sprint("U", did), Closed: did%2 == 0}))
			}
			must(t, m.em.SeedDeal(emulator.Deal{DID: 300, CLID: 1, Title: "Чужая", UID: "U300", Owner: "other@example.org"}))
			for _, did := range []int64{1, 2, 11, 230} {
				o, err := m.d.ByDID(t.Context(), did)
				if err != nil || o.DID != did || o.UID != fmt.Sprint("U", did) || o.Closed != (did%2 == 0) || o.CLID != 9 || !o.LinesKnown || !o.InvoicesKnown {
					t.Errorf("%+v, %v", o, err)
				}
			}
			for what, err := range map[string]error{
				"no such did":        second(m.d.ByDID(t.Context(), 999)),
				"a did of another's": second(m.d.ByDID(t.Context(), 300)),
			} {
				if class(err) != crmapi.ClassInvisible {
					t.Errorf("%s: %v", what, err)
				}
			}
			for what, err := range map[string]error{
				"no such uid":        second(m.d.ByUID(t.Context(), "zzz")),
				"a uid of another's": second(m.d.ByUID(t.Context(), "U300")),
			} {
				if class(err) != crmapi.ClassNotFound {
					t.Errorf("%s: %v", what, err)
				}
			}
		})
	}
}

// So it is with contacts, also for a login of API v1.
func TestProbePersons(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		persons, others string
		want, fails     bool
	}{
		"the fields of contacts":  {`{"data":{"pid":"id","person":"Имя"}}`, "", true, false},
		"no such method":          {`{"result":"Error","error":{"code":402,"text":"x"}}`, "", false, false},
		"no such script":          {"", `{"data":{"clid":"Клиент"}}`, false, false},
		"nothing, as of anything": {"", "", false, true},
		"a page of maintenance":   {`<html>`, `{"data":{"clid":"Клиент"}}`, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, func(w http.ResponseWriter, n int) {
				if n == 1 {
					_, _ = io.WriteString(w, tc.persons)
					return
				}
				_, _ = io.WriteString(w, tc.others)
			})
			there, err := client(t, s.URL).ProbePersons(t.Context())
			if there != tc.want || (err != nil) != tc.fails {
				t.Errorf("%t, %v", there, err)
			}
		})
	}
}

// A CRM without the method deal says so in one of several ways; whatever else comes
// back tells nothing.
func TestProbeDeals(t *testing.T) {
	t.Parallel()
	const clients = `{"data":{"clid":"Клиент"}}`
	for name, tc := range map[string]struct {
		status        int
		deals, others string
		want          crmapi.DealAPI
	}{
		"the fields of deals":         {200, string(captureBody(t, "deal_fields")), clients, crmapi.DealsV3},
		"no such method":              {200, `{"result":"Error","error":{"code":402,"text":"Неизвестный метод"}}`, clients, crmapi.DealsV1},
		"the same, without a result":  {200, `{"error":{"code":"404","text":"x"}}`, clients, crmapi.DealsV1},
		"no such page":                {404, `<html>`, clients, crmapi.DealsV1},
		"no such script":              {200, "\n\n", clients, crmapi.DealsV1},
		"nothing, as of anything":     {200, "", "", ""},
		"a page of maintenance":       {200, `<html>`, clients, ""},
		"the database is down":        {200, "Ошибка подключения к БД", clients, ""},
		"the key is refused":          {200, `{"result":"Error","error":{"code":401,"text":"x"}}`, clients, ""},
		"the server is down":          {502, ``, clients, ""},
		"JSON of another API":         {200, `{"data":{"id":"x"}}`, clients, ""},
		"an empty answer of PHP":      {200, `[]`, clients, ""},
		"an error that nobody knows":  {200, `{"result":"Error","error":{"code":500}}`, clients, ""},
		"the fields of other records": {200, clients, clients, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, func(w http.ResponseWriter, n int) {
				if n == 1 {
					w.WriteHeader(tc.status)
					_, _ = io.WriteString(w, tc.deals)
					return
				}
				_, _ = io.WriteString(w, tc.others)
			})
			api, err := client(t, s.URL).ProbeDeals(t.Context())
			if api != tc.want || (err == nil) != (tc.want != "") {
				t.Errorf("%q, %v", api, err)
			}
		})
	}
}
