package crmapi

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// value draws JSON values of every kind.
func value(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		kinds := 4
		if depth > 0 {
			kinds = 6
		}
		switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
		case 0:
			return rapid.String().Draw(t, "s")
		case 1:
			return float64(rapid.Int32().Draw(t, "n"))
		case 2:
			return rapid.Bool().Draw(t, "b")
		case 3:
			return nil
		case 4:
			return rapid.SliceOfN(value(depth-1), 0, 4).Draw(t, "a")
		default:
			return rapid.MapOfN(rapid.String(), value(depth-1), 0, 4).Draw(t, "o")
		}
	})
}

func TestSplittingAgreesWithEncodingJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.MapOfN(rapid.String(), value(2), 0, 5).Draw(t, "object")
		raw, err := json.MarshalIndent(want, "", rapid.SampledFrom([]string{"", " ", "\r\n\t"}).Draw(t, "indent"))
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]json.RawMessage{}
		if err := eachMember(raw, func(key, val []byte) { got[string(key)] = bytes.Clone(val) }); err != nil {
			t.Fatal(err)
		}
		if len(got) != len(want) {
			t.Fatalf("%d members, want %d", len(got), len(want))
		}
		for k, v := range want {
			var back any
			if err := json.Unmarshal(got[k], &back); err != nil {
				t.Fatalf("member %q: %q: %v", k, got[k], err)
			}
			a, _ := json.Marshal(v)
			b, _ := json.Marshal(back)
			if !bytes.Equal(a, b) {
				t.Fatalf("member %q: %s, want %s", k, b, a)
			}
			if s, ok := v.(string); ok {
				if text, _, _ := stringOf(got[k]); text != s {
					t.Fatalf("string %q, want %q", text, s)
				}
			}
			if list, ok := v.([]any); ok {
				if parts, err := elements(got[k]); err != nil || len(parts) != len(list) {
					t.Fatalf("%d elements, want %d: %v", len(parts), len(list), err)
				}
			}
		}
		f, err := findValue(append([]byte("<b>Warning</b> {main}\n"), raw...), false)
		if err != nil || !bytes.Equal(f.raw, raw) {
			t.Fatalf("found %q: %v", f.raw, err)
		}
	})
}

