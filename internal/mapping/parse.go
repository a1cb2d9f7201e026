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

var topKeys = []string{"version", "entity", "uid", "clid", "skip", "where", "deleted_when", "fields", "recv"}

func (r *nodes) mapping(n *yaml.Node, s *spec) {
	var version, entity, uid, fields bool
	r.object(n, "", topKeys, func(key string, k, v *yaml.Node) bool {
		switch key {
		case "version":
			version = true
			if t, ok := r.text(v, key); ok && t != "1" {
				r.errorf(v, key, "%q is not supported; this program reads version 1", t)
			}
		case "entity":
			entity = true
			s.entity = r.oneOf(v, key, "client", "deal")
			if s.entity == "deal" {
				r.errorf(v, key, "deals are not supported by this version")
			}
		case "uid":
			uid = true
			s.uidAt = at(v, key)
			r.identity(v, &s.uid)
		case "clid":
			r.object(v, key, []string{"column"}, func(sub string, _, v *yaml.Node) bool {
				if sub == "column" {
					s.clid = r.name(v, "clid.column")
				}
				return sub == "column"
			})
		case "skip":
			s.skip = r.names(v, key)
		case "where":
			s.where = exprSpec{r.name(v, key), at(v, key)}
		case "deleted_when":
			s.deletedWhen = exprSpec{r.name(v, key), at(v, key)}
		case "fields":
			fields = true
			r.fields(v, key, s)
		case "recv":
			r.fields(v, key, s)
		default:
			return false
		}
		return true
	})
	for _, need := range []struct {
		there bool
		key   string
	}{{version, "version"}, {entity, "entity"}, {uid, "uid"}, {fields, "fields"}} {
		if !need.there {
			r.errorf(resolve(n), "", "%s: is missing", need.key)
		}
	}
	if fields {
		r.requireTitle(n, s)
	}
}

// requireTitle holds that every record has a name: the CRM takes a client
// without one and cannot show it afterwards.
func (r *nodes) requireTitle(n *yaml.Node, s *spec) {
	i := slices.IndexFunc(s.fields, func(f fieldSpec) bool { return f.name == "title" })
	if i < 0 {
		r.errorf(resolve(n), "fields", "title is not mapped; the CRM refuses a client without a name")
		return
	}
	f := &s.fields[i]
	if f.clear {
		r.errorAt(f.at, "a title is never cleared: the CRM could not show the client any more")
	}
	f.required = true
}

func (r *nodes) identity(n *yaml.Node, u *IdentitySpec) {
	known := []string{"column", "encode", "hex", "prefix"}
	u.Encode = EncodeRaw
	r.object(n, "uid", known, func(key string, _, v *yaml.Node) bool {
		switch path := "uid." + key; key {
		case "column":
			u.Column = r.name(v, path)
		case "encode":
			u.Encode = Encoding(r.oneOf(v, path, string(EncodeRaw), string(EncodeGUID), string(EncodeHash)))
		case "hex":
			u.Hex = HexOrder(r.oneOf(v, path, string(HexDB), string(HexCanonical)))
		case "prefix":
			u.Prefix, _ = r.text(v, path)
			if utf8.RuneCountInString(u.Prefix) > maxPrefix {
				r.errorf(v, path, "has %d characters; at most %d fit before a uid", utf8.RuneCountInString(u.Prefix), maxPrefix)
			} else if code := rawForm(u.Prefix); code != "" {
				r.errorf(v, path, "must not hold quotes, backslashes, control or exotic characters")
			}
		default:
			return false
		}
		return true
	})
	if u.Column == "" {
		r.errorf(resolve(n), "uid", "column: is missing")
	}
	if u.Hex != "" && u.Encode != EncodeGUID {
		r.errorf(resolve(n), "uid.hex", "goes with encode: guid only")
	}
}

func (r *nodes) fields(n *yaml.Node, section string, s *spec) {
	known := clientFields
	if section == "recv" {
		known = recvKeys
	}
	r.object(n, section, known, func(key string, k, v *yaml.Node) bool {
		if why := notMappable[key]; section == "fields" && why != "" {
			r.errorf(k, join(section, key), "cannot be mapped: %s", why)
			return true
		}
		if !slices.Contains(known, key) && (section == "recv" || !isInput(key)) {
			return false
		}
		f := fieldSpec{name: key, at: at(k, join(section, key)), typ: typeOf(key)}
		if section == "recv" {
			f.name, f.typ = "recv."+key, TypeText
		}
		r.field(v, &f)
		s.fields = append(s.fields, f)
		return true
	})
}
