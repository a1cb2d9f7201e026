package mapping

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"syncd/internal/record"
)

// oneWays says of every field whether its values can become cells again.
func (c *compiler) oneWays() {
	owner := map[int]string{} // slot → the field that its cells are written for
	for i := range c.m.fields {
		f := &c.m.fields[i]
		f.oneWay = c.oneWay(f, owner)
		for _, s := range f.slots {
			if owner[s] == "" && f.oneWay == "" {
				owner[s] = f.name
			}
		}
	}
	c.closingOneWay()
}

// closingOneWay holds that a closing made in the CRM can be read in the source
// afterwards: the condition has to look at a cell that is written for it.
func (c *compiler) closingOneWay() {
	if c.m.closing == nil {
		return
	}
	written := func(f *field) bool {
		return f.role == roleClose && f.oneWay == "" && slices.ContainsFunc(f.slots, func(s int) bool { return slices.Contains(c.m.closing.slots, s) })
	}
	for i := range c.m.fields {
		if written(&c.m.fields[i]) {
			return
		}
	}
	for i := range c.m.fields {
		if f := &c.m.fields[i]; f.role == roleClose && f.oneWay == "" {
			f.oneWay = "the condition of close reads no column of what a deal is closed with"
		}
	}
}

func (c *compiler) oneWay(f *field, owner map[int]string) string {
	switch {
	case f.role == roleLines:
		return "lines are rows, not cells"
	case isList(f.typ) && c.m.spec.merge:
		return "the entries of the list stand in several rows"
	case f.hasConst:
		return "a constant has no cell"
	case f.expr != "":
		return "an expression cannot be undone"
	case isList(f.typ) && f.table != nil:
		return "values of a list cannot be undone"
	case isList(f.typ) && f.cut:
		return "max_length: cut leaves entries of the list out"
	case !isList(f.typ) && len(f.slots) > 1:
		return "joined columns cannot be taken apart"
	}
	for _, s := range f.slots {
		column := c.m.slots[s].column
		switch {
		case s == c.m.uid:
			return fmt.Sprintf("column %q is the key", column)
		case s == c.m.clid:
			return fmt.Sprintf("column %q is the CRM's id", column)
		case c.holdsBoth(f, s):
			return fmt.Sprintf("column %q holds the ИНН and the КПП together", column)
		case owner[s] != "":
			return fmt.Sprintf("column %q is written for %s already", column, owner[s])
		}
	}
	return ""
}

// holdsBoth reports a column "ИНН/КПП": by its name, or because both are read
// from it.
func (c *compiler) holdsBoth(f *field, slot int) bool {
	if f.typ != TypeINN && f.typ != TypeKPP {
		return false
	}
	name := foldColumn(c.m.slots[slot].column)
	if strings.Contains(name, "инн") && strings.Contains(name, "кпп") {
		return true
	}
	return slices.ContainsFunc(c.m.fields, func(g field) bool {
		return (g.typ == TypeINN || g.typ == TypeKPP) && g.typ != f.typ && slices.Contains(g.slots, slot)
	})
}

// cutSlack is more than what cutting takes off besides: blanks at the end, and
// the place of a legal form that moves.
const cutSlack = 16

// perhapsCut reports a text that `max_length: cut` may have shortened: written
// back, the CRM's value would take the rest of the source's text away.
func (f *field) perhapsCut(old record.Value) bool {
	switch {
	case !f.cut || old.Blank():
		return false
	case f.max == 0:
		return len(old.Text) >= textBytes-cutSlack
	}
	return utf8.RuneCountInString(old.Text) >= f.max-cutSlack
}
