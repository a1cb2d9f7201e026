package reconcile_test

import (
	"fmt"
	"runtime"
	"slices"
	"testing"

	"pgregory.net/rapid"

	. "syncd/internal/reconcile" //nolint:revive // the tables speak the words of the design, without a prefix
)

func mirror(entries ...Entry) *Mirror {
	m := NewMirror()
	for _, e := range entries {
		m.Put(e)
	}
	return m
}

func TestMirror_finds_uids_as_the_CRM_compares_them(t *testing.T) {
	t.Parallel()
	m := mirror(Entry{CLID: 3, UID: "Ёж-1"}, Entry{CLID: 2, UID: "ЕЖ-1 "}, Entry{CLID: 1, UID: "еж-2", Trash: true}, Entry{CLID: 9})
	diff(t, []int64{2, 3}, m.ByUID("ёж-1"))
	diff(t, []int64{1}, m.ByUID("ЕЖ-2  "))
	diff(t, []int64(nil), m.ByUID("еж-3"))
	diff(t, []int64(nil), m.ByUID(""))
	diff(t, []any{4, 1, true, false}, []any{m.Len(), m.WithoutUID(), m.Trashed(1), m.Trashed(2)})
}

func TestMirror_put_replaces_and_remove_forgets(t *testing.T) {
	t.Parallel()
	m := mirror(Entry{CLID: 1, Keys: keys(innA, "")}, Entry{CLID: 2, Keys: keys(innB, "")})
	m.Put(Entry{CLID: 1, UID: "u1", Keys: keys(innA, "")})
	m.Remove(2)
	m.Remove(77)
	diff(t, []any{1, 0, true, false}, []any{m.Len(), m.WithoutUID(), m.Has(1), m.Has(2)})
	diff(t, Matching{}, m.Match(keys(innA, ""), MatchOptions{INNKPP: true}, nil))
	diff(t, Matching{}, m.Match(keys(innB, ""), MatchOptions{INNKPP: true}, nil))
	diff(t, []int64{1}, m.ByUID("U1"))
}

func TestMirror_matches(t *testing.T) {
	t.Parallel()
	everything := MatchOptions{INNKPP: true, SuspectINN: true, SuspectPhone: true, SuspectMail: true, SuspectTitle: true}
	suspects := everything
	suspects.INNKPP = false
	linkOnly := MatchOptions{INNKPP: true}

	tests := []struct {
		name string
		crm  []Entry
		k    Keys
		o    MatchOptions
		want Matching
	}{
		{"nothing in common", []Entry{{CLID: 1, Keys: Keys{INN: innB, Title: "лютик"}}}, keys(innA, kppA, tel), everything, Matching{}},
		{"equal ИНН and КПП link", []Entry{{CLID: 1, Keys: keys(innA, kppA)}}, keys(innA, kppA), everything, Matching{Link: []int64{1}}},
		{"equal ИНН, one КПП unknown", []Entry{{CLID: 1, Keys: keys(innA, "")}}, keys(innA, kppA), linkOnly, Matching{Link: []int64{1}}},
		{"another КПП does not link", []Entry{{CLID: 1, Keys: keys(innA, kppB)}}, keys(innA, kppA), linkOnly, Matching{}},
		{"… and is suspect", []Entry{{CLID: 1, Keys: keys(innA, kppB)}}, keys(innA, kppA), everything, Matching{Suspects: []Suspect{{1, ByINN}}}},
		{"several that link", []Entry{{CLID: 5, Keys: keys(innA, "")}, {CLID: 1, Keys: keys(innA, "")}}, keys(innA, ""), everything, Matching{Link: []int64{1, 5}}},
		{"without match: suspects only", []Entry{{CLID: 1, Keys: keys(innA, "")}}, keys(innA, ""), suspects, Matching{Suspects: []Suspect{{1, ByINN}}}},
		{"each kind of suspect", []Entry{
			{CLID: 4, Keys: Keys{Title: "ромашка"}}, {CLID: 3, Keys: Keys{Mails: []string{mail}}}, {CLID: 2, Keys: Keys{Phones: []string{"1", tel, tel}}},
		}, Keys{Title: "ромашка", Phones: []string{tel, "2"}, Mails: []string{mail}}, everything, Matching{Suspects: []Suspect{{2, ByPhone}, {3, ByMail}, {4, ByTitle}}}},
		{"a kind that is off", []Entry{{CLID: 4, Keys: Keys{Title: "ромашка"}}}, Keys{Title: "ромашка"}, linkOnly, Matching{}},
		{"kinds are kept apart", []Entry{{CLID: 4, Keys: Keys{Title: tel}}}, Keys{Phones: []string{tel}}, everything, Matching{}},
		{"whoever carries a uid is no match", []Entry{{CLID: 1, UID: "x", Keys: keys(innA, "")}}, keys(innA, ""), everything, Matching{}},
		{"nor whoever is linked", []Entry{{CLID: 99, Keys: keys(innA, "")}}, keys(innA, ""), everything, Matching{}},
		{"an equal natural key links, whatever the options", []Entry{{CLID: 3, Keys: Keys{Natural: "7 15", Title: "15"}}}, Keys{Natural: "7 15", Title: "15"}, MatchOptions{}, Matching{Link: []int64{3}}},
		{"in the trash: apart", []Entry{{CLID: 1, Trash: true, Keys: keys(innA, "")}, {CLID: 2, Trash: true, Keys: Keys{Phones: []string{tel}}}}, keys(innA, "", tel), everything, Matching{Trashed: []int64{1, 2}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			is99 := func(clid int64) bool { return clid == 99 }
			diff(t, tt.want, mirror(tt.crm...).Match(tt.k, tt.o, is99))
			slices.Reverse(tt.crm)
			diff(t, tt.want, mirror(tt.crm...).Match(tt.k, tt.o, is99))
		})
	}
}

