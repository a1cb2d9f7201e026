package schema

import (
	"bytes"
	"encoding/json"
	"fmt"

	"syncd/internal/message"
)

const draft = "https://json-schema.org/draft/2020-12/schema"

// node is a schema. Only keywords that draft 7 has too are used (but for $defs,
// which is found by its path), because editors are slow to learn new ones.
type node struct {
	Schema        string   `json:"$schema,omitempty"`
	Title         string   `json:"title,omitempty"`
	Ref           string   `json:"$ref,omitempty"`
	Description   string   `json:"description,omitempty"`
	Type          any      `json:"type,omitempty"` // a name or several
	Const         any      `json:"const,omitempty"`
	Enum          []any    `json:"enum,omitempty"`
	Default       any      `json:"default,omitempty"`
	Examples      []any    `json:"examples,omitempty"`
	Pattern       string   `json:"pattern,omitempty"`
	MinLength     int      `json:"minLength,omitempty"`
	MaxLength     int      `json:"maxLength,omitempty"`
	Minimum       *int     `json:"minimum,omitempty"`
	Above         *int     `json:"exclusiveMinimum,omitempty"`
	Maximum       *int     `json:"maximum,omitempty"`
	Items         *node    `json:"items,omitempty"`
	MinItems      int      `json:"minItems,omitempty"`
	Properties    members  `json:"properties,omitempty"`
	Patterns      members  `json:"patternProperties,omitempty"`
	Names         *node    `json:"propertyNames,omitempty"`
	Others        any      `json:"additionalProperties,omitempty"` // false, or a schema
	Required      []string `json:"required,omitempty"`
	MinProperties int      `json:"minProperties,omitempty"`
	MaxProperties int      `json:"maxProperties,omitempty"`
	AllOf         []*node  `json:"allOf,omitempty"`
	AnyOf         []*node  `json:"anyOf,omitempty"`
	OneOf         []*node  `json:"oneOf,omitempty"`
	Not           *node    `json:"not,omitempty"`
	If            *node    `json:"if,omitempty"`
	Then          *node    `json:"then,omitempty"`
	Defs          members  `json:"$defs,omitempty"`
}

// members are schemas by name, in the order in which people meet them.
type members []member

type member struct {
	name   string
	schema *node
}

// MarshalJSON keeps the order.
func (m members) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, one := range m {
		if i > 0 {
			b.WriteByte(',')
		}
		for _, part := range []any{one.name, one.schema} {
			if _, isSchema := part.(*node); isSchema {
				b.WriteByte(':')
			}
			enc := json.NewEncoder(&b)
			enc.SetEscapeHTML(false)
			if err := enc.Encode(part); err != nil {
				return nil, fmt.Errorf("schema of %s: %w", one.name, err)
			}
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// text prints a schema for people and editors.
func (n *node) text() ([]byte, error) {
	n.Schema = draft
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(n); err != nil {
		return nil, fmt.Errorf("print the schema: %w", err)
	}
	return b.Bytes(), nil
}

// phrase is a description in both languages.
type phrase struct{ en, ru string }

func (p phrase) in(lang message.Lang) string {
	if lang == message.Russian {
		return p.ru
	}
	return p.en
}

// anyText is a text of the user's choice. YAML takes an unquoted 77 for a
// number and Yes for a text; the program reads both as they are written.
func anyText() *node { return &node{Type: []string{"string", "number", "boolean"}} }

// oneWord is a choice among words.
func oneWord(words ...string) *node {
	n := &node{Enum: make([]any, 0, len(words))}
	for _, w := range words {
		n.Enum = append(n.Enum, w)
	}
	return n
}

func matching(pattern string) *node { return &node{Type: "string", Pattern: pattern} }

// numberOr is a whole number from least to most, or a text of a form.
func numberOr(least, most int, pattern string) *node {
	return &node{Type: []string{"integer", "string"}, Minimum: &least, Maximum: &most, Pattern: pattern}
}

// closed is an object without other keys than these.
func closed(required []string, keys ...member) *node {
	return &node{Type: "object", Properties: keys, Required: required, Others: false}
}

// texts is an object of the user's keys with a text each.
func texts() *node { return &node{Type: "object", Others: anyText()} }

func list(of *node) *node { return &node{Type: "array", Items: of} }

// when holds an object to a second schema where the first fits.
func when(fits, then *node) *node { return &node{If: fits, Then: then} }

// having is an object in which a key has one of the values.
func having(key string, values ...string) *node {
	return &node{Properties: members{{key, oneWord(values...)}}, Required: []string{key}}
}

func needs(keys ...string) *node { return &node{Required: keys} }
