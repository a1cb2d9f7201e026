package page_test

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"syncd/internal/page"
)

// TestThePageIsWholeByItself: nothing is loaded, and nothing runs.
func TestThePageIsWholeByItself(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"ru", "en"} {
		got := render(t, sample(lang))
		for _, want := range []string{
			"<!DOCTYPE html>", `<html lang="` + lang + `">`, `<meta charset="utf-8"/>`,
			`content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"`,
			`<meta name="viewport" content="width=device-width, initial-scale=1"/>`, "prefers-color-scheme: dark", "@media print",
		} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: no %s", lang, want)
			}
		}
		if found := regexp.MustCompile(`(?i)<script|<img|<iframe|<object|<form|@import|url\(|\son\w+=|javascript:|https?:|//[a-z]`).FindString(got); found != "" {
			t.Errorf("%s: %s", lang, found)
		}
		for _, link := range regexp.MustCompile(`(?:href|src)="([^"]*)"`).FindAllStringSubmatch(got, -1) {
			if link[1] == "data:," {
				continue
			}
			if id, inside := strings.CutPrefix(link[1], "#"); !inside || !strings.Contains(got, `id="`+id+`"`) {
				t.Errorf("%s: a link to %s", lang, link[1])
			}
		}
	}
}

// elements are the page as a reader of XML sees it: every element is closed in
// order, every attribute quoted. It returns the texts, and each element with its
// attributes.
func elements(page string) (texts []string, tags []string, err error) {
	d := xml.NewDecoder(strings.NewReader(page))
	d.Entity, d.Strict = xml.HTMLEntity, true
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return texts, tags, nil
		}
		if err != nil {
			return nil, nil, err
		}
		switch tok := tok.(type) {
		case xml.CharData:
			texts = append(texts, string(tok))
		case xml.StartElement:
			tag := tok.Name.Local
			for _, a := range tok.Attr {
				tag += " " + a.Name.Local
				if !strings.HasPrefix(a.Name.Local, "data-") && a.Name.Local != "aria-label" {
					tag += "=" + a.Value
				}
			}
			tags = append(tags, tag)
		}
	}
}

func TestThePageTellsAllThatItIsGiven(t *testing.T) {
	t.Parallel()
	for lang, want := range map[string][]string{
		"en": {
			"syncd on sync-1", "2026-11-22 14:05", "runs since 2026-11-20 13:05", "A person is needed:", "12,034", "@every 1h", "4 min ago",
			"Does not add up", "mail delivers no notices since 2026-11-21 12:05", "never ran", "1240", "0:01:35", "more 2",
		},
		"ru": {
			"syncd на sync-1", "22.11.2026 14:05", "работает с 20.11.2026 13:05", "Нужен человек:", "12\u202f034", "4 мин назад", "Не сходится",
			"ещё не запускалось", "1,5 с", "mail не доставляет уведомлений с 21.11.2026 12:05",
		},
	} {
		texts, _, err := elements(render(t, sample(lang)))
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(strings.Fields(strings.Join(texts, " ")), " ")
		for _, w := range append(want, "syncd resume orders --allow max_delete=104", "syncd holds clients --reason conflict",
			"mfrggzdfmztwq2lknnwg23tpoa", "clients.csv:17", "*/15 8-20 * * 1-5", "SYNC-0607", "syncd run clients --full-scan") {
			if w = strings.Join(strings.Fields(w), " "); !strings.Contains(got, w) {
				t.Errorf("%s: no %q", lang, w)
			}
		}
	}
}

