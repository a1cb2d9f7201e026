package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"syncd/internal/message"
)

// Whatever a mapping may have wrong is told in Russian, too: the texts are taken from
// the source of package mapping.
func TestWhatMappingsHaveWrongIsSaidInRussian(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(checkout, "internal/mapping/*.go"))
	if err != nil || len(files) == 0 {
		t.Fatal("no source of package mapping", err)
	}
	literal := regexp.MustCompile(`(?:errorf|errorAt)\([^\n]*?, ("(?:[^"\\]|\\.)*[a-z]{2} (?:[^"\\]|\\.)*")`)
	unmapped := regexp.MustCompile(`(?m)^\s*(?:"[a-z_]+":\s+|return )("(?:the|requisites|it|who|what) [^"]*")`)
	fill := strings.NewReplacer("%q", `"x"`, "%d", "7", "than %s does", "than x does", "keeps %s", "keeps x", "%s", "")
	found := 0
	for _, file := range files {
		text, err := os.ReadFile(file) //nolint:gosec // the source
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range literal.FindAllStringSubmatch(string(text), -1) {
			said, err := strconv.Unquote(m[1])
			if err != nil {
				t.Fatalf("%s: %v", m[1], err)
			}
			if said == "cannot be mapped: %s" || strings.HasPrefix(said, "%q, line") {
				continue
			}
			found++
			isRussian(t, fill.Replace(strings.ReplaceAll(said, "%s: ", "x: ")))
		}
		if strings.HasSuffix(file, "catalog.go") {
			for _, m := range unmapped.FindAllStringSubmatch(string(text), -1) {
				found++
				isRussian(t, "cannot be mapped: "+strings.Trim(m[1], `"`))
			}
		}
	}
	if found < 60 {
		t.Errorf("only %d texts were found", found)
	}
}

func isRussian(t *testing.T, text string) {
	t.Helper()
	if got := mappingCause(message.Russian, text); got == text {
		t.Errorf("not in Russian: %s", text)
	}
}
