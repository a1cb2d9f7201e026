package message

import (
	"slices"
	"strings"
)

// ArgNames lists the arguments that the text of a code uses, sorted; nil for an
// unknown code.
func ArgNames(code Code) []string {
	e, ok := find(code)
	if !ok {
		return nil
	}
	return argsOf(e.en)
}

func argsOf(t text) []string {
	var names []string
	for _, part := range []string{t.what, t.did, t.next} {
		eachPlaceholder(part, func(inner string) string {
			name, _, _ := strings.Cut(inner, "|")
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
			return ""
		})
	}
	slices.Sort(names)
	return names
}
