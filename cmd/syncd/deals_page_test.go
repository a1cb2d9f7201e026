package main

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"syncd/internal/config"
)

const (
	dealsPage        = "docs/deals.md"
	russianDealsPage = "docs/ru/deals.md"
)

// The two pages about deals have the same sections, tables and lists, and tell to
// type the same.
func TestTheRussianPageAboutDealsFollowsTheEnglishOne(t *testing.T) {
	t.Parallel()
	if d := cmp.Diff(outline(page(t, dealsPage)), outline(page(t, russianDealsPage))); d != "" {
		t.Errorf("%s (-) and %s (+):\n%s", dealsPage, russianDealsPage, d)
	}
	want := typedBlocks(page(t, dealsPage))
	if d := cmp.Diff(want, typedBlocks(page(t, russianDealsPage))); d != "" || len(want) < 3 {
		t.Errorf("%s (-) and %s (+):\n%s", dealsPage, russianDealsPage, d)
	}
}

// The configurations of the pages load as they stand.
func TestTheConfigurationsOfThePagesAboutDealsLoad(t *testing.T) {
	t.Parallel()
	for _, name := range []string{dealsPage, russianDealsPage, "docs/1c.md"} {
		tried := 0
		for _, block := range blocksOf(page(t, name), "yaml") {
			piece := parsedYAML(t, block)
			jobs, _ := piece["jobs"].(map[string]any)
			if jobs["orders"] == nil {
				continue
			}
			tried++
			if piece["version"] == nil { // a piece: it goes into the five-minute start's
				start := regexp.MustCompile(`(?s)<<'YAML'\n(.*?)YAML\n`).FindStringSubmatch(page(t, "README.md"))
				whole := parsedYAML(t, start[1])
				overlay(whole, piece)
				piece = whole
			}
			text, err := yaml.Marshal(piece)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := config.Parse("syncd.yaml", text, noEnv); err != nil {
				t.Errorf("%s: %v\n%s", name, err, block)
			}
		}
		if tried == 0 {
			t.Errorf("%s: no configuration of deals was found", name)
		}
	}
}

func TestTheCommandsOfThePagesAboutDealsAreThere(t *testing.T) {
	t.Parallel()
	for _, name := range []string{dealsPage, russianDealsPage} {
		if seen := commandsAreThere(t, name); seen < 8 {
			t.Errorf("%s: only %d commands were found", name, seen)
		}
	}
}

// The mapping of clients with contacts is that of clients, and contacts.
func TestTheMappingWithContactsIsTheOneOfClients(t *testing.T) {
	t.Parallel()
	with := parsedYAML(t, page(t, "mappings/1c-contacts.yaml"))
	if with["contacts"] == nil {
		t.Error("it has no contacts")
	}
	delete(with, "contacts")
	if d := cmp.Diff(parsedYAML(t, page(t, "mappings/1c-clients.yaml")), with); d != "" {
		t.Errorf("1c-clients.yaml (-) and 1c-contacts.yaml (+):\n%s", d)
	}
}
