package mapping

import (
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

var fieldKeys = []string{
	"column", "columns", "join", "const", "expr", "type", "values", "unmapped", "default",
	"required", "max_length", "check", "owner", "when", "on_empty", "excel", "dictionary", "format",
}

// onceKeys are the rules that have no meaning for what is written once.
var onceKeys = []string{"owner", "when", "on_empty"}

// field reads the body of one field.
func (r *nodes) field(n *yaml.Node, f *fieldSpec) {
	f.join, f.unmapped, f.owner = " ", unmappedReject, "both"
	set := map[string]*yaml.Node{}
	r.object(n, f.at.path, fieldKeys, func(key string, k, v *yaml.Node) bool {
		if !slices.Contains(fieldKeys, key) {
			return false
		}
		if slices.Contains(onceKeys, key) && f.once() {
			r.errorf(k, join(f.at.path, key), "cannot be said here: the CRM is sent this value once, or as a whole with others")
			return true
		}
		set[key] = k
		if !r.fieldForm(key, v, f) {
			r.fieldRule(key, v, f)
		}
		return true
	})
	if resolve(n).Kind == yaml.MappingNode {
		r.fieldSense(resolve(n), f, set)
	}
}

// once reports fields that are not merged on their own.
func (f *fieldSpec) once() bool {
	return writtenOnce(f.entity) || f.entity == entityLine || f.role == roleClose
}

// fieldForm reads the keys that say where a value comes from.
func (r *nodes) fieldForm(key string, v *yaml.Node, f *fieldSpec) bool {
	path := join(f.at.path, key)
	switch key {
	case "column":
		f.columns = []string{r.name(v, path)}
	case "columns":
		f.columns = r.names(v, path)
		if v.Kind == yaml.SequenceNode && len(f.columns) == 0 {
			r.errorf(v, path, "names no column")
		}
	case "join":
		f.join, _ = r.text(v, path)
	case "const":
		f.constant = r.name(v, path)
		f.hasConst = true
	case "expr":
		f.expr, f.exprAt = r.name(v, path), at(v, path)
	default:
		return false
	}
	return true
}

// fieldRule reads the keys that say what becomes of a value.
func (r *nodes) fieldRule(key string, v *yaml.Node, f *fieldSpec) {
	path := join(f.at.path, key)
	switch key {
	case "type":
		words := make([]string, 0, len(Types()))
		for _, t := range Types() {
			words = append(words, string(t))
		}
		f.typ = FieldType(r.oneOf(v, path, words...))
	case "values":
		f.hasValues = true
		r.values(v, path, f)
	case "unmapped":
		f.unmapped = unmappedPolicy(r.oneOf(v, path, wordReject, "empty", "pass"))
	case "default":
		f.fallback = r.name(v, path)
	case "required":
		f.required = r.boolean(v, path)
	case "max_length":
		r.maxLength(v, path, f)
	case "check":
		f.strict = r.oneOf(v, path, wordWarn, wordReject) == wordReject
		f.lenient = !f.strict
	case "owner":
		f.owner = r.oneOf(v, path, "both", "source", "crm")
	case "when":
		f.addOnly = r.oneOf(v, path, "add", "always") == "add"
	case "on_empty":
		f.clear = r.oneOf(v, path, "keep", "clear") == "clear"
	case "excel":
		f.excel = r.boolean(v, path)
	case "format":
		f.format = r.name(v, path)
	case "dictionary":
		f.known = r.oneOf(v, path, "create", "known") == "known"
	}
}

func (r *nodes) values(n *yaml.Node, path string, f *fieldSpec) {
	seen := map[string]string{}
	r.object(n, path, nil, func(key string, k, v *yaml.Node) bool {
		to, ok := r.text(v, join(path, key))
		if !ok {
			return true
		}
		if first, dup := seen[foldWord(key)]; dup {
			r.errorf(k, join(path, key), "means the same as %q above: case and spaces do not count", first)
			return true
		}
		seen[foldWord(key)] = key
		f.values = append(f.values, valuePair{key, to})
		return true
	})
}

// maxLength reads `reject`, `cut`, a number, or {limit: number, over: reject | cut}.
func (r *nodes) maxLength(n *yaml.Node, path string, f *fieldSpec) {
	limit := func(n *yaml.Node, path string) {
		v, err := strconv.Atoi(n.Value)
		server := lengthIn(f.entity, f.name)
		switch {
		case err != nil || v < 1:
			r.errorf(n, path, "want reject, cut, or a positive number")
		case server > 0 && v > server:
			r.errorf(n, path, "the CRM keeps %d characters of this field", server)
		default:
			f.limit = v
		}
	}
	if n.Kind == yaml.MappingNode {
		r.object(n, path, []string{"limit", "over"}, func(key string, _, v *yaml.Node) bool {
			switch key {
			case "limit":
				limit(v, join(path, key))
			case "over":
				f.cut = r.oneOf(v, join(path, key), wordReject, wordCut) == wordCut
			default:
				return false
			}
			return true
		})
		return
	}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!int" {
		limit(n, path)
		return
	}
	f.cut = r.oneOf(n, path, wordReject, wordCut) == wordCut
}

