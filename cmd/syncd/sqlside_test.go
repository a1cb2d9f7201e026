package main

import "testing"

// A part is set up among the parts of its job, and errors must name that place.
func TestSettingsOfAPartAreThoseThatTheConfigurationHas(t *testing.T) {
	t.Parallel()
	for job, want := range map[string]string{"orders": "jobs.orders", "orders.invoices": "jobs.orders.parts.invoices"} {
		if got := settingsOf(job); got != want {
			t.Errorf("%s: %s, want %s", job, got, want)
		}
	}
}
