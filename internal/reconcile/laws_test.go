package reconcile_test

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	. "syncd/internal/reconcile" //nolint:revive // the tables speak the words of the design, without a prefix
	"syncd/internal/record"
)

// texts are few, so that values meet often. "A" is another spelling of "a".
var texts = []string{"?", "", "a", "A", "b", "c"}

func drawValues(t *rapid.T, label string, n int, from []string) []record.Value {
	if rapid.IntRange(0, 9).Draw(t, label+" nil") == 0 {
		return nil
	}
	out := make([]record.Value, n)
	for i := range out {
		out[i] = val(rapid.SampledFrom(from).Draw(t, label))
	}
	return out
}

func drawPolicy(t *rapid.T) Policy {
	fields := make([]record.Field, rapid.IntRange(1, 3).Draw(t, "fields"))
	for i := range fields {
		fields[i] = record.Field{
			Name:    string(rune('f' + i)),
			Owner:   rapid.SampledFrom([]record.Owner{record.OwnerBoth, record.OwnerBoth, record.OwnerSource, record.OwnerCRM}).Draw(t, "owner"),
			AddOnly: rapid.IntRange(0, 4).Draw(t, "add only") == 0,
			Clear:   rapid.Bool().Draw(t, "clear"),
		}
	}
	take := func(label string) Take { return Take(rapid.IntRange(0, 2).Draw(t, label)) }
	leave := func(label string) Leave { return Leave(rapid.IntRange(0, 2).Draw(t, label)) }
	return Policy{
		Schema: record.NewSchema(fields), Direction: Direction(rapid.IntRange(0, 2).Draw(t, "direction")),
		Conflicts: take("conflicts"), OnMatch: take("on match"),
		OnAbsent: leave("on absent"), AbsentSet: drawValues(t, "absent set", len(fields), texts), OnOutOfScope: leave("out of scope"),
		Recreate: rapid.Bool().Draw(t, "recreate"), ExportOnLink: rapid.Bool().Draw(t, "export on link"), ExportNew: rapid.Bool().Draw(t, "export new"),
	}
}

// drawSituation covers every combination of states, contradictions included;
// beyond lets the states leave their enums too.
func drawSituation(t *rapid.T, n int, beyond uint8) Situation {
	s := Situation{
		Link:      LinkState(rapid.Uint8Range(0, uint8(Tombstone)+beyond).Draw(t, "link")),
		Source:    SourceState(rapid.Uint8Range(0, uint8(SourceUnreadable)+beyond).Draw(t, "source")),
		CRM:       CRMState(rapid.Uint8Range(0, uint8(CRMTwice)+beyond).Draw(t, "crm")),
		SourceNow: drawValues(t, "source now", n, texts), SourceBase: drawValues(t, "source base", n, texts),
		CRMNow: drawValues(t, "crm now", n, texts), CRMBase: drawValues(t, "crm base", n, texts),
	}
	if rapid.Bool().Draw(t, "offers") {
		s.Pending = drawValues(t, "pending", n, texts)
	}
	for range rapid.SampledFrom([]int{0, 0, 0, 1, 2}).Draw(t, "choices") {
		s.Choices = append(s.Choices, Choice{
			Field: rapid.IntRange(-1, n).Draw(t, "choice field"), Take: Take(rapid.IntRange(0, 2).Draw(t, "choice")),
			Set: val(rapid.SampledFrom([]string{"?", "?", "", "z"}).Draw(t, "set")),
		})
	}
	return s
}

// drawMerge is a linked record that the source shows and the CRM was read for.
func drawMerge(t *rapid.T, n int) Situation {
	s := drawSituation(t, n, 0)
	s.Link, s.Source, s.CRM = Linked, SourcePresent, CRMPresent
	return s
}

