package mapping

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// suiteSuffix ends the names of mapping tests; the mapping itself has the same
// name without "_test".
const suiteSuffix = "_test.yaml"

// ErrNoTests says that a path holds no mapping test.
var ErrNoTests = errors.New("no mapping tests found (*" + suiteSuffix + ")")

// TestReport is what RunTests found.
type TestReport struct {
	Files, Tests int
	Failures     []TestFailure
}

// TestFailure is one failed test.
type TestFailure struct {
	File  string
	Line  int
	Test  string
	Diffs []string // "file:line: text", one difference each
}

// RunTests runs the mapping tests of a file, or of every *_test.yaml below a
// folder, and writes what failed to out (nil: nowhere). A failed test is no
// error; a test file or a mapping that cannot be read is: Errors for their
// content, ErrNoTests when there is nothing to run.
func RunTests(path string, out io.Writer) (TestReport, error) {
	var report TestReport
	if out == nil {
		out = io.Discard
	}
	files, err := suiteFiles(path)
	if err != nil {
		return report, err
	}
	var broken []error
	for _, file := range files {
		s, err := loadSuite(file)
		if err != nil {
			broken = append(broken, err)
			continue
		}
		report.Files++
		for i := range s.tests {
			report.Tests++
			failure := s.run(&s.tests[i])
			if len(failure.Diffs) == 0 {
				continue
			}
			report.Failures = append(report.Failures, failure)
			if _, err := fmt.Fprintf(out, "FAIL %s:%d: %s\n  %s\n", failure.File, failure.Line, failure.Test, strings.Join(failure.Diffs, "\n  ")); err != nil {
				return report, fmt.Errorf("write test report: %w", err)
			}
		}
	}
	return report, errors.Join(broken...)
}

func suiteFiles(path string) ([]string, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("find mapping tests: %w", err)
	}
	if !st.IsDir() {
		return []string{path}, nil
	}
	var files []string
	err = filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(d.Name(), suiteSuffix) {
			files = append(files, p)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find mapping tests: %w", err)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: %w", path, ErrNoTests)
	}
	return files, nil
}

// suite is a test file, read.
type suite struct {
	file    string
	mapping *Mapping
	zones   Zones
	users   []string
	tests   []suiteTest
}

// suiteTest is the rows of one record and what is expected of it.
type suiteTest struct {
	name        string
	line        int
	column      int
	part        *expected    // of the file; nil = the file itself
	rows        [][]expected // column → cell
	lineRows    [][]expected // of the lines' own source
	add, update []expected   // nil = not asked
	reject      *expected    // field → code
	outOfScope  *expected
	deleted     bool
	warnings    []expected // field → code
}

// expected is one key and value of a test with the place where it stands.
type expected struct {
	line, column int
	key, value   string
}

func loadSuite(file string) (*suite, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read mapping test: %w", err)
	}
	s := &suite{file: file}
	r := &nodes{file: file}
	path := strings.TrimSuffix(filepath.Base(file), suiteSuffix) + ".yaml"
	if root := r.document(data); root != nil {
		path = s.read(r, root, path)
	}
	if len(r.errs) > 0 {
		r.errs.sort()
		return nil, r.errs
	}
	if s.mapping, err = Load(filepath.Join(filepath.Dir(file), path)); err != nil {
		return nil, err
	}
	if s.checkRows(r); len(r.errs) > 0 {
		r.errs.sort()
		return nil, r.errs
	}
	return s, nil
}

func (s *suite) read(r *nodes, root *yaml.Node, path string) string {
	s.zones.Source = time.UTC
	r.object(root, "", []string{"version", "mapping", "timezone", "crm_timezone", "users", "tests"}, func(key string, k, v *yaml.Node) bool {
		switch key {
		case "version":
			if t, ok := r.text(v, key); ok && t != "1" {
				r.errorf(v, key, "%q is not supported; this program reads version 1", t)
			}
		case "mapping":
			path = r.name(v, key)
		case "timezone":
			s.zones.Source = r.location(v, key)
		case "crm_timezone":
			s.zones.Account = r.location(v, key)
		case "users":
			s.users = r.names(v, key)
		case "tests":
			if v.Kind != yaml.SequenceNode {
				r.errorf(v, key, "want a list, have %s", kindName(v))
				return true
			}
			for i, n := range v.Content {
				s.tests = append(s.tests, r.suiteTest(n, fmt.Sprintf("tests[%d]", i)))
			}
		default:
			return false
		}
		return true
	})
	if len(s.tests) == 0 && len(r.errs) == 0 {
		r.errorf(root, "tests", "holds no test")
	}
	return path
}

