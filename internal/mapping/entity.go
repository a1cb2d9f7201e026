package mapping

// The entities: what the records of a mapping, or of a part of it, are.
const (
	EntityClient  = "client"
	EntityDeal    = "deal"
	EntityInvoice = "invoice"
	EntityPayment = "payment"
	EntityPerson  = "person"
)

// entityLine is a line of a deal's specification: it has fields and is no record.
const entityLine = "line"

// The parts of a mapping file.
const (
	PartInvoices = "invoices" // of a deal
	PartPayments = "payments" // of a deal that has invoices
	PartContacts = "contacts" // of a client
)

// Parts lists the parts that the file has, in the order in which they build on
// each other. A part has none.
func (m *Mapping) Parts() []string {
	out := make([]string, 0, len(m.parts))
	for _, p := range m.parts {
		out = append(out, p.spec.part)
	}
	return out
}

// Part is the mapping of a part of the file; nil when the file has no such part.
// It has a schema, a key and a fingerprint of its own, and shares nothing but the
// name with the mapping that it is a part of.
func (m *Mapping) Part(name string) *Mapping {
	for _, p := range m.parts {
		if p.spec.part == name {
			return p
		}
	}
	return nil
}

// SourceName is the `source` of a part: the source that its rows come from. "" is
// the source of the job that it is a part of.
func (m *Mapping) SourceName() string { return m.spec.source }

// MergeRows reports that the rows of one id make one record (`rows: merge`).
func (m *Mapping) MergeRows() bool { return m.spec.merge }
