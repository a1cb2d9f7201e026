package schema

import (
	"slices"

	"syncd/internal/mapping"
	"syncd/internal/message"
)

// Mapping is the JSON Schema of mapping files, its descriptions in a language.
func Mapping(lang message.Lang) ([]byte, error) {
	b := mappingBuilder{lang}
	root := &node{
		Type: "object", Required: []string{"version", "entity", "uid", "fields"},
		Properties: members{{"entity", oneWord(mapping.EntityClient, mapping.EntityDeal)}},
		AllOf: []*node{
			when(having("entity", mapping.EntityClient), &node{Ref: "#/$defs/client"}),
			when(having("entity", mapping.EntityDeal), &node{Ref: "#/$defs/deal"}),
		},
	}
	b.describe("", root)
	root.Title = phrase{"syncd: mapping", "syncd: описание полей"}.in(lang)
	root.Defs = members{
		{"client", b.client()},
		{"deal", b.deal()},
		{"field", b.field(plainField)},
		{"title", b.field(titleField)},
		{"type", b.field(typeField)},
		{"user", b.field(userField)},
		{"dictionary", b.field(dictionaryField)},
		{"once", b.field(onceField)},
	}
	return root.text()
}

// client is a mapping of clients.
func (b mappingBuilder) client() *node {
	keys := append(b.head(),
		member{"fields", b.fields()},
		member{"recv", b.requisites()},
		member{"contacts", b.contacts()})
	return b.describe("", closed(nil, keys...))
}

// head are the keys that the mappings of all entities have.
func (b mappingBuilder) head() members {
	return append(members{
		{"version", &node{Const: 1}},
		{"entity", oneWord(mapping.EntityClient, mapping.EntityDeal)},
		{"uid", b.identity("uid", mapping.EncodeRaw)},
		{"clid", b.describe("clid", closed([]string{"column"}, member{"column", name()}))},
	}, scope()...)
}

// scope are the keys that say which rows count.
func scope() members {
	expression := matching(`\S`)
	return members{{"skip", list(name())}, {"where", expression}, {"deleted_when", expression}}
}

type mappingBuilder struct{ lang message.Lang }

// describe gives the keys of an object their texts, which stand under
// "section.key", or with those of the uid.
func (b mappingBuilder) describe(section string, n *node) *node {
	if section != "" {
		section += "."
	}
	for i := range n.Properties {
		m := &n.Properties[i]
		text, ok := mappingTexts[section+m.name]
		if !ok {
			text, ok = dealTexts[section+m.name]
		}
		if !ok && section != "" {
			text, ok = mappingTexts["uid."+m.name]
		}
		if ok && m.schema.Description == "" {
			described := *m.schema // the same schema may stand at several keys
			described.Description = text.in(b.lang)
			m.schema = &described
		}
	}
	return n
}

// name is a text that is not blank.
func name() *node { return &node{Type: []string{"string", "number", "boolean"}, Pattern: `\S`} }

// identity is how a key becomes an id: with an encoding that stands unless another
// is said ("" where it is that of another key).
func (b mappingBuilder) identity(section string, standing mapping.Encoding, more ...member) *node {
	encode := oneWord(string(mapping.EncodeRaw), string(mapping.EncodeGUID), string(mapping.EncodeHash))
	n := closed([]string{"column"},
		member{"column", name()}, member{"encode", encode},
		member{"hex", oneWord(string(mapping.HexDB), string(mapping.HexCanonical))},
		member{"prefix", &node{Type: []string{"string", "number"}, MaxLength: 4, Pattern: `^[^'"\\\s]*$`}})
	if standing != "" {
		encode.Default = string(standing)
	}
	switch standing {
	case mapping.EncodeRaw, mapping.EncodeHash:
		n.AllOf = []*node{when(needs("hex"), having("encode", string(mapping.EncodeGUID)))}
	}
	n.Properties = append(n.Properties, more...)
	return b.describe(section, n)
}

// clientFields are the CRM's fields of a client that a mapping may fill, and
// the kind of each.
var clientFields = []struct {
	name string
	kind fieldKind
}{
	{"title", titleField},
	{"type", typeField},
	{"user", userField},
	{"date_create", plainField},
	{"phone", plainField},
	{"fax", plainField},
	{"mail_url", plainField},
	{"site_url", plainField},
	{"address", plainField},
	{"territory", dictionaryField},
	{"idcategory", dictionaryField},
	{"clientpath", dictionaryField},
	{"tip_cmr", dictionaryField},
	{"des", plainField},
	{"scheme", plainField},
}

