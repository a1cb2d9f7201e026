package mapping_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"syncd/internal/mapping"
)

var guid = mapping.IdentitySpec{Encode: mapping.EncodeGUID}

func TestAGUIDHasOneUIDInEveryForm(t *testing.T) {
	db := mapping.IdentitySpec{Encode: mapping.EncodeGUID, Hex: mapping.HexDB}
	canonical := mapping.IdentitySpec{Encode: mapping.EncodeGUID, Hex: mapping.HexCanonical}
	for _, c := range []struct{ db, canonical, uid string }{
		{"a9b000055d49b45e11db8c4c9d5c422d", "9d5c422d-8c4c-11db-a9b0-00055d49b45e", "tvoeelmmjqi5xknqaacv2snuly"},
		{"8d3a000d8843cd1b11dd321ba7a30aaf", "a7a30aaf-321b-11dd-8d3a-000d8843cd1b", "u6rqvlzsdmi53dj2aagyqq6ndm"},
		{"81f3705ab67b77c011dffbdaf3e67235", "f3e67235-fbda-11df-81f3-705ab67b77c0", "6pthenp33ii57aptobnlm63xya"},
	} {
		for _, form := range []struct {
			key  string
			spec mapping.IdentitySpec
		}{
			{c.canonical, guid},
			{strings.ToUpper(c.canonical), guid},
			{"{" + c.canonical + "}", guid},
			{" " + c.canonical + " ", guid},
			{"e1cib/data/Справочник.Контрагенты?ref=" + c.db, guid},
			{c.db, db},
			{"0x" + strings.ToUpper(c.db), db},
			{strings.ReplaceAll(c.canonical, "-", ""), canonical},
		} {
			got, err := mapping.EncodeUID(form.key, form.spec)
			if err != nil || got != c.uid {
				t.Errorf("%s: %q %v, want %q", form.key, got, err, c.uid)
			}
		}
	}
}

func TestKeysThatMakeNoUID(t *testing.T) {
	raw := mapping.IdentitySpec{Encode: mapping.EncodeRaw}
	for _, c := range []struct {
		key  string
		spec mapping.IdentitySpec
		want mapping.Code
	}{
		{"", raw, mapping.CodeKeyEmpty},
		{" \u00a0", raw, mapping.CodeKeyEmpty},
		{"0", raw, mapping.CodeKeyEmpty},
		{"0", mapping.IdentitySpec{Encode: mapping.EncodeHash}, mapping.CodeKeyEmpty},
		{"NULL", guid, mapping.CodeKeyEmpty},
		{"<Объект не найден> (25:81f3705ab67b77c011dffbdaf3e67235)", guid, mapping.CodeKeyEmpty},
		{"00000000-0000-0000-0000-000000000000", guid, mapping.CodeKeyEmpty},
		{"81f3705ab67b77c011dffbdaf3e67235", guid, mapping.CodeKeyForm}, // byte order not said
		{"9d5c422d-8c4c-11db-a9b0-00055d49b45", guid, mapping.CodeKeyForm},
		{"9d5c422d-8c4c-11db-a9b0-00055d49b45g", guid, mapping.CodeKeyForm},
		{"000000015", guid, mapping.CodeKeyForm},
		{strings.Repeat("я", 31), raw, mapping.CodeKeyLong},
		{strings.Repeat("я", 28), mapping.IdentitySpec{Encode: mapping.EncodeRaw, Prefix: "ут-"}, mapping.CodeKeyLong},
		{"O'Neil", raw, mapping.CodeKeyCharacter},
		{`a"b`, raw, mapping.CodeKeyCharacter},
		{`a\b`, raw, mapping.CodeKeyCharacter},
		{"a\tb", raw, mapping.CodeKeyCharacter},
		{"a\u200bb", raw, mapping.CodeKeyCharacter},
		{"ключ😀", raw, mapping.CodeKeyCharacter},
	} {
		_, err := mapping.EncodeUID(c.key, c.spec)
		var ke *mapping.KeyError
		if !errors.As(err, &ke) || ke.Code != c.want {
			t.Errorf("%q (%s): %v, want %s", c.key, c.spec.Encode, err, c.want)
			continue
		}
		if c.key != "" && c.key != "0" && strings.Contains(err.Error(), c.key) {
			t.Errorf("the error shows the key %q", c.key)
		}
	}
}

func TestEveryUIDFitsTheCRM(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		spec := mapping.IdentitySpec{
			Encode: rapid.SampledFrom([]mapping.Encoding{mapping.EncodeRaw, mapping.EncodeHash}).Draw(t, "encode"),
			Prefix: rapid.SampledFrom([]string{"", "ut", "ут-1"}).Draw(t, "prefix"),
		}
		uid, err := mapping.EncodeUID(rapid.String().Draw(t, "key"), spec)
		if err == nil && (utf8.RuneCountInString(uid) > 30 || strings.ContainsAny(uid, "'\"\\\t\n") || !strings.HasPrefix(uid, spec.Prefix)) {
			t.Fatalf("uid %q", uid)
		}
	})
}

// Keys of the shapes seen in exports, and near misses of each other.
func corpus() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringMatching(`[0-9]{1,9}`),
		rapid.StringMatching(`(ТП|ЦБ|НФ-|00-|тп|цб)[0-9]{5,8}`),
		rapid.StringMatching(`[AaBbАаВвЕеЁё]{1,6} ?`),
		rapid.StringMatching(`[0-9]{10}_[0-9]{9}`),
	)
}

func TestTwoKeysNeverMeetInOneHashedUID(t *testing.T) {
	spec := mapping.IdentitySpec{Encode: mapping.EncodeHash}
	rapid.Check(t, func(t *rapid.T) {
		a, b := corpus().Draw(t, "a"), corpus().Draw(t, "b")
		ua, errA := mapping.EncodeUID(a, spec)
		ub, errB := mapping.EncodeUID(b, spec)
		if errA != nil || errB != nil {
			return
		}
		if same := strings.TrimSpace(a) == strings.TrimSpace(b); same != strings.EqualFold(ua, ub) {
			t.Fatalf("%q → %q, %q → %q", a, ua, b, ub)
		}
	})
}

func TestTwoGUIDsNeverMeetInOneUID(t *testing.T) {
	form := rapid.StringMatching(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	rapid.Check(t, func(t *rapid.T) {
		a := form.Draw(t, "a")
		b := []byte(a)
		i := rapid.SampledFrom([]int{0, 7, 9, 20, 35}).Draw(t, "at")
		b[i] = rapid.SampledFrom([]byte("0123456789abcdef")).Draw(t, "digit")
		ua, errA := mapping.EncodeUID(a, guid)
		ub, errB := mapping.EncodeUID(string(b), guid)
		if errA == nil && errB == nil && (a == string(b)) != strings.EqualFold(ua, ub) {
			t.Fatalf("%s → %s, %s → %s", a, ua, b, ub)
		}
	})
}
