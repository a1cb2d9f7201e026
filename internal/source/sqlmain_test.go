package source_test

import (
	"testing"

	"syncd/internal/sqltest"
)

func TestMain(m *testing.M) { sqltest.Main(m) }
