package main

import (
	"io"
	"os"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// isTerminal reports whether somebody reads a stream on a terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// flowing breaks the long lines of messages at tableWidth, for people on a
// terminal. Files and pipes get each message in one line, to be searched for.
type flowing struct {
	io.Writer
	screen *screen // the terminal that both streams may be; nil = nothing moves there
}

// Write passes on what it is given; a line that is complete within one call and
// is a message is broken between words.
func (w flowing) Write(p []byte) (int, error) {
	var b strings.Builder
	for line := range strings.Lines(string(p)) {
		b.WriteString(flow(line))
	}
	if err := w.screen.print(w.Writer, b.String()); err != nil {
		return 0, err
	}
	return len(p), nil
}

var (
	// a message, with the place that it is about before its code or behind it.
	messageLine = regexp.MustCompile(`^( *)(?:[^{"]+:\d+:\d+: )?SYNC-\d{4}(?: [a-z-]+| [^{"]+?(?::\d+:\d+)?)?: `)
	// a command to be typed stays in one line, as long as it fits.
	flowWord = regexp.MustCompile(`\bsyncd (?:run|check|adopt|plan|status|show|holds|resolve|rejects|runs|report|resume|serve|state|notify|init|test|schema|demo|emulate)\b(?:[^;,.\n]|[,.]\S)*[;,.\n]?|\S+`)
)

// flow breaks one line, if it is a message; what follows stands two blanks
// further in.
func flow(line string) string {
	found := messageLine.FindStringSubmatch(line)
	if found == nil || !strings.HasSuffix(line, "\n") {
		return line
	}
	return broken(line, found[1]+"  ")
}

// prose breaks the long lines of a text for people, on a terminal alone; what follows
// stands further in by so much.
func (a *app) prose(text, further string) string {
	if !a.onTerminal() {
		return text
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(broken(line, blanksBefore(line)+further))
	}
	return b.String()
}

// blanksBefore is how far in a line stands.
func blanksBefore(line string) string {
	return line[:len(line)-len(strings.TrimLeft(line, " "))]
}

// brokenColumn breaks the right one of two columns, which begins at this character.
func brokenColumn(line string, at int) string {
	runes := []rune(line)
	left, right := string(runes[:at]), string(runes[at:])
	indent := strings.Repeat(" ", at)
	return left + strings.TrimPrefix(broken(indent+right, indent), indent)
}

// broken breaks a line between words where it is longer than tableWidth; what follows
// begins with indent.
func broken(line, indent string) string {
	text := strings.TrimRight(line, " \n")
	if utf8.RuneCountInString(text) <= tableWidth {
		return line
	}
	var b strings.Builder
	b.WriteString(blanksBefore(line))
	width := b.Len()
	for i, word := range flowWord.FindAllString(text, -1) {
		word = strings.TrimRight(word, " ")
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case width+1+n > tableWidth:
			b.WriteString("\n" + indent)
			width = len(indent)
		default:
			b.WriteString(" ")
			width++
		}
		b.WriteString(word)
		width += n
	}
	return b.String() + strings.Repeat("\n", strings.Count(line[len(text):], "\n"))
}
