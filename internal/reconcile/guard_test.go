package reconcile_test

import (
	"testing"

	. "syncd/internal/reconcile" //nolint:revive // the tables speak the words of the design, without a prefix
)

func TestCheckSource(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		c     Counts
		l     Limits
		allow Allowances
		want  []Breach
	}{
		{"a first snapshot", Counts{Full: true, Rows: 1, Records: 1}, Limits{}, nil, nil},
		{"no rows", Counts{Full: true}, Limits{}, nil, []Breach{{Guard: MinRows, Found: 0, Limit: 1}}},
		{"no rows in a delta", Counts{PreviousRecords: 500}, Limits{}, nil, nil},
		{"fewer rows than configured", Counts{Full: true, Rows: 99}, Limits{MinRows: Number(100)}, nil, []Breach{{Guard: MinRows, Found: 99, Limit: 100}}},
		{"… allowed once", Counts{Full: true, Rows: 99}, Limits{MinRows: Number(100)}, Allowances{MinRows: 90}, nil},
		{"… off", Counts{Full: true}, Limits{MinRows: Off()}, nil, nil},
		{"shrunk by 20 %", Counts{Full: true, Rows: 80, Records: 80, PreviousRecords: 100}, Limits{}, nil, nil},
		{"shrunk by 21 %", Counts{Full: true, Rows: 79, Records: 79, PreviousRecords: 100}, Limits{}, nil, []Breach{{Guard: MaxShrink, Found: 21, Limit: 20, Of: 100, Percent: 2000}}},
		{"rejected rows are not gone", Counts{Full: true, Rows: 5, Records: 3, Rejected: 2, PreviousRecords: 5}, Limits{}, nil, nil},
		{"… of 3 records", Counts{Full: true, Rows: 2, Records: 2, PreviousRecords: 3}, Limits{}, nil, []Breach{{Guard: MaxShrink, Found: 1, Limit: 0, Of: 3, Percent: 2000}}},
		{"10 lines of 11", Counts{Lines: 1, PreviousLines: 11}, Limits{}, nil, []Breach{{Guard: MaxShrink, Found: 10, Limit: 9, Of: 11, Percent: 2000, Lines: true}}},
		{"9 lines of 11", Counts{Lines: 2, PreviousLines: 11}, Limits{}, nil, nil},
		{"… allowed", Counts{Full: true, Rows: 79, Records: 79, PreviousRecords: 100}, Limits{}, Allowances{MaxShrink: 21}, nil},
		{"… a number", Counts{Full: true, Rows: 79, Records: 79, PreviousRecords: 100}, Limits{MaxShrink: Number(5)}, nil, []Breach{{Guard: MaxShrink, Found: 21, Limit: 5, Of: 100}}},
		{"grown", Counts{Full: true, Rows: 200, Records: 200, PreviousRecords: 100}, Limits{}, nil, nil},
		{"rejects, 49 rows", Counts{Full: true, Rows: 49, Records: 1, Rejected: 48}, Limits{}, nil, nil},
		{"rejects, 50 rows", Counts{Full: true, Rows: 50, Records: 39, Rejected: 11}, Limits{}, nil, []Breach{{Guard: MaxReject, Found: 11, Limit: 10, Of: 50, Percent: 2000}}},
		{"rejects, a number, few rows", Counts{Full: true, Rows: 9, Rejected: 2}, Limits{MaxReject: Number(1)}, nil, []Breach{{Guard: MaxReject, Found: 2, Limit: 1, Of: 9}}},
		{"rejects in a delta", Counts{Rows: 100, Rejected: 90}, Limits{}, nil, []Breach{{Guard: MaxReject, Found: 90, Limit: 20, Of: 100, Percent: 2000}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			diff(t, tt.want, CheckSource(tt.c, tt.l, tt.allow))
		})
	}
}

