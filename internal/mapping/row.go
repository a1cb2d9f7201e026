package mapping

import (
	"errors"
	"strconv"

	"syncd/internal/record"
)

// Map translates one row. It fills rec (its Values are reused, its Origin is
// left alone) and says what the row is. Texts of the record may share memory
// with the cells.
func (b *Binding) Map(cells []string, rec *record.Record) Result {
	b.reset(rec)
	rule, out, scopeRead := b.scope(cells)
	keyRead := b.identity(cells, rec)
	if out {
		// a group or a service row may lack a key: that is no reason to reject
		// it, and nothing in it is worth a word
		gone := keyRead && b.gone(cells)
		if gone {
			b.values(cells, rec)
			rec.Deleted = true
		}
		b.problems = b.problems[:0]
		if gone {
			return Result{Kind: Deleted, Rule: ruleDeleted}
		}
		return Result{Kind: OutOfScope, Rule: rule}
	}
	switch {
	case !keyRead:
		return b.result(Rejected, "")
	case !scopeRead:
		return b.result(Unreadable, "")
	}
	deleted, ok := b.condition(b.m.deleted, ruleDeleted, cells)
	if !ok {
		return b.result(Unreadable, "")
	}
	readable := b.values(cells, rec)
	line := ""
	if b.m.ownLines() {
		text, fine := b.line(b.m.lines, cells)
		line, readable = text, readable && fine
	}
	kind, by := InScope, ""
	switch {
	case deleted:
		rec.Deleted = true
		b.onlyWarnings()
		kind, by = Deleted, ruleDeleted
	case !readable:
		kind = Unreadable
	}
	res := b.result(kind, by)
	res.Refs, res.Line = b.refs, line
	return res
}

const (
	ruleDeleted = "deleted_when"
	ruleClose   = "close"
)

// gone reports that deleted_when holds for a row that skip or where leaves out:
// a mark of deletion says more than that a row is not looked at.
func (b *Binding) gone(cells []string) bool {
	deleted, ok := b.condition(b.m.deleted, ruleDeleted, cells)
	return deleted && ok
}

func (b *Binding) result(kind Kind, rule string) Result {
	return Result{Kind: kind, Rule: rule, Problems: b.problems}
}

// onlyWarnings keeps what a deleted record cannot do with out of its way.
func (b *Binding) onlyWarnings() {
	for i := range b.problems {
		if !b.problems[i].Warning {
			b.problems[i].Warning, b.problems[i].Withheld = true, true
		}
	}
}

// scope asks skip and where. ok is false when one of them cannot be answered.
func (b *Binding) scope(cells []string) (rule string, out, ok bool) {
	ok = true
	for _, s := range b.m.skip {
		raw, _ := b.cell(cells, s.slot)
		yes, known := parseBool(trimBlank(raw))
		switch {
		case !known:
			ok = false
			b.problems = append(b.problems, Problem{Code: CodeNotBoolean, Field: "skip", Column: b.m.slots[s.slot].column, Rule: s.rule, Value: raw})
		case yes:
			return s.rule, true, true
		}
	}
	if !ok || b.m.where == nil {
		return "", false, ok
	}
	in, ok := b.condition(b.m.where, "where", cells)
	return "where", ok && !in, ok
}

// condition evaluates where or deleted_when; a nil program is false.
func (b *Binding) condition(p *program, rule string, cells []string) (yes, ok bool) {
	if p == nil {
		return false, true
	}
	v, err := b.run(p, cells)
	yes, isBool := v.(bool)
	if err != nil || !isBool {
		b.problems = append(b.problems, Problem{Code: CodeExpression, Field: rule, Rule: rule})
		return false, false
	}
	return yes, true
}

