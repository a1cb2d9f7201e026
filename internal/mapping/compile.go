package mapping

import (
	"fmt"
	"slices"
	"strings"

	"syncd/internal/record"
)

// compiler turns a spec into a Mapping.
type compiler struct {
	m    *Mapping
	errs Errors
}

func compile(name string, s spec) (*Mapping, Errors) {
	c := &compiler{m: &Mapping{name: name, spec: s, clid: -1}}
	m := c.m
	m.uid = c.slot(s.uid.Column, s.keyPath())
	if s.clid != "" {
		m.clid = c.slot(s.clid, "clid")
	}
	for _, col := range s.skip {
		m.skip = append(m.skip, skipRule{c.slot(col, s.path("skip")), "skip: " + col})
	}
	m.where = c.condition(s.where)
	m.deleted = c.condition(s.deletedWhen)

	for i := range s.fields {
		m.fields = append(m.fields, c.field(s.fields[i]))
		m.all = append(m.all, i)
	}
	m.closing = c.condition(s.closeWhen)
	c.lines()
	c.oneWays()
	policies := make([]record.Field, len(s.fields))
	for i := range s.fields {
		policies[i] = policy(&m.fields[i])
	}
	m.schema = record.NewSchema(policies)
	c.connect()
	var err error
	if m.print, err = fingerprint(s); err != nil {
		c.errs = append(c.errs, &SpecError{File: name, Text: err.Error()})
	}
	for _, p := range s.parts {
		part, errs := compile(name, p)
		m.parts = append(m.parts, part)
		c.errs = append(c.errs, errs...)
		m.warnings = append(m.warnings, part.warnings...)
	}
	c.warn()
	return m, c.errs
}

// keyPath is where the rule of the key stands in the file.
func (s *spec) keyPath() string {
	if s.part == "" {
		return "uid"
	}
	return s.path("id")
}

func policy(f *field) record.Field {
	p := record.Field{
		Name: f.name, AddOnly: f.addOnly || f.onlyAdded(), Clear: f.clear, OneWay: f.oneWay != "", Fixed: f.unchangeable(),
		Later: f.role == roleClose, // a deal is added open
	}
	if f.name == "status_close" {
		p.Clear = true // an order that is opened again is a change, though no request opens a deal
	}
	switch f.owner {
	case "source":
		p.Owner = record.OwnerSource
	case "crm":
		p.Owner = record.OwnerCRM
	}
	return p
}

// unchangeable reports what the CRM has no way to change.
func (f *fieldSpec) unchangeable() bool {
	return writtenOnce(f.entity) && !f.onlyAdded() || f.entity == EntityPerson && f.role == roleReference
}

// onlyAdded reports what is sent with an invoice or a payment, and never looked at
// again.
func (f *fieldSpec) onlyAdded() bool {
	return writtenOnce(f.entity) && f.role == rolePlain && f.name != "invoice" && f.name != "summa"
}

// slot returns the position of a column among those the mapping needs. Names
// that differ in case, ё, spaces and dots are one column.
func (c *compiler) slot(column, usedBy string) int {
	fold := foldColumn(column)
	for i, s := range c.m.slots {
		if foldColumn(s.column) == fold {
			return i
		}
	}
	c.m.slots = append(c.m.slots, slot{column, usedBy})
	return len(c.m.slots) - 1
}

func (c *compiler) field(s fieldSpec) field {
	f := field{fieldSpec: s, key: s.name, bik: -1, kpp: -1, inn: -1, typeRule: "type: " + string(s.typ)}
	f.key, f.recv = strings.CutPrefix(s.name, "recv.")
	switch {
	case s.role == roleReference && s.ref.by == RefNumber:
		f.typeRule = "by: number"
	case s.role == roleReference:
		f.typeRule = "encode: " + string(s.ref.identity.Encode)
	}
	if s.entity == entityLine {
		f.key = strings.TrimPrefix(s.name, "lines.")
	}
	f.dict = s.entity == EntityClient && !f.recv && isDictionary(f.key) || isGuide(s.entity, f.key)
	f.canon = canonKindOf(&f)
	f.unclean = uncleanOf(&f)
	for _, col := range s.columns {
		f.slots = append(f.slots, c.slot(col, s.at.path))
	}
	if s.expr != "" {
		f.prog = c.expression(exprSpec{s.expr, s.exprAt}, false)
	}
	if s.hasValues {
		f.table = make(map[string]string, 2*len(s.values))
		for _, p := range s.values {
			f.table[p.from] = p.to
			f.table[foldWord(p.from)] = p.to
		}
	}
	f.max = lengthIn(s.entity, f.key)
	f.positive = isPositive(s.entity, f.key)
	if s.limit > 0 {
		f.max = s.limit
	}
	f.quick = quickKindOf(&f)
	f.maxRule = "max_length: " + wordReject
	if s.cut {
		f.maxRule = "max_length: " + wordCut
	}
	return f
}

