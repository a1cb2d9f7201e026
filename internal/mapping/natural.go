package mapping

import (
	"strings"

	"syncd/internal/crmapi"
	"syncd/internal/record"
)

// FromFields makes values in schema order out of texts by schema name, as the CRM
// holds them: a key that is missing is Absent, one that is not set Null. Of an
// invoice, a payment or a contact the reference is the CRM's id of the record that
// is meant; the lines of a deal are a text that LinesOf made. dst is reused when it
// is large enough.
func (m *Mapping) FromFields(fields map[string]crmapi.Text, dst []record.Value) []record.Value {
	dst = dst[:0]
	for i := range m.fields {
		t, ok := fields[m.fields[i].name]
		dst = append(dst, m.fields[i].crmValue(t, ok))
	}
	return dst
}

// NaturalKey is what names a record on both sides where the CRM keeps no uid of
// it, made of values whose reference is the CRM's id: of an invoice its deal and
// its number, of a payment its invoice and its sum, of a contact its client and its
// name. "" when one of them is missing, and for clients and deals.
func (m *Mapping) NaturalKey(values []record.Value) string {
	var names [2]string
	switch m.spec.entity {
	case EntityInvoice:
		names = [2]string{"deal", "invoice"}
	case EntityPayment:
		names = [2]string{"invoice", "summa"}
	case EntityPerson:
		names = [2]string{"client", "person"}
	default:
		return ""
	}
	of, by := m.schema.Index(names[0]), m.schema.Index(names[1])
	if of < 0 || by < 0 || len(values) != len(m.fields) || values[of].Blank() || values[by].Blank() {
		return ""
	}
	name := m.canon(by, values[by].Text)
	if m.spec.entity == EntityPerson {
		name = foldCollation(strings.Join(strings.Fields(quotes(name, ' ', ' ')), " "))
	}
	if name == "" {
		return ""
	}
	return trimBlank(values[of].Text) + " " + name
}