func TestNoInputBreaksTheScanner(t *testing.T) {
	t.Parallel()
	piece := rapid.SampledFrom([]string{
		`{`, `}`, `[`, `]`, `"`, `\`, `,`, `:`, ` `, `"data"`, `"clid"`, `"error"`, `1`, `null`, `false`, "\xff", "я", `\u04`, "<b>", "\ufeff", "bankinfo",
	})
	rapid.Check(t, func(t *rapid.T) {
		raw := []byte(strings.Join(rapid.SliceOfN(piece, 0, 40).Draw(t, "pieces"), ""))
		if v, err := strictValue(raw); err == nil {
			_, _ = parseEnvelope(v)
			_, _ = elements(v)
		}
		for _, mend := range []bool{false, true} {
			if f, err := findValue(raw, mend); err == nil && !f.damaged && !json.Valid(f.raw) {
				t.Fatalf("%q passed as valid", f.raw)
			}
		}
		if len(raw) > 0 {
			_, _ = decodeClient(raw)
			_, _ = decodeUser(raw)
			_ = decodeRecv(raw)
		}
		_, _ = unquote(raw)
		_ = intOf(raw)
	})
}

func TestStringsAreEncodedAsJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.Custom(func(t *rapid.T) string {
			return string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
		})).Draw(t, "s")
		raw := appendString(nil, s)
		var back string
		if err := json.Unmarshal(raw, &back); err != nil {
			t.Fatalf("%q: %v", raw, err)
		}
		want := s
		if !utf8.ValidString(s) {
			want = string([]rune(s)) // each invalid byte is one U+FFFD
		}
		if back != want {
			t.Fatalf("%q came back as %q", want, back)
		}
	})
}

func TestIdsComeInManyShapes(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]int64{
		`7`: 7, `"7"`: 7, `" 7 "`: 7, `""`: 0, `null`: 0, `false`: 0, `true`: 0, `"x"`: 0, `[]`: 0, `{}`: 0, `7.5`: 0, `-1`: -1,
		`"\u0037"`: 7, `99999999999999999999`: 0, ``: 0,
	} {
		if got := intOf([]byte(raw)); got != want {
			t.Errorf("%s: %d, want %d", raw, got, want)
		}
	}
}

func TestDatesComeInManyShapes(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		`"2026-11-22 07:21:55"`: "2026-11-22 07:21:55", `"2026-11-22"`: "2026-11-22 00:00:00", `"22.11.26,  07:21"`: "2026-11-22 07:21:00",
		`"30-05-2015 23:05:30"`: "2015-05-30 23:05:30", `"2026-11-22T07:21:55"`: "2026-11-22 07:21:55",
		`""`: "", `null`: "", `"0000-00-00"`: "", `"0000-00-00 00:00:00"`: "", `"yesterday"`: "", `false`: "", `[]`: "",
	} {
		if got := normalDate([]byte(raw)); got != want {
			t.Errorf("%s: %q, want %q", raw, got, want)
		}
	}
}

func TestRowsOfOtherVersions(t *testing.T) {
	t.Parallel()
	yes := func(s string) Text { return Text{Set: true, S: s} }
	for name, tc := range map[string]struct {
		raw  string
		want ClientObject
	}{
		"ids as text, edited by another name": {
			`{"clid":"5","iduser":"2","uid":123,"date_change":"2026-01-02 03:04:05","date_create":"2025-01-01"}`,
			ClientObject{CLID: 5, UserID: 2, UID: "123", Created: "2025-01-01 00:00:00", Edited: "2026-01-02 03:04:05", Fields: map[string]Text{}},
		},
		"dictionary ids without titles": {
			`{"clid":5,"idcategory":3,"territory":0,"clientpath":"7","tip_cmr":""}`,
			ClientObject{CLID: 5, Fields: map[string]Text{"territory": {}, "tip_cmr": {}}},
		},
		"dictionary fields that are titles": {
			`{"clid":5,"idcategory":"Розница","clientpath":"Сайт"}`,
			ClientObject{CLID: 5, Fields: map[string]Text{"idcategory": yes("Розница"), "clientpath": yes("Сайт")}},
		},
		"info, nothing set": {
			`{"clid":5,"category":"","idcategory":0,"territoryname":"","territory":0,"clientpath":"","clientpath2":0,"trash":"yes","bankinfo":[]}`,
			ClientObject{
				CLID: 5, Trash: true, TrashKnown: true, Recv: map[string]Text{},
				Fields: map[string]Text{"idcategory": {}, "territory": {}, "clientpath": {}},
			},
		},
		"info, a title of digits": {
			`{"clid":5,"clientpath":"100","clientpath2":6}`,
			ClientObject{CLID: 5, Fields: map[string]Text{"clientpath": yes("100")}},
		},
		"unknown members": {
			`{"clid":5,"new":1.50,"flag":true,"off":false,"list":[1],"obj":{"a":1},"Title":"x","title":"y"}`,
			ClientObject{CLID: 5, Fields: map[string]Text{"new": yes("1.50"), "flag": yes("true"), "off": {}, "Title": yes("x"), "title": yes("y")}},
		},
		"a sentinel": {
			`{"clid":5,"head_clid":0,"input1":"--не определено--","des":"не определено","editor":"не определено"}`,
			ClientObject{CLID: 5, Fields: map[string]Text{"head_clid": {}, "input1": {}, "des": yes("не определено"), "editor": {}}},
		},
	} {
		got, err := decodeClient([]byte(tc.raw))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if d := cmp.Diff(tc.want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func BenchmarkEncodeRecord(b *testing.B) {
	in := ClientInput{
		UID: "c5t2kq3v7x4m9p1z8w6b0n2d4f",
		Fields: []FieldInput{
			{Key: "title", Text: `ООО "Ромашка"`},
			{Key: "phone", List: []string{"+7 342 200-00-00", "+7 342 200-00-01"}},
			{Key: "address", Text: "г. Пермь, ул. Ленина, 1"},
		},
		Recv: []FieldInput{{Key: "castInn", Text: "5904000001"}, {Key: "castKpp", Text: "590401001"}},
	}
	b.ReportAllocs()
	var buf []byte
	for b.Loop() {
		o := newObject(buf[:0])
		appendInput(&o, &in)
		buf = o.end()
	}
}
