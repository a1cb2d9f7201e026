package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const architecture = "docs/architecture.md"

func TestTheTableOfLibrariesIsThatOfGoMod(t *testing.T) {
	t.Parallel()
	want := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^\s*(?:require )?(\S+\.\S+/\S+|\S+\.\S+/\S+/v\d+) (v\S+)$`).FindAllStringSubmatch(page(t, "go.mod"), -1) {
		want[m[1]] = m[2] // an indirect one has a comment behind its version
	}
	if len(want) < 10 {
		t.Fatalf("only %d requirements found", len(want))
	}
	got := map[string]string{}
	for _, row := range firstCells(t, page(t, architecture), "Libraries") {
		got[strings.Trim(row[0], "`")] = row[1]
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("go.mod (-) and %s (+):\n%s", architecture, d)
	}
}

// A page that names files rots with every renaming, unless somebody looks.
func TestEveryFileThatThePageNamesIsThere(t *testing.T) {
	t.Parallel()
	named := 0
	for _, m := range regexp.MustCompile("`((?:internal|cmd|docs|mappings|examples)/[\\w./-]+|\\.golangci\\.yml)`").FindAllStringSubmatch(page(t, architecture), -1) {
		named++
		if _, err := os.Stat(filepath.Join(checkout, m[1])); err != nil {
			t.Error(err)
		}
	}
	if named < 30 {
		t.Errorf("only %d files found", named)
	}
}
