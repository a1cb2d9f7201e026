package mapping

import (
	"strings"

	"syncd/internal/record"
)

// requisite reads a number that identifies: blanks inside go, a lost leading
// zero comes back where a check digit proves it, and a wrong check digit warns
// (or stops the row, with check: reject).
func (b *Binding) requisite(f *field, text, raw string) (record.Value, bool) {
	d := text
	if !isDigits(d) {
		if isExponent(text) {
			return b.refuse(f, CodeExcelDamage, f.typeRule, raw)
		}
		d = canonOfCode(text)
		if f.typ == TypeINN || f.typ == TypeKPP {
			d = b.half(f, d)
		}
		if strings.ContainsRune(text, '\'') {
			b.doubt(f, CodeReplaced, "characters", raw) // it would break the CRM's search by ИНН
		}
	}
	if d == "" || d == "-" {
		return record.Value{State: record.Empty}, true
	}
	if allZeros(d) {
		if f.strict {
			return b.refuse(f, CodeAllZeros, f.typeRule, raw)
		}
		return b.withhold(f, CodeAllZeros, f.typeRule, raw)
	}
	if f.typ == TypeKPP && f.holdsINN(d, raw) {
		return record.Of(d, d), true // checkKPP decides when the row's ИНН is known
	}
	if fixed := f.repair(d); fixed != d {
		b.doubt(f, CodeRepaired, f.typeRule, raw)
		d = fixed
	}
	if code := f.verify(d); code != "" {
		if f.strict {
			return b.refuse(f, code, f.typeRule, raw)
		}
		b.doubt(f, code, f.typeRule, raw)
	}
	return record.Of(d, d), true
}

// half takes this field's part of a cell "ИНН/КПП", "ИНН\КПП".
func (b *Binding) half(f *field, d string) string {
	inn, kpp, found := strings.Cut(strings.ReplaceAll(d, `\`, "/"), "/")
	switch {
	case !found:
		return d
	case f.typ == TypeKPP:
		return kpp
	}
	if kppForm(kpp) {
		b.innKPP = kpp
	}
	return inn
}

// holdsINN reports that a КПП field was given a ИНН: by its length, or because
// the cell is one from which the ИНН is read as well and has no slash.
func (f *field) holdsINN(d, raw string) bool {
	if isDigits(d) && (len(d) == 10 || len(d) == 12 || len(d) == 11 && ValidINN("0"+d)) {
		return true
	}
	return f.combined && !strings.ContainsAny(raw, `/\`) && d != canonOfCode(f.fallback)
}

// checkKPP takes a ИНН out of a КПП field. Where it is the ИНН of the same
// record, the cell just has no КПП (sole traders have none); anything else is
// told.
func (b *Binding) checkKPP(f *field, i int, cells []string, rec *record.Record) bool {
	v := &rec.Values[i]
	if v.Blank() {
		return true
	}
	raw, own := b.raw(f, cells), false
	if f.inn >= 0 {
		inn := rec.Values[f.inn].Text
		own = (len(inn) == 10 || len(inn) == 12) && (v.Text == inn || "0"+v.Text == inn)
	} else {
		own = f.holdsINN(v.Text, raw) && (ValidINN(v.Text) || ValidINN("0"+v.Text))
	}
	ok := true
	switch {
	case own:
		*v = record.Value{State: record.Empty}
	case !f.holdsINN(v.Text, raw):
	case f.strict:
		*v, ok = b.refuse(f, CodeForm, f.typeRule, raw)
	default:
		*v, ok = b.withhold(f, CodeForm, f.typeRule, raw)
	}
	return ok
}

// repair puts leading zeros back that a number column lost. Only a check digit
// proves that; БИК and КПП have none, so their column must be marked `excel`.
func (f *field) repair(d string) string {
	switch {
	case !isDigits(d):
	case f.typ == TypeINN && (len(d) == 9 || len(d) == 11) && ValidINN("0"+d):
		return "0" + d
	case (f.typ == TypeBIK || f.typ == TypeKPP) && len(d) == 8 && f.excel:
		return "0" + d
	}
	return d
}

// verify says what is wrong with a number; accounts are checked once their
// БИК is known.
func (f *field) verify(d string) Code {
	form, check := true, true
	switch f.typ {
	case TypeINN:
		form, check = isDigits(d) && (len(d) == 10 || len(d) == 12), ValidINN(d)
	case TypeKPP:
		form = kppForm(d)
	case TypeOGRN:
		form, check = isDigits(d) && (len(d) == 13 || len(d) == 15), validOGRN(d)
	case TypeOKPO:
		form, check = isDigits(d) && (len(d) == 8 || len(d) == 10), validOKPO(d)
	case TypeBIK:
		form = bikForm(d)
	case TypeAccount, TypeCorrAccount:
		form = isDigits(d) && len(d) == 20
	}
	switch {
	case !form:
		return CodeForm
	case !check:
		return CodeCheckDigit
	}
	return ""
}

// checkAccount verifies an account with the БИК of the same record.
func (b *Binding) checkAccount(f *field, i int, cells []string, rec *record.Record) bool {
	v := rec.Values[i]
	if len(v.Text) != 20 || f.bik < 0 || rec.Values[f.bik].Blank() || f.verify(v.Text) != "" {
		return true
	}
	bik := rec.Values[f.bik].Text
	if !bikForm(bik) || validAccount(v.Text, bik, f.typ == TypeCorrAccount) {
		return true
	}
	if f.strict {
		b.refuse(f, CodeCheckDigit, f.typeRule, b.raw(f, cells))
		return false
	}
	b.doubt(f, CodeCheckDigit, f.typeRule, b.raw(f, cells))
	return true
}
