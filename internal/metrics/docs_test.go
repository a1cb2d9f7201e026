package metrics_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syncd/internal/metrics"
)

func readFile(t *testing.T, elem ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{"..", ".."}, elem...)...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// readFiles is the text of the files, tests left out, that a pattern means.
func readFiles(t *testing.T, pattern string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("..", "..", filepath.FromSlash(pattern)))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}

// documented is a table of docs/metrics.md: the rows below a title.
func documented(t *testing.T, title string) (rows []metrics.Definition) {
	t.Helper()
	_, rest, ok := strings.Cut(readFile(t, "docs", "metrics.md"), "\n## "+title+"\n")
	if !ok {
		t.Fatalf("there is no %q", title)
	}
	section, _, _ := strings.Cut(rest, "\n## ")
	for line := range strings.Lines(section) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 4 || !strings.HasPrefix(cells[0], " `") {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(strings.ReplaceAll(cells[i], "`", ""))
		}
		d := metrics.Definition{Name: cells[0], Type: cells[1], Help: cells[3] + "."}
		if cells[2] != "" {
			d.Labels = strings.Split(cells[2], ", ")
		}
		rows = append(rows, d)
	}
	return rows
}

func TestThePageListsEveryMetricAsItIs(t *testing.T) {
	t.Parallel()
	process, state := metrics.Definitions()
	if d := cmp.Diff(process, documented(t, "What happens in the service")); d != "" {
		t.Errorf("program (-), page (+):\n%s", d)
	}
	if d := cmp.Diff(state, documented(t, "What stands in the state")); d != "" {
		t.Errorf("program (-), page (+):\n%s", d)
	}
}

// The table itself is held to what is exported: no row without a metric, no metric
// without a row, and the type and the labels of each.
func TestTheTableIsWhatIsExported(t *testing.T) {
	t.Parallel()
	process, state := metrics.Definitions()
	want := map[string]metrics.Definition{}
	for _, d := range slices.Concat(process, state) {
		slices.Sort(d.Labels)
		want[d.Name] = d
	}
	got := map[string]metrics.Definition{}
	families, err := fullMetrics().Registry().Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), "syncd_") {
			continue
		}
		d := metrics.Definition{Name: f.GetName(), Type: strings.ToLower(f.GetType().String()), Help: f.GetHelp()}
		for _, l := range f.GetMetric()[0].GetLabel() {
			d.Labels = append(d.Labels, l.GetName())
		}
		slices.Sort(d.Labels)
		got[d.Name] = d
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("table (-), exported (+):\n%s", d)
	}
}

// The closed lists are those of the packages that say the words. They are read, not
// imported: this package must not know those.
func TestTheWordsAreThoseOfTheirPackages(t *testing.T) {
	t.Parallel()
	results, stages, actions, classes := metrics.Words()
	for _, c := range []struct {
		name, files, pattern string
		list                 []string
	}{
		{"actions", "internal/crmapi/*.go", `(?m)^\s+act\w+\s+= "(\w+/[^"]+)"`, actions},
		{"stages", "internal/engine/engine.go", `(?m)^\s+Stage\w+\s+Stage = "([^"]+)"`, stages},
		{"results", "internal/engine/report.go", `(?m)^\s+Run\w+\s+RunStatus = "([^"]+)"`, results},
	} {
		found := regexp.MustCompile(c.pattern).FindAllStringSubmatch(readFiles(t, c.files), -1)
		if len(found) < 5 {
			t.Fatalf("%s: only %d found in %s", c.name, len(found), c.files)
		}
		for _, m := range found {
			if !slices.Contains(c.list, m[1]) {
				t.Errorf("%s: %q of %s is not known here", c.name, m[1], c.files)
			}
		}
	}
	_, names, _ := strings.Cut(readFile(t, "internal", "crmapi", "error.go"), "var classNames = [...]string{")
	names, _, _ = strings.Cut(names, "}")
	words := regexp.MustCompile(`"([a-z_]+)"`).FindAllStringSubmatch(names, -1)
	if len(words) < 10 {
		t.Fatalf("only %d classes found", len(words))
	}
	for _, m := range words {
		if !slices.Contains(classes, m[1]) {
			t.Errorf("class %q is not known here", m[1])
		}
	}
}
