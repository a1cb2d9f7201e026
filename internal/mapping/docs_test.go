package mapping_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"syncd/internal/mapping"
)

// The page that users read is held to the code: its mappings compile, its test
// file is one, and it names every code and every type.
func TestThePageAboutMappingsIsTrue(t *testing.T) {
	data, err := os.ReadFile("../../docs/mapping.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(data)
	mappings, deal := 0, ""
	for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(page, -1) {
		switch body := block[1]; {
		case strings.Contains(body, "entity:"):
			mappings++
			if strings.Contains(body, "entity: deal") {
				deal = body
			}
			if _, err := mapping.Parse("docs/mapping.md", []byte(body)); err != nil {
				t.Error(err)
			}
		case strings.Contains(body, "tests:"):
			dir := t.TempDir()
			shipped, err := os.ReadFile("../../mappings/1c-clients.yaml")
			if err != nil {
				t.Fatal(err)
			}
			tested := string(shipped)
			if strings.Contains(body, "rows:") {
				tested = deal // the one that stands on the page
			}
			for name, text := range map[string]string{"m.yaml": tested, "m_test.yaml": body} {
				if err := os.WriteFile(dir+"/"+name, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var out strings.Builder
			if report, err := mapping.RunTests(dir, &out); err != nil || report.Tests != 2 || len(report.Failures) > 0 {
				t.Errorf("%v %s", err, out.String())
			}
		}
	}
	if mappings < 2 {
		t.Errorf("%d mappings found", mappings)
	}
	source, err := os.ReadFile("problem.go")
	if err != nil {
		t.Fatal(err)
	}
	words := regexp.MustCompile(`Code\s+= "([a-z-]+)"`).FindAllStringSubmatch(string(source), -1)
	if len(words) < 20 {
		t.Fatalf("%d codes found", len(words))
	}
	for _, w := range words {
		if !strings.Contains(page, "`"+w[1]+"`") {
			t.Errorf("the page lacks the code %s", w[1])
		}
	}
	for _, typ := range mapping.Types() {
		if !strings.Contains(page, "`"+string(typ)+"`") {
			t.Errorf("the page lacks the type %s", typ)
		}
	}
}

// The lines that stand commented out in the shipped mapping work once the
// comment sign is taken away.
func TestTheCommentedFieldsOfTheShippedMappingWork(t *testing.T) {
	data, err := os.ReadFile("../../mappings/1c-clients.yaml")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^(\s*)# ((?:territory|des|tip_cmr|idcategory|clientpath|input1|user|where):)`)
	if n := len(line.FindAll(data, -1)); n != 8 {
		t.Fatalf("%d commented lines", n)
	}
	if _, err := mapping.Parse("1c-clients.yaml", line.ReplaceAll(data, []byte("$1$2"))); err != nil {
		t.Error(err)
	}
}
