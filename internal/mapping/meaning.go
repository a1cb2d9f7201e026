package mapping

import (
	"encoding/json"
	"slices"
	"strings"

	"syncd/internal/record"
)

type fieldMeaning struct {
	Name                                                string
	Columns                                             []string
	Join, Const, Expr, Type, Unmapped, Default, Owner   string
	HasConst, HasValues, Required, Cut, Strict, Lenient bool
	AddOnly, Clear, Excel, Known                        bool
	Values                                              map[string]string
	Limit                                               int
	Reference                                           *referenceMeaning `json:",omitempty"`
}

type referenceMeaning struct{ Job, By, Encode, Hex, Prefix string }

type linesMeaning struct {
	Other                   bool // they come from another source
	Of, Encode, Hex, Prefix string
	CheckSum                string
	Fields                  []fieldMeaning
}

// fingerprint hashes the meaning of a spec. Positions are left out; column
// names and words that count as equal hash equally. The parts of a file have
// fingerprints of their own. A mapping of clients hashes as it did before there were
// deals: what only others have is left out when empty.
func fingerprint(s spec) (record.Fingerprint, error) {
	meaning := struct {
		Entity, UID, Encode, Hex, Prefix, CLID, Where, Deleted string
		Skip                                                   []string
		Fields                                                 []fieldMeaning
		Close                                                  string        `json:",omitempty"`
		Merge                                                  bool          `json:",omitempty"`
		Lines                                                  *linesMeaning `json:",omitempty"`
	}{
		Close: strings.TrimSpace(s.closeWhen.text), Merge: s.merge, Lines: meaningOfLines(s.lines),
		Entity: s.entity, UID: foldColumn(s.uid.Column), Encode: string(s.uid.Encode), Hex: string(s.uid.Hex), Prefix: s.uid.Prefix,
		CLID: foldColumn(s.clid), Where: strings.TrimSpace(s.where.text), Deleted: strings.TrimSpace(s.deletedWhen.text),
	}
	for _, c := range s.skip {
		meaning.Skip = append(meaning.Skip, foldColumn(c))
	}
	slices.Sort(meaning.Skip)
	for i := range s.fields {
		meaning.Fields = append(meaning.Fields, meaningOf(&s.fields[i]))
	}
	slices.SortFunc(meaning.Fields, func(a, b fieldMeaning) int { return strings.Compare(a.Name, b.Name) })
	data, err := json.Marshal(meaning) // map keys come sorted
	return record.FingerprintBytes(data), err
}

func meaningOf(f *fieldSpec) fieldMeaning {
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
	if f.ref != nil {
		id := f.ref.identity
		fm.Reference = &referenceMeaning{f.ref.job, string(f.ref.by), string(id.Encode), string(id.Hex), id.Prefix}
	}
	return fm
}

func meaningOfLines(l *linesSpec) *linesMeaning {
	if l == nil {
		return nil
	}
	lm := &linesMeaning{
		Other: l.source != "", Of: foldColumn(l.of.Column), Encode: string(l.of.Encode), Hex: string(l.of.Hex), Prefix: l.of.Prefix,
		CheckSum: string(l.checkSum),
	}
	for i := range l.fields {
		lm.Fields = append(lm.Fields, meaningOf(&l.fields[i]))
	}
	return lm
}