// recvKeys are the requisites of a client.
var recvKeys = []string{
	"castUrName", "castUrNameShort", "castInn", "castKpp", "castOgrn", "castOkpo",
	"castBank", "castBankBik", "castBankRs", "castBankKs", "castUrAddr",
	"castDirName", "castDirSignature", "castDirStatus", "castDirStatusSig", "castDirOsnovanie",
}

// clientTypes are the CRM's kinds of clients, "concurent" spelt as it does.
var clientTypes = []string{"client", "person", "partner", "contractor", "concurent"}

// inputs are the form's additional fields.
const inputs = `^input[0-9]{1,3}$`

func (b mappingBuilder) fields() *node {
	n := closed([]string{"title"})
	for _, f := range clientFields {
		n.Properties = append(n.Properties, member{f.name, &node{Ref: "#/$defs/" + string(f.kind)}})
	}
	n.Patterns = members{{inputs, &node{Ref: "#/$defs/" + string(plainField)}}}
	return b.describe("fields", n)
}

func (b mappingBuilder) requisites() *node {
	n := closed(nil)
	for _, key := range recvKeys {
		n.Properties = append(n.Properties, member{key, &node{Ref: "#/$defs/" + string(plainField)}})
	}
	return b.describe("recv", n)
}

// fieldKind tells fields apart that take different keys or words.
type fieldKind string

const (
	plainField      fieldKind = "field"
	titleField      fieldKind = "title"
	typeField       fieldKind = "type"
	userField       fieldKind = "user"
	dictionaryField fieldKind = "dictionary"
	onceField       fieldKind = "once" // of what is written once, or as a whole with others
)

// field is the schema of the body of a field.
func (b mappingBuilder) field(kind fieldKind) *node {
	value := anyText()
	if kind == typeField {
		value = oneWord(clientTypes...)
	}
	types := make([]string, 0, len(mapping.Types()))
	for _, t := range mapping.Types() {
		types = append(types, string(t))
	}
	onEmpty := choice("keep", "clear")
	if kind == titleField || kind == typeField || kind == userField {
		onEmpty = choice("keep")
	}
	columns := list(name())
	columns.MinItems = 1
	n := closed(nil,
		member{"column", name()},
		member{"columns", columns},
		member{"join", &node{Type: "string", Default: " "}},
		member{"const", value},
		member{"expr", matching(`\S`)},
		member{"type", oneWord(types...)},
		member{"values", &node{Type: "object", Others: value}},
		member{"unmapped", choice("reject", "empty", "pass")},
		member{"default", value},
		member{"required", &node{Type: "boolean", Default: kind == titleField}},
		member{"max_length", maxLength()},
		member{"check", choice("warn", "reject")},
		member{"owner", choice("both", "source", "crm")},
		member{"when", choice("always", "add")},
		member{"on_empty", onEmpty},
		member{"excel", &node{Type: "boolean", Default: false}},
		member{"format", &node{Type: "string", Pattern: `\S`, Examples: []any{"dd.MM.yyyy", "dd.MM.yyyy HH:mm:ss", ",", "Истина/Ложь"}}})
	if kind == onceField {
		n.Properties = slices.DeleteFunc(n.Properties, func(m member) bool { return slices.Contains([]string{"owner", "when", "on_empty"}, m.name) })
	}
	if kind == dictionaryField {
		n.Properties = append(n.Properties, member{"dictionary", choice("create", "known")})
	}
	for _, form := range []string{"column", "columns", "const", "expr"} {
		n.OneOf = append(n.OneOf, needs(form))
	}
	n.AllOf = []*node{
		when(needs("join"), needs("columns")),
		when(needs("unmapped"), needs("values")),
	}
	if kind != onceField {
		n.AllOf = append(n.AllOf, when(having("when", "add"), &node{Not: having("on_empty", "clear")}))
	}
	return b.describe("field", n)
}

// choice is a choice among words of which the first is the default.
func choice(words ...string) *node {
	n := oneWord(words...)
	n.Default = words[0]
	return n
}

func maxLength() *node {
	limit := func() *node { return &node{Type: "integer", Minimum: number(1)} }
	return &node{
		AnyOf: []*node{
			oneWord("reject", "cut"), limit(),
			closed(nil, member{"limit", limit()}, member{"over", choice("reject", "cut")}),
		},
		Default: "reject",
	}
}
