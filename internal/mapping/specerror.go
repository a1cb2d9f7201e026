package mapping

import (
	"fmt"
	"slices"
	"strings"
)

// SpecError is one mistake in a mapping file.
type SpecError struct {
	File         string
	Line, Column int    // from 1; 0 = the file as a whole
	Path         string // e.g. "recv.castInn.type"
	Text         string
}

func (e *SpecError) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", e.Line, e.Column)
	}
	b.WriteString(": ")
	if e.Path != "" {
		b.WriteString(e.Path)
		b.WriteString(": ")
	}
	b.WriteString(e.Text)
	return b.String()
}

// Errors are all the mistakes of a mapping file, in the order they stand there.
type Errors []*SpecError

func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, x := range e {
		lines[i] = x.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives errors.As its way to the single mistakes.
func (e Errors) Unwrap() []error {
	out := make([]error, len(e))
	for i, x := range e {
		out[i] = x
	}
	return out
}

func (e Errors) sort() {
	slices.SortStableFunc(e, func(a, b *SpecError) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
}

// MissingColumn is a column that the mapping needs and the header lacks.
type MissingColumn struct {
	Column  string
	Field   string   // what needs it: a path of the mapping
	Nearest []string // header names that look like it, best first; may be empty
	// Ambiguous: several header names match, and none is spelt exactly so;
	// Nearest lists them.
	Ambiguous bool
}

// MissingColumnsError says that a source does not fit the mapping. Nothing may
// be written on its account.
type MissingColumnsError struct{ Missing []MissingColumn }

func (e *MissingColumnsError) Error() string {
	parts := make([]string, len(e.Missing))
	for i, m := range e.Missing {
		var b strings.Builder
		if m.Ambiguous {
			fmt.Fprintf(&b, "column %q (%s) is ambiguous", m.Column, m.Field)
		} else {
			fmt.Fprintf(&b, "column %q (%s) is missing", m.Column, m.Field)
		}
		if len(m.Nearest) > 0 {
			fmt.Fprintf(&b, "; the header has %s", strings.Join(quoteAll(m.Nearest), ", "))
		}
		parts[i] = b.String()
	}
	return strings.Join(parts, "\n")
}

func quoteAll(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = fmt.Sprintf("%q", n)
	}
	return out
}
