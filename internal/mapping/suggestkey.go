package mapping

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// key chooses the column of the key, and those that say whose row it is.
func (s *firstMapping) key() {
	for _, c := range s.byRole[roleKey] {
		if body, ok := s.keyBody(c.column); ok {
			s.take(c.column, body)
			break
		}
	}
	for i := range s.in.Header {
		if s.uid == "" && !s.unusual[i] && len(s.cells(i)) > 0 && s.unique(i) && s.all(i, isGUID) {
			s.take(i, fmt.Sprintf("{column: %s, encode: guid}", s.name(i)))
		}
	}
	if s.uid == "" {
		s.anyKey()
	}
	for _, c := range s.byRole[roleCLID] {
		if s.clid == "" && !s.used[c.column] {
			s.clid, s.used[c.column] = fmt.Sprintf("{column: %s}", s.name(c.column)), true
		}
	}
	for _, c := range s.byRole[roleSkip] {
		if s.all(c.column, func(cell string) bool { _, ok := parseBool(cell); return ok }) {
			s.skip, s.used[c.column] = append(s.skip, s.name(c.column)), true
		}
	}
}

func (s *firstMapping) take(column int, body string) { s.uid, s.used[column] = body, true }

// keyBody is the uid made of a column; ok is false for one that is no key: the
// presentation of a reference, say, which is cut and not unique.
func (s *firstMapping) keyBody(column int) (body string, ok bool) {
	name, cells := s.name(column), s.cells(column)
	header := foldAlias(s.in.Header[column])
	switch {
	case len(cells) == 0 && (strings.Contains(header, "код") || header == "code"):
		s.note("столбец %s пуст в первых строках: проверьте, что в нём есть ключ", "column %s is blank in the first rows: see that it holds the key", name)
		return fmt.Sprintf("{column: %s, encode: hash}", name), true
	case len(cells) == 0:
		return fmt.Sprintf("{column: %s, encode: guid}", name), true
	case !s.unique(column):
		s.note("столбец %s не годится в ключи: значения в нём повторяются", "column %s is no key: its values are not unique", name)
		return "", false
	case s.all(column, isGUID):
		return fmt.Sprintf("{column: %s, encode: guid}", name), true
	case s.all(column, isBareGUID):
		s.note("ключ %s — 32 знака без дефисов: проверьте порядок байтов (hex: db — как в базе 1С, canonical — как в GUID)",
			"the key %s has 32 digits without dashes: check their order (hex: db as in 1C's database, canonical as in a GUID)", name)
		return fmt.Sprintf("{column: %s, encode: guid, hex: db}", name), true
	case s.all(column, func(cell string) bool { return strings.ContainsFunc(cell, isBlank) }):
		s.note("столбец %s не годится в ключи: в нём представление, а не идентификатор", "column %s is no key: it holds a presentation, no id", name)
		return "", false
	case s.all(column, isRawKey) && s.distinctFolded(column):
		return fmt.Sprintf("{column: %s, encode: raw}", name), true
	}
	return fmt.Sprintf("{column: %s, encode: hash}", name), true
}

// anyKey takes a column whose values differ where no name is known: a mapping
// without a key says nothing.
func (s *firstMapping) anyKey() {
	best := -1
	for i := range s.in.Header {
		if s.unusual[i] || !s.mayTell(i) {
			continue
		}
		if s.unique(i) && (best < 0 || len(s.cells(i)) > len(s.cells(best))) {
			best = i
		}
	}
	if best < 0 {
		s.uid = "{column: Ссылка, encode: guid}"
		s.note("столбца для ключа не нашлось: вместо столбца «Ссылка» укажите свой или добавьте его в выгрузку",
			"no column can be the key: name yours in place of «Ссылка», or add it to the export")
		return
	}
	s.take(best, fmt.Sprintf("{column: %s, encode: hash}", s.name(best)))
	s.note("ключ не распознан: взят столбец %s, потому что значения в нём не повторяются. Лучше выгрузить GUID ссылки",
		"no key was recognized: column %s was taken because its values differ. Better export the reference's GUID", s.name(best))
}

// mayTell reports that a column nobody knows as a key may be one. A name or a
// phone changes, and the number of a line moves to another record.
func (s *firstMapping) mayTell(column int) bool {
	switch role, _, known := aliasOf(s.in.Header[column]); {
	case role == "recv.castInn" || role == roleINNKPP || role == "recv.castOgrn":
		return true
	case known:
		return false
	}
	for i, cell := range s.cells(column) {
		if cell != strconv.Itoa(i+1) {
			return true
		}
	}
	return false // nothing is known of it
}

func (s *firstMapping) unique(column int) bool {
	seen := map[string]bool{}
	for _, cell := range s.cells(column) {
		if seen[cell] {
			return false
		}
		seen[cell] = true
	}
	return true
}

// distinctFolded reports keys that the CRM's collation can tell apart.
func (s *firstMapping) distinctFolded(column int) bool {
	seen := map[string]bool{}
	for _, cell := range s.cells(column) {
		fold := foldCollation(cell)
		if seen[fold] {
			return false
		}
		seen[fold] = true
	}
	return true
}

func isGUID(cell string) bool {
	var g [16]byte
	return parseGUID(cell, "", &g) == ""
}

func isBareGUID(cell string) bool {
	var g [16]byte
	return parseGUID(cell, HexDB, &g) == ""
}

func isRawKey(cell string) bool { return utf8.RuneCountInString(cell) <= maxUID && rawForm(cell) == "" }
