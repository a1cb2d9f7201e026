package main

import (
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// typing completes the commands that people read: who named a configuration has to
// name it again with the next command. It stands before everything that is printed,
// so that no text has to think of it.
type typing struct {
	io.Writer
	app *app
}

// Write passes on what it is given.
func (w typing) Write(p []byte) (int, error) {
	text := string(p)
	if !w.app.flags.json { // data stays as it is
		text = toType(text, w.app.ownConfig)
	}
	if _, err := io.WriteString(w.Writer, text); err != nil {
		return 0, err
	}
	return len(p), nil
}

// untyped is the stream itself: for what is no text for people.
func untyped(w io.Writer) io.Writer {
	if t, ok := w.(typing); ok {
		return t.Writer
	}
	return w
}

// onTerminal reports whether somebody reads what is printed on a terminal.
func (a *app) onTerminal() bool {
	_, terminal := untyped(a.out).(flowing)
	return terminal
}

// mailed is a text that is read elsewhere than where the command was typed.
func (in *installation) mailed(text string) string {
	if in.app.ownConfig == "" {
		return text
	}
	path, err := filepath.Abs(in.cfg.File())
	if err != nil {
		return text
	}
	return toType(text, path)
}

// typedCommand is the beginning of a command that works on a configuration.
var typedCommand = regexp.MustCompile(`\bsyncd (?:run|check|adopt|plan|status|show|holds|resolve|rejects|runs|report|resume|serve|state [a-z]+|notify)\b`)

// toType names the configuration in the commands of a text; "" = it is found by itself.
// What names one already stays.
func toType(text, config string) string {
	if config == "" {
		return text
	}
	var b strings.Builder
	from := 0
	for _, at := range typedCommand.FindAllStringIndex(text, -1) {
		end := at[1]
		b.WriteString(text[from:end])
		from = end
		rest, _, _ := strings.Cut(text[end:], "syncd ")
		if i := strings.IndexAny(rest, ";\n"); i >= 0 {
			rest = rest[:i]
		}
		if !strings.Contains(rest, "--config ") {
			b.WriteString(" --config " + shellWord(config))
		}
	}
	return b.String() + text[from:]
}

// namedConfig is what commands have to name: what the flag says, unless it is found
// without it.
func namedConfig(flag string) string {
	if flag == "" || slices.Contains([]string{"syncd.yaml", "/etc/syncd/syncd.yaml"}, filepath.Clean(flag)) {
		return ""
	}
	return flag
}

// shellWord is a word as a shell takes it.
func shellWord(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return strings.ContainsRune(" \t'\"\\$`&|;<>()*?[]{}!#~", r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
