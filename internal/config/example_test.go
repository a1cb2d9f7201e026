package config

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const examplePath = "../../config.example.yaml"

// alternative lists the keys that exclude others in use; the example shows them in
// a comment.
func alternative(key string) bool {
	return slices.Contains([]string{
		"sources.*.csv.columns", "sources.*.csv.overflow_column", "jobs.*.parts.contacts",
		"sources.*.csv.complete", "sources.*.csv.complete.trailer", "sources.*.csv.complete.manifest", "sources.*.csv.complete.ready_file",
	}, key)
}

// ofAnyPart takes the name of the part out of a key below it: each key is shown in
// one part, and what is below that in a job.
func ofAnyPart(key string) (generic string, inPart, below bool) {
	rest, inPart := strings.CutPrefix(key, "jobs.*.parts.")
	_, rest, inPart2 := strings.Cut(rest, ".")
	if !inPart || !inPart2 {
		return key, false, false
	}
	name, _, below := strings.Cut(rest, ".")
	return name, true, below
}

// keysOf lists every key that a configuration may hold, names as *.
func keysOf(t reflect.Type, prefix string) []string {
	switch t.Kind() {
	case reflect.Pointer:
		return keysOf(t.Elem(), prefix)
	case reflect.Map:
		if t.Elem().Kind() == reflect.Pointer {
			return keysOf(t.Elem(), prefix+".*")
		}
	case reflect.Struct:
		var keys []string
		for _, f := range fieldsOf(t) {
			key := strings.TrimPrefix(prefix+"."+f.key, ".")
			keys = append(keys, key)
			if !reflect.PointerTo(t.Field(f.index).Type).Implements(reflect.TypeFor[leaf]()) {
				keys = append(keys, keysOf(t.Field(f.index).Type, key)...)
			}
		}
		return keys
	}
	return nil
}

func load(t *testing.T, text string) *decoder {
	t.Helper()
	root, fault := parseYAML("config.example.yaml", []byte(text))
	if fault != nil {
		t.Fatal(fault)
	}
	d := &decoder{file: "config.example.yaml", places: map[string]Position{}, used: map[string]bool{}}
	c := &Config{getenv: func(string) string { return "" }}
	d.into(root, "", c)
	c.complete(d, root)
	for _, e := range d.errs {
		t.Error(e)
	}
	return d
}

func TestExampleUsesEveryKeyOfThisVersion(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(examplePath)
	if err != nil {
		t.Fatal(err)
	}
	d := load(t, string(text))
	keys := keysOf(reflect.TypeFor[Config](), "")
	shown := map[string]bool{} // in some part
	for key := range d.used {
		if name, inPart, _ := ofAnyPart(key); inPart {
			shown[name] = true
		}
	}
	if len(keys) < 60 {
		t.Fatalf("only %d keys: %v", len(keys), keys)
	}
	for _, key := range keys {
		name, inPart, below := ofAnyPart(key)
		switch {
		case inPart:
			if !below && !shown[name] {
				t.Errorf("%s of parts is not in the example", name)
			}
		case alternative(key):
			last := key[strings.LastIndex(key, ".")+1:]
			if !strings.Contains(string(text), last+":") {
				t.Errorf("%s is not even in a comment", key)
			}
		case !d.used[key]:
			t.Errorf("%s is not in the example", key)
		}
	}
	for _, guard := range GuardNames() {
		if !strings.Contains(string(text), "      "+guard+": ") {
			t.Errorf("guard %s is not in the example", guard)
		}
	}
}

func TestExampleLoadsWithoutAWarning(t *testing.T) {
	t.Parallel()
	c, err := Load(examplePath, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Warnings) > 0 {
		t.Errorf("the example warns: %v", c.Warnings)
	}
}
