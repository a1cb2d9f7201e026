package state_test

import (
	"testing"

	"syncd/internal/engine"
	"syncd/internal/state"
)

func Test_signing_an_adoption_off_allows_its_adds_and_nothing_more(t *testing.T) {
	t.Parallel()
	_, j := fresh(t)
	run := start(t, j)
	for _, guard := range []string{"max_create", "crm-changed"} {
		if err := j.Halt(t.Context(), run, engine.Halt{Guard: guard}); err != nil {
			t.Fatal(err)
		}
	}
	sign := func(s state.SignOff) int64 {
		t.Helper()
		n, err := j.SignOff(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	standing := func() engine.Standing {
		t.Helper()
		s, err := j.Standing(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if s := standing(); s.Adopted {
		t.Error("adopted before anybody signed")
	}
	n := sign(state.SignOff{
		Choices: []engine.Choice{{UID: "a", Take: "add"}, {UID: "b", Take: "link", CLID: 7}, {UID: "c", Take: "ignore"}}, Later: []string{"d", "e"},
	})
	s := standing()
	if n != 1 || s.Allow["max_create"] != 1 || !s.Adopted {
		t.Errorf("%d adds, allowed %v, adopted %t", n, s.Allow, s.Adopted)
	}
	if len(s.Halts) != 1 || s.Halts[0].Guard != "crm-changed" {
		t.Errorf("halts %v: only that of the adds is over", s.Halts)
	}
	if c := s.Choices["b"]; len(c) != 1 || c[0].Take != "link" || c[0].CLID != 7 {
		t.Errorf("choice %v", c)
	}
	if c := s.Choices["d"]; len(c) != 1 || c[0].Take != "ignore" || c[0].Field != engine.AdoptLater {
		t.Errorf("choice %v: the record is left out until somebody decides", c)
	}

	// signed off again before a run: the allowance covers both, a decision replaces the waiting
	n = sign(state.SignOff{Choices: []engine.Choice{{UID: "d", Take: "add"}}, Later: []string{"e"}})
	s = standing()
	if n != 2 || s.Allow["max_create"] != 2 {
		t.Errorf("%d adds, allowed %v", n, s.Allow)
	}
	if c := s.Choices["d"]; len(c) != 1 || c[0].Take != "add" || c[0].Field != "" {
		t.Errorf("choice %v", c)
	}
	if c := s.Choices["e"]; len(c) != 1 || c[0].Field != engine.AdoptLater {
		t.Errorf("choice %v", c)
	}
}

func Test_an_adoption_without_adds_allows_none(t *testing.T) {
	t.Parallel()
	_, j := fresh(t)
	if n, err := j.SignOff(t.Context(), state.SignOff{Later: []string{"a"}}); n != 0 || err != nil {
		t.Fatal(n, err)
	}
	s, err := j.Standing(t.Context())
	if _, allowed := s.Allow["max_create"]; err != nil || allowed || !s.Adopted {
		t.Errorf("%v %v", s.Allow, err)
	}
}