func TestDecide_answers_everything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		s := drawSituation(t, p.Schema.Len(), 1)
		d := Decide(p, s)
		if d.Rule == "" {
			t.Fatalf("no rule: %+v", d)
		}
		if d.Action == Hold && (d.Reason == "" || len(d.ToCRM)+len(d.ToSource)+len(d.Settled) > 0) {
			t.Fatalf("a hold has a reason and no changes: %+v", d)
		}
		if d.Action != Hold && d.Reason != "" {
			t.Fatalf("a reason without a hold: %+v", d)
		}
		if d.Action != Hold && d.Action != Remove && d.Action != Link && d.Action != Add {
			if (d.Action == Update) != (len(d.ToCRM) > 0) || d.Action == WriteBack && len(d.ToSource) == 0 {
				t.Fatalf("the action does not fit the changes: %+v", d)
			}
		}
		inOrder(t, "to crm", changed(d.ToCRM))
		inOrder(t, "to source", changed(d.ToSource))
		inOrder(t, "settled", d.Settled)
		inOrder(t, "disputed", d.Disputed)
		if again := Decide(p, s); !reflect.DeepEqual(d, again) {
			t.Fatalf("not repeatable: %+v, %+v", d, again)
		}
	})
	if d := Decide(Policy{}, pair(bothMoved)); d.Action != Nothing {
		t.Errorf("without a schema: %+v", d)
	}
}

// TestDecide_every_combination_of_states is the whole table: what may follow
// from each combination, whatever the policy.
func TestDecide_every_combination_of_states(t *testing.T) {
	t.Parallel()
	for l := Unlinked; l <= Tombstone; l++ {
		for so := SourceNone; so <= SourceUnreadable; so++ {
			for c := CRMUnread; c <= CRMTwice; c++ {
				for _, p := range []Policy{
					job(), both(), pull(), exporting(both()), recreating(job()),
					onAbsent(Delete, outOfScope(Delete, job())), onAbsent(Set, outOfScope(Set, both()), "z", "z"),
				} {
					for _, cells := range [][]cell{{still, still}, {srcMoved, still}, {crmMoved, still}, {bothMoved, crmMoved}, {freshDiff, freshCRM}} {
						s := with(pair(cells...), link(l), src(so), crm(c))
						d := Decide(p, s)
						if why := unsafe(s, d); why != "" || d.Rule == "" || d.Rule == RuleUndecided {
							t.Errorf("link %d source %d crm %d: %s: %s", l, so, c, why, say(p, d))
						}
					}
				}
			}
		}
	}
}

// unsafe says what is wrong with an action in a situation; "" when nothing is.
func unsafe(s Situation, d Decision) string {
	seen := s.CRM == CRMPresent || s.CRM == CRMUnread && d.NeedsCRM
	switch {
	case d.Action == Add && (s.Source != SourcePresent || s.Link == LostLink):
		return "nothing to add"
	case d.Action == Add && s.Link == Unlinked && s.CRM != CRMNone:
		return "added without knowing that the CRM has none"
	case d.Action == Add && s.Link == Linked && s.CRM != CRMGone:
		return "added without knowing that the CRM lost it"
	case d.Action == Remove && (s.Link == Unlinked || s.Link == LostLink || !seen || s.Source == SourcePresent || s.Source == SourceNone):
		return "removed without link, unseen, or while the source has it"
	case d.Action == Update && (s.Link == Unlinked || s.Link == LostLink || s.CRM != CRMPresent && s.CRM != CRMUnread):
		return "updated without link, or where nothing is"
	case d.Action == Link && (s.CRM != CRMPresent || s.Link == Linked):
		return "linked unseen, or twice"
	case d.Action == Close && s.Source != SourceAbsent && s.Source != SourceDeleted:
		return "closed while the source has it"
	case d.Action == Bury && s.CRM != CRMGone:
		return "buried alive"
	case s.CRM == CRMTwice && d.Action != Hold:
		return "several carry our uid"
	}
	return ""
}

func changed(cs []Change) []int {
	var out []int
	for _, c := range cs {
		out = append(out, c.Field)
	}
	return out
}

func inOrder(t *rapid.T, what string, fields []int) {
	for i := 1; i < len(fields); i++ {
		if fields[i-1] >= fields[i] {
			t.Fatalf("%s: not in schema order, or twice: %v", what, fields)
		}
	}
}

