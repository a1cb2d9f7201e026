package engine_test

import (
	"flag"
	"os"
	"testing"
)

// modelChecks is how many histories the model test lives through by default.
// `go test ./internal/engine -run Model -rapid.checks=2000 -timeout 1h` looks
// further.
const modelChecks = "4"

func TestMain(m *testing.M) {
	flag.Parse()
	given := os.Getenv("RAPID_CHECKS") != ""
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		if err := flag.Set("rapid.checks", modelChecks); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
