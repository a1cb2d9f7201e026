package page

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

//go:embed page.html style.css
var files embed.FS

// Write renders the page. The error is of the writer: no value makes a page
// impossible.
func (p *Page) Write(w io.Writer) error {
	style, err := files.ReadFile("style.css")
	if err != nil {
		return fmt.Errorf("style of the page: %w", err)
	}
	v := view{p}
	t, err := template.New("page.html").Funcs(template.FuncMap{
		"style": func() template.CSS { return template.CSS(style) }, //nolint:gosec // embedded: ours
		"w":     v.word, "n": v.number, "when": v.when, "ago": v.ago, "took": v.took, "mood": mood, "chart": v.chart,
		"lead": lead, "day": func(t time.Time) []string { return strings.Fields(v.when(t)) },
	}).ParseFS(files, "page.html")
	if err != nil {
		return fmt.Errorf("template of the page: %w", err)
	}
	var buf bytes.Buffer
	if err := t.Execute(&buf, v); err != nil {
		return fmt.Errorf("render the page: %w", err)
	}
	if _, err := w.Write(visible(buf.Bytes())); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}

// visible spells out what would change the look of the text around it, or hide in
// it: control and format characters, line and paragraph separators, the overrides
// of its direction among them. The template has none of them but line feeds.
func visible(page []byte) []byte {
	out := make([]byte, 0, len(page))
	for len(page) > 0 {
		r, size := utf8.DecodeRune(page)
		switch {
		case r == '\n':
			out = append(out, '\n')
		case r == utf8.RuneError && size <= 1:
			out = append(out, "\ufffd"...)
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co):
			out = fmt.Appendf(out, "[U+%04X]", r)
		default:
			out = append(out, page[:size]...)
		}
		page = page[size:]
	}
	return out
}

// view is the page with what its template needs besides.
type view struct{ *Page }

// Russian reports the language.
func (v view) Russian() bool { return v.Lang == "ru" }

// Needs are the counts of what waits for a person, those that are not zero.
func (v view) Needs() []need {
	n := v.needs()
	var out []need
	for _, one := range []need{
		{"nhalted", n.halted},
		{"nfailed", n.failed},
		{"nlate", n.late},
		{"nheld", n.held},
		{"nrejected", n.rejected},
		{"ndrift", n.drift},
		{"nsilent", n.silent},
	} {
		if one.Count > 0 {
			out = append(out, one)
		}
	}
	return out
}

// need is one kind of what waits, by the key of its words.
type need struct {
	Word  string
	Count int64
}

// More is how many records are not among those that are shown.
func (g *HoldGroup) More() int64 { return max(0, g.Count-int64(len(g.Records))) }

// More is how many are not among those that are shown.
func (r *Rejects) More() int64 { return max(0, r.Total-int64(len(r.Rows))) }

func (v view) word(key string) (string, error) {
	both, ok := words[key]
	if !ok {
		return "", fmt.Errorf("no words for %q", key)
	}
	if v.Russian() {
		return both[1], nil
	}
	return both[0], nil
}

// number writes thousands apart, as the language does.
func (v view) number(n int64) string {
	const group = 3
	digits, sep := strconv.FormatInt(n, 10), ","
	if v.Russian() {
		sep = "\u202f"
	}
	sign := ""
	if n < 0 {
		sign, digits = "−", digits[1:]
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%group == 0 && len(digits) > group+1 {
			b.WriteString(sep)
		}
		b.WriteRune(d)
	}
	return sign + b.String()
}

func (v view) when(t time.Time) string {
	switch {
	case t.IsZero():
		return "—"
	case v.Russian():
		return t.Format("02.01.2006 15:04")
	}
	return t.Format("2006-01-02 15:04")
}

// ago is how long before the page something was.
func (v view) ago(t time.Time) string {
	const days = 48 * time.Hour
	d := max(0, v.Made.Sub(t))
	ru := v.Russian()
	pick := func(en, russian string) string {
		if ru {
			return russian
		}
		return en
	}
	switch {
	case d < time.Minute:
		return fmt.Sprintf(pick("%d s", "%d с"), int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf(pick("%d min", "%d мин"), int(d.Minutes()))
	case d < days:
		return fmt.Sprintf(pick("%d h %02d min", "%d ч %02d мин"), int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf(pick("%d days", "%d дн."), int(d.Hours()/24))
}

// took is how long a run lasted.
func (v view) took(d time.Duration) string {
	switch {
	case d < 0:
		text, _ := v.word("unfinished")
		return text
	case d < time.Minute && v.Russian():
		return strings.Replace(fmt.Sprintf("%.1f с", d.Seconds()), ".", ",", 1)
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	d = d.Round(time.Second)
	return fmt.Sprintf("%d:%02d:%02d", int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60)
}

// mood is the class by which the style colours something.
func mood(m Mood) string {
	switch m {
	case Good:
		return "good"
	case Warn:
		return "warn"
	case Bad:
		return "bad"
	case Plain:
	}
	return "plain"
}

// lead is the mood of the page's first sentence.
func lead(waits []need) Mood {
	if len(waits) == 0 {
		return Good
	}
	for _, n := range waits {
		if n.Word == "nhalted" || n.Word == "nfailed" || n.Word == "nlate" || n.Word == "ndrift" {
			return Bad
		}
	}
	return Warn
}