// TestDecide_order_of_fields_does_not_matter: each field is decided by itself.
func TestDecide_order_of_fields_does_not_matter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		n := p.Schema.Len()
		s := drawMerge(t, n)
		fields := make([]record.Field, n)
		for i := range fields {
			fields[n-1-i] = p.Schema.Field(i)
		}
		q, r := p, s
		q.Schema = record.NewSchema(fields)
		turn := func(vs []record.Value) []record.Value {
			if vs == nil {
				return nil
			}
			out := slices.Clone(vs)
			slices.Reverse(out)
			return out
		}
		r.SourceNow, r.SourceBase, r.CRMNow, r.CRMBase, r.Pending = turn(s.SourceNow), turn(s.SourceBase), turn(s.CRMNow), turn(s.CRMBase), turn(s.Pending)
		r.Choices = slices.Clone(s.Choices)
		for i := range r.Choices {
			if at := r.Choices[i].Field; at >= 0 {
				r.Choices[i].Field = n - 1 - at // one beyond the end becomes one before the start: neither is a field
				if at == n {
					r.Choices[i].Field = n
				}
			}
		}
		a, b := Decide(p, s), Decide(q, r)
		slices.Reverse(b.Settled)
		slices.Reverse(b.Disputed)
		slices.Reverse(b.ToCRM)
		slices.Reverse(b.ToSource)
		for i := range b.Settled {
			b.Settled[i] = n - 1 - b.Settled[i]
		}
		for i := range b.Disputed {
			b.Disputed[i] = n - 1 - b.Disputed[i]
		}
		if a.Action != b.Action || !slices.Equal(a.Settled, b.Settled) || !slices.Equal(a.Disputed, b.Disputed) ||
			!sameWrites(a.ToCRM, b.ToCRM) || !sameWrites(a.ToSource, b.ToSource) {
			t.Fatalf("%+v\n%+v", a, b)
		}
	})
}

func sameWrites(a, b []Change) bool {
	return slices.EqualFunc(a, b, func(x, y Change) bool { return x.To == y.To && x.Rule == y.Rule && x.Lost == y.Lost })
}

// carryOut applies a decision to both sides and folds the bases. The source
// takes what it is offered when taken is set, else it keeps showing the old
// values.
func carryOut(p Policy, s Situation, d Decision, taken bool) Situation {
	n := p.Schema.Len()
	next := Situation{Link: Linked, Source: s.Source, CRM: s.CRM, SourceNow: grown(s.SourceNow, n), CRMNow: grown(s.CRMNow, n)}
	for _, c := range d.ToCRM {
		if next.CRMNow[c.Field].State != record.Absent { // an inactive field takes nothing
			next.CRMNow[c.Field] = c.To
		}
	}
	b := Fold(p, s, d, next.CRMNow)
	next.SourceBase, next.CRMBase, next.Pending = b.Source, b.CRM, b.Pending
	if taken {
		for _, c := range d.ToSource {
			if next.SourceNow[c.Field].State != record.Absent {
				next.SourceNow[c.Field] = c.To
			}
		}
	}
	return next
}

func grown(vs []record.Value, n int) []record.Value {
	out := make([]record.Value, n)
	copy(out, vs)
	return out
}

// TestDecide_fixpoint: what was carried out is not carried out again, whether
// the source took what it was offered or not.
func TestDecide_fixpoint(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		s := drawMerge(t, p.Schema.Len())
		if rapid.Bool().Draw(t, "link lost") {
			s.Link = LostLink
		}
		fixpoint(t, p, s, Decide(p, s))
	})
}

func TestMeet_fixpoint(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		s := drawMerge(t, p.Schema.Len())
		s.Link, s.SourceBase, s.CRMBase, s.Pending = Unlinked, nil, nil, nil
		fixpoint(t, p, s, Meet(p, s, Evidence{Forced: true}))
	})
}

// TestDecide_of_what_left_is_a_fixpoint: a record that left the source, or that
// the CRM lost, is dealt with once, whatever a person said about it.
func TestDecide_of_what_left_is_a_fixpoint(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		s := drawMerge(t, p.Schema.Len())
		s.Pending = nil
		if rapid.Bool().Draw(t, "left") {
			s.Source = rapid.SampledFrom([]SourceState{SourceOutOfScope, SourceDeleted, SourceAbsent}).Draw(t, "how")
			s.SourceNow = nil
		} else {
			s.CRM, s.CRMNow = CRMGone, nil
		}
		d := Decide(p, s)
		if d.Action == Hold || d.Action == Remove || d.Action == Add {
			return
		}
		next := carryOut(p, s, d, false)
		if d.Action == Bury {
			next.Link = Tombstone
			p.Recreate = false
		}
		again := Decide(p, next)
		if again.Reason == ReasonAbsentButEdited && len(s.Choices) > 0 {
			return // what a person kept against `on_absent` asks again when the word is gone
		}
		if again.Action != Ignore && again.Action != Close {
			t.Fatalf("first %s\nsecond %s\nfrom %+v\nto %+v", say(p, d), say(p, again), s, next)
		}
	})
}

