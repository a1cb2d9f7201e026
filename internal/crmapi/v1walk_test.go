package crmapi_test

import (
	"strings"
	"testing"

	"syncd/internal/crmapi"
	"syncd/internal/crmapi/emulator"
)

// A deal that is closed, or opened again, while the documented lists of open and of
// closed deals are read one after the other is in one of them at every moment, and
// is returned once, whenever that happens. One that is deleted above takes none of
// those that stay with it.
func TestADealThatMovesBetweenTheListsOfV1IsReturned(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"close", "reopen", "delete"} {
		for at := 1; at <= 6; at++ {
			m := contractCRM(t, emulator.Options{AsDocumented: true})
			for i := range 230 {
				d := emulator.Deal{Title: "Д", CLID: 1}
				if i == 10 {
					d.Closed, d.Status, d.ClosedOn = true, "Победа полная", "2026-01-01"
				}
				must(t, m.em.SeedDeal(d))
			}
			requests := 0
			m.em.OnRequest(func(emulator.Arrival) {
				if requests++; requests != at {
					return
				}
				switch what {
				case "close":
					must(t, m.em.CloseDeal(20, "Победа полная", "1", ""))
				case "reopen":
					must(t, m.em.ReopenDeal(11))
				case "delete":
					must(t, m.em.DeleteDeal(230))
				}
			})
			seen := map[int64]int{}
			for o, err := range m.d.All(t.Context(), crmapi.DealQuery{}) {
				must(t, err)
				seen[o.DID]++
			}
			for did := int64(1); did < 230; did++ {
				if seen[did] != 1 {
					t.Errorf("%s before request %d: deal %d came %d times", what, at, did, seen[did])
				}
			}
		}
	}
}

// Where each client is asked for by itself, one may be gone when its turn comes.
func TestAClientThatGoesBeforeItsCardIsLeftOut(t *testing.T) {
	t.Parallel()
	em := emulator.New(emulator.Options{AsDocumented: true})
	c := client(t, v1Old(t, em), func(cfg *crmapi.Config) {
		cfg.Dialect, cfg.Login, cfg.APIKey = crmapi.V1, emulator.DefaultLogin, crmapi.NewSecret(em.Key())
	})
	seedV1(t, em, emulator.Client{Title: "А"}, emulator.Client{Title: "Б"}, emulator.Client{Title: "В"})
	if _, err := c.Traits(t.Context()); err != nil {
		t.Fatal(err)
	}
	em.OnRequest(func(a emulator.Arrival) {
		if a.Action == "info" && strings.Contains(a.Body, "clid=3") {
			must(t, em.Delete(2))
		}
	})
	var got []string
	for o, err := range c.Clients(t.Context(), crmapi.ListQuery{}) {
		must(t, err)
		got = append(got, o.Fields["title"].S)
	}
	if strings.Join(got, "") != "ВА" {
		t.Error(got)
	}
}
