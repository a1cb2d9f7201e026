package config

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const examplePath = "../../config.example.yaml"

// alternative lists the keys that exclude others in use; the example shows them in
// a comment.
func alternative(key string) bool {
	return slices.Contains([]string{
		"sources.*.csv.columns", "sources.*.csv.overflow_column",
		"sources.*.csv.complete", "sources.*.csv.complete.trailer", "sources.*.csv.complete.manifest", "sources.*.csv.complete.ready_file",
	}, key)
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
	if len(keys) < 60 {
		t.Fatalf("only %d keys: %v", len(keys), keys)
	}
	for _, key := range keys {
		switch {
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

func TestExampleLoadsAndRunsOnThisVersion(t *testing.T) {
	t.Parallel()
	c, err := Load(examplePath, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	if list := c.Unsupported(); len(list) > 0 {
		t.Errorf("this version cannot run its own example: %v", list)
	}
	if len(c.Warnings) > 0 {
		t.Errorf("the example warns: %v", c.Warnings)
	}
}

var laterLine = regexp.MustCompile(`(?m)^( *)#\+`)

func TestExampleWithItsLaterPartsIsWellFormedAndNamesThem(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(examplePath)
	if err != nil {
		t.Fatal(err)
	}
	full := laterLine.ReplaceAllString(string(text), "$1")
	if full == string(text) {
		t.Fatal("no #+ lines found")
	}
	load(t, full)
	c, err := Parse(examplePath, []byte(full), func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Unsupported("orders")) == 0 || len(c.Unsupported("clients", "suppliers")) > 0 {
		t.Errorf("not the later parts are named as unsupported, but %v", c.Unsupported())
	}
}