func TestFold_a_marked_record_that_comes_back_is_written_again(t *testing.T) {
	t.Parallel()
	p := onAbsent(Set, job(phone), "z")
	gone := with(pair(still), src(SourceAbsent))
	next := Decide(p, gone)
	diff(t, "update absent-set; crm phone a>z absent-set", say(p, next))

	b := Fold(p, gone, next, vals("Z"))
	back := Situation{Link: Linked, Source: SourcePresent, CRM: CRMPresent, SourceNow: vals("a"), CRMNow: vals("Z"), SourceBase: b.Source, CRMBase: b.CRM}
	diff(t, "update source-changed; crm phone Z>a source-changed", say(p, Decide(p, back)))
}

// TestFold is what each kind of decision leaves as bases: source, CRM, offer.
func TestFold(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		p        Policy
		s        Situation
		readBack string
		want     [3]string
	}{
		{"a write settles on what was read back", job(phone), pair(srcMoved), "X", [3]string{"b", "X", "?"}},
		{"… or on what was written", job(phone), pair(srcMoved), "?", [3]string{"b", "b", "?"}},
		{"an offer moves no base", both(phone), pair(crmMoved), "?", [3]string{"a", "a", "c"}},
		{"a taken offer falls", both(phone), with(pair(cell{"a", "c", "a", "c"}), offered("c")), "?", [3]string{"c", "c", "?"}},
		{"a waiting offer stays", both(phone), with(pair(crmMoved), offered("c")), "?", [3]string{"a", "a", "c"}},
		{"a waiting offer outlives the conflict that it won", conflicts(TakeCRM, both(phone)), with(pair(bothMoved), offered("c")), "?", [3]string{"b", "c", "c"}},
		{"an overruled offer falls", conflicts(TakeSource, both(phone)), with(pair(bothMoved), offered("c")), "?", [3]string{"b", "b", "?"}},
		{"a difference left alone keeps its base", job(phone), pair(crmMoved), "?", [3]string{"a", "a", "?"}},
		{"a hold keeps everything", job(phone), pair(bothMoved), "?", [3]string{"a", "a", "?"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := Fold(tt.p, tt.s, Decide(tt.p, tt.s), vals(tt.readBack))
			diff(t, Bases{Source: vals(tt.want[0]), CRM: vals(tt.want[1]), Pending: vals(tt.want[2])}, b)
		})
	}
}

func fixpoint(t *rapid.T, p Policy, s Situation, d Decision) {
	if d.Action == Hold {
		return
	}
	taken := rapid.Bool().Draw(t, "taken")
	next := carryOut(p, s, d, taken)
	again := Decide(p, next)
	if again.Action != Nothing {
		t.Fatalf("first  %s\nsecond %s\nfrom %+v\nto   %+v", say(p, d), say(p, again), s, next)
	}
	// The taken offer settles, and then it is quiet for good.
	last := Decide(p, carryOut(p, next, again, false))
	if last.Action != Nothing || len(last.Settled) > 0 {
		t.Fatalf("first %s\nsecond %s\nthird %s", say(p, d), say(p, again), say(p, last))
	}
}

