package mapping

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// SuggestInput is what is known of an export and of the CRM.
type SuggestInput struct {
	Source  string       // name of the export, for the head of the file; "" = none
	Header  []string     // names of the columns
	Samples [][]string   // some rows, to see what the columns hold; may be nil
	Fields  []KnownField // the fields that the CRM has switched on; nil = those of a stock CRM
	Users   []KnownUser  // the CRM's active users; nil = not known
	English bool         // comments and notes in English instead of Russian
}

// KnownField is a field of the CRM.
type KnownField struct{ Key, Caption string }

// KnownUser is a user of the CRM.
type KnownUser struct{ Login, Title string }

// Suggest makes a first mapping for an export: commented YAML that Parse reads,
// with every column either mapped or named in a comment. Notes say what a person
// has to look at. Cells come into neither, but for the words of a column that says
// what kind of client a row is and the names of the CRM's own users. It decides by
// the dictionary of aliases and by what the samples hold.
func Suggest(in SuggestInput) (yaml string, notes []string) {
	s := &firstMapping{in: in}
	s.columns()
	s.key()
	s.body()
	return s.render(), s.notes
}

// firstMapping is a mapping in the making.
type firstMapping struct {
	in      SuggestInput
	byRole  map[string][]candidate // by schema name or role, surest first
	used    map[int]bool           // columns that stand in the mapping, commented out or not
	uid     string                 // the body of the uid
	clid    string
	skip    []string
	lines   []fieldLine
	notes   []string
	unusual map[int]bool // columns that cannot be named: blank or doubled
}

// candidate is a column that may fill a field.
type candidate struct{ column, rank int }

// fieldLine is one field of the mapping to be.
type fieldLine struct {
	field string
	body  string
	off   string // why it is commented out; "" when it is not
}

// say chooses the language.
func (s *firstMapping) say(ru, en string, args ...any) string {
	if s.in.English {
		ru = en
	}
	return fmt.Sprintf(ru, args...)
}

func (s *firstMapping) note(ru, en string, args ...any) {
	s.notes = append(s.notes, s.say(ru, en, args...))
}

// columns sorts the header by what its names are known as.
func (s *firstMapping) columns() {
	s.byRole, s.used, s.unusual = map[string][]candidate{}, map[int]bool{}, map[int]bool{}
	count, first := map[string]int{}, map[string]int{}
	for i, h := range s.in.Header {
		fold := foldColumn(h)
		if count[fold]++; count[fold] == 1 {
			first[fold] = i
		}
	}
	for i, h := range s.in.Header {
		if fold := foldColumn(h); fold == "" || count[fold] > 1 {
			s.unusual[i] = true
			if fold != "" && first[fold] == i {
				s.note("столбцов с именем %q несколько: ни один не использован", "several columns are called %q: none is used", h)
			}
			continue
		}
		role, rank, ok := aliasOf(h)
		if !ok {
			role, ok = s.captioned(h)
		}
		if ok {
			s.byRole[role] = append(s.byRole[role], candidate{i, rank})
		}
	}
	for _, list := range s.byRole {
		slices.SortStableFunc(list, func(a, b candidate) int { return cmp.Compare(a.rank, b.rank) })
	}
}

// captioned finds a field of the CRM's own form by its caption.
func (s *firstMapping) captioned(name string) (field string, ok bool) {
	for _, f := range s.in.Fields {
		if foldAlias(f.Caption) == foldAlias(name) && (isInput(f.Key) || slices.Contains(clientFields, f.Key)) && f.Key != "scheme" {
			return f.Key, true
		}
	}
	return "", false
}

// cells are the samples of a column that are not blank.
func (s *firstMapping) cells(column int) []string {
	var out []string
	for _, row := range s.in.Samples {
		if column >= len(row) || row[column] == cellNull {
			continue
		}
		if text := trimBlank(row[column]); !isNullWord(text) {
			out = append(out, text)
		}
	}
	return out
}

// all reports that a column's samples are as told; a column without any is not
// known to be otherwise.
func (s *firstMapping) all(column int, is func(cell string) bool) bool {
	for _, cell := range s.cells(column) {
		if !is(cell) {
			return false
		}
	}
	return true
}

func (s *firstMapping) name(column int) string { return quoteYAML(s.in.Header[column]) }

var plainYAML = regexp.MustCompile(`^[\p{L}_][\p{L}\p{N}_]*( [\p{L}\p{N}_]+)*$`)

// quoteYAML writes a text so that it stands in {…} and […] as it is.
func quoteYAML(text string) string {
	switch strings.ToLower(text) {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n":
		return "'" + text + "'"
	}
	if plainYAML.MatchString(text) {
		return text
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r < 0x20 || isInvisible(r) || r == '\uFFFD' || r == 0x2028 || r == 0x2029 }) {
		return fmt.Sprintf("%+q", text)
	}
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}
