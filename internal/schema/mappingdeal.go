package schema

import "syncd/internal/mapping"

// dealFields are the CRM's fields of a deal that stand under `fields`, and the
// kind of each.
var dealFields = []struct {
	name string
	kind fieldKind
}{
	{"title", titleField},
	{"user", userField},
	{"datum_plan", plainField},
	{"datum_start", plainField},
	{"datum_end", plainField},
	{"kol", plainField},
	{"marga", plainField},
	{"content", plainField},
	{"adres", plainField}, //nolint:misspell // the API's name
	{"des", plainField},
	{"mcid", plainField},
	{"dog_num", plainField},
	{"direction", userField},
	{"tip", userField},
}

// The fields of what belongs to a deal or a client.
var (
	closeFields   = []string{"status_close", "kol_fact", "marga", "des_fact"}
	lineFields    = []string{"artikul", "title", "kol", "edizm", "price", "price_in", "nds", "dop"}
	invoiceFields = []string{"invoice", "date", "date_plan", "summa", "nds", "contract", "tip", "rs"}
	paymentFields = []string{"date_do", "summa"}
	personFields  = []string{"ptitle", "tel", "mob", "fax", "mail", "rol"}
)

// deal is a mapping of deals.
func (b mappingBuilder) deal() *node {
	fields := closed([]string{"title"})
	for _, f := range dealFields {
		fields.Properties = append(fields.Properties, member{f.name, ref(f.kind)})
	}
	fields.Patterns = members{{inputs, ref(plainField)}}
	keys := append(b.head(),
		member{"client", b.party()},
		member{"payer", b.party()},
		member{"fields", b.describe("deal", fields)},
		member{"step", ref(userField)},
		member{"close", b.closing()},
		member{"lines", b.lines()},
		member{mapping.PartInvoices, b.invoices()},
		member{mapping.PartPayments, b.payments()})
	n := closed([]string{"client"}, keys...)
	n.AllOf = []*node{when(needs(mapping.PartPayments), needs(mapping.PartInvoices))}
	return b.describe("", n)
}

func ref(kind fieldKind) *node { return &node{Ref: "#/$defs/" + string(kind)} }

// once are fields that are written once, or as a whole with others.
func once(names []string) members {
	out := make(members, 0, len(names))
	for _, name := range names {
		out = append(out, member{name, ref(onceField)})
	}
	return out
}

// party is a reference to a client.
func (b mappingBuilder) party() *node {
	n := b.identity("reference", mapping.EncodeRaw, member{"job", name()})
	n.Required = append(n.Required, "job")
	return b.describe("reference", n)
}

func (b mappingBuilder) closing() *node {
	n := closed([]string{"when", "status_close"}, member{"when", matching(`\S`)})
	n.Properties = append(n.Properties, once(closeFields)...)
	return b.describe("close", n)
}

func (b mappingBuilder) lines() *node {
	n := closed([]string{"title", "kol", "price"},
		member{"source", name()},
		member{"of", b.identity("of", "")},
		member{"when", choice("always", "add")},
		member{"check_sum", choice("reject", "warn", "off")})
	n.Properties = append(n.Properties, once(lineFields)...)
	n.AllOf = []*node{when(needs("source"), needs("of")), when(needs("of"), needs("source"))}
	return b.describe("lines", n)
}

// part are the keys that all parts have.
func (b mappingBuilder) part(of string, rule *node) members {
	return append(members{{"source", name()}, {of, rule}, {"id", b.identity("id", mapping.EncodeHash)}}, scope()...)
}

func (b mappingBuilder) invoices() *node {
	n := closed([]string{"of", "id", "invoice", "summa"}, append(b.part("of", b.identity("of", "")), once(invoiceFields)...)...)
	return b.describe("invoices", n)
}

func (b mappingBuilder) payments() *node {
	of := b.identity("of", "", member{"by", choice("number", "id")})
	byID := having("by", "id")
	of.AllOf = append(of.AllOf, when(needs("encode"), byID), when(needs("hex"), byID), when(needs("prefix"), byID))
	n := closed([]string{"of_invoice", "id", "summa"}, append(b.part("of_invoice", b.describe("of", of)), once(paymentFields)...)...)
	return b.describe("payments", n)
}

func (b mappingBuilder) contacts() *node {
	n := closed([]string{"id", "person"}, b.part("of", b.identity("of", ""))...)
	n.Properties = append(n.Properties, member{"rows", choice("one", "merge")}, member{"person", ref(titleField)})
	for _, name := range personFields {
		n.Properties = append(n.Properties, member{name, ref(plainField)})
	}
	n.Patterns = members{{inputs, ref(plainField)}}
	return b.describe("contacts", n)
}