// TestAnyTextComesOutAsText: whatever a file, a column or a CRM calls itself, the
// page has the elements that it has with a harmless text, and nobody's direction.
func TestAnyTextComesOutAsText(t *testing.T) {
	t.Parallel()
	_, want, err := elements(render(t, written("x")))
	if err != nil {
		t.Fatal(err)
	}
	evil := rapid.OneOf(
		rapid.SampledFrom([]string{
			`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</style><script>`, `</title><b>`, `' onload='x`, "--><!--", "]]>", "`${x}`",
			"{{.}}", "a\u202Egnp.exe", "\u2066\u200b\u00ad", "\x00\x1b[31m\r\n\t", "\xff\xfe", "&lt;", "\u2028", "javascript:alert(1)", "\ufeff", "𝒳",
		}),
		rapid.String(),
	)
	rapid.Check(t, func(t *rapid.T) {
		text := "x" + evil.Draw(t, "text") + evil.Draw(t, "more")
		var b strings.Builder
		if err := written(text).Write(&b); err != nil {
			t.Fatal(err)
		}
		if strings.Count(b.String(), "<") != strings.Count(render(nopTB{}, written("x")), "<") {
			t.Fatal("an element more")
		}
		_, got, err := elements(b.String())
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if !slices.Equal(want, got) {
			t.Fatalf("%q changes the page", text)
		}
		for _, r := range b.String() {
			if r != '\n' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)) {
				t.Fatalf("%q: %U is on the page", text, r)
			}
		}
	})
}

type nopTB struct{ testing.TB }

func (nopTB) Helper() {}

// written is a page on which every text is the one given.
func written(text string) *page.Page {
	return &page.Page{Lang: "en", Made: made, Host: text, Version: text, Jobs: []page.Job{{
		Name: text, Sides: text, Status: page.Status{Text: text}, Run: 1, Schedule: text, Trouble: text,
		Halts: []page.Halt{{Code: text, What: text, Done: text, Before: text, Command: text}},
		Holds: []page.HoldGroup{{Reason: text, Meaning: text, Count: 1, Command: text, Records: []page.Held{{
			UID: text, Place: text, Fields: text, Chosen: text,
		}}}},
		Rejects: page.Rejects{
			Total: 1, Rows: []page.Reject{{Place: text, Key: text, Column: text, Rule: text}},
			Advice: []page.Advice{{Code: text, Rule: text, What: text, Next: text}},
		},
		Runs: []page.Run{{Number: 1, Status: page.Status{Text: text}}},
	}}}
}

func TestThePageSaysInOneSentenceWhetherAPersonIsNeeded(t *testing.T) {
	t.Parallel()
	done := page.Status{Text: "done", Mood: page.Good}
	for name, c := range map[string]struct {
		job  page.Job
		want string // mood and text
	}{
		"well":     {page.Job{Run: 1, Status: done}, `lead good" role="status"><b>All is well.</b>`},
		"warnings": {page.Job{Run: 1, Status: done, Warnings: 3, Pending: 1}, `lead good" role="status"><b>All is well.</b>`},
		"held":     {page.Job{Run: 1, Status: done, Held: 2}, `lead warn" role="status"><b>A person is needed:</b><ul><li>records that wait for a decision: <b>2</b></li></ul>`},
		"rejected": {page.Job{Run: 1, Status: done, Rejected: 2}, `<li>rows rejected: <b>2</b></li></ul>`},
		"failed":   {page.Job{Run: 1, Status: page.Status{Mood: page.Bad}}, `lead bad" role="status"><b>A person is needed:</b><ul><li>jobs whose last run failed: <b>1</b></li></ul>`},
		"cut off":  {page.Job{Run: 1, Trouble: "cut off"}, `<li>jobs whose last run failed: <b>1</b></li></ul>`},
		"halted": {
			page.Job{Run: 1, Status: page.Status{Mood: page.Bad}, Halts: []page.Halt{{}}},
			`lead bad" role="status"><b>A person is needed:</b><ul><li>jobs halted: <b>1</b></li></ul>`,
		},
		"late":  {page.Job{Run: 1, Status: done, Late: true}, `<li>exports that did not come in time: <b>1</b></li></ul>`},
		"drift": {page.Job{Run: 1, Status: done, Act: &page.Act{Whole: true, Records: 5, Paired: 4}}, `<li>records that do not add up: <b>1</b></li></ul>`},
	} {
		got := render(t, &page.Page{Made: made, Jobs: []page.Job{c.job}})
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: no %s", name, c.want)
		}
		if nothing := strings.Contains(got, "Nothing. What needs a person appears here"); nothing != strings.Contains(c.want, "well") {
			t.Errorf("%s: the section of what needs a person says otherwise", name)
		}
	}
	silent := &page.Page{Made: made, Silent: []page.Channel{{Name: "mail", Since: made}}}
	if got := render(t, silent); !strings.Contains(got, `lead warn" role="status"><b>A person is needed:</b><ul><li>channels that deliver no notices: <b>1</b></li></ul>`) {
		t.Error("all is well without notices")
	}
	if got := render(t, &page.Page{Made: made}); !strings.Contains(got, "The configuration has no jobs.") {
		t.Error("without a job")
	}
}

