package crmapi_test

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"syncd/internal/crmapi"
	"syncd/internal/crmapi/emulator"
)

// moving is an emulated CRM that changes between the requests of a scan.
type moving struct {
	em   *emulator.Server
	c    *crmapi.Client
	stay map[int64]bool // clients that are in the selection from the first request on
	gone int            // of those that were, how many are not any more
}

// newMoving gives a CRM with clients of these clids; day is when they were
// edited, "" for never.
func newMoving(t interface {
	Fatal(args ...any)
	Cleanup(f func())
}, clids []int64, day string,
) *moving {
	em := emulator.New(emulator.Options{AllFields: true})
	s := httptest.NewServer(em)
	c, err := crmapi.New(crmapi.Config{BaseURL: s.URL, Login: emulator.DefaultLogin, APIKey: crmapi.NewSecret(em.Key()), Rate: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); s.Close(); em.Close() })
	m := &moving{em: em, c: c, stay: map[int64]bool{}}
	seed := make([]emulator.Client, len(clids))
	for i, id := range clids {
		seed[i] = emulator.Client{CLID: id, Title: "Клиент", Edited: day}
		m.stay[id] = true
	}
	if err := em.Seed(seed...); err != nil {
		t.Fatal(err)
	}
	return m
}

func (m *moving) remove(clid int64) {
	if m.stay[clid] && m.em.Delete(clid) == nil {
		delete(m.stay, clid)
		m.gone++
	}
}

// scan reads q and returns how often each client came.
func (m *moving) scan(t *testing.T, q crmapi.ListQuery) (map[int64]int, error) {
	t.Helper()
	got := map[int64]int{}
	for o, err := range m.c.Clients(t.Context(), q) {
		if err != nil {
			return got, err
		}
		got[o.CLID]++
	}
	return got, nil
}

// missed names a client that was there all the time and did not come exactly
// once; 0 = none.
func (m *moving) missed(got map[int64]int, above int64) int64 {
	for id := range m.stay {
		if id > above && got[id] != 1 {
			return id
		}
	}
	for id, n := range got {
		if n != 1 || id <= above {
			return id
		}
	}
	return 0
}

// every gives n clids, each step apart.
func every(step int64, n int) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = int64(i+1) * step
	}
	return out
}

// Deleting one client of the first page before the second is asked for pushes
// the second page's first client out of sight.
func TestAClientThatSlipsBetweenTwoPagesIsReadAllTheSame(t *testing.T) {
	t.Parallel()
	const day = "2026-11-20 10:00:00"
	for name, q := range map[string]crmapi.ListQuery{
		"the list of all":     {},
		"down to a clid":      {Above: 40},
		"those edited lately": {ChangedFrom: "2026-11-19 00:00:00", ChangedTo: "2027-11-19 00:00:00"},
	} {
		for what, step := range map[string]int64{"without gaps": 1, "with gaps": 3} {
			for at := 2; at <= 7; at++ {
				t.Run(fmt.Sprintf("%s, clids %s, before request %d", name, what, at), func(t *testing.T) {
					t.Parallel()
					m := newMoving(t, every(step, 450), day)
					m.em.OnRequest(func(a emulator.Arrival) {
						if a.Seq == at {
							m.remove(445 * step)
						}
					})
					got, err := m.scan(t, q)
					if err != nil || m.gone == 0 && at <= 3 {
						t.Fatalf("%v, %d deleted", err, m.gone)
					}
					if id := m.missed(got, q.Above); id != 0 {
						t.Errorf("client %d came %d times", id, got[id])
					}
				})
			}
		}
	}
}

func TestAListThatStandsStillIsReadOnce(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		step     int64
		q        crmapi.ListQuery
		requests int
	}{
		// with the count before, the first page again, and with gaps the newest after
		"all, without gaps":        {1, crmapi.ListQuery{}, 3 + 2},
		"all, with gaps":           {3, crmapi.ListQuery{}, 3 + 3},
		"the newest page":          {3, crmapi.ListQuery{Above: 3 * 400}, 1},
		"some pages":               {3, crmapi.ListQuery{Above: 3 * 100}, 2 + 4},
		"a window is read again":   {3, crmapi.ListQuery{ChangedTo: "2027-01-01"}, 3 + 3},
		"a window, no gaps inside": {1, crmapi.ListQuery{ChangedTo: "2027-01-01"}, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMoving(t, every(tc.step, 450), "2026-11-20 10:00:00")
			got, err := m.scan(t, tc.q)
			if id := m.missed(got, tc.q.Above); err != nil || id != 0 {
				t.Errorf("%v; client %d came %d times", err, id, got[id])
			}
			if n := len(m.em.History()); n != tc.requests {
				t.Errorf("%d requests, want %d", n, tc.requests)
			}
		})
	}
}

// A client that comes in meanwhile is no reason to read again.
func TestNewClientsDoNotHoldAScanUp(t *testing.T) {
	t.Parallel()
	m := newMoving(t, every(3, 450), "")
	m.em.OnRequest(func(a emulator.Arrival) {
		if a.Seq == 4 {
			if err := m.em.Seed(emulator.Client{Title: "Новый"}); err != nil {
				t.Error(err)
			}
		}
	})
	got, err := m.scan(t, crmapi.ListQuery{})
	if id := m.missed(got, 0); err != nil || id != 0 || len(m.em.History()) != 6 {
		t.Errorf("%v; client %d came %d times; %d requests", err, id, got[id], len(m.em.History()))
	}
}

