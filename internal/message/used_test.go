package message_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"syncd/internal/message"
)

// A text that nobody says is a promise that nobody keeps, so every code is said
// somewhere: by its name, or by the name of a reason, a guard or a rule.
func TestEveryCodeIsSaidSomewhere(t *testing.T) {
	t.Parallel()
	declared := map[string]message.Code{}
	mentions := map[string]int{} // in this package: the declaration, the texts, and a table of names
	said := map[string]bool{}
	declaration := regexp.MustCompile(`(?m)^\s+(\w+)\s+(?:Code )?= "(SYNC-\d{4})"$`)
	word := regexp.MustCompile(`\b[A-Z]\w+`)
	use := regexp.MustCompile(`\bmessage\.([A-Z]\w+)`)
	sources(t, func(path, text string) {
		if !strings.HasPrefix(path, "internal/message/") {
			for _, m := range use.FindAllStringSubmatch(text, -1) {
				said[m[1]] = true
			}
			return
		}
		for _, m := range declaration.FindAllStringSubmatch(text, -1) {
			declared[m[1]] = message.Code(m[2])
		}
		for _, w := range word.FindAllString(text, -1) {
			mentions[w]++
		}
	})
	if codes := message.Codes(); len(declared) != len(codes) || len(codes) < 100 {
		t.Fatalf("%d codes are declared, %d have a text", len(declared), len(codes))
	}
	for name, code := range declared {
		if !said[name] && mentions[name] < 3 {
			t.Errorf("%s (%s) is said nowhere", name, code)
		}
	}
}

// sources hands over the program's own files, their paths from the root of the tree.
func sources(t *testing.T, each func(path, text string)) {
	t.Helper()
	root := os.DirFS("../..")
	for _, dir := range []string{"cmd", "internal"} {
		err := fs.WalkDir(root, dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := fs.ReadFile(root, path)
			each(path, string(text))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
