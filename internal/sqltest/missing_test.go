package sqltest

import (
	"strings"
	"testing"
)

// observer is a test that is watched: Skip and Fatal end no goroutine.
type observer struct {
	testing.TB
	skipped, failed bool
	text            string
}

func (o *observer) Helper() {}
func (o *observer) Skipf(_ string, args ...any) {
	o.skipped = true
	for _, a := range args {
		if err, ok := a.(error); ok {
			o.text = err.Error()
		}
	}
}
func (o *observer) Fatal(...any) { o.failed = true }

func TestA_missing_server_skips_loudly_or_fails_where_it_is_required(t *testing.T) {
	for _, c := range []struct {
		ci, servers string
		fails       bool
	}{
		{"", "", false},
		{"true", "", true},
		{"", "required", true},
	} {
		t.Setenv("CI", c.ci)
		t.Setenv("SYNCD_TEST_SERVERS", c.servers)
		k := &kind{name: "PostgreSQL", packages: "postgresql"}
		k.locate = func() (programs, error) { return programs{}, &notInstalled{kind: k, program: "initdb"} }
		o := &observer{TB: t}
		fresh(o, &shared{kind: k})
		if o.failed != c.fails || o.skipped == c.fails {
			t.Errorf("%+v: failed %v, skipped %v", c, o.failed, o.skipped)
		}
		if o.skipped && !strings.Contains(o.text, "apt-get install postgresql") {
			t.Errorf("the reason does not help: %q", o.text)
		}
	}
}
