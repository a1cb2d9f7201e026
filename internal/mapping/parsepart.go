package mapping

import (
	"slices"

	"gopkg.in/yaml.v3"
)

// The keys of the parts.
var (
	invoiceKeys = []string{
		"source", "of", "id", "skip", "where", "deleted_when", "invoice", "date", "date_plan", "summa", "nds", "contract", "tip", "rs",
	}
	paymentKeys = []string{"source", "of_invoice", "id", "skip", "where", "deleted_when", "date_do", "summa"}
	contactKeys = []string{
		"source", "of", "id", "rows", "skip", "where", "deleted_when", "person", "ptitle", "tel", "mob", "fax", "mail", "rol",
	}
)

func (r *nodes) invoices(n *yaml.Node, parent *spec) spec {
	s := spec{entity: EntityInvoice, part: PartInvoices}
	ref := &refSpec{by: RefUID}
	var of *yaml.Node
	r.part(n, &s, invoiceKeys, func(key string, v *yaml.Node) {
		if key == "of" {
			of = v
			ref.identity = r.linked(v, "invoices.of", parent.uid, "uid")
		}
	})
	if of == nil {
		r.errorf(resolve(n), s.part, "of: is missing: the column that names the deal")
		return s
	}
	s.fields = slices.Insert(s.fields, 0, reference(s.entity, "deal", at(of, "invoices.of"), ref))
	return s
}

func (r *nodes) payments(n *yaml.Node, parent *spec) spec {
	s := spec{entity: EntityPayment, part: PartPayments}
	ref := &refSpec{by: RefNumber}
	var of *yaml.Node
	r.part(n, &s, paymentKeys, func(key string, v *yaml.Node) {
		if key == "of_invoice" {
			of = v
			r.ofInvoice(v, ref, parent)
		}
	})
	if of == nil {
		r.errorf(resolve(n), s.part, "of_invoice: is missing: the column that names the invoice")
		return s
	}
	s.fields = slices.Insert(s.fields, 0, reference(s.entity, "invoice", at(of, "payments.of_invoice"), ref))
	return s
}

// ofInvoice reads what an invoice is named by: its number, or the id that the
// invoices have.
func (r *nodes) ofInvoice(n *yaml.Node, ref *refSpec, parent *spec) {
	const path = "payments.of_invoice"
	var target IdentitySpec
	if i := slices.IndexFunc(parent.parts, func(p spec) bool { return p.part == PartInvoices }); i >= 0 {
		target = parent.parts[i].uid
	}
	base := target
	base.Column = ""
	ref.identity = r.identity(n, path, base, func(key string, v *yaml.Node) bool {
		if key == "by" && r.oneOf(v, join(path, key), "number", "id") == "id" {
			ref.by = RefUID
		}
		return key == "by"
	}, "by")
	if ref.by == RefNumber {
		for _, key := range []string{"encode", "hex", "prefix"} {
			if k := keyOf(n, key); k != nil {
				r.errorf(k, join(path, key), "goes with by: id only: a number is taken as it is")
			}
		}
		ref.identity = IdentitySpec{Column: ref.identity.Column}
		return
	}
	if target.Column != "" && (ref.identity.Encode != target.Encode || ref.identity.Prefix != target.Prefix) {
		r.errorf(resolve(n), path, "makes other ids than invoices.id does: encode and prefix must be the same")
	}
}

// keyOf finds the node of a key; nil when it is not there.
func keyOf(n *yaml.Node, key string) *yaml.Node {
	n = resolve(n)
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i]
		}
	}
	return nil
}

func (r *nodes) contacts(n *yaml.Node, parent *spec) spec {
	s := spec{entity: EntityPerson, part: PartContacts}
	where := at(n, "contacts")
	ref := &refSpec{by: RefUID, identity: parent.uid}
	r.part(n, &s, contactKeys, func(key string, v *yaml.Node) {
		switch key {
		case "of":
			where = at(v, "contacts.of")
			ref.identity = r.linked(v, "contacts.of", parent.uid, "uid")
		case "rows":
			s.merge = r.oneOf(v, "contacts.rows", "one", "merge") == "merge"
		}
	})
	s.fields = slices.Insert(s.fields, 0, reference(s.entity, "client", where, ref))
	return s
}

// part reads what all parts have; take gets the keys that are its own.
func (r *nodes) part(n *yaml.Node, s *spec, known []string, take func(key string, v *yaml.Node)) {
	id := false
	names, inputs := fieldsOf(s.entity)
	r.object(n, s.part, known, func(key string, k, v *yaml.Node) bool {
		path := s.path(key)
		switch {
		case slices.Contains(names, key), inputs && isInput(key):
			f := fieldSpec{entity: s.entity, name: key, at: at(k, path), typ: typeIn(s.entity, key)}
			r.field(v, &f)
			f.required = f.required || requiredIn(s.entity, key)
			s.fields = append(s.fields, f)
		case !slices.Contains(known, key):
			return false
		case key == "source":
			s.source = r.name(v, path)
		case key == "id":
			id = true
			s.uidAt = at(v, path)
			// the CRM never sees these ids
			s.uid = r.identity(v, path, IdentitySpec{Encode: EncodeHash}, nil)
		case key == "skip", key == "where", key == "deleted_when":
			r.scope(key, v, s)
		default:
			take(key, v)
		}
		return true
	})
	if !id {
		r.errorf(resolve(n), s.part, "id: is missing: the column that tells its records apart")
	}
	for _, name := range names {
		if requiredIn(s.entity, name) && !slices.ContainsFunc(s.fields, func(f fieldSpec) bool { return f.name == name }) {
			r.errorf(resolve(n), s.part, "%s: is missing; the CRM needs it", name)
		}
	}
}