func TestMirror_a_number_that_everybody_shares_is_cheap(t *testing.T) {
	t.Parallel()
	m := NewMirror()
	for i := range 20_000 {
		m.Put(Entry{CLID: int64(i + 1), Keys: Keys{Phones: []string{tel}}})
	}
	for range 1_000 {
		if n := len(m.Match(Keys{Phones: []string{tel}}, MatchOptions{SuspectPhone: true}, nil).Suspects); n != 64 {
			t.Fatalf("%d suspects listed, want 64", n)
		}
	}
}

func TestMirror_memory_per_entry(t *testing.T) { //nolint:paralleltest // measures the heap
	const n = 200_000
	before := heap()
	m := NewMirror()
	for i := range n {
		m.Put(Entry{CLID: int64(i + 1), Keys: Keys{
			INN: fmt.Sprintf("77%08d", i), KPP: kppA, Title: fmt.Sprintf("клиент %d", i),
			Phones: []string{fmt.Sprintf("7999%07d", i)}, Mails: []string{fmt.Sprintf("c%d@example.ru", i)},
		}})
	}
	per := float64(heap()-before) / n
	t.Logf("%.0f bytes an entry", per)
	if per > 150 {
		t.Errorf("%.0f bytes an entry, want at most 150", per)
	}
	if got := m.Match(Keys{INN: "7700012345"}, MatchOptions{INNKPP: true}, nil).Link; !slices.Equal(got, []int64{12346}) {
		t.Errorf("match = %v", got)
	}
	runtime.KeepAlive(m)
}

func heap() uint64 {
	var s runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}

// TestMirror_behaves_like_a_map holds the compact index against a plain map of
// entries, through replacing, removing and compaction.
func TestMirror_behaves_like_a_map(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m, model := NewMirror(), map[int64]Entry{}
		put := func(e Entry) { m.Put(e); model[e.CLID] = e }
		if rapid.Bool().Draw(t, "churn") {
			for i := range 3_000 { // leaves enough dead slots for a compaction
				put(Entry{CLID: int64(i % 100), UID: []string{"", "u1", "U2"}[i%3]})
			}
		}
		for range rapid.IntRange(0, 40).Draw(t, "n") {
			clid := rapid.Int64Range(0, 12).Draw(t, "clid")
			if rapid.IntRange(0, 3).Draw(t, "op") == 0 {
				m.Remove(clid)
				delete(model, clid)
				continue
			}
			put(Entry{
				CLID: clid, UID: rapid.SampledFrom([]string{"", "", "u1", "U1 ", "u2"}).Draw(t, "uid"),
				Trash: rapid.Bool().Draw(t, "trash"), Keys: Keys{INN: rapid.SampledFrom([]string{"", innA, innB}).Draw(t, "inn")},
			})
		}
		var u1, innMatch, trashed []int64
		without := 0
		for clid, e := range model {
			if FoldUID(e.UID) == "u1" {
				u1 = append(u1, clid)
			}
			if e.UID == "" && e.Keys.INN == innA {
				if e.Trash {
					trashed = append(trashed, clid)
				} else {
					innMatch = append(innMatch, clid)
				}
			}
			if e.UID == "" && !e.Trash {
				without++
			}
		}
		slices.Sort(u1)
		slices.Sort(innMatch)
		slices.Sort(trashed)
		got := m.Match(Keys{INN: innA}, MatchOptions{INNKPP: true}, nil)
		if m.Len() != len(model) || m.WithoutUID() != without || !slices.Equal(m.ByUID("u1"), u1) ||
			!slices.Equal(got.Link, innMatch) || !slices.Equal(got.Trashed, trashed) {
			t.Fatalf("len %d/%d without %d/%d u1 %v/%v link %v/%v", m.Len(), len(model), m.WithoutUID(), without, m.ByUID("u1"), u1, got.Link, innMatch)
		}
	})
}

func TestClaims(t *testing.T) {
	t.Parallel()
	type claim struct {
		uid   string
		clids []int64
	}
	type verdict struct {
		clid  int64
		claim Claim
	}
	tests := []struct {
		name   string
		claims []claim
		want   map[string]verdict
	}{
		{"one to one", []claim{{"a", []int64{1}}, {"b", []int64{2}}, {"c", nil}}, map[string]verdict{"a": {1, Sole}, "b": {2, Sole}, "c": {0, Unclaimed}}},
		{"two records, one client", []claim{{"a", []int64{1}}, {"b", []int64{1}}}, map[string]verdict{"a": {0, Ambiguous}, "b": {0, Ambiguous}}},
		{"one record, two clients", []claim{{"a", []int64{1, 2}}, {"b", []int64{2}}, {"c", []int64{3}}}, map[string]verdict{"a": {0, Ambiguous}, "b": {0, Ambiguous}, "c": {3, Sole}}},
		{"said twice is said once", []claim{{"a", []int64{1}}, {"a", []int64{1}}}, map[string]verdict{"a": {1, Sole}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for range 2 { // the order of claims does not matter
				var c Claims
				for _, one := range tt.claims {
					c.Add(one.uid, one.clids...)
				}
				for uid, want := range tt.want {
					clid, got := c.Of(uid)
					if got != want.claim || clid != want.clid {
						t.Errorf("%s: %d %d, want %+v", uid, clid, got, want)
					}
				}
				slices.Reverse(tt.claims)
			}
		})
	}

	var c Claims
	c.Add("b", 1)
	c.Add("a", 1)
	diff(t, []string{"a", "b"}, c.Rivals(1))
}
