package engine_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"syncd/internal/crmapi/emulator"
	"syncd/internal/engine"
	"syncd/internal/reconcile"
	"syncd/internal/record"
)

// ordersOf are orders of n lines each.
func ordersOf(lines ...int) (rows []string) {
	for i, n := range lines {
		key := fmt.Sprint("o", i)
		for range n {
			rows = append(rows, strings.Replace(order(key, "c1", fmt.Sprint(10*n), "20", ""), fmt.Sprint(";Насос;1;", 10*n), ";Насос;1;10", 1))
		}
	}
	return rows
}

// A source of lines that was cut short between two rows looks whole: the lines that
// the orders had and lack now tell, whether lines go with the add alone or always, and
// go on telling until they are back.
func TestLinesThatAreGoneByTheDozenStopTheRun(t *testing.T) {
	t.Parallel()
	for _, addOnly := range []bool{false, true} {
		t.Run(fmt.Sprint("when add ", addOnly), func(t *testing.T) {
			t.Parallel()
			w := newTrade(t, emulator.Options{})
			w.tune = func(_ string, c *engine.Config) {
				c.LinesField, c.Limits.MaxShrink = "lines", reconcile.Limit{}
				var fields []record.Field
				for i := range c.Policy.Schema.Len() {
					f := c.Policy.Schema.Field(i)
					f.AddOnly = f.AddOnly || addOnly && (f.Name == "lines" || f.Name == "kol")
					fields = append(fields, f)
				}
				c.Policy.Schema = record.NewSchema(fields)
			}
			w.rows[orders] = ordersOf(12, 12, 12)
			w.ran("3 created; ; ")
			w.rows[orders] = ordersOf(12, 9, 10, 3)
			if _, err := w.run(orders); err != nil {
				t.Fatalf("5 of 36 lines: %v", err)
			}
			w.rows[orders] = ordersOf(12, 1, 1, 3, 4)
			for range 2 {
				w.later(time.Hour)
				var halt *engine.HaltError
				_, err := w.run(orders)
				if !errors.As(err, &halt) || !halt.Passing || halt.Halts[0].Guard != "max_shrink" {
					t.Errorf("most lines are gone: %v", err)
				}
			}
			if n := len(w.crm.Deals()); n != 4 {
				t.Errorf("%d deals: the new one has lost its lines, too", n)
			}
			w.rows[orders] = ordersOf(12, 9, 10, 3, 4)
			w.later(time.Hour)
			if _, err := w.run(orders); err != nil {
				t.Error(err)
			}
			if n := len(w.crm.Deals()); n != 5 {
				t.Errorf("%d deals", n)
			}
		})
	}
}
