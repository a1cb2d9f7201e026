package schema

import (
	"slices"

	"syncd/internal/mapping"
	"syncd/internal/message"
)

// MappingTest is the JSON Schema of the tests of mappings (*_test.yaml), its
// descriptions in a language.
func MappingTest(lang message.Lang) ([]byte, error) {
	b := mappingBuilder{lang}
	tests := list(b.suiteTest())
	tests.MinItems = 1
	root := closed([]string{"tests"},
		member{"version", &node{Const: 1}},
		member{"mapping", name()},
		member{"timezone", name()},
		member{"crm_timezone", name()},
		member{"users", list(name())},
		member{"tests", tests})
	b.describe("suite", root)
	root.Title = phrase{"syncd: tests of a mapping", "syncd: проверки описания полей"}.in(lang)
	return root.text()
}

func (b mappingBuilder) suiteTest() *node {
	codes := &node{Type: []string{"string", "array"}, Items: name()}
	reject := one(texts())
	n := closed(nil,
		member{"name", name()},
		member{"part", oneWord(mapping.PartInvoices, mapping.PartPayments, mapping.PartContacts)},
		member{"row", texts()},
		member{"rows", list(texts())},
		member{"lines", list(texts())},
		member{"add", b.sent()},
		member{"update", b.sent()},
		member{"reject", reject},
		member{"out_of_scope", name()},
		member{"deleted", &node{Type: "boolean"}},
		member{"warnings", &node{Type: "object", Others: codes}})
	for _, asked := range []string{"add", "update", "reject", "out_of_scope", "deleted"} {
		n.AnyOf = append(n.AnyOf, needs(asked))
	}
	return b.describe("test", n)
}

// sent is what goes to the CRM.
func (b mappingBuilder) sent() *node {
	value := &node{Type: []string{"string", "number", "boolean", "array"}, Items: anyText()}
	recv := closed(nil)
	for _, key := range recvKeys {
		recv.Properties = append(recv.Properties, member{key, anyText()})
	}
	n := closed(nil, member{"uid", anyText()})
	for _, f := range clientFields {
		n.Properties = append(n.Properties, member{f.name, value})
	}
	n.Properties = append(n.Properties, member{"recv", b.describe("recv", recv)})
	n.Patterns = members{{inputs, value}}
	b.describe("fields", n)
	for _, more := range b.sentOfDeals() {
		if !slices.ContainsFunc(n.Properties, func(m member) bool { return m.name == more.name }) {
			described := *value
			described.Description = more.schema.Description
			n.Properties = append(n.Properties, member{more.name, &described})
		}
	}
	return n
}

// sentOfDeals are the fields of deals, their parts and contacts, with their texts.
func (b mappingBuilder) sentOfDeals() members {
	deal := b.deal().Properties
	closing := members{{"close_marga", b.closing().find("marga")}}
	references := members{{"deal", b.invoices().find("of")}}
	return slices.Concat(
		pick(deal, "client", "payer", "step", "lines"), deal.find("fields").Properties, closing, pick(b.closing().Properties, closeFields...),
		references, pick(b.invoices().Properties, invoiceFields...), pick(b.payments().Properties, paymentFields...),
		pick(b.contacts().Properties, append([]string{"person"}, personFields...)...))
}

func (m members) find(name string) *node {
	for _, one := range m {
		if one.name == name {
			return one.schema
		}
	}
	return &node{}
}

func (n *node) find(name string) *node { return n.Properties.find(name) }

func pick(from members, names ...string) members {
	out := make(members, 0, len(names))
	for _, name := range names {
		out = append(out, member{name, from.find(name)})
	}
	return out
}
