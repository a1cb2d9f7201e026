package main

import (
	"bytes"
	"strings"
	"testing"

	"syncd/internal/message"
)

// A file in which nothing fits any more must not bury what is said after it.
func TestOfManyLinesTheFirstAreToldAndTheRestCounted(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	f := lineFaults{app: &app{stdio: stdio{err: &out}, lang: message.English}}
	for line := range recordsShown + 7 {
		f.add(line+2, causeChanged)
	}
	if err := f.tell("adopt.csv"); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != recordsShown+1 || lines[recordsShown] != "adopt.csv: … and 7 more" {
		t.Errorf("%d lines, the last: %s", len(lines), lines[len(lines)-1])
	}
}
