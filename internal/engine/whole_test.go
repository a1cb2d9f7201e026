package engine_test

import "testing"

// whole leaves a long test to the run without the race detector, which is several
// times quicker: `make test` makes both, the one with -race being short.
func whole(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("LEFT OUT with -short: the run without the race detector has it (see `make test`)")
	}
}
