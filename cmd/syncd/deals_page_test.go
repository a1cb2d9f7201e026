package main

import (
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"syncd/internal/config"
	"syncd/internal/engine"
	"syncd/internal/message"
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

// The page tells what to do about each reason and code of deals, and names none
// that the program does not have.
func TestThePagesAboutDealsExplainEachHoldAndReject(t *testing.T) {
	t.Parallel()
	for name, titles := range map[string][2]string{
		dealsPage:        {"What waits for a person", "What is turned away"},
		russianDealsPage: {"Что ждёт человека", "Что отклоняется"},
	} {
		held, rejected := codesIn(t, name, titles[0]), codesIn(t, name, titles[1])
		for i, code := range rejected {
			if slices.Contains(rejected[:i], code) {
				t.Errorf("%s: %s stands twice", name, code)
			}
		}
		for _, reason := range held {
			if !slices.Contains(message.HoldReasons(), reason) {
				t.Errorf("%s: nothing is held as %s", name, reason)
			}
		}
		for _, reason := range []string{
			"no-client", "no-deal", "no-invoice", "unchangeable", "deal-closed", "payment-gone", "payment-unsure",
		} {
			if !slices.Contains(held, reason) {
				t.Errorf("%s says nothing of %s", name, reason)
			}
		}
		for _, code := range []string{
			engine.RefusedStep, engine.RefusedType, engine.RefusedDirection, engine.RefusedStatus, engine.RefusedLineless, engine.RefusedInvoice,
			engine.RefusedPayment, engine.RefusedSum, engine.RefusedDialect, engine.RefusedTwice, engine.RefusedNoClient, engine.RefusedNoDeal, engine.RefusedNoInvoice,
			engine.RefusedUnread,
			"sum-differs", "rows-apart", "head-differs", "not-positive", "too-many-lines", "lines-cut", "line-unreadable",
		} {
			if !slices.Contains(rejected, code) {
				t.Errorf("%s says nothing of %s", name, code)
			}
		}
	}
}

// codesIn are the codes in the first cells of the table of a section.
func codesIn(t *testing.T, name, title string) (out []string) {
	t.Helper()
	for _, row := range firstCells(t, page(t, name), title) {
		for _, m := range regexp.MustCompile("`([a-z-]+)`").FindAllStringSubmatch(row[0], -1) {
			out = append(out, m[1])
		}
	}
	return out
}