func TestAListThatNeverStandsStillEndsWithAnError(t *testing.T) {
	t.Parallel()
	m := newMoving(t, every(1000, 401), "")
	m.em.OnRequest(func(a emulator.Arrival) { // one of the top goes, and one comes
		m.remove(int64(402-a.Seq) * 1000)
		if err := m.em.Seed(emulator.Client{Title: "Новый"}); err != nil {
			t.Error(err)
		}
	})
	_, err := m.scan(t, crmapi.ListQuery{})
	if !errors.Is(err, crmapi.ErrUnsteady) || class(err) != crmapi.ClassUnknown {
		t.Error(err)
	}
	if n := len(m.em.History()); n > 40 {
		t.Errorf("%d requests before it gave up", n)
	}
}

func TestClientsGoesByClidAlone(t *testing.T) {
	t.Parallel()
	m := newMoving(t, every(1, 1), "")
	for _, q := range []crmapi.ListQuery{{Order: "title"}, {Page: 1}, {Above: -1}} {
		if _, err := m.scan(t, q); class(err) != crmapi.ClassRefused {
			t.Errorf("%+v: %v", q, err)
		}
	}
}

// Whatever comes, goes, is edited, merged or thrown away between any two
// requests: who was there all the time is read exactly once, or the scan says
// that it proves nothing. The one thing left out is a client that both comes and
// goes while the scan runs.
func TestNobodyWhoStaysIsMissed(t *testing.T) {
	t.Parallel()
	rounds, failed := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		step := rapid.SampledFrom([]int64{1, 2, 3, 50}).Draw(rt, "step")
		clids := every(step, rapid.SampledFrom([]int{401, 400, 201, 30}).Draw(rt, "clients"))
		slices.Reverse(clids) // those drawn are mostly the first ones, and what happens at the top counts
		q := crmapi.ListQuery{Fields: []string{"clid"}}
		switch rapid.IntRange(0, 2).Draw(rt, "query") {
		case 1:
			q.Above = 100
		case 2:
			q.ChangedFrom, q.ChangedTo = "2026-11-19 00:00:00", "2100-11-19 00:00:00"
		}
		m := newMoving(rt, clids, "2026-11-20 10:00:00")
		script := rapid.SliceOfN(rapid.SliceOfN(anyChange(), 0, 3), 0, 14).Draw(rt, "changes before each request")
		m.em.OnRequest(func(a emulator.Arrival) {
			if a.Seq <= len(script) {
				for _, x := range script[a.Seq-1] {
					m.apply(t, clids, x)
				}
			}
		})
		got, err := m.scan(t, q)
		m.em.OnRequest(nil)
		rounds++
		if errors.Is(err, crmapi.ErrUnsteady) {
			failed++
			return
		}
		if err != nil {
			rt.Fatal(err)
		}
		if id := m.missed(got, q.Above); id != 0 {
			rt.Fatalf("client %d came %d times", id, got[id])
		}
	})
	if failed*2 > rounds {
		t.Errorf("%d of %d scans gave up", failed, rounds)
	}
}

// change is one thing that people do to the CRM.
type change struct {
	kind   changeKind
	at, to int // positions in the list of clids, taken modulo its length
	n      int // how many come, or go from there on
}

type changeKind uint8

const (
	goes changeKind = iota
	comes
	merged
	edited
	mergedToTrash
	trashed
	untrashed
	stretchGoes
	changeKinds
)

func anyChange() *rapid.Generator[change] {
	return rapid.Custom(func(t *rapid.T) change {
		return change{
			changeKind(rapid.IntRange(0, int(changeKinds)-1).Draw(t, "kind")),
			rapid.IntRange(0, 700).Draw(t, "at"), rapid.IntRange(0, 700).Draw(t, "to"),
			rapid.SampledFrom([]int{1, 2, 199, 200, 201}).Draw(t, "n"),
		}
	})
}

// apply changes the CRM as its users do.
func (m *moving) apply(t *testing.T, clids []int64, x change) {
	t.Helper()
	id, other := clids[x.at%len(clids)], clids[x.to%len(clids)]
	var err error
	switch x.kind {
	case goes:
		m.remove(id)
	case comes:
		err = m.em.Seed(make([]emulator.Client, x.n)...)
	case stretchGoes:
		for i := range x.n {
			m.remove(clids[(x.at+i)%len(clids)])
		}
	}
	if m.stay[id] {
		switch x.kind {
		case merged:
			if id != other && m.stay[other] {
				err = m.em.Merge(id, other)
				delete(m.stay, other)
				m.gone++
			}
		case mergedToTrash:
			if id != other && m.stay[other] {
				err = m.em.MergeToTrash(id, other)
			}
		case edited:
			err = m.em.Edit(id, "title", strconv.Itoa(x.to))
		case trashed:
			err = m.em.Trash(id)
		case untrashed:
			err = m.em.Untrash(id)
		}
	}
	if err != nil {
		t.Error(err)
	}
}