func (r *nodes) location(n *yaml.Node, path string) *time.Location {
	loc, err := time.LoadLocation(r.name(n, path))
	if err != nil {
		r.errorf(n, path, "unknown time zone")
		return time.UTC
	}
	return loc
}

func (r *nodes) suiteTest(n *yaml.Node, path string) suiteTest {
	t := suiteTest{line: n.Line, column: n.Column}
	asked := 0
	known := []string{"name", "part", "row", "rows", "lines", "add", "update", "reject", "out_of_scope", "deleted", "warnings"}
	r.object(n, path, known, func(key string, _, v *yaml.Node) bool {
		at := join(path, key)
		switch key {
		case "name":
			t.name = r.name(v, at)
		case "part":
			t.part = &expected{v.Line, v.Column, key, r.name(v, at)}
		case "row":
			t.rows = append(t.rows, r.pairs(v, at))
		case "rows":
			t.rows = append(t.rows, r.pairLists(v, at)...)
		case "lines":
			t.lineRows = r.pairLists(v, at)
		case "add":
			t.add = append([]expected{}, r.input(v, at)...)
			asked++
		case "update":
			t.update = append([]expected{}, r.input(v, at)...)
			asked++
		case "reject":
			asked++
			if p := r.pairs(v, at); len(p) == 1 {
				t.reject = &p[0]
			} else {
				r.errorf(v, at, "want one {field: code}")
			}
		case "out_of_scope":
			asked++
			t.outOfScope = &expected{v.Line, v.Column, key, r.name(v, at)}
		case "deleted":
			asked++
			t.deleted = r.boolean(v, at)
		case "warnings":
			t.warnings = r.warnings(v, at)
		default:
			return false
		}
		return true
	})
	if asked == 0 {
		r.errorf(n, path, "expects nothing: give add, update, reject, out_of_scope or deleted")
	}
	return t
}

// pairs reads keys with a text each.
func (r *nodes) pairs(n *yaml.Node, path string) []expected {
	var out []expected
	r.object(n, path, nil, func(key string, k, v *yaml.Node) bool {
		if text, ok := r.text(v, join(path, key)); ok {
			out = append(out, expected{k.Line, k.Column, key, text})
		}
		return true
	})
	return out
}

// pairLists reads a list of keys with a text each.
func (r *nodes) pairLists(n *yaml.Node, path string) [][]expected {
	n = resolve(n)
	if n.Kind != yaml.SequenceNode {
		r.errorf(n, path, "want a list, have %s", kindName(n))
		return nil
	}
	out := make([][]expected, 0, len(n.Content))
	for i, c := range n.Content {
		out = append(out, r.pairs(c, fmt.Sprintf("%s[%d]", path, i)))
	}
	return out
}

// warnings reads {field: code} and {field: [code, code]}.
func (r *nodes) warnings(n *yaml.Node, path string) []expected {
	var out []expected
	r.object(n, path, nil, func(key string, k, v *yaml.Node) bool {
		at := join(path, key)
		if v.Kind == yaml.SequenceNode {
			for _, code := range r.names(v, at) {
				out = append(out, expected{k.Line, k.Column, key, code})
			}
		} else if code, ok := r.text(v, at); ok {
			out = append(out, expected{k.Line, k.Column, key, code})
		}
		return true
	})
	return out
}

// input reads an expected CRM object: fields, a list for phones, recv below.
func (r *nodes) input(n *yaml.Node, path string) []expected {
	var out []expected
	r.object(n, path, nil, func(key string, k, v *yaml.Node) bool {
		switch {
		case key == "recv":
			for _, e := range r.pairs(v, join(path, key)) {
				out = append(out, expected{e.line, e.column, "recv." + e.key, fmt.Sprintf("%q", e.value)})
			}
		case v.Kind == yaml.SequenceNode:
			out = append(out, expected{k.Line, k.Column, key, fmt.Sprintf("%q", r.names(v, join(path, key)))})
		default:
			if text, ok := r.text(v, join(path, key)); ok {
				out = append(out, expected{k.Line, k.Column, key, fmt.Sprintf("%q", text)})
			}
		}
		return true
	})
	return out
}
