package mapping

import (
	"encoding/json"
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
	m.uid = c.slot(s.uid.Column, "uid")
	if s.clid != "" {
		m.clid = c.slot(s.clid, "clid")
	}
	for _, col := range s.skip {
		m.skip = append(m.skip, skipRule{c.slot(col, "skip"), "skip: " + col})
	}
	m.where = c.condition(s.where)
	m.deleted = c.condition(s.deletedWhen)

	for i := range s.fields {
		m.fields = append(m.fields, c.field(s.fields[i]))
		m.all = append(m.all, i)
	}
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
	c.warn()
	return m, c.errs
}

func policy(f *field) record.Field {
	p := record.Field{Name: f.name, AddOnly: f.addOnly, Clear: f.clear, OneWay: f.oneWay != ""}
	switch f.owner {
	case "source":
		p.Owner = record.OwnerSource
	case "crm":
		p.Owner = record.OwnerCRM
	}
	return p
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
	f.dict = !f.recv && isDictionary(f.key)
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
	f.max = serverLength(s.name)
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
	case f.key == "title":
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
	if c.m.spec.uid.Encode == EncodeRaw {
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

// fingerprint hashes the meaning of a spec. Positions are left out; column
// names and words that count as equal hash equally.
func fingerprint(s spec) (record.Fingerprint, error) {
	type fieldMeaning struct {
		Name                                                string
		Columns                                             []string
		Join, Const, Expr, Type, Unmapped, Default, Owner   string
		HasConst, HasValues, Required, Cut, Strict, Lenient bool
		AddOnly, Clear, Excel, Known                        bool
		Values                                              map[string]string
		Limit                                               int
	}
	meaning := struct {
		Entity, UID, Encode, Hex, Prefix, CLID, Where, Deleted string
		Skip                                                   []string
		Fields                                                 []fieldMeaning
	}{
		Entity: s.entity, UID: foldColumn(s.uid.Column), Encode: string(s.uid.Encode), Hex: string(s.uid.Hex), Prefix: s.uid.Prefix,
		CLID: foldColumn(s.clid), Where: strings.TrimSpace(s.where.text), Deleted: strings.TrimSpace(s.deletedWhen.text),
	}
	for _, c := range s.skip {
		meaning.Skip = append(meaning.Skip, foldColumn(c))
	}
	slices.Sort(meaning.Skip)
	for _, f := range s.fields {
		fm := fieldMeaning{
			Name: f.name, Const: f.constant, Expr: strings.TrimSpace(f.expr), Type: string(f.typ), Default: f.fallback,
			Owner: f.owner, HasConst: f.hasConst, HasValues: f.hasValues, Required: f.required, Cut: f.cut, Strict: f.strict,
			Lenient: f.lenient, AddOnly: f.addOnly, Clear: f.clear, Excel: f.excel, Known: f.known, Limit: f.limit,
		}
		if len(f.columns) > 1 {
			fm.Join = f.join
		}
		for _, c := range f.columns {
			fm.Columns = append(fm.Columns, foldColumn(c))
		}
		if f.hasValues {
			fm.Unmapped = string(f.unmapped)
			fm.Values = make(map[string]string, len(f.values))
			for _, p := range f.values {
				fm.Values[foldWord(p.from)] = p.to
			}
		}
		meaning.Fields = append(meaning.Fields, fm)
	}
	slices.SortFunc(meaning.Fields, func(a, b fieldMeaning) int { return strings.Compare(a.Name, b.Name) })
	data, err := json.Marshal(meaning) // map keys come sorted
	return record.FingerprintBytes(data), err
}
