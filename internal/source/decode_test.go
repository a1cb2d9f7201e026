package source

import (
	"slices"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"pgregory.net/rapid"
)

func Test_property_the_fast_cut_is_the_plain_cut(t *testing.T) {
	sample := rapid.SampledFrom([]byte("ab;;;\t\"\" 09\xc0\xff\xe0\xb9\xa0\x88"))
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.SliceOfN(sample, 0, 60).Draw(t, "row")
		delimiter := rapid.SampledFrom([]byte(";\t")).Draw(t, "delimiter")
		want, err := charmap.Windows1251.NewDecoder().String(string(raw))
		if err != nil {
			t.Fatal(err)
		}
		var w workspace
		text, flaws := newDecoder(Windows1251).row(raw, delimiter, &w)
		if text != want || flaws != 0 {
			t.Fatalf("text %q, want %q", text, want)
		}
		fast, plain := splitCuts(nil, text, w.cuts), splitRaw(nil, text, delimiter)
		if !slices.Equal(fast, plain) {
			t.Fatalf("cells %q, want %q", fast, plain)
		}
	})
}
