package engine_test

import (
	"errors"
	"flag"
	"os"
	"testing"
)

// By default the model tests live through a few histories, the same ones each time: a
// test that people wait for must not depend on luck. To search,
// `go test ./internal/engine -run Model -rapid.checks=2000 -timeout 1h`.
const (
	modelChecks = "4"
	modelSeed   = "20261122"
)

func TestMain(m *testing.M) {
	flag.Parse()
	given := os.Getenv("RAPID_CHECKS") != ""
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		if err := errors.Join(flag.Set("rapid.checks", modelChecks), flag.Set("rapid.seed", modelSeed)); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
