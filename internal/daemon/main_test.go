package daemon_test

import (
	"errors"
	"flag"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// By default the property tests try the same cases each time: a test that people
// wait for must not depend on luck. To search,
// `go test ./internal/daemon -run Law -rapid.checks=5000 -timeout 1h`.
const (
	lawChecks = "40"
	lawSeed   = "20261122"
)

func TestMain(m *testing.M) {
	flag.Parse()
	given := os.Getenv("RAPID_CHECKS") != ""
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		if err := errors.Join(flag.Set("rapid.checks", lawChecks), flag.Set("rapid.seed", lawSeed)); err != nil {
			panic(err)
		}
	}
	goleak.VerifyTestMain(m)
}
