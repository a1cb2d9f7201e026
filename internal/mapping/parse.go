package mapping

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// maxFile bounds a mapping file; real ones have a few kilobytes.
const maxFile = 1 << 20

// parse reads a mapping file into a spec. It reports every mistake it finds.
func parse(name string, data []byte) (spec, Errors) {
	r := &nodes{file: name}
	root := r.document(data)
	var s spec
	if root != nil {
		r.mapping(root, &s)
	}
	r.errs.sort()
	return s, r.errs
}

func (r *nodes) document(data []byte) *yaml.Node {
	if len(data) > maxFile {
		r.errorf(nil, "", "the file has %d bytes; a mapping has at most %d", len(data), maxFile)
		return nil
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, second yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		r.errorf(nil, "", "the file is empty")
		return nil
	case err != nil:
		r.syntax(err)
		return nil
	}
	if err := dec.Decode(&second); !errors.Is(err, io.EOF) {
		r.errorf(&second, "", "a mapping file holds one document")
		return nil
	}
	return doc.Content[0]
}

// syntax turns the YAML library's "yaml: line 3: text" into a positioned error.
func (r *nodes) syntax(err error) {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	e := &SpecError{File: r.file, Text: "not valid YAML: " + text}
	var line int
	if _, scan := fmt.Sscanf(text, "line %d:", &line); scan == nil {
		e.Line, e.Column = line, 1
		if _, rest, ok := strings.Cut(text, ": "); ok {
			e.Text = "not valid YAML: " + rest
		}
	}
	r.errs = append(r.errs, e)
}

// The keys of a file of each entity.
var (
	clientKeys = []string{"version", "entity", "uid", "clid", "skip", "where", "deleted_when", "fields", "recv", "contacts"}
	dealKeys   = []string{
		"version", "entity", "uid", "clid", "skip", "where", "deleted_when", "client", "payer", "fields", "step", "close",
		"lines", "invoices", "payments",
	}
)

// mapping reads the file. Its sections are read in the order in which they build
// on each other, wherever they stand.
func (r *nodes) mapping(n *yaml.Node, s *spec) {
	s.entity = entityOf(n)
	known := clientKeys
	if s.entity == EntityDeal {
		known = dealKeys
	}
	sections := map[string]*yaml.Node{}
	var order []string
	r.object(n, "", known, func(key string, _, v *yaml.Node) bool {
		if !slices.Contains(known, key) {
			return false
		}
		sections[key], order = v, append(order, key)
		return true
	})
	for _, key := range []string{"version", "entity", "uid", "fields"} {
		if sections[key] == nil {
			r.errorf(resolve(n), "", "%s: is missing", key)
		}
	}
	rank := func(key string) int {
		if key == "recv" {
			key = "fields" // the two stay as they stand
		}
		return slices.Index(known, key)
	}
	slices.SortStableFunc(order, func(a, b string) int { return rank(a) - rank(b) })
	for _, key := range order {
		r.section(key, sections[key], s)
	}
	if sections["fields"] != nil {
		r.requireTitle(n, s)
	}
	if s.entity == EntityDeal {
		r.dealSense(n, sections)
	}
}

// entityOf looks ahead: what the other keys are depends on it.
func entityOf(n *yaml.Node) string {
	n = resolve(n)
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == "entity" && resolve(n.Content[i+1]).Value == EntityDeal {
				return EntityDeal
			}
		}
	}
	return EntityClient
}

func (r *nodes) section(key string, v *yaml.Node, s *spec) {
	switch key {
	case "version":
		if t, ok := r.text(v, key); ok && t != "1" {
			r.errorf(v, key, "%q is not supported; this program reads version 1", t)
		}
	case "entity":
		r.oneOf(v, key, EntityClient, EntityDeal)
	case "uid":
		s.uidAt = at(v, key)
		s.uid = r.identity(v, key, IdentitySpec{Encode: EncodeRaw}, nil)
	case "clid":
		r.object(v, key, []string{"column"}, func(sub string, _, v *yaml.Node) bool {
			if sub == "column" {
				s.clid = r.name(v, "clid.column")
			}
			return sub == "column"
		})
	case "skip", "where", "deleted_when":
		r.scope(key, v, s)
	case "fields", "recv":
		r.fields(v, key, s)
	case "contacts":
		s.parts = append(s.parts, r.contacts(v, s))
	default:
		r.dealSection(key, v, s)
	}
}