// identity fills the record's key, uid and clid.
func (b *Binding) identity(cells []string, rec *record.Record) bool {
	raw, _ := b.cell(cells, b.m.uid)
	rec.Key = trimBlank(raw)
	uid, err := EncodeUID(rec.Key, b.m.spec.uid)
	if err != nil {
		code := CodeKeyForm
		var ke *KeyError
		if errors.As(err, &ke) {
			code = ke.Code
		}
		b.problems = append(b.problems, Problem{Code: code, Field: "uid", Column: b.m.spec.uid.Column, Rule: "uid: " + string(b.m.spec.uid.Encode), Value: raw})
		return false
	}
	rec.UID = uid
	if b.m.clid < 0 {
		return true
	}
	raw, _ = b.cell(cells, b.m.clid)
	text := trimBlank(raw)
	if isNullWord(text) || text == "0" {
		return true
	}
	plain, _, code := parseNumber(text)
	clid, err := strconv.ParseInt(plain, 10, 64)
	if code != "" || err != nil || clid < 0 {
		// without it the record would be added a second time
		b.problems = append(b.problems, Problem{Code: CodeCLIDForm, Field: "clid", Column: b.m.spec.clid, Rule: "clid", Value: raw})
		return false
	}
	rec.CLID = clid
	return true
}

// values fills every field; false when one of them makes the row unreadable.
func (b *Binding) values(cells []string, rec *record.Record) bool {
	ok := true
	if b.m.closing != nil {
		b.closed, ok = b.condition(b.m.closing, ruleClose, cells)
	}
	for i := range b.m.fields {
		f, v := &b.m.fields[i], &rec.Values[i]
		if b.quick(f, cells, v) {
			continue
		}
		var fine bool
		if f.role == rolePlain {
			*v, fine = b.value(f, cells)
		} else {
			*v, fine = b.special(f, i, cells)
		}
		ok = ok && fine
	}
	for _, i := range b.m.checked {
		f := &b.m.fields[i]
		switch f.typ {
		case TypeKPP:
			ok = b.checkKPP(f, i, cells, rec) && ok
		case TypeINN:
			b.fillKPP(f, rec)
		default:
			ok = b.checkAccount(f, i, cells, rec) && ok
		}
	}
	for _, i := range b.m.required {
		if b.m.spec.merge {
			break // another row of the record may have it
		}
		if f := &b.m.fields[i]; rec.Values[i].Blank() && !b.spoke(f.name) && (f.role != roleClose || b.closed) {
			b.problem(f, Problem{Code: CodeRequired, Rule: "required", Value: b.raw(f, cells)})
			ok = false
		}
	}
	return ok
}

// special makes a field that is not made of cells alone.
func (b *Binding) special(f *field, position int, cells []string) (record.Value, bool) {
	switch {
	case f.role == roleReference:
		return b.reference(f, position, cells)
	case f.role == roleClose && b.closed:
		return b.value(f, cells)
	case f.role == roleClose:
		return record.Value{State: record.Null}, true
	}
	return record.Value{}, true // the lines: JoinLines makes them
}

// spoke reports whether a field was found unreadable already.
func (b *Binding) spoke(name string) bool {
	for i := range b.problems {
		if b.problems[i].Field == name && !b.problems[i].Warning {
			return true
		}
	}
	return false
}

// fillKPP hands the КПП out of a cell "ИНН/КПП" to a blank КПП field.
func (b *Binding) fillKPP(f *field, rec *record.Record) {
	if b.innKPP == "" || f.kpp < 0 || !rec.Values[f.kpp].Blank() {
		return
	}
	rec.Values[f.kpp] = record.Of(b.innKPP, b.innKPP)
}

// raw is the cell that a problem of the field shows.
func (b *Binding) raw(f *field, cells []string) string {
	if len(f.slots) == 0 {
		return f.constant
	}
	text, _ := b.cell(cells, f.slots[0])
	return text
}

// problem records a finding about a field.
func (b *Binding) problem(f *field, p Problem) {
	p.Field = f.name
	if p.Column == "" && len(f.columns) > 0 {
		p.Column = f.columns[0]
	}
	b.problems = append(b.problems, p)
}

// refuse records what makes the row unreadable.
func (b *Binding) refuse(f *field, code Code, rule, raw string) (record.Value, bool) {
	b.problem(f, Problem{Code: code, Rule: rule, Value: raw})
	return record.Value{}, false
}

// withhold records a value that is not used; the record goes on without it.
func (b *Binding) withhold(f *field, code Code, rule, raw string) (record.Value, bool) {
	b.problem(f, Problem{Code: code, Rule: rule, Value: raw, Warning: true, Withheld: true})
	return record.Value{}, true
}

func (b *Binding) doubt(f *field, code Code, rule, raw string) {
	b.problem(f, Problem{Code: code, Rule: rule, Value: raw, Warning: true})
}
