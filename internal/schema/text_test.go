package schema

import (
	"reflect"
	"strings"
	"testing"

	"syncd/internal/config"
	"syncd/internal/message"
)

// A text that nothing uses is a key that was renamed.
func TestNoTextIsLeftOver(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		switch typ.Kind() {
		case reflect.Pointer, reflect.Map, reflect.Slice:
			walk(typ.Elem())
		case reflect.Struct:
			for _, k := range keysOf(typ) {
				used[typ.Name()+"."+k.name] = true
				if !config.ReadsItself(k.typ) {
					walk(k.typ)
				}
			}
		default:
		}
	}
	walk(reflect.TypeFor[config.Config]())
	for name := range configTexts {
		if !used[name] {
			t.Errorf("no key of the configuration is %s", name)
		}
	}
	for name := range bounds {
		if !used[name] {
			t.Errorf("a bound of %s, which is no key", name)
		}
	}
	for _, name := range config.GuardNames() {
		if guardTexts[name] == (phrase{}) {
			t.Errorf("guard %s has no text", name)
		}
	}
	if len(guardTexts) != len(config.GuardNames()) {
		t.Error("texts of guards that are none")
	}
	mapping, err := Mapping(message.English)
	suite, err2 := MappingTest(message.English)
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	for name, text := range mappingTexts {
		quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text.en)
		if !strings.Contains(string(mapping)+string(suite), `"`+quoted+`"`) {
			t.Errorf("no key of a mapping uses the text %s", name)
		}
	}
}
