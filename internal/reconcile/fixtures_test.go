package reconcile_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	. "syncd/internal/reconcile" //nolint:revive // the tables speak the words of the design, without a prefix
	"syncd/internal/record"
)

// val makes a value of a letter. The canonical form is the lower case, so "A"
// and "a" mean the same; "" is an empty cell and "?" was not delivered.
func val(s string) record.Value {
	switch s {
	case "?":
		return record.Value{}
	case "":
		return record.Value{State: record.Empty}
	}
	return record.Of(s, strings.ToLower(s))
}

// cell is one field of a linked record: what each side settled on, and what it
// holds now.
type cell struct{ sourceBase, source, crmBase, crm string }

// The states of a linked field. "a" is what the sides settled on, the source
// moves to "b", the CRM to "c".
var (
	still     = cell{"a", "a", "a", "a"}
	srcMoved  = cell{"a", "b", "a", "a"}
	crmMoved  = cell{"a", "a", "a", "c"}
	sameMove  = cell{"a", "b", "a", "b"}
	bothMoved = cell{"a", "b", "a", "c"}
	srcBlank  = cell{"a", "", "a", "a"}
	srcAbsent = cell{"a", "?", "a", "a"}
	crmBlank  = cell{"a", "a", "a", ""}
	bothBlank = cell{"a", "", "a", ""}
	rewritten = cell{"a", "A", "x", "X"} // the CRM spells it its own way, settled so
	fresh     = cell{"?", "b", "?", ""}  // newly mapped, blank in the CRM
	freshCRM  = cell{"?", "", "?", "c"}
	freshDiff = cell{"?", "b", "?", "c"}
	freshSame = cell{"?", "b", "?", "B"}
)

// pair is a linked record that both sides were read of.
func pair(cells ...cell) Situation {
	s := Situation{Link: Linked, Source: SourcePresent, CRM: CRMPresent}
	for _, c := range cells {
		s.SourceBase = append(s.SourceBase, val(c.sourceBase))
		s.SourceNow = append(s.SourceNow, val(c.source))
		s.CRMBase = append(s.CRMBase, val(c.crmBase))
		s.CRMNow = append(s.CRMNow, val(c.crm))
	}
	return s
}

type tweak func(*Situation)

// with changes a situation for one row of a table.
func with(s Situation, tweaks ...tweak) Situation {
	for _, t := range tweaks {
		t(&s)
	}
	return s
}

func link(l LinkState) tweak        { return func(s *Situation) { s.Link = l } }
func src(st SourceState) tweak      { return func(s *Situation) { s.Source = st } }
func crm(st CRMState) tweak         { return func(s *Situation) { s.CRM = st } }
func choose(c ...Choice) tweak      { return func(s *Situation) { s.Choices = c } }
func offered(texts ...string) tweak { return func(s *Situation) { s.Pending = vals(texts...) } }
func unread(s *Situation)           { s.CRM, s.CRMNow = CRMUnread, nil }
func noBases(s *Situation)          { s.SourceBase, s.CRMBase = nil, nil }

func vals(texts ...string) []record.Value {
	out := make([]record.Value, 0, len(texts))
	for _, t := range texts {
		out = append(out, val(t))
	}
	return out
}

// The fields of the tables. Most rows have one or two plain ones.
var (
	phone    = record.Field{Name: "phone"}
	title    = record.Field{Name: "title"}
	clearing = record.Field{Name: "phone", Clear: true}
	ofSource = record.Field{Name: "phone", Owner: record.OwnerSource}
	ofCRM    = record.Field{Name: "phone", Owner: record.OwnerCRM}
	addOnly  = record.Field{Name: "phone", AddOnly: true}
	later    = record.Field{Name: "phone", Later: true}
	spoilt   = record.Field{Name: "phone", Later: true, Fixed: true}
	fixed    = record.Field{Name: "phone", Fixed: true}
)

// job is a push job over the fields; none given means phone and title.
func job(fields ...record.Field) Policy {
	if len(fields) == 0 {
		fields = []record.Field{phone, title}
	}
	return Policy{Schema: record.NewSchema(fields)}
}

func both(fields ...record.Field) Policy {
	p := job(fields...)
	p.Direction = Both
	return p
}

func pull(fields ...record.Field) Policy {
	p := job(fields...)
	p.Direction = Pull
	return p
}

func conflicts(t Take, p Policy) Policy { p.Conflicts = t; return p }
func onMatch(t Take, p Policy) Policy   { p.OnMatch = t; return p }
func exporting(p Policy) Policy         { p.ExportOnLink, p.ExportNew = true, true; return p }
func recreating(p Policy) Policy        { p.Recreate = true; return p }

func onAbsent(l Leave, p Policy, set ...string) Policy {
	p.OnAbsent, p.AbsentSet = l, vals(set...)
	return p
}

func outOfScope(l Leave, p Policy) Policy { p.OnOutOfScope = l; return p }

var actionNames = map[Action]string{
	Nothing: "nothing", Add: "add", Update: "update", WriteBack: "write back", Link: "link",
	Remove: "remove", Close: "close", Bury: "bury", Hold: "hold", Ignore: "ignore",
}

// say renders a decision on one line: action and rule; then what it carries.
func say(p Policy, d Decision) string {
	name := func(i int) string { return p.Schema.Field(i).Name }
	parts := []string{actionNames[d.Action] + " " + string(d.Rule)}
	if d.Reason != "" {
		parts[0] = actionNames[d.Action] + " " + string(d.Reason)
	}
	changes := func(side string, cs []Change) {
		for _, c := range cs {
			text := fmt.Sprintf("%s %s %s>%s %s", side, name(c.Field), c.From.Text, c.To.Text, c.Rule)
			if c.Lost.State != record.Absent {
				text += " lost " + c.Lost.Text
			}
			parts = append(parts, text)
		}
	}
	changes("crm", d.ToCRM)
	changes("source", d.ToSource)
	for _, i := range d.Settled {
		parts = append(parts, "settle "+name(i))
	}
	for _, k := range d.Kept {
		parts = append(parts, fmt.Sprintf("keep %s %s|%s %s", name(k.Field), k.Source.Text, k.CRM.Text, k.Rule))
	}
	for _, i := range d.Disputed {
		parts = append(parts, "dispute "+name(i))
	}
	if d.NeedsCRM {
		parts = append(parts, "needs crm")
	}
	return strings.Join(parts, "; ")
}

func diff(t *testing.T, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}