func TestTheServiceIsToldAsItIs(t *testing.T) {
	t.Parallel()
	for want, s := range map[string]page.Service{
		`badge good">runs since 2026-11-22 14:05`:              {State: page.ServiceRunning, Since: made},
		`badge warn">stopped 2026-11-22 14:05`:                 {State: page.ServiceStopped, Since: made},
		`badge bad">no sign of life since 2026-11-22 14:05`:    {State: page.ServiceSilent, Since: made.Add(-time.Hour), Seen: made},
		`badge plain">never ran here; jobs are run by hand</s`: {State: page.ServiceNever},
	} {
		if got := render(t, &page.Page{Made: made, Service: s}); !strings.Contains(got, want) {
			t.Errorf("no %s", want)
		}
	}
	if got := render(t, &page.Page{Made: made}); strings.Contains(got, "Service:") {
		t.Error("something is said of a service of which nothing is known")
	}
}

// TestWhatAddsUpDoesNotDrift: an act that is the sum of its parts has no drift, and
// one record more or less is a drift of one.
func TestWhatAddsUpDoesNotDrift(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := func(name string) int64 { return rapid.Int64Range(0, 1<<40).Draw(t, name) }
		a := page.Act{
			Whole: true, FullAt: made, Paired: n("paired"), Held: n("held"), Refused: n("refused"), Ignored: n("ignored"),
			InDoubt: n("in doubt"), Waiting: n("waiting"), Scope: n("scope"), Gone: n("gone"),
		}
		a.Records = a.Paired + a.Held + a.Refused + a.Ignored + a.InDoubt + a.Waiting + a.Scope + a.Gone
		if a.Drift() != 0 {
			t.Fatalf("drift %d", a.Drift())
		}
		off, unseen := rapid.Int64Range(-9, 9).Draw(t, "off"), rapid.Int64Range(0, 9).Draw(t, "unseen")
		a.Records += off
		a.Unseen = unseen
		if a.SourceDrift() != off || a.CRMDrift() != unseen || a.Drift() != max(off, -off)+unseen {
			t.Fatalf("drift %d, %d, %d", a.SourceDrift(), a.CRMDrift(), a.Drift())
		}
		a.Whole, a.FullAt = false, time.Time{}
		if a.Drift() != 0 {
			t.Fatal("a side that is not known drifts")
		}
	})
}

// TestTheChartHasABarForEachRunThatDidSomething: in the order of time, and within
// the drawing.
func TestTheChartHasABarForEachRunThatDidSomething(t *testing.T) {
	t.Parallel()
	runs := []page.Run{{Number: 3, Created: 1}, {Number: 2, Created: 1000, Failed: 2}, {Number: 1}}
	got := render(t, &page.Page{Lang: "en", Made: made, Jobs: []page.Job{{Name: "a", Run: 3, Runs: runs}}})
	strip := func(class string) string {
		_, rest, _ := strings.Cut(got, `<g class="`+class+`">`)
		s, _, _ := strings.Cut(rest, "</g>")
		return s
	}
	created := regexp.MustCompile(`<rect x="([\d.]+)" y="([\d.]+)" width="17" height="([\d.]+)"/>`).FindAllStringSubmatch(strip("s0"), -1)
	if len(created) != 2 || created[0][1] <= created[1][1] || created[0][3] != "2" || created[1][3] != "19" {
		t.Errorf("created: %q", created)
	}
	if s := strip("s0"); !strings.Contains(s, `y="49">1</text>`) || !strings.Contains(s, `y="49">1000</text>`) {
		t.Errorf("the last and the most: %s", s)
	}
	if n := strings.Count(strip("s4"), "<rect"); n != 1 {
		t.Errorf("failed: %d bars", n)
	}
	if n := strings.Count(got, `class="slot"`); n != 3 {
		t.Errorf("%d runs", n)
	}
}
