package config

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"syncd/internal/message"
)

// decoder walks the YAML nodes into the structs and keeps going after an error,
// so that one look at the output corrects the whole file. yaml.v3's own decoder
// stops at duplicate keys and gives no columns.
type decoder struct {
	file   string
	dir    string
	errs   []*Error
	warns  []*Error
	places map[string]Position
	used   map[string]bool // keys met, with * for names: jobs.*.crm
}

// leaf is a type that reads itself from a node.
type leaf interface {
	decode(d *decoder, n *yaml.Node, path string)
}

// defaulter is a struct with values for keys that are not given.
type defaulter interface{ setDefaults() }

// checker is a struct whose keys depend on each other.
type checker interface {
	check(d *decoder, n *yaml.Node, path string)
}

// vocabulary is a string type with a fixed set of words.
type vocabulary interface{ words() []string }

// into decodes a node into what target points at.
func (d *decoder) into(n *yaml.Node, path string, target any) {
	d.value(n, path, reflect.ValueOf(target).Elem())
}

func (d *decoder) value(n *yaml.Node, path string, v reflect.Value) {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	d.places[path] = Position{Line: n.Line, Column: n.Column}
	if l, ok := v.Addr().Interface().(leaf); ok {
		l.decode(d, n, path)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, path, v.Elem())
	case reflect.Struct:
		d.object(n, path, v)
	case reflect.Map:
		d.names(n, path, v)
	case reflect.Slice:
		d.list(n, path, v)
	case reflect.String:
		d.word(n, path, v)
	case reflect.Bool:
		d.boolean(n, path, v)
	case reflect.Int:
		d.integer(n, path, v)
	default:
		panic("config: no decoding for " + v.Type().String())
	}
}

func (d *decoder) object(n *yaml.Node, path string, v reflect.Value) {
	if f, ok := v.Addr().Interface().(defaulter); ok {
		f.setDefaults()
	}
	fields := fieldsOf(v.Type())
	seen := make(map[string]bool, len(fields))
	whole := d.pairs(n, path, func(key, value *yaml.Node, at string) {
		i := slices.IndexFunc(fields, func(f field) bool { return f.key == key.Value })
		if i < 0 {
			d.unknownKey(key, at, fields)
			return
		}
		seen[key.Value] = true
		d.used[generic(at)] = true
		if fields[i].required && value.Kind == yaml.ScalarNode && strings.TrimSpace(value.Value) == "" {
			d.fail(value, at, message.ConfigMissingKey, message.S("key", key.Value))
			return
		}
		d.value(value, at, v.Field(fields[i].index))
	})
	if !whole {
		return
	}
	for _, f := range fields {
		if f.required && !seen[f.key] {
			d.fail(n, join(path, f.key), message.ConfigMissingKey, message.S("key", f.key))
		}
	}
	if c, ok := v.Addr().Interface().(checker); ok {
		c.check(d, n, path)
	}
}

// names decodes a mapping from names that the user chooses.
func (d *decoder) names(n *yaml.Node, path string, v reflect.Value) {
	v.Set(reflect.MakeMap(v.Type()))
	count := 0
	whole := d.pairs(n, path, func(key, value *yaml.Node, at string) {
		count++
		// Blocks are named by the user; plain values carry field names of the CRM.
		if v.Type().Elem().Kind() == reflect.Pointer && !isName(key.Value) {
			d.bad(key, path, key.Value, "clients | orders-2 | заказы")
			return
		}
		element := reflect.New(v.Type().Elem()).Elem()
		d.value(value, at, element)
		v.SetMapIndex(reflect.ValueOf(key.Value), element)
	})
	if whole && count == 0 {
		d.wrongKind(n, path, "NAME: …")
	}
}

// isName accepts what can stand in JOB/UID and in a file name.
func isName(name string) bool {
	if name == "" || utf8.RuneCountInString(name) > 64 {
		return false
	}
	for i, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && (i == 0 || !strings.ContainsRune("_-", r)) {
			return false
		}
	}
	return true
}

func (d *decoder) list(n *yaml.Node, path string, v reflect.Value) {
	if n.Kind != yaml.SequenceNode {
		d.wrongKind(n, path, "[a, b]")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		d.value(item, path+"["+strconv.Itoa(i)+"]", v.Index(i))
	}
}

func (d *decoder) word(n *yaml.Node, path string, v reflect.Value) {
	w, limited := v.Addr().Interface().(vocabulary)
	want := `"…"`
	if limited {
		want = strings.Join(w.words(), " | ")
	}
	text, ok := d.scalar(n, path, want)
	if !ok {
		return
	}
	if limited && !contains(w.words(), text) {
		d.bad(n, path, text, want)
		return
	}
	v.SetString(text)
}

