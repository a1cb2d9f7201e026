package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"syncd/internal/message"
)

// supportedVersion is the `version` that this program understands.
const supportedVersion = 1

const maxFile = 1 << 20

var errTooLarge = errors.New("too large")

// FindPath is the configuration file to use: the flag's, else ./syncd.yaml,
// else /etc/syncd/syncd.yaml. When there is none the error is an *Error that
// names the places.
func FindPath(flag string) (string, error) {
	if flag != "" {
		return flag, nil
	}
	places := []string{"./syncd.yaml", "/etc/syncd/syncd.yaml"}
	for _, place := range places {
		// Any answer but "not there" means that this is the one: a file that
		// cannot be read must not be passed over in silence.
		if _, err := os.Stat(place); !errors.Is(err, os.ErrNotExist) {
			return place, nil
		}
	}
	return "", &Error{
		File: places[0], Code: message.ConfigNotFound,
		Args: []message.Arg{message.S("files", strings.Join(places, ", "))},
	}
}

// Load reads, checks and completes a configuration, with the environment of the
// caller. The error is *Errors with everything that is wrong.
func Load(path string, getenv func(string) string) (*Config, error) {
	text, err := readLimited(path, maxFile)
	if err != nil {
		return nil, one(&Error{File: path, Code: unreadable(err), Err: err, Args: []message.Arg{
			message.S("file", path), message.S("files", path),
			message.S("cause", causeText(err)), message.S("limit", "1 MiB"),
		}})
	}
	return Parse(path, text, getenv)
}

func unreadable(err error) message.Code {
	switch {
	case errors.Is(err, os.ErrNotExist):
		return message.ConfigNotFound
	case errors.Is(err, errTooLarge):
		return message.ConfigNotText
	}
	return message.ConfigUnreadable
}

// Parse is Load for a text that was read already; path says where relative
// paths start and is named in errors.
func Parse(path string, text []byte, getenv func(string) string) (*Config, error) {
	root, fault := parseYAML(path, text)
	if fault != nil {
		return nil, one(fault)
	}
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("folder of the configuration: %w", err)
	}
	d := &decoder{file: path, dir: dir, places: make(map[string]Position), used: make(map[string]bool)}
	c := &Config{file: path, getenv: getenv}
	d.into(root, "", c)
	c.places = d.places
	if root.Kind == yaml.MappingNode {
		c.complete(d, root)
	}
	if len(d.errs) > 0 {
		sortErrors(d.errs)
		return nil, &Errors{List: d.errs, Lang: string(c.Lang)}
	}
	c.Warnings = d.warns
	return c, nil
}

// complete fills in what depends on other keys or on the environment.
func (c *Config) complete(d *decoder, root *yaml.Node) {
	if c.State == "" {
		// systemd lists several folders with colons; the first is ours.
		dir, _, _ := strings.Cut(c.getenv("STATE_DIRECTORY"), ":")
		if dir == "" {
			d.fail(root, "state", message.ConfigNoState)
		} else {
			c.State = Path(filepath.Join(dir, "state.db"))
		}
	}
	c.checkBackup(d)
	for _, crm := range c.CRM {
		if crm != nil && crm.Timezone.Location == nil {
			crm.Timezone = c.Timezone
		}
	}
}

// ErrorAt is an error about the value at a YAML path of this configuration, for
// callers that find more wrong with it than its form.
func (c *Config) ErrorAt(path string, code message.Code, args ...message.Arg) *Error {
	return &Error{File: c.file, Position: c.places[path], Path: path, Code: code, Args: args}
}

func one(e *Error) *Errors { return &Errors{List: []*Error{e}} }

func parseYAML(path string, text []byte) (*yaml.Node, *Error) {
	if !utf8.Valid(text) {
		return nil, &Error{
			File: path, Position: invalidUTF8(text), Code: message.ConfigNotText,
			Args: []message.Arg{message.S("limit", "1 MiB")},
		}
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, more yaml.Node
	err := decoder.Decode(&document)
	if errors.Is(err, io.EOF) || (err == nil && isNull(&document)) {
		return nil, &Error{File: path, Code: message.ConfigEmpty}
	}
	if err == nil {
		if err = decoder.Decode(&more); errors.Is(err, io.EOF) {
			return document.Content[0], nil
		}
	}
	if err == nil {
		return nil, &Error{
			File: path, Position: Position{Line: more.Line, Column: more.Column}, Code: message.ConfigSyntax,
			Args: []message.Arg{message.S("cause", "a second document (---)")},
		}
	}
	at, cause := syntaxError(err, text)
	return nil, &Error{File: path, Position: at, Code: message.ConfigSyntax, Args: []message.Arg{message.S("cause", cause)}}
}

func isNull(document *yaml.Node) bool {
	return len(document.Content) == 0 || document.Content[0].Tag == "!!null"
}

func invalidUTF8(text []byte) Position {
	at := Position{Line: 1, Column: 1}
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if r == utf8.RuneError && size == 1 {
			break
		}
		at.Column++
		if r == '\n' {
			at = Position{Line: at.Line + 1, Column: 1}
		}
		text = text[size:]
	}
	return at
}

var yamlLine = regexp.MustCompile(`^line (\d+): `)

// syntaxError takes the place out of yaml.v3's text: it has no other form for
// it, and gives no column, so the column is where the line's text begins.
func syntaxError(err error, text []byte) (Position, string) {
	cause := strings.TrimPrefix(err.Error(), "yaml: ")
	found := yamlLine.FindStringSubmatch(cause)
	if found == nil {
		return Position{Line: 1, Column: 1}, cause
	}
	line, convErr := strconv.Atoi(found[1])
	if convErr != nil || line < 1 {
		return Position{Line: 1, Column: 1}, cause
	}
	column := 1
	if lines := strings.Split(string(text), "\n"); line <= len(lines) {
		full := lines[line-1]
		column += len(full) - len(strings.TrimLeft(full, " \t"))
	}
	return Position{Line: line, Column: column}, cause[len(found[0]):]
}

func readLimited(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(text)) > limit {
		return nil, errTooLarge
	}
	return text, nil
}

// PeekLanguage is the `lang` of a configuration that need not be sound, for
// help and for messages about its errors; empty when it cannot be told.
func PeekLanguage(path string) string {
	text, err := readLimited(path, maxFile)
	if err != nil {
		return ""
	}
	root, fault := parseYAML(path, text)
	if fault != nil || root.Kind != yaml.MappingNode {
		return ""
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value == "lang" {
			return root.Content[i+1].Value
		}
	}
	return ""
}
