package mapping

import (
	"slices"

	"gopkg.in/yaml.v3"
)

// dealSection reads the keys that deals have besides those of clients.
func (r *nodes) dealSection(key string, v *yaml.Node, s *spec) {
	switch key {
	case "client", "payer":
		s.fields = append(s.fields, r.party(key, v))
	case "step":
		f := fieldSpec{entity: EntityDeal, name: key, at: at(v, key), typ: TypeInt}
		r.field(v, &f)
		s.fields = append(s.fields, f)
	case "close":
		r.closing(v, s)
	case "lines":
		r.lines(v, s)
	case PartInvoices:
		s.parts = append(s.parts, r.invoices(v, s))
	case PartPayments:
		s.parts = append(s.parts, r.payments(v, s))
	}
}

// dealSense holds that the sections of a deal go together.
func (r *nodes) dealSense(n *yaml.Node, sections map[string]*yaml.Node) {
	if sections["client"] == nil {
		r.errorf(resolve(n), "", "client: is missing; the CRM refuses a deal without a client")
	}
	if v := sections[PartPayments]; v != nil && sections[PartInvoices] == nil {
		r.errorf(resolve(v), PartPayments, "need invoices: a payment pays an invoice")
	}
}

// party reads a reference to a client.
func (r *nodes) party(key string, v *yaml.Node) fieldSpec {
	ref := &refSpec{by: RefUID}
	ref.identity = r.identity(v, key, IdentitySpec{Encode: EncodeRaw}, func(sub string, v *yaml.Node) bool {
		if sub == "job" {
			ref.job = r.name(v, join(key, sub))
		}
		return sub == "job"
	}, "job")
	if ref.job == "" && resolve(v).Kind == yaml.MappingNode {
		r.errorf(resolve(v), key, "job: is missing: the job whose records are meant")
	}
	f := reference(EntityDeal, key, at(v, key), ref)
	f.required = key == "client"
	return f
}

// reference makes the field of a reference.
func reference(entity, name string, at place, ref *refSpec) fieldSpec {
	return fieldSpec{
		entity: entity, role: roleReference, ref: ref, name: name, at: at, typ: TypeText,
		columns: []string{ref.identity.Column}, unmapped: unmappedReject, owner: "both", required: true,
	}
}

var closeKeys = []string{"when", "status_close", "kol_fact", "marga", "des_fact"}

func (r *nodes) closing(n *yaml.Node, s *spec) {
	var when, status bool
	r.object(n, "close", closeKeys, func(key string, k, v *yaml.Node) bool {
		path := join("close", key)
		switch {
		case key == "when":
			when = true
			s.closeWhen = exprSpec{r.name(v, path), at(v, path)}
		case slices.Contains(closeFields, key):
			name := key
			if name == "marga" {
				name = closeMargin
			}
			f := fieldSpec{entity: EntityDeal, role: roleClose, name: name, at: at(k, path), typ: typeIn(EntityDeal, name)}
			r.field(v, &f)
			if key == "status_close" {
				status, f.required = true, true
			}
			s.fields = append(s.fields, f)
		default:
			return false
		}
		return true
	})
	if !when {
		r.errorf(resolve(n), "close", "when: is missing: the condition under which a deal is closed")
	}
	if !status {
		r.errorf(resolve(n), "close", "status_close: is missing; the CRM closes no deal without a status")
	}
}

var lineKeys = []string{
	"source", "of", "when", "check_sum", "artikul", "title", "kol", "edizm", "price", "price_in", "nds", "dop",
}

func (r *nodes) lines(n *yaml.Node, s *spec) {
	l := &linesSpec{checkSum: sumReject}
	var of *yaml.Node
	found := map[string]fieldSpec{}
	r.object(n, "lines", lineKeys, func(key string, k, v *yaml.Node) bool {
		path := join("lines", key)
		switch {
		case key == "source":
			l.source = r.name(v, path)
		case key == "of":
			of = v
		case key == "when":
			l.addOnly = r.oneOf(v, path, "add", "always") == "add"
		case key == "check_sum":
			l.checkSum = sumPolicy(r.oneOf(v, path, wordReject, wordWarn, "off"))
		case slices.Contains(lineFields, key):
			f := fieldSpec{entity: entityLine, name: key, at: at(k, path), typ: typeIn(entityLine, key)}
			r.field(v, &f)
			f.required = f.required || requiredIn(entityLine, key)
			found[key] = f
		default:
			return false
		}
		return true
	})
	for _, key := range lineFields {
		f, ok := found[key]
		switch {
		case ok:
			f.name = join("lines", key)
			l.fields = append(l.fields, f)
		case requiredIn(entityLine, key):
			r.errorf(resolve(n), "lines", "%s: is missing; the CRM needs it in every line", key)
		}
	}
	switch {
	case l.source != "" && of == nil:
		r.errorf(resolve(n), "lines", "of: is missing: the column of the source that names the deal")
	case l.source == "" && of != nil:
		r.errorf(of, "lines.of", "goes with source only: the rows of the deal itself are its lines")
	case of != nil:
		l.of = r.linked(of, "lines.of", s.uid, "uid")
	}
	s.lines = l
	s.fields = append(s.fields, fieldSpec{entity: EntityDeal, role: roleLines, name: FieldLines, at: at(n, FieldLines), typ: TypeText, owner: "both", addOnly: l.addOnly})
}

// linked reads a rule of ids that must come to the same ones as another.
func (r *nodes) linked(n *yaml.Node, path string, target IdentitySpec, name string) IdentitySpec {
	base := target
	base.Column = ""
	u := r.identity(n, path, base, nil)
	if u.Encode != target.Encode || u.Prefix != target.Prefix {
		r.errorf(resolve(n), path, "makes other ids than %s does: encode and prefix must be the same", name)
	}
	return u
}
