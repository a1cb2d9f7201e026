package main

import (
	"bytes"
	"fmt"
	"testing"
)

func TestCommandsNameTheConfigurationThatWasNamed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"details: syncd rejects orders":                               "details: syncd rejects --config a.yaml orders",
		"Compare: syncd show o/1; then: syncd resolve o/1 --take add": "Compare: syncd show --config a.yaml o/1; then: syncd resolve --config a.yaml o/1 --take add",
		"syncd run, or syncd plan":                                    "syncd run --config a.yaml, or syncd plan --config a.yaml",
		"syncd state verify":                                          "syncd state verify --config a.yaml",
		"syncd check o --config b.yaml; then: syncd run":              "syncd check o --config b.yaml; then: syncd run --config a.yaml",
		"syncd emulate; syncd runner; journalctl -u syncd":            "syncd emulate; syncd runner; journalctl -u syncd",
	} {
		if got := toType(text, "a.yaml"); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
		if got := toType(text, ""); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	if got, want := toType("syncd run", "my folder/it's.yaml"), `syncd run --config 'my folder/it'\''s.yaml'`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for flag, want := range map[string]string{"": "", "./syncd.yaml": "", "/etc/syncd/syncd.yaml": "", "../syncd.yaml": "../syncd.yaml"} {
		if got := namedConfig(flag); got != want {
			t.Errorf("%q: %q, want %q", flag, got, want)
		}
	}
}

// What is printed for machines is left as it is, and a terminal is known behind it.
func TestDataIsNotCompleted(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	a := &app{ownConfig: "a.yaml"}
	a.out = typing{flowing{Writer: &out}, a}
	if !a.onTerminal() {
		t.Error("the terminal is not known")
	}
	_, _ = fmt.Fprintln(a.out, "syncd run")
	a.flags.json = true
	n, err := fmt.Fprintln(a.out, "syncd run")
	if got, want := out.String(), "syncd run --config a.yaml\nsyncd run\n"; got != want || n != 10 || err != nil {
		t.Errorf("%q (%d, %v), want %q", got, n, err, want)
	}
}