// scope reads the keys that say which rows count.
func (r *nodes) scope(key string, v *yaml.Node, s *spec) {
	path := s.path(key)
	switch key {
	case "skip":
		s.skip = r.names(v, path)
	case "where":
		s.where = exprSpec{r.name(v, path), at(v, path)}
	case "deleted_when":
		s.deletedWhen = exprSpec{r.name(v, path), at(v, path)}
	}
}

// requireTitle holds that every record has a name: the CRM takes a client
// without one and cannot show it afterwards.
func (r *nodes) requireTitle(n *yaml.Node, s *spec) {
	i := slices.IndexFunc(s.fields, func(f fieldSpec) bool { return f.name == "title" })
	if i < 0 {
		r.errorf(resolve(n), "fields", "title is not mapped; the CRM refuses a %s without a name", s.entity)
		return
	}
	f := &s.fields[i]
	if f.clear {
		r.errorAt(f.at, "a title is never cleared: the CRM could not show the %s any more", s.entity)
	}
	f.required = true
}

var identityKeys = []string{"column", "encode", "hex", "prefix"}

// identity reads how a key becomes an id; what is not said is as in base. take is
// handed the keys that it does not know; nil knows none.
func (r *nodes) identity(n *yaml.Node, section string, base IdentitySpec, take func(key string, v *yaml.Node) bool, more ...string) IdentitySpec {
	u := base
	known := append(slices.Clone(identityKeys), more...)
	hex := false
	r.object(n, section, known, func(key string, _, v *yaml.Node) bool {
		switch path := join(section, key); key {
		case "column":
			u.Column = r.name(v, path)
		case "encode":
			u.Encode = Encoding(r.oneOf(v, path, string(EncodeRaw), string(EncodeGUID), string(EncodeHash)))
		case "hex":
			hex = true
			u.Hex = HexOrder(r.oneOf(v, path, string(HexDB), string(HexCanonical)))
		case "prefix":
			u.Prefix, _ = r.text(v, path)
			if utf8.RuneCountInString(u.Prefix) > maxPrefix {
				r.errorf(v, path, "has %d characters; at most %d fit before a uid", utf8.RuneCountInString(u.Prefix), maxPrefix)
			} else if code := rawForm(u.Prefix); code != "" {
				r.errorf(v, path, "must not hold quotes, backslashes, control or exotic characters")
			}
		default:
			return take != nil && take(key, v)
		}
		return true
	})
	if u.Column == "" {
		r.errorf(resolve(n), section, "column: is missing")
	}
	if u.Hex != "" && u.Encode != EncodeGUID {
		if hex {
			r.errorf(resolve(n), join(section, "hex"), "goes with encode: guid only")
		}
		u.Hex = ""
	}
	return u
}

func (r *nodes) fields(n *yaml.Node, section string, s *spec) {
	known, inputs := fieldsOf(s.entity)
	if section == "recv" {
		known, inputs = recvKeys, false
	}
	r.object(n, section, known, func(key string, k, v *yaml.Node) bool {
		if why := notMappableIn(s.entity, key); section == "fields" && why != "" {
			r.errorf(k, join(section, key), "cannot be mapped: %s", why)
			return true
		}
		if !slices.Contains(known, key) && (!inputs || !isInput(key)) {
			return false
		}
		f := fieldSpec{entity: s.entity, name: key, at: at(k, join(section, key)), typ: typeIn(s.entity, key)}
		if section == "recv" {
			f.name, f.typ = "recv."+key, TypeText
		}
		r.field(v, &f)
		s.fields = append(s.fields, f)
		return true
	})
}
