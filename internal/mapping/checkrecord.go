package mapping

import (
	"github.com/shopspring/decimal"

	"syncd/internal/record"
)

// CheckRecord looks at a record as a whole, when all its rows are in it: the sum of
// a deal against that of its lines, and of a record of several rows what one row
// alone could not be held to. A problem that is no warning makes the record
// unreadable. A list of several rows that is too long is cut where the mapping
// says so.
func (m *Mapping) CheckRecord(rec *record.Record) []Problem {
	if len(rec.Values) != len(m.fields) {
		return nil
	}
	var out []Problem
	if p, wrong := m.checkSum(rec); wrong {
		out = append(out, p)
	}
	if m.spec.merge {
		out = append(out, m.checkMerged(rec)...)
	}
	return out
}

// checkSum compares the sum of a deal with that of its lines. Either may round each
// line on its own: a kopeck a line is no difference.
func (m *Mapping) checkSum(rec *record.Record) (p Problem, wrong bool) {
	if m.lines == nil || m.roles.sum < 0 || m.spec.lines.checkSum == sumOff {
		return Problem{}, false
	}
	sum, lines := rec.Values[m.roles.sum], rec.Values[m.roles.lines]
	if sum.Blank() || lines.Blank() {
		return Problem{}, false
	}
	parsed, err := m.ParseLines(lines.Text)
	if err != nil || len(parsed) == 0 {
		return Problem{}, false
	}
	total := decimal.Zero
	for _, l := range parsed {
		amount := number0(l.Price).Mul(number0(l.Quantity))
		if l.Factor != "" {
			amount = amount.Mul(number0(l.Factor))
		}
		total = total.Add(amount)
	}
	slack := decimal.New(int64(len(parsed)), -2)
	if number0(sum.Text).Sub(total).Abs().LessThanOrEqual(slack) {
		return Problem{}, false
	}
	f := &m.fields[m.roles.sum]
	p = Problem{
		Code: CodeSum, Field: f.name, Rule: "check_sum: " + string(m.spec.lines.checkSum),
		Value: sum.Text + " ≠ " + total.Round(2).String(), Warning: m.spec.lines.checkSum == sumWarn,
	}
	if len(f.columns) > 0 {
		p.Column = f.columns[0]
	}
	return p, true
}

// number0 reads a number that a mapping made; 0 for one that is none.
func number0(text string) decimal.Decimal {
	_, canon, code := parseNumber(text)
	if code != "" {
		return decimal.Zero
	}
	d, err := decimal.NewFromString(canon)
	if err != nil {
		return decimal.Zero
	}
	return d
}

func (m *Mapping) checkMerged(rec *record.Record) []Problem {
	var out []Problem
	find := func(f *field, code Code, rule, value string) {
		p := Problem{Code: code, Field: f.name, Rule: rule, Value: value}
		if len(f.columns) > 0 {
			p.Column = f.columns[0]
		}
		out = append(out, p)
	}
	for _, i := range m.required {
		if rec.Values[i].Blank() {
			find(&m.fields[i], CodeRequired, "required", "")
		}
	}
	for i := range m.fields {
		f := &m.fields[i]
		v := rec.Values[i]
		if !isList(f.typ) || f.max == 0 || v.Blank() || !tooLong(sentList(f.typ, v.Text), f.max) {
			continue
		}
		if !f.cut {
			find(f, CodeTooLong, f.maxRule, v.Text)
			continue
		}
		find(f, CodeCut, f.maxRule, v.Text)
		out[len(out)-1].Warning = true
		text := cut(f, sentList(f.typ, v.Text))
		rec.Values[i] = record.Of(text, canonOf(f.canon, text))
	}
	return out
}
