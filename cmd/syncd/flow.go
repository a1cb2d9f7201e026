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
	messageLine = regexp.MustCompile(`^( *)SYNC-\d{4}(?: [a-z-]+)?: `)
	// a command to be typed stays in one line, as long as it fits.
	flowWord = regexp.MustCompile(`syncd [^;\n]*[;\n]?|\S+`)
)

// flow breaks one line, if it is a message; what follows stands two blanks
// further in.
func flow(line string) string {
	found := messageLine.FindStringSubmatch(line)
	if found == nil || !strings.HasSuffix(line, "\n") || utf8.RuneCountInString(line) <= tableWidth+1 {
		return line
	}
	indent := found[1] + "  "
	var b strings.Builder
	b.WriteString(found[1])
	width := len(found[1])
	first := true
	for _, word := range flowWord.FindAllString(line, -1) {
		word = strings.TrimRight(word, " \n")
		n := utf8.RuneCountInString(word)
		switch {
		case first:
		case width+1+n > tableWidth:
			b.WriteString("\n" + indent)
			width = len(indent)
		default:
			b.WriteString(" ")
			width++
		}
		b.WriteString(word)
		width += n
		first = false
	}
	return b.String() + "\n"
}
