package main

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// table is what the program prints.
type table struct{ lines [][5]string }

// row adds a figure: what it is, as it was measured, and what it should be.
func (t *table) row(figure, measured string, got float64, goal goal) {
	t.lines = append(t.lines, [5]string{figure, measured, goal.show(got), goal.target(), goal.verdict(got)})
}

// note adds a figure that has no target, or was not measured.
func (t *table) note(figure, measured string) {
	t.lines = append(t.lines, [5]string{figure, measured, "", "", ""})
}

// goal is a target of performance.md and its stretch.
type goal struct {
	atLeast      bool // else at most
	limit, ideal float64
	unit         string
}

func atMost(most, ideal float64, unit string) goal {
	return goal{limit: most, ideal: ideal, unit: unit}
}

func (g goal) show(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f%s", v, g.unit)
	case v >= 10:
		return fmt.Sprintf("%.1f%s", v, g.unit)
	}
	return fmt.Sprintf("%.2f%s", v, g.unit)
}

func (g goal) target() string {
	sign := "≤"
	if g.atLeast {
		sign = "≥"
	}
	return fmt.Sprintf("%s %s (%s)", sign, short(g.limit), short(g.ideal))
}

func short(v float64) string { return strings.TrimSuffix(fmt.Sprintf("%.10g", v), ".0") }

func (g goal) verdict(v float64) string {
	met := func(l float64) bool { return v <= l && !g.atLeast || v >= l && g.atLeast }
	switch {
	case met(g.ideal):
		return "met, stretch too"
	case met(g.limit):
		return "met"
	}
	return "MISSED"
}

// String lays the lines out in columns.
func (t *table) String() string {
	lines := append([][5]string{{"figure", "measured", "value", "target (stretch)", "verdict"}}, t.lines...)
	var widths [5]int
	for _, l := range lines {
		for i, cell := range l {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for n, l := range lines {
		b.WriteString("|")
		for i, cell := range l {
			b.WriteString(" " + cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)) + " |")
		}
		b.WriteString("\n")
		if n == 0 {
			b.WriteString("|")
			for _, w := range widths {
				b.WriteString(strings.Repeat("-", w+2) + "|")
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

// median of what was measured; 0 for nothing.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	v := slices.Clone(values)
	slices.Sort(v)
	mid := len(v) / 2
	if len(v)%2 == 1 {
		return v[mid]
	}
	return (v[mid-1] + v[mid]) / 2
}

// over is the median of the ratios of pairs measured side by side.
func over(a, b []float64) float64 {
	var ratios []float64
	for i := range min(len(a), len(b)) {
		if b[i] > 0 {
			ratios = append(ratios, a[i]/b[i])
		}
	}
	return median(ratios)
}