func (d *decoder) boolean(n *yaml.Node, path string, v reflect.Value) {
	const want = "true | false"
	text, ok := d.scalar(n, path, want)
	if !ok {
		return
	}
	if text != "true" && text != "false" {
		d.bad(n, path, text, want)
		return
	}
	v.SetBool(text == "true")
}

func (d *decoder) integer(n *yaml.Node, path string, v reflect.Value) {
	const want = "1 | 20 | 200"
	text, ok := d.scalar(n, path, want)
	if !ok {
		return
	}
	i, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		d.bad(n, path, text, want)
		return
	}
	v.SetInt(i)
}

// pairs visits the keys of a mapping, each once; it reports a node of another
// kind and keys that stand there twice. It tells whether n was a mapping.
func (d *decoder) pairs(n *yaml.Node, path string, visit func(key, value *yaml.Node, at string)) bool {
	if n.Kind != yaml.MappingNode {
		d.wrongKind(n, path, "KEY: VALUE")
		return false
	}
	first := make(map[string]int, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		for value.Kind == yaml.AliasNode {
			value = value.Alias
		}
		if key.Kind != yaml.ScalarNode {
			d.wrongKind(key, path, "KEY: VALUE")
			continue
		}
		at := join(path, key.Value)
		if line, again := first[key.Value]; again {
			d.fail(key, at, message.ConfigDuplicateKey, message.S("key", key.Value), message.N("line", int64(line)))
			continue
		}
		first[key.Value] = key.Line
		visit(key, value, at)
	}
	return true
}

// scalar is the text of a single value; nothing at all reads as an empty text.
func (d *decoder) scalar(n *yaml.Node, path, want string) (string, bool) {
	if n.Kind != yaml.ScalarNode {
		d.wrongKind(n, path, want)
		return "", false
	}
	if n.Tag == "!!null" {
		return "", true
	}
	return n.Value, true
}

func (d *decoder) unknownKey(key *yaml.Node, path string, fields []field) {
	known := make([]string, 0, len(fields))
	for _, f := range fields {
		known = append(known, f.key)
	}
	if near := nearest(key.Value, known); near != "" {
		d.fail(key, path, message.ConfigMisspelledKey, message.S("key", key.Value), message.S("near", near))
		return
	}
	d.fail(key, path, message.ConfigUnknownKey, message.S("key", key.Value), message.S("known", strings.Join(known, ", ")))
}

func (d *decoder) wrongKind(n *yaml.Node, path, want string) {
	d.fail(n, path, message.ConfigWrongKind, message.S("want", want))
}

// bad reports a value with its text, which must not be a secret.
func (d *decoder) bad(n *yaml.Node, path, text, want string) {
	const longest = 40
	if r := []rune(text); len(r) > longest {
		text = string(r[:longest]) + "…"
	}
	d.fail(n, path, message.ConfigBadValue, message.S("value", strconv.Quote(text)), message.S("want", want))
}

func (d *decoder) fail(n *yaml.Node, path string, code message.Code, args ...message.Arg) {
	d.errs = append(d.errs, d.at(n, path, code, args))
}

func (d *decoder) warn(n *yaml.Node, path string, code message.Code, args ...message.Arg) {
	d.warns = append(d.warns, d.at(n, path, code, args))
}

func (d *decoder) at(n *yaml.Node, path string, code message.Code, args []message.Arg) *Error {
	return &Error{
		File: d.file, Position: Position{Line: n.Line, Column: n.Column},
		Path: path, Code: code, Args: args,
	}
}

type field struct {
	key      string
	index    int
	required bool
}

func fieldsOf(t reflect.Type) []field {
	var fields []field
	for i := range t.NumField() {
		key, option, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		if key != "" && key != "-" {
			fields = append(fields, field{key: key, index: i, required: option == "required"})
		}
	}
	return fields
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// generic replaces the names that the user chose by *: jobs.clients.crm becomes
// jobs.*.crm.
func generic(path string) string {
	parts := strings.Split(path, ".")
	if len(parts) > 2 && (parts[0] == "crm" || parts[0] == "sources" || parts[0] == "jobs") {
		parts[1] = "*"
	}
	return strings.Join(parts, ".")
}

func contains(list []string, text string) bool { return slices.Contains(list, text) }

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// nearest is the known word at most two edits away, or "".
func nearest(word string, known []string) string {
	best, distance := "", 3
	for _, k := range known {
		if d := edits(word, k); d < distance && d < len(k) {
			best, distance = k, d
		}
	}
	return best
}

func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
