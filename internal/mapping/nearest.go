package mapping

import (
	"slices"
	"strings"
)

// nearest returns up to n of the names that look like word, best first.
func nearest(word string, names []string, n int) []string {
	type hit struct {
		name string
		dist int
	}
	w := []rune(foldColumn(word))
	var hits []hit
	for _, name := range names {
		f := foldColumn(name)
		d := distance(w, []rune(f))
		long := max(len(w), len([]rune(f)))
		switch {
		case d*3 <= long:
		case len(w) >= 3 && f != "" && (strings.Contains(f, string(w)) || len(f) >= 6 && strings.Contains(string(w), f)):
			d = long // a part of the name: after the misspellings
		default:
			continue
		}
		hits = append(hits, hit{name, d})
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return a.dist - b.dist })
	if len(hits) > n {
		hits = hits[:n]
	}
	var out []string
	for _, h := range hits {
		out = append(out, h.name)
	}
	return out
}

// distance is the Levenshtein distance of two texts.
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		prev := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			prev, row[j] = row[j], min(row[j]+1, row[j-1]+1, prev+cost)
		}
	}
	return row[len(b)]
}
