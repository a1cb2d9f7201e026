package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"syncd/internal/mapping"
	"syncd/internal/message"
)

func newTest(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "test PATH…",
		Short: a.say(phrase{"run the tests of mappings", "выполнить проверки описаний полей"}),
		Long: a.say(phrase{
			"Runs *_test.yaml files: rows in, what would go to the CRM out. Needs neither a configuration nor a CRM.",
			"Выполняет файлы *_test.yaml: на входе строки, на выходе то, что ушло бы в CRM. Ни настройки, ни CRM не нужны.",
		}),
		Example: "  syncd test mappings/\n  syncd test mappings/1c-clients_test.yaml",
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return a.testMappings(args) },
	}
}

// testJSON is the outcome of the tests, for machines.
type testJSON struct {
	Type     string        `json:"type"`
	Path     string        `json:"path"`
	Files    int           `json:"files"`
	Tests    int           `json:"tests"`
	Failures []failureJSON `json:"failures"`
}

type failureJSON struct {
	File  string   `json:"file"`
	Line  int      `json:"line"`
	Test  string   `json:"test"`
	Diffs []string `json:"diffs"`
}

func failuresJSON(list []mapping.TestFailure) []failureJSON {
	out := make([]failureJSON, 0, len(list))
	for _, f := range list {
		out = append(out, failureJSON{f.File, f.Line, f.Test, f.Diffs})
	}
	return out
}

func (a *app) testMappings(paths []string) error {
	out := a.out
	if a.flags.json {
		out = io.Discard
	}
	failed, total := 0, 0
	for _, path := range paths {
		r, err := mapping.RunTests(path, out)
		var wrong mapping.Errors
		switch {
		case errors.As(err, &wrong):
			return &mappingFaultError{Errors: wrong}
		case err != nil:
			return fault(exitUsage, err, message.UsageBadFlag, message.S("command", "syncd test"), message.S("cause", err.Error()))
		}
		if a.flags.json {
			if err := json.NewEncoder(a.out).Encode(testJSON{"tests", path, r.Files, r.Tests, failuresJSON(r.Failures)}); err != nil {
				return err
			}
		}
		failed, total = failed+len(r.Failures), total+r.Tests
	}
	if failed > 0 {
		return fault(exitFailure, nil, message.MappingTestFailed, message.N("failed", int64(failed)), message.N("total", int64(total)))
	}
	if a.flags.json {
		return nil
	}
	_, err := fmt.Fprintln(a.out, message.In(a.lang, message.MappingTestsPassed, message.N("total", int64(total))))
	return err
}
