package crmapi_test

import (
	"testing"

	"go.uber.org/goleak"
)

// Every goroutine that a call starts ends with it, lost answers included.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
