package page

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestEveryWordIsThereInBothLanguagesAndSaid: the page's words and its template name
// each other.
func TestEveryWordIsThereInBothLanguagesAndSaid(t *testing.T) {
	t.Parallel()
	text := ""
	for _, name := range []string{"page.html", "render.go", "chart.go"} {
		var b []byte
		var err error
		if strings.HasSuffix(name, ".html") {
			b, err = fs.ReadFile(files, name)
		} else {
			b, err = os.ReadFile(name)
		}
		if err != nil {
			t.Fatal(err)
		}
		text += string(b)
	}
	for _, m := range regexp.MustCompile(`\{w "(\w+)"|[{ ]w "(\w+)"\}`).FindAllStringSubmatch(text, -1) {
		if key := m[1] + m[2]; words[key] == [2]string{} {
			t.Errorf("no words for %s", key)
		}
	}
	cyrillic := regexp.MustCompile(`[а-яё]`)
	for key, both := range words {
		if !strings.Contains(text, `"`+key+`"`) {
			t.Errorf("%s is said nowhere", key)
		}
		if both[0] == "" || both[1] == "" || cyrillic.MatchString(both[0]) || !cyrillic.MatchString(both[1]) && key != "crm" && key != "run" {
			t.Errorf("%s: %q", key, both)
		}
	}
}
