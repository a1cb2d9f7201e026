package mapping

import (
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// nodes reads YAML nodes and gathers every mistake with its position, so that
// a user sees all of them at once.
type nodes struct {
	file string
	errs Errors
}

func (r *nodes) errorf(n *yaml.Node, path, format string, args ...any) {
	e := &SpecError{File: r.file, Path: path, Text: fmt.Sprintf(format, args...)}
	if n != nil {
		e.Line, e.Column = n.Line, n.Column
	}
	r.errs = append(r.errs, e)
}

func (r *nodes) errorAt(at place, format string, args ...any) {
	r.errs = append(r.errs, &SpecError{File: r.file, Line: at.line, Column: at.column, Path: at.path, Text: fmt.Sprintf(format, args...)})
}

func at(n *yaml.Node, path string) place { return place{n.Line, n.Column, path} }

// resolve follows an alias to what it names.
func resolve(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	return n
}

// object walks a YAML mapping; take returns false for a key it does not know,
// and known lists the ones it does.
func (r *nodes) object(n *yaml.Node, path string, known []string, take func(key string, k, v *yaml.Node) bool) {
	n = resolve(n)
	if n.Kind != yaml.MappingNode {
		r.errorf(n, path, "want keys and values here, have %s", kindName(n))
		return
	}
	seen := make(map[string]int, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], resolve(n.Content[i+1])
		if k.Kind != yaml.ScalarNode {
			r.errorf(k, path, "a key must be a word")
			continue
		}
		if k.Tag == "!!merge" {
			r.errorf(k, path, "merge keys (<<) are not supported; write the keys out")
			continue
		}
		if line, dup := seen[k.Value]; dup {
			r.errorf(k, join(path, k.Value), "stands here for the second time (first in line %d)", line)
			continue
		}
		seen[k.Value] = k.Line
		if !take(k.Value, k, v) {
			r.errorf(k, join(path, k.Value), "unknown key%s", suggestion(k.Value, known))
		}
	}
}

func (r *nodes) text(n *yaml.Node, path string) (string, bool) {
	n = resolve(n)
	if n.Kind != yaml.ScalarNode {
		r.errorf(n, path, "want a text, have %s", kindName(n))
		return "", false
	}
	if n.Tag == "!!null" {
		return "", true
	}
	return n.Value, true
}

// name reads a text that must not be blank.
func (r *nodes) name(n *yaml.Node, path string) string {
	s, ok := r.text(n, path)
	if ok && strings.TrimSpace(s) == "" {
		r.errorf(n, path, "must not be empty")
	}
	return s
}

func (r *nodes) boolean(n *yaml.Node, path string) bool {
	n = resolve(n)
	if n.Kind == yaml.ScalarNode && n.Tag == "!!bool" {
		return strings.EqualFold(n.Value, "true")
	}
	r.errorf(n, path, "want true or false")
	return false
}

func (r *nodes) oneOf(n *yaml.Node, path string, words ...string) string {
	s, ok := r.text(n, path)
	if !ok {
		return ""
	}
	for _, w := range words {
		if s == w {
			return s
		}
	}
	r.errorf(n, path, "%q is none of %s%s", s, strings.Join(words, ", "), suggestion(s, words))
	return ""
}

// names reads a list of texts.
func (r *nodes) names(n *yaml.Node, path string) []string {
	n = resolve(n)
	if n.Kind != yaml.SequenceNode {
		r.errorf(n, path, "want a list, have %s", kindName(n))
		return nil
	}
	out := make([]string, 0, len(n.Content))
	for i, c := range n.Content {
		out = append(out, r.name(c, fmt.Sprintf("%s[%d]", path, i)))
	}
	return out
}

func kindName(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "keys and values"
	case yaml.SequenceNode:
		return "a list"
	case yaml.ScalarNode:
		if n.Tag == "!!null" {
			return "nothing"
		}
		return "a text"
	}
	return "something else"
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func suggestion(word string, known []string) string {
	if near := nearest(word, known, 1); len(near) > 0 {
		return fmt.Sprintf("; did you mean %q?", near[0])
	}
	return ""
}
