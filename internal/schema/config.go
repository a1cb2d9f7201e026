package schema

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"syncd/internal/config"
	"syncd/internal/message"
)

// Config is the JSON Schema of the configuration, its descriptions in a
// language.
func Config(lang message.Lang) ([]byte, error) {
	b := builder{lang}
	root := b.block(reflect.TypeFor[config.Config]())
	root.Title = phrase{"syncd: configuration", "syncd: настройки"}.in(lang)
	return root.text()
}

// builder walks the configuration's types.
type builder struct{ lang message.Lang }

// of is the schema of a type.
func (b builder) of(t reflect.Type) *node {
	if n := b.ownForm(t); n != nil {
		return n
	}
	if config.ReadsItself(t) {
		return &node{} // a form that this package does not know yet; a test finds it
	}
	if words := config.Words(t); words != nil {
		return oneWord(words...)
	}
	switch t.Kind() {
	case reflect.Pointer:
		return b.of(t.Elem())
	case reflect.Struct:
		return b.block(t)
	case reflect.Map:
		return b.named(t)
	case reflect.Slice:
		return list(b.of(t.Elem()))
	case reflect.Bool:
		return &node{Type: "boolean"}
	case reflect.Int:
		return &node{Type: "integer"}
	default:
		return anyText()
	}
}

// named is an object of blocks that the user names, or of plain texts.
func (b builder) named(t reflect.Type) *node {
	n := &node{Type: "object", Others: b.of(t.Elem()), MinProperties: 1}
	if t.Elem().Kind() == reflect.Pointer {
		n.Names = &node{Pattern: `^[\p{L}\p{N}][\p{L}\p{N}_-]*$`, MaxLength: longestName}
	}
	return n
}

// longestName is what a name of a block may have, in characters.
const longestName = 64

// block is the schema of a struct: its keys, with what is known of each.
func (b builder) block(t reflect.Type) *node {
	n := closed(nil)
	filled := config.WithDefaults(t)
	for _, k := range keysOf(t) {
		key := b.of(k.typ)
		name := t.Name() + "." + k.name
		key.Description = configTexts[name].in(b.lang)
		if !k.required && key.Default == nil {
			key.Default = written(filled.Field(k.index))
		}
		if _, text := key.Type.([]string); k.required && text {
			key.Pattern = `\S` // an empty text is a missing key
		}
		if bound := bounds[name]; bound != nil {
			bound(key)
		}
		n.Properties = append(n.Properties, member{k.name, key})
		if k.required {
			n.Required = append(n.Required, k.name)
		}
	}
	if rule := rules[t]; rule != nil {
		rule(n)
	}
	return n
}

// key is a key of a block, as its struct tag declares it.
type key struct {
	name     string
	typ      reflect.Type
	index    int
	required bool
}

func keysOf(t reflect.Type) []key {
	var keys []key
	for i := range t.NumField() {
		f := t.Field(i)
		name, option, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if name != "" && name != "-" {
			keys = append(keys, key{name, f.Type, i, option == "required"})
		}
	}
	return keys
}

// written is a default as it stands in a file; nil when there is none to show.
func written(v reflect.Value) any {
	switch d := v.Interface().(type) {
	case config.Delimiter:
		switch d {
		case 0:
			return "auto"
		case '\t':
			return "tab"
		}
		return string(rune(d))
	case config.Header:
		return "auto"
	case config.Duration:
		if d == 0 {
			return nil
		}
		return durationText(d.Std())
	case config.Size:
		return sizeText(int64(d))
	case config.Rate:
		return float64(d)
	case config.OnAbsent:
		if d.Action == "" {
			return nil
		}
		return d.Action
	case bool:
		return d
	}
	if v.IsZero() {
		return nil
	}
	switch v.Kind() {
	case reflect.String:
		return v.String()
	case reflect.Int:
		return v.Int()
	case reflect.Slice:
		return v.Interface()
	default: // blocks, and zones, which are the machine's
		return nil
	}
}

// durationText is 90d, 10m or 1m30s.
func durationText(d time.Duration) string {
	const day = 24 * time.Hour
	if d%day == 0 {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}

func sizeText(n int64) string {
	for _, u := range []struct {
		bytes int64
		unit  string
	}{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n >= u.bytes && n%u.bytes == 0 {
			return fmt.Sprintf("%d%s", n/u.bytes, u.unit)
		}
	}
	return strconv.FormatInt(n, 10)
}
