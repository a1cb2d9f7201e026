package main

import (
	"strings"
	"testing"

	"syncd/internal/config"
	"syncd/internal/engine"
	"syncd/internal/reconcile"
)

// A record that several of the CRM fit is linked to none by a word that names none.
func TestOfSeveralThatFitAllAreNamedAndNoneIsOffered(t *testing.T) {
	t.Parallel()
	in := &installation{app: &app{lang: "en"}, cfg: &config.Config{Jobs: map[string]*config.Job{"orders.invoices": {Entity: config.EntityInvoice}}}}
	several := &engine.Hold{UID: "i1", Reason: reconcile.ReasonMatchAmbiguous, OtherOwner: "3, 4"}
	m := in.holdMessage("orders.invoices", several, nil)
	if !strings.Contains(m.What, "crid 3, crid 4") || !strings.Contains(m.Next, "another number") || strings.Contains(m.Next, "link") {
		t.Errorf("got %+v", m)
	}
	if got := strings.Join(takesOf(several), " "); got != "ignore" {
		t.Errorf("offered: %s", got)
	}
	one := &engine.Hold{UID: "A-1", Reason: reconcile.ReasonMatchAmbiguous, CLID: 7, OtherOwner: "clients/A-5"}
	if got := strings.Join(takesOf(one), " "); got != "link add ignore" || len(one.NumbersOf()) != 0 {
		t.Errorf("of one that several records fit: %s", got)
	}
}