// TestDecide_no_lost_update: of a field that moved on one side only, the moved
// value survives on that side, and nothing is written that neither side moved.
func TestDecide_no_lost_update(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		n := p.Schema.Len()
		s := drawMerge(t, n)
		s.Choices, s.Pending = nil, nil
		s.SourceNow, s.SourceBase, s.CRMNow, s.CRMBase = grown(s.SourceNow, n), grown(s.SourceBase, n), grown(s.CRMNow, n), grown(s.CRMBase, n)
		d := Decide(p, s)
		for i := range n {
			f := p.Schema.Field(i)
			if s.SourceBase[i].State == record.Absent {
				continue
			}
			delivered := s.SourceNow[i].State != record.Absent
			read := s.CRMNow[i].State != record.Absent
			source := delivered && !s.SourceNow[i].Same(s.SourceBase[i])
			crm := read && !s.CRMNow[i].Same(s.CRMBase[i])
			toCRM, toSource := slices.Index(changed(d.ToCRM), i), slices.Index(changed(d.ToSource), i)
			switch {
			case !source && !crm && (toCRM >= 0 || toSource >= 0):
				t.Fatalf("field %d moved nowhere and is written: %s", i, say(p, d))
			case source && !crm && toSource >= 0:
				t.Fatalf("field %d: the source's own change is overwritten: %s", i, say(p, d))
			case crm && !source && toCRM >= 0 && f.Owner != record.OwnerSource:
				t.Fatalf("field %d: the CRM's change is overwritten: %s", i, say(p, d))
			case crm && toCRM >= 0 && !d.ToCRM[toCRM].Lost.Same(s.CRMNow[i]):
				t.Fatalf("field %d: the loser's value is not kept: %s", i, say(p, d))
			case source && !s.SourceNow[i].Blank() && toSource >= 0 && !d.ToSource[toSource].Lost.Same(s.SourceNow[i]):
				t.Fatalf("field %d: the loser's value is not kept: %s", i, say(p, d))
			}
		}
	})
}

// TestDecide_policies_of_writes: what may never be written.
func TestDecide_policies_of_writes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		s := drawSituation(t, p.Schema.Len(), 0)
		s.Choices, p.AbsentSet = nil, nil
		d := Decide(p, s)
		if d.Action == Hold {
			return
		}
		if p.Direction == Pull && (len(d.ToCRM) > 0 || d.Action == Remove || d.Action == Add) {
			t.Fatalf("a pull job writes the CRM: %s", say(p, d))
		}
		if p.Direction == Push && len(d.ToSource) > 0 {
			t.Fatalf("a push job writes the source: %s", say(p, d))
		}
		for _, c := range d.ToCRM {
			f := p.Schema.Field(c.Field)
			if d.Action != Add && (f.AddOnly || f.Owner == record.OwnerCRM) {
				t.Fatalf("updated, though it may not be: %s", say(p, d))
			}
			filledBefore := c.Field < len(s.SourceBase) && !s.SourceBase[c.Field].Blank()
			if c.To.Blank() && (!f.Clear || !filledBefore) {
				t.Fatalf("a blank clears: %s", say(p, d))
			}
		}
		for _, c := range d.ToSource {
			if p.Schema.Field(c.Field).Owner == record.OwnerSource && d.Rule != RuleCRMBorn {
				t.Fatalf("the source's own field is written: %s", say(p, d))
			}
		}
	})
}

// TestMeet_gives_nothing_away: whatever else is true, a record that somebody
// else owns, or that lies in the trash, is never linked.
func TestMeet_gives_nothing_away(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawPolicy(t)
		s := drawSituation(t, p.Schema.Len(), 1)
		k := func(label string) Keys {
			return Keys{INN: rapid.SampledFrom([]string{"", innA, innB}).Draw(t, label+" inn"), KPP: rapid.SampledFrom([]string{"", kppA, kppB}).Draw(t, label+" kpp"), Phones: []string{rapid.SampledFrom([]string{"", tel}).Draw(t, label+" phone")}}
		}
		e := Evidence{
			Source: k("source"), CRM: Entry{UID: rapid.SampledFrom([]string{"", "u"}).Draw(t, "uid"), Keys: k("crm"), Trash: rapid.Bool().Draw(t, "trash")},
			LinkedTo: rapid.SampledFrom([]string{"", "", "other"}).Draw(t, "linked to"), SameUID: rapid.Bool().Draw(t, "same uid"),
			Trash: rapid.IntRange(0, 3).Draw(t, "trash too") == 0, Forced: rapid.Bool().Draw(t, "forced"),
		}
		d := Meet(p, s, e)
		owned := e.LinkedTo != "" || e.CRM.UID != "" && !e.SameUID
		if d.Action == Link && (owned || e.Trash || e.CRM.Trash || s.CRM != CRMPresent) {
			t.Fatalf("linked: %+v", e)
		}
		weak := Evidence{Source: e.Source, CRM: e.CRM}
		if _, reason := weak.Compare(); d.Action == Link && reason != "" && !e.Forced && !e.SameUID {
			t.Fatalf("linked without evidence (%s): %+v", reason, e)
		}
		if d.Action != Link && len(d.ToCRM)+len(d.ToSource) > 0 {
			t.Fatalf("written without a link: %s", say(p, d))
		}
	})
}