func TestCheckPlan(t *testing.T) {
	t.Parallel()
	del := func(found, limit, links int64) []Breach {
		return []Breach{{Guard: MaxDelete, Found: found, Limit: limit, Of: links}}
	}
	first := Counts{FirstRun: true, WithoutUID: 50, Creates: 51}
	tests := []struct {
		name  string
		c     Counts
		l     Limits
		allow Allowances
		want  []Breach
	}{
		{"nothing to do", Counts{}, Limits{}, nil, nil},
		{"3 deletes of 5", Counts{Linked: 5, Deletes: 3}, Limits{}, nil, nil},
		{"4 deletes of 5", Counts{Linked: 5, Deletes: 4}, Limits{}, nil, del(4, 3, 5)},
		{"11 deletes of 100", Counts{Linked: 100, Deletes: 11}, Limits{}, nil, del(11, 10, 100)},
		{"51 deletes of 10,000", Counts{Linked: 10_000, Deletes: 51}, Limits{}, nil, del(51, 50, 10_000)},
		{"104 deletes, allowed", Counts{Linked: 10_000, Deletes: 104}, Limits{}, Allowances{MaxDelete: 104}, nil},
		{"105 deletes, 104 allowed", Counts{Linked: 10_000, Deletes: 105}, Limits{}, Allowances{MaxDelete: 104}, del(105, 104, 10_000)},
		{"an allowance lowers nothing", Counts{Linked: 5, Deletes: 3}, Limits{}, Allowances{MaxDelete: 1}, nil},
		{"a share of deletes", Counts{Linked: 100, Deletes: 3}, Limits{MaxDelete: Percent(200)}, nil, []Breach{{Guard: MaxDelete, Found: 3, Limit: 2, Of: 100, Percent: 200}}},
		{"deletes, off", Counts{Linked: 100, Deletes: 100}, Limits{MaxDelete: Off()}, nil, nil},
		{"19 links, all updated", Counts{Linked: 19, Updates: 19}, Limits{}, nil, nil},
		{"a share of 19 links says nothing", Counts{Linked: 19, Updates: 60}, Limits{}, nil, nil},
		{"50 updates of 100", Counts{Linked: 100, Updates: 50}, Limits{}, nil, nil},
		{"51 updates of 100", Counts{Linked: 100, Updates: 51}, Limits{}, nil, []Breach{{Guard: MaxUpdate, Found: 51, Limit: 50, Of: 100, Percent: 3000}}},
		{"301 updates of 1,000", Counts{Linked: 1000, Updates: 301}, Limits{}, nil, []Breach{{Guard: MaxUpdate, Found: 301, Limit: 300, Of: 1000, Percent: 3000}}},
		{"a number of updates, few links", Counts{Linked: 5, Updates: 2}, Limits{MaxUpdate: Number(1)}, nil, []Breach{{Guard: MaxUpdate, Found: 2, Limit: 1, Of: 5}}},
		{"10 cleared of 100", Counts{Linked: 100, Clears: 10}, Limits{}, nil, nil},
		{"11 cleared of 100", Counts{Linked: 100, Clears: 11}, Limits{}, nil, []Breach{{Guard: MaxClear, Found: 11, Limit: 10, Of: 100, Percent: 500}}},
		{"51 cleared of 1,000", Counts{Linked: 1000, Clears: 51}, Limits{}, nil, []Breach{{Guard: MaxClear, Found: 51, Limit: 50, Of: 1000, Percent: 500}}},
		{"51 adds at first, CRM full of strangers", first, Limits{}, nil, []Breach{{Guard: MaxCreate, Found: 51, Limit: 50}}},
		{"… 50 adds", Counts{FirstRun: true, WithoutUID: 50, Creates: 50}, Limits{}, nil, nil},
		{"… 49 strangers", Counts{FirstRun: true, WithoutUID: 49, Creates: 1000}, Limits{}, nil, nil},
		{"… adopted", Counts{FirstRun: true, WithoutUID: 50, Creates: 1000, Adopted: true}, Limits{}, nil, nil},
		{"… not the first run", Counts{WithoutUID: 50, Creates: 1000}, Limits{}, nil, nil},
		{"… allowed", first, Limits{}, Allowances{MaxCreate: 51}, nil},
		{"a number of adds counts on every run", Counts{Creates: 11}, Limits{MaxCreate: Number(10)}, nil, []Breach{{Guard: MaxCreate, Found: 11, Limit: 10}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			diff(t, tt.want, CheckPlan(tt.c, tt.l, tt.allow))
		})
	}

	all := Counts{Linked: 100, Creates: 1000, Updates: 100, Clears: 100, Deletes: 100, FirstRun: true, WithoutUID: 100}
	var order []Guard
	for _, b := range CheckPlan(all, Limits{}, nil) {
		order = append(order, b.Guard)
	}
	diff(t, []Guard{MaxDelete, MaxUpdate, MaxClear, MaxCreate}, order)
}
