package page

import "fmt"

// The chart of a job has a strip for each count, named in words, with a bar for
// each run: it needs no colours. Its unit is that of the text.
const (
	chartWidth  = 360
	chartLeft   = 92  // of the bars
	chartRight  = 276 // of the bars
	chartLast   = 314 // right end of the column of the last run
	stripHeight = 26
	barHeight   = 19
	chartTop    = 34 // of the strips
	widestSlot  = 18
)

// chart is the drawing, in its own units.
type chart struct {
	Width, Height int
	Left, Right   float64
	LastX, PeakX  int
	Marks         []mark
	Strips        []strip
	Slots         []slot
	HeadY, FootY  int
}

// mark is how a run ended, by its shape.
type mark struct {
	X, Y float64
	Mood Mood
}

// strip is one count over the runs.
type strip struct {
	Word       string
	Class      string
	Base       int // the line that the bars stand on
	TextY      int
	Last, Peak int64
	Bars       []bar
}

type bar struct{ X, Y, W, H float64 }

// slot is the place of one run, which tells its counts.
type slot struct {
	X, W float64
	Y, H int
	Run  Run
}

// chart draws the runs, the newest at the right.
func (v view) chart(runs []Run) chart {
	c := chart{
		Width: chartWidth, Left: chartLeft, Right: chartRight, LastX: chartLast, PeakX: chartWidth, HeadY: 12,
	}
	if len(runs) == 0 {
		return c
	}
	wide := min(widestSlot, float64(chartRight-chartLeft)/float64(len(runs)))
	left := float64(chartRight) - wide*float64(len(runs))
	x := func(i int) float64 { return left + wide*float64(len(runs)-1-i) }
	for n, s := range []struct {
		word  string
		value func(*Run) int64
	}{
		{"created", func(r *Run) int64 { return r.Created }},
		{"updated", func(r *Run) int64 { return r.Updated }},
		{"heldshort", func(r *Run) int64 { return r.Held }},
		{"rejected", func(r *Run) int64 { return r.Rejected }},
		{"failed", func(r *Run) int64 { return r.Failed }},
	} {
		top := chartTop + n*stripHeight
		one := strip{Word: s.word, Class: fmt.Sprintf("s%d", n), Base: top + barHeight, TextY: top + barHeight - 4, Last: s.value(&runs[0])}
		for i := range runs {
			one.Peak = max(one.Peak, s.value(&runs[i]))
		}
		for i := range runs {
			if h := barOf(s.value(&runs[i]), one.Peak); h > 0 {
				one.Bars = append(one.Bars, bar{X: round(x(i) + 0.5), Y: round(float64(one.Base) - h), W: round(max(1, wide-1)), H: round(h)})
			}
		}
		c.Strips = append(c.Strips, one)
	}
	bottom := c.Strips[len(c.Strips)-1].Base
	for i := range runs {
		c.Marks = append(c.Marks, mark{X: round(x(i) + wide/2), Y: 24, Mood: runs[i].Status.Mood})
		c.Slots = append(c.Slots, slot{X: round(x(i)), W: round(wide), Y: 16, H: bottom - 16, Run: runs[i]})
	}
	c.FootY = bottom + 14
	c.Height = c.FootY + 4
	return c
}

// barOf is the height of a bar: one that stands for anything is seen.
func barOf(n, peak int64) float64 {
	if n <= 0 {
		return 0
	}
	const least = 2
	return max(least, barHeight*float64(n)/float64(peak))
}

// round keeps the file small.
func round(f float64) float64 {
	const digits = 100
	return float64(int(f*digits+0.5)) / digits
}
