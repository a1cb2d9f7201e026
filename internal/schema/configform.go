package schema

import (
	"math"
	"reflect"
	"slices"

	"syncd/internal/config"
)

// duration is 30s, 10m, 1h30m or 3d.
const duration = `([0-9]+d)?(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h))*`

// ownForm is the schema of a type that reads itself; nil for any other.
func (b builder) ownForm(t reflect.Type) *node {
	switch t {
	case reflect.TypeFor[config.Duration]():
		n := matching("^" + duration + "$")
		n.MinLength, n.Examples = 1, []any{"30s", "10m", "3d"}
		return n
	case reflect.TypeFor[config.Overlap]():
		n := numberOr(0, math.MaxInt, "^([0-9]+|"+duration+")$")
		n.MinLength, n.Maximum, n.Examples = 1, nil, []any{"10m", "1d", 100}
		return n
	case reflect.TypeFor[config.Size]():
		n := numberOr(1, math.MaxInt, `^[0-9]+ *([KkMmGg][Ii]?)?[Bb]?$`)
		n.Maximum = nil
		n.Examples = []any{"64KiB", "1MB", "2GiB"}
		return n
	case reflect.TypeFor[config.Rate]():
		most, nothing := 10_000, 0
		return &node{Type: []string{"number", "string"}, Above: &nothing, Maximum: &most, Pattern: `^([0-9]*\.?[0-9]+|[Oo][Ff][Ff])$`}
	case reflect.TypeFor[config.Zone]():
		n := matching(`^[A-Za-z][A-Za-z0-9_+/-]*$`)
		n.Examples = []any{"Europe/Moscow", "Asia/Yekaterinburg", "UTC"}
		return n
	case reflect.TypeFor[config.Path]():
		return anyText()
	case reflect.TypeFor[config.BaseURL]():
		n := matching(`^https?://[^/?#@\s]+/*$`)
		n.Examples = []any{"https://crm.example.ru"}
		return n
	case reflect.TypeFor[config.Delimiter]():
		return oneWord("auto", ";", ",", "tab", "|", "\t")
	case reflect.TypeFor[config.Header]():
		return numberOr(1, 10_000, `^(auto|none|[0-9]+)$`)
	case reflect.TypeFor[config.ExpectBy]():
		const day = `([0-7]|[Ss][Uu][Nn]|[Mm][Oo][Nn]|[Tt][Uu][Ee]|[Ww][Ee][Dd]|[Tt][Hh][Uu]|[Ff][Rr][Ii]|[Ss][Aa][Tt])`
		const days = day + `(-` + day + `)?`
		n := matching(`^(([01]?[0-9]|2[0-3]):[0-5][0-9]( +(\*|` + days + `(,` + days + `)*))?)?$`)
		n.Examples = []any{"09:00", "09:00 1-5"}
		return n
	case reflect.TypeFor[config.Cron]():
		n := matching(`^(@\S.*|(\S+\s+){4}\S+|)$`)
		n.Examples = []any{"*/15 8-20 * * 1-5", "@daily"}
		return n
	case reflect.TypeFor[config.OnAbsent]():
		return &node{AnyOf: []*node{
			oneWord("keep", "delete"),
			closed([]string{"set"}, member{"set", &node{Type: "object", Others: anyText(), MinProperties: 1}}),
		}}
	case reflect.TypeFor[config.Guards]():
		return b.guards()
	case reflect.TypeFor[config.ServerURL]():
		n := matching(`^https?://[^/?#@\s]+[^?#@\s]*$`)
		n.Examples = []any{"https://api.telegram.org"}
		return n
	case reflect.TypeFor[config.SecretRef]():
		return b.reference()
	case reflect.TypeFor[config.SecretText]():
		text := anyText()
		text.MinLength = 1
		return &node{AnyOf: []*node{text, b.reference()}}
	case reflect.TypeFor[config.SecretURL]():
		return &node{AnyOf: []*node{matching(`^https?://[^/?#\s]+[^#\s]*$`), b.reference()}, Examples: []any{"https://hooks.example.ru/syncd"}}
	}
	return nil
}

// reference is where a secret lies.
func (b builder) reference() *node {
	return one(b.described(closed(nil,
		member{"credential", matching(`^[^./][^/]*$`)}, member{"env", anyText()}, member{"file", anyText()}), secretTexts))
}

