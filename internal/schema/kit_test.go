package schema_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"
)

// compiled is a schema that a foreign validator understands.
func compiled(t *testing.T, text []byte, err error) *jsonschema.Schema {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// refuses validates a YAML file as an editor does; nil when it fits.
func refuses(t *testing.T, s *jsonschema.Schema, text string) error {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(plain(t, doc.Content[0]))
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(value)
}

// plain reads YAML as version 1.2 means it, which editors follow: dates are
// texts, and keys are texts too.
func plain(t *testing.T, n *yaml.Node) any {
	t.Helper()
	switch n.Kind {
	case yaml.AliasNode:
		return plain(t, n.Alias)
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i < len(n.Content); i += 2 {
			m[n.Content[i].Value] = plain(t, n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, c := range n.Content {
			list = append(list, plain(t, c))
		}
		return list
	}
	switch n.Tag {
	case "!!null":
		return nil
	case "!!bool":
		return n.Value == "true"
	case "!!int", "!!float":
		if f, err := strconv.ParseFloat(n.Value, 64); err == nil {
			return f
		}
	}
	return n.Value
}

// shape is a schema as these tests look at it.
type shape struct {
	Ref         string            `json:"$ref"`
	Description string            `json:"description"`
	Type        any               `json:"type"`
	Const       any               `json:"const"`
	Enum        []any             `json:"enum"`
	Default     any               `json:"default"`
	AnyOf       []*shape          `json:"anyOf"`
	Properties  map[string]*shape `json:"properties"`
	Others      json.RawMessage   `json:"additionalProperties"`
	Items       *shape            `json:"items"`
	Defs        map[string]*shape `json:"$defs"`
}

func read(t *testing.T, text []byte, err error) *shape {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var s shape
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return &s
}

// others is the schema of keys that the user names, or nil.
func (s *shape) others() *shape {
	var o shape
	if json.Unmarshal(s.Others, &o) != nil {
		return nil
	}
	return &o
}

// blocks visits every object with fixed keys: its path, a file that has it where
// %s stands, and its keys.
func (s *shape) blocks(path, file string, visit func(path, file string, keys []string)) {
	if s.Properties != nil {
		visit(path, file, slices.Collect(maps.Keys(s.Properties)))
	}
	for key, p := range s.Properties {
		p.blocks(strings.TrimPrefix(path+"."+key, "."), strings.Replace(file, "%s", "{"+key+": %s}", 1), visit)
	}
	if o := s.others(); o != nil {
		o.blocks(path+".*", strings.Replace(file, "%s", "{x: %s}", 1), visit)
	}
}

// at is the schema at a path, * being a name of the user's choice.
func (s *shape) at(t *testing.T, path string) *shape {
	t.Helper()
	for key := range strings.SplitSeq(path, ".") {
		if key == "*" {
			s = s.others()
		} else {
			s = s.Properties[key]
		}
		if s == nil {
			t.Fatalf("the schema has no %s", path)
		}
	}
	return s
}

// holdTexts checks that each key says in either language what it is, and what
// may stand there.
func holdTexts(t *testing.T, en, ru *shape) {
	t.Helper()
	cyrillic := func(s string) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Cyrillic, r) })
	}
	named := regexp.MustCompile(`«[^»]*»|'[^']*'|Всего строк|ИНН|КПП|ОГРН|ОКПО|БИК`)
	var walk func(path string, en, ru *shape)
	walk = func(path string, en, ru *shape) {
		for key, p := range en.Properties {
			at, r := path+"."+key, ru.Properties[key]
			if p.Description == "" || cyrillic(named.ReplaceAllString(p.Description, "")) || !cyrillic(r.Description) {
				t.Errorf("%s: %q and %q", at, p.Description, r.Description)
			}
			if p.Ref == "" && p.Type == nil && p.Const == nil && p.Enum == nil && p.AnyOf == nil {
				t.Errorf("%s: anything may stand there", at)
			}
			walk(at, p, r)
		}
		if o := en.others(); o != nil {
			walk(path+".*", o, ru.others())
		}
		if en.Items != nil {
			walk(path+"[]", en.Items, ru.Items)
		}
		for key, p := range en.Defs {
			walk("$"+key, p, ru.Defs[key])
		}
	}
	walk("", en, ru)
}
