package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const operationsPage = "docs/operations.md"

// guarantee is what syncd promises, word for word.
const guarantee = `For every source key at most one CRM record is created by syncd, provided (a) the CRM shows the API login every record it holds, ` +
	`(b) the CRM stores the uid unchanged (checked by the canary), (c) no CRM request outlives settle, and (d) fsync is honest. ` +
	`If any of these is violated syncd stops rather than guesses. Every record is at every moment in its old or in its new state, ` +
	`and an interrupted run needs no manual clean-up.`

func TestThePageOfOperationsPromisesNeitherMoreNorLess(t *testing.T) {
	t.Parallel()
	var quoted []string
	for line := range strings.Lines(section(t, page(t, operationsPage), "What is guaranteed")) {
		if text, ok := strings.CutPrefix(line, "> "); ok {
			quoted = append(quoted, strings.Fields(strings.ReplaceAll(text, "`", ""))...)
		}
	}
	if got := strings.Join(quoted, " "); got != guarantee {
		t.Errorf("the page promises\n%s\nwant\n%s", got, guarantee)
	}
}

// Each command that the page tells to type is there, with its flags.
func TestTheCommandsOfThePageOfOperationsAreThere(t *testing.T) {
	t.Parallel()
	if seen := commandsAreThere(t, operationsPage); seen < 40 {
		t.Errorf("only %d commands were found", seen)
	}
}

// hasFlag knows the flags of the command, and those of every command.
func hasFlag(c *cobra.Command, name string) bool {
	common := map[string]bool{"lang": true, "json": true, "config": true, "log-level": true, "help": true}
	var flag *pflag.Flag
	if flag = c.Flags().Lookup(name); flag == nil {
		flag = c.PersistentFlags().Lookup(name)
	}
	return flag != nil || common[name]
}

// Every alert that the packages bring has its line, and the page names no other.
func TestEveryAlertHasItsWhatToDo(t *testing.T) {
	t.Parallel()
	rules, err := os.ReadFile(filepath.Join(checkout, "packaging/prometheus/syncd.rules.yml"))
	if err != nil {
		t.Fatal(err)
	}
	table := section(t, page(t, operationsPage), "Health, metrics and alerts")
	named := map[string]bool{}
	for _, m := range regexp.MustCompile("`(Syncd[A-Za-z]+)`").FindAllStringSubmatch(table, -1) {
		named[m[1]] = true
	}
	alerts := regexp.MustCompile(`alert: (\w+)\n(?:.*\n)*?\s+labels: \{severity: (\w+)\}`).FindAllStringSubmatch(string(rules), -1)
	if len(alerts) < 15 {
		t.Fatalf("only %d alerts were found", len(alerts))
	}
	for _, a := range alerts {
		row := regexp.MustCompile("(?m)^\\|[^|]*`" + a[1] + "`[^|]*\\| (\\w+) \\|").FindStringSubmatch(table)
		if row == nil || row[1] != a[2] {
			t.Errorf("%s (%s) has no line, or another severity: %q", a[1], a[2], row)
		}
		delete(named, a[1])
	}
	if len(named) > 0 {
		t.Errorf("there are no such alerts: %v", named)
	}
}
