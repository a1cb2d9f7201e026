package main

import (
	"bytes"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"gopkg.in/yaml.v3"

	"syncd/internal/config"
	"syncd/internal/message"
)

// bothWaysPages are the pages whose commands, configurations and queries are
// tried here.
func bothWaysPages() []string { return []string{"README.md", "docs/both-ways.md"} }

func blocksOf(text, kind string) []string {
	var out []string
	for _, m := range regexp.MustCompile("(?ms)^```"+kind+"\n(.*?)^```").FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	return out
}

// Every piece of configuration that the pages show goes into the one of the
// five-minute start, and loads.
func TestTheConfigurationsOfThePagesLoad(t *testing.T) {
	t.Parallel()
	start := regexp.MustCompile(`(?s)<<'YAML'\n(.*?)YAML\n`).FindStringSubmatch(page(t, "README.md"))
	if start == nil {
		t.Fatal("the five-minute start has no configuration")
	}
	tried := 0
	for _, name := range append(bothWaysPages(), russianPages()...) {
		for _, block := range blocksOf(page(t, name), "yaml") {
			if ofAMapping(block) {
				continue // TestTheMappingsOfTheRussianPagesLoad
			}
			tried++
			whole, piece := parsedYAML(t, start[1]), parsedYAML(t, block)
			if strings.HasPrefix(block, "version: 1\n") { // no piece
				whole = map[string]any{}
			}
			if strings.Contains(block, "write_back:") {
				overlay(whole, parsedYAML(t, "jobs: {clients: {direction: both}}"))
			}
			overlay(whole, piece)
			text, err := yaml.Marshal(whole)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := config.Parse("syncd.yaml", text, noEnv); err != nil {
				t.Errorf("%s: %v\n%s", name, err, block)
			}
		}
	}
	if tried < 12 {
		t.Errorf("only %d pieces were found", tried)
	}
}

func parsedYAML(t *testing.T, text string) map[string]any {
	t.Helper()
	var out map[string]any
	if err := yaml.Unmarshal([]byte(text), &out); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return out
}

// overlay puts a piece over a configuration. Of csv and sql there is one.
func overlay(whole, piece map[string]any) {
	for key, value := range piece {
		if key == "sql" {
			delete(whole, "csv")
		}
		under, isMap := whole[key].(map[string]any)
		over, both := value.(map[string]any)
		if isMap && both {
			overlay(under, over)
			continue
		}
		whole[key] = value
	}
}

// Every command that the pages name is there, with its flags.
func TestTheCommandsOfThePagesAreThere(t *testing.T) {
	t.Parallel()
	a := &app{getenv: noEnv, lang: message.English}
	byName := map[string]*cobra.Command{}
	for _, c := range allCommands(a) {
		byName[c.Name()] = c
	}
	call := regexp.MustCompile("syncd ([a-z]+)([^`\n|#]*)")
	flag := regexp.MustCompile(`--([a-z-]+)`)
	seen := 0
	for _, name := range bothWaysPages() {
		text := page(t, name)
		code := strings.Join(blocksOf(text, "sh"), "")
		for _, m := range regexp.MustCompile("`(syncd [^`]*)`").FindAllStringSubmatch(text, -1) {
			code += m[1] + "\n"
		}
		for _, m := range call.FindAllStringSubmatch(code, -1) {
			c := byName[m[1]]
			if c == nil {
				if m[1] != "help" && !strings.HasPrefix(m[0], "syncd examples") {
					t.Errorf("%s: no such command: %s", name, m[0])
				}
				continue
			}
			seen++
			for _, f := range flag.FindAllStringSubmatch(m[2], -1) {
				if c.Flags().Lookup(f[1]) == nil && f[1] != "lang" && f[1] != "json" {
					t.Errorf("%s: %s has no --%s", name, m[1], f[1])
				}
			}
		}
	}
	if seen < 25 {
		t.Errorf("only %d commands were found", seen)
	}
}

// tryQueries runs the queries of docs/both-ways.md on the state that a demo left, in
// the shell that people type them into.
func tryQueries(t *testing.T, db string) {
	t.Helper()
	queries := blocksOf(page(t, "docs/both-ways.md"), "sql")
	if len(queries) < 3 {
		t.Fatalf("only %d queries were found", len(queries))
	}
	var said bytes.Buffer
	for _, q := range queries {
		cmd := exec.CommandContext(t.Context(), "sqlite3", "-readonly", "-bail", db, q)
		cmd.Stdout, cmd.Stderr = &said, &said
		if err := cmd.Run(); err != nil {
			t.Errorf("%v\n%s%s", err, q, said.String())
		}
	}
	if !strings.Contains(said.String(), "chosen-crm") {
		t.Errorf("the demo's conflict is not among the values that were overridden:\n%s", said.String())
	}
}
