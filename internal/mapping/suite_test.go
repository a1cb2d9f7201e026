package mapping_test

import (
	"strings"
	"testing"

	"syncd/internal/mapping"
)

func TestShippedMappingsPassTheirTests(t *testing.T) {
	var out strings.Builder
	report, err := mapping.RunTests("../../mappings", &out)
	if err != nil {
		t.Fatal(err)
	}
	if report.Tests < 10 || len(report.Failures) > 0 {
		t.Fatalf("%d tests, failures:\n%s", report.Tests, out.String())
	}
}
