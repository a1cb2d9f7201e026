package reconcile_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	. "syncd/internal/reconcile"
	"syncd/internal/record"
)

// One field called phone, and a second one called title where a row needs it.
// Values are single letters: the fixtures stay readable, the canonical form is
// the lower case, so "A" and "a" mean the same.
func v(s string) record.Value {
	switch s {
	case "?":
		return record.Value{} // absent
	case "":
		return record.Value{State: record.Empty}
	}
	c := s
	if s[0] >= 'A' && s[0] <= 'Z' {
		c = string(s[0]+'a'-'A') + s[1:]
	}
	return record.Of(s, c)
}

func vs(texts ...string) []record.Value {
	var out []record.Value
	for _, t := range texts {
		out = append(out, v(t))
	}
	return out
}

// pair is a linked situation of the fields given as "sourceBase source crmBase crm".
type quad struct{ base, src, crmBase, crm string }

func linked(fields ...quad) Situation {
	s := Situation{Link: Linked, Source: SourcePresent, CRM: CRMPresent}
	for _, f := range fields {
		s.SourceBase = append(s.SourceBase, v(f.base))
		s.SourceNow = append(s.SourceNow, v(f.src))
		s.CRMBase = append(s.CRMBase, v(f.crmBase))
		s.CRMNow = append(s.CRMNow, v(f.crm))
	}
	return s
}

// The states of one linked field: A is what both sides settled on.
var (
	still      = quad{"a", "a", "a", "a"}
	srcMoved   = quad{"a", "b", "a", "a"}
	crmMoved   = quad{"a", "a", "a", "c"}
	sameMove   = quad{"a", "b", "a", "b"}
	bothMoved  = quad{"a", "b", "a", "c"}
	srcBlanked = quad{"a", "", "a", "a"}
	crmBlanked = quad{"a", "a", "a", ""}
	rewritten  = quad{"a", "a", "x", "x"} // the CRM spells it its own way
	newField   = quad{"?", "b", "?", ""}
)

func schema(fields ...record.Field) *record.Schema {
	return record.NewSchema(fields)
}

var (
	phone = record.Field{Name: "phone"}
	title = record.Field{Name: "title"}
)

func push(fields ...record.Field) Policy {
	if len(fields) == 0 {
		fields = []record.Field{phone, title}
	}
	return Policy{Schema: schema(fields...)}
}

var equal = cmp.Options{cmpopts.EquateEmpty()}

func diff(t *testing.T, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got, equal); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func TestSmoke(t *testing.T) {
	d := Decide(push(), linked(srcMoved, still))
	if d.Action != Update || d.Rule != RuleSourceChanged || len(d.ToCRM) != 1 {
		t.Errorf("%+v", d)
	}
}