func (b builder) guards() *node {
	n := closed(nil)
	for _, name := range config.GuardNames() {
		limit := numberOr(0, math.MaxInt32, `^([0-9]+|[0-9]+(\.[0-9]+)? *%|[Oo][Ff][Ff])$`)
		if name == "min_rows" {
			limit.Pattern = `^([0-9]+|[Oo][Ff][Ff])$`
		}
		n.Properties = append(n.Properties, member{name, limit})
	}
	return b.described(n, guardTexts)
}

// described gives the keys of an object their texts.
func (b builder) described(n *node, texts map[string]phrase) *node {
	for _, m := range n.Properties {
		m.schema.Description = texts[m.name].in(b.lang)
	}
	return n
}

// one lets an object have exactly one of its keys.
func one(n *node) *node {
	n.MinProperties, n.MaxProperties = 1, 1
	return n
}

// bounds are what a key demands beyond its type, by type and key.
var bounds = map[string]func(*node){
	"Config.version": func(n *node) { n.Const = 1 },
	"Config.listen": func(n *node) {
		*n = node{
			Type: "string", Pattern: `^$|^(localhost|127(\.[0-9]{1,3}){3}|\[::1\]):[0-9]{1,5}$`,
			Description: n.Description, Default: n.Default,
		}
	},
	"CRM.batch": func(n *node) { n.Minimum, n.Maximum = number(1), number(200) },
	"Complete.trailer": func(n *node) {
		n.Type, n.Pattern, n.Examples = "string", `^[^{]*\{rows\}[^{]*$`, []any{"Всего строк: {rows}"}
	},
	"Complete.manifest":   only(true),
	"Complete.ready_file": only(true),
	"CSVSink.encoding":    withoutAuto,
	"CSVSink.delimiter":   withoutAuto,
	"SQL.year_offset":     func(n *node) { n.Enum, n.Default = []any{0, 2000}, 0 },
	"SQLSink.driver": func(n *node) {
		n.Enum = slices.DeleteFunc(n.Enum, func(w any) bool { return w == "sqlserver" }) // it is only read
	},
	"Backup.keep": func(n *node) { n.Minimum, n.Maximum = number(1), number(1000) },
	"Webhook.headers": func(n *node) {
		n.Names = &node{Pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$"}
	},
	"Telegram.chat": func(n *node) {
		n.Type, n.Pattern, n.Examples = []string{"string", "integer"}, `^(-?[0-9]+|@[A-Za-z][A-Za-z0-9_]{3,})$`, []any{"-1001234567890", "@channel"}
	},
	"Mail.to":   func(n *node) { n.MinItems = 1 },
	"Mail.smtp": func(n *node) { n.Type, n.Pattern = "string", `:[^:\]]*$` },
}

// withoutAuto is for what is written: there is nothing to find out.
func withoutAuto(n *node) {
	n.Enum = slices.DeleteFunc(n.Enum, func(w any) bool { return w == "auto" })
}

func only(value any) func(*node) {
	return func(n *node) { n.Enum, n.Default = []any{value}, nil }
}

func number(n int) *int { return &n }

// rules are what the keys of one block demand of each other.
var rules = map[reflect.Type]func(*node){
	reflect.TypeFor[config.Source]():    func(n *node) { one(n) },
	reflect.TypeFor[config.WriteBack](): func(n *node) { one(n) },
	reflect.TypeFor[config.Complete]():  func(n *node) { one(n) },
	reflect.TypeFor[config.SQL](): func(n *node) {
		n.AllOf = append(n.AllOf,
			when(having("snapshot", "delta"), needs("cursor")),
			when(needs("cursor"), having("snapshot", "delta")),
			when(needs("overlap"), having("snapshot", "delta")))
	},
	reflect.TypeFor[config.CSV](): func(n *node) {
		n.AllOf = append(n.AllOf,
			when(having("header", "none"), needs("columns")),
			when(needs("columns"), having("header", "none")))
	},
	reflect.TypeFor[config.Notify](): func(n *node) {
		n.AnyOf = []*node{needs("mail"), needs("webhook"), needs("telegram")}
	},
	reflect.TypeFor[config.Job](): func(n *node) {
		n.AllOf = append(n.AllOf, when(needs("jitter"), needs("schedule")))
	},
	reflect.TypeFor[config.Mail](): func(n *node) {
		n.AllOf = append(n.AllOf, when(needs("user"), needs("password")))
	},
}