// fieldSense holds that the keys of one field go together.
func (r *nodes) fieldSense(n *yaml.Node, f *fieldSpec, set map[string]*yaml.Node) {
	var forms []string
	for _, k := range []string{"column", "columns", "const", "expr"} {
		if set[k] != nil {
			forms = append(forms, k)
		}
	}
	switch {
	case len(forms) == 0:
		r.errorf(n, f.at.path, "takes its value from nowhere: give one of column, columns, const, expr")
	case len(forms) > 1:
		r.errorf(set[forms[1]], f.at.path, "takes its value from one place, not from %s", strings.Join(forms, " and "))
	}
	with := func(key string, ok bool, partner string) {
		if set[key] != nil && !ok {
			r.errorf(set[key], join(f.at.path, key), "goes with %s only", partner)
		}
	}
	with("join", set["columns"] != nil && !isList(f.typ), "columns of one text")
	with("unmapped", f.hasValues, "values")
	with("dictionary", f.entity == EntityClient && isDictionary(f.name), "the CRM's lists (territory, idcategory, clientpath, tip_cmr)")
	if f.addOnly && f.clear {
		r.errorf(set["on_empty"], join(f.at.path, "on_empty"), "a field sent with an add only is never cleared")
	}
	if f.clear && f.neverCleared() {
		r.errorf(set["on_empty"], join(f.at.path, "on_empty"), "the CRM has no empty %s", f.name)
	}
	if set["format"] != nil {
		r.format(set["format"], join(f.at.path, "format"), f)
	}
	r.fieldType(n, f, set)
}

func (r *nodes) fieldType(n *yaml.Node, f *fieldSpec, set map[string]*yaml.Node) {
	pos := n
	if set["type"] != nil {
		pos = set["type"]
	}
	if want := typeIn(f.entity, f.name); f.typ != "" && f.typ != want && f.fixedType(want) {
		r.errorf(pos, join(f.at.path, "type"), "the CRM keeps %s here; leave the type out or say %s", want, want)
	}
	if f.entity != EntityClient {
		return
	}
	if f.name == "type" {
		check := func(key, word string) {
			if word != "" && !slices.Contains(clientTypes, clientType(word)) {
				r.errorf(set[key], join(f.at.path, key), "%q is no kind of client: %s%s", word, strings.Join(clientTypes, ", "), suggestion(word, clientTypes))
			}
		}
		check("const", f.constant)
		check("default", f.fallback)
		for _, p := range f.values {
			check("values", p.to)
		}
	}
	if isDictionary(f.name) && (isNumericPHP(f.constant) || isNumericPHP(f.fallback)) {
		r.errorf(n, f.at.path, "the CRM takes a number for an id of its list, not for a title")
	}
}

// neverCleared lists what the CRM cannot have empty, titles aside.
func (f *fieldSpec) neverCleared() bool {
	switch f.entity {
	case EntityClient:
		return f.name == "user" || f.name == "type"
	case EntityDeal:
		return f.name == "user" || f.name == "direction" || f.name == "tip" || f.name == "step"
	case EntityPerson:
		return f.name == "person"
	}
	return false
}

// fixedType reports a field of a type that the CRM has for it, so that no other
// will do.
func (f *fieldSpec) fixedType(want FieldType) bool {
	if f.entity != EntityClient {
		return want != TypeText
	}
	return (isList(want) || f.name == "date_create") && f.typ != TypeDate
}

func isList(t FieldType) bool { return t == TypePhones || t == TypeEmails }
