package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"syncd/internal/engine"
)

// logUse is what the program's sources put into the log.
type logUse struct {
	t      *testing.T
	keys   map[string]bool
	counts bool // a key for each outcome
	consts map[string]string
}

// Whoever searches the log finds its keys in the manual, and in the manual none that
// are not in the log; its texts are constant.
func TestTheManualHasTheKeysOfTheLog(t *testing.T) {
	t.Parallel()
	use := &logUse{t: t, keys: map[string]bool{"time": true, "level": true, "msg": true}}
	for _, root := range []string{".", "../../internal"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.IsDir() {
				return err
			}
			return use.folder(path)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if !use.counts || len(use.keys) < 20 {
		t.Fatalf("only %v were found", use.keys)
	}
	for o := engine.Unchanged; o < engine.Outcomes; o++ {
		use.keys[o.String()] = true
	}
	for page, heading := range map[string]string{"../../docs/operations.md": "## Logs", "../../docs/ru/operations.md": "## Журнал"} {
		told := toldKeys(t, page, heading)
		for key := range use.keys {
			if !told[key] {
				t.Errorf("%s lacks the key %q", page, key)
			}
			delete(told, key)
		}
		for key := range told {
			t.Errorf("%s has the key %q, which is in no line of the log", page, key)
		}
	}
}

// folder reads the files of one package. Constants of a name count for all packages:
// keys of the log do not contradict each other.
func (u *logUse) folder(dir string) error {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return err
	}
	names = slices.DeleteFunc(names, func(n string) bool { return strings.HasSuffix(n, "_test.go") })
	u.consts = map[string]string{}
	set := token.NewFileSet()
	files := make([]*ast.File, 0, len(names))
	for _, name := range names {
		f, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		files = append(files, f)
		ast.Inspect(f, u.constants)
	}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				u.call(set, call)
			}
			return true
		})
	}
	return nil
}

func (u *logUse) constants(n ast.Node) bool {
	spec, ok := n.(*ast.ValueSpec)
	if !ok {
		return true
	}
	for i, name := range spec.Names {
		if i < len(spec.Values) {
			if text, ok := u.text(spec.Values[i]); ok {
				u.consts[name.Name] = text
			}
		}
	}
	return true
}

func (u *logUse) text(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil && e.Kind == token.STRING
	case *ast.Ident:
		text, ok := u.consts[e.Name]
		return text, ok
	}
	return "", false
}

func (u *logUse) call(set *token.FileSet, call *ast.CallExpr) {
	fun, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || len(call.Args) == 0 {
		return
	}
	if pkg, ok := fun.X.(*ast.Ident); ok && pkg.Name == "zap" {
		u.field(set, fun.Sel.Name, call)
		return
	}
	owner := ""
	switch x := fun.X.(type) {
	case *ast.Ident:
		owner = x.Name
	case *ast.SelectorExpr:
		owner = x.Sel.Name
	}
	text := 0
	if fun.Sel.Name == "Log" {
		text = 1
	}
	levels := []string{"Debug", "Info", "Warn", "Error", "Log"}
	if !strings.EqualFold(owner, "log") || !slices.Contains(levels, fun.Sel.Name) || len(call.Args) <= text {
		return
	}
	if _, constant := u.text(call.Args[text]); !constant {
		u.t.Errorf("%s: the text of a log line varies", set.Position(call.Pos()))
	}
}

// field is one key of a line.
func (u *logUse) field(set *token.FileSet, name string, call *ast.CallExpr) {
	switch {
	case strings.HasPrefix(name, "New"), name == "ErrorOutput":
		return
	case name == "Error":
		u.keys["error"] = true
		return
	}
	if key, ok := u.text(call.Args[0]); ok {
		u.keys[key] = true
		return
	}
	if of, ok := call.Args[0].(*ast.CallExpr); ok && !u.counts {
		if sel, ok := of.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "String" {
			u.counts = true // the outcomes of a run
			return
		}
	}
	u.t.Errorf("%s: the key of a log line varies", set.Position(call.Pos()))
}

// toldKeys are the keys in the first columns of a chapter's tables.
func toldKeys(t *testing.T, page, heading string) map[string]bool {
	t.Helper()
	raw, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, chapter, found := strings.Cut(string(raw), "\n"+heading+"\n")
	if !found {
		t.Fatalf("%s has no %s", page, heading)
	}
	chapter, _, _ = strings.Cut(chapter, "\n## ")
	told := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| ([^|]*`[^|]*) \\|").FindAllStringSubmatch(chapter, -1) {
		for _, key := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[1], -1) {
			told[key[1]] = true
		}
	}
	return told
}

// All that is wrong with a configuration is said at once, in the log as on the command line.
func TestARefusedReloadLogsEachMistake(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := live(t, nightly)
		s := l.service(l.app())
		defer s.close()
		raw, err := os.ReadFile(filepath.Join(l.dir, "syncd.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		l.write("syncd.yaml", strings.NewReplacer("settle: 10m", "settle: 10x", "snapshot: full", "snapshot: some").Replace(string(raw)))
		s.reload(t.Context())
		line := regexp.MustCompile(`"msg":"the configuration was refused","text":"[^"]*syncd.yaml:\d+:\d+: ([a-z.]+): .*","code":"SYNC-01\d\d"`)
		var keys []string
		for _, m := range line.FindAllStringSubmatch(l.log.String(), -1) {
			keys = append(keys, m[1])
		}
		if want := []string{"crm.main.settle", "sources.clients.csv.snapshot"}; !slices.Equal(keys, want) {
			t.Errorf("%q in %s", keys, l.log.String())
		}
		if !strings.Contains(s.refused, "settle") || !strings.Contains(s.refused, "snapshot") {
			t.Errorf("kept: %q", s.refused)
		}
	})
}