// uncleanOf lists what a field's texts may not keep.
func uncleanOf(f *field) traits {
	t := hasGap | hasLine | hasAngle | hasOdd
	switch {
	case f.recv:
		t |= hasSemicolon | hasApostrophe | hasAmp
	case f.isTitle():
		t |= hasBackslash
	case f.dict:
		t |= hasBackslash | hasApostrophe | hasQuote
	}
	return t
}

// connect finds the fields that lean on another field of the same record.
func (c *compiler) connect() {
	m := c.m
	m.roles = roles{
		inn: m.schema.Index("recv.castInn"), kpp: m.schema.Index("recv.castKpp"), phone: m.schema.Index("phone"),
		fax: m.schema.Index("fax"), mail: m.schema.Index("mail_url"), title: m.schema.Index("title"),
		lines: m.schema.Index(FieldLines), sum: m.schema.Index("kol"),
	}
	if m.spec.entity != EntityClient && m.spec.entity != EntityDeal {
		m.roles.title = -1
	}
	byType := func(t FieldType) int {
		return slices.IndexFunc(m.fields, func(f field) bool { return f.typ == t })
	}
	bik, kpp, inn := byType(TypeBIK), byType(TypeKPP), byType(TypeINN)
	if inn < 0 {
		inn = m.roles.inn // a ИНН of another type is one all the same
	}
	for i := range m.fields {
		if m.fields[i].typ == TypeKPP {
			c.connectKPP(&m.fields[i], inn)
			m.checked = append(m.checked, i) // before the ИНН, which may fill it
		}
	}
	for i := range m.fields {
		switch m.fields[i].typ {
		case TypeAccount, TypeCorrAccount:
			m.fields[i].bik = bik
			m.checked = append(m.checked, i)
		case TypeINN:
			m.fields[i].kpp = kpp
			m.checked = append(m.checked, i)
		}
		if m.fields[i].required {
			m.required = append(m.required, i)
		}
	}
}

// connectKPP tells a КПП of the record's ИНН (-1: none).
func (c *compiler) connectKPP(f *field, inn int) {
	if f.inn = inn; inn < 0 {
		return
	}
	f.combined = len(f.slots) == 1 && slices.Equal(f.slots, c.m.fields[inn].slots)
}

// warn collects doubts that an integrator should see once.
func (c *compiler) warn() {
	doubt := func(at place, format string, args ...any) {
		c.m.warnings = append(c.m.warnings, &SpecError{File: c.m.name, Line: at.line, Column: at.column, Path: at.path, Text: fmt.Sprintf(format, args...)})
	}
	if c.m.spec.uid.Encode == EncodeRaw && c.m.spec.part == "" {
		doubt(c.m.spec.uidAt, "encode: raw sends the key as it is; the CRM cannot tell keys apart that differ in case or ё only")
	}
	for i := range c.m.fields {
		f := &c.m.fields[i]
		if (f.typ == TypeAccount || f.typ == TypeCorrAccount) && f.bik < 0 {
			doubt(f.at, "no field has type bik: the check digit of this account is not verified")
		}
		if f.typ == TypeINN && f.kpp < 0 && slices.ContainsFunc(f.columns, func(col string) bool { return strings.Contains(foldColumn(col), "кпп") }) {
			doubt(f.at, "no field has type kpp: the КПП behind the slash is not sent")
		}
		if f.excel && !slices.Contains([]FieldType{TypeINN, TypeKPP, TypeBIK, TypeDate, TypeDatetime}, f.typ) {
			doubt(f.at, "excel has no meaning for %s", f.typeRule)
		}
	}
	c.m.warnings.sort()
}
