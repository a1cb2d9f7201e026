package endpoint

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"sort"

	"syncd/internal/engine"
	"syncd/internal/record"
)

// lineSet holds the lines of a second source while the first is read: their texts
// in a temporary file that has no name, so that a crash leaves nothing behind, and
// in memory 32 bytes for each run of lines of one record.
type lineSet struct {
	file    *os.File
	w       *bufio.Writer
	end     int64
	runs    []lineRun
	used    []bool // by run, once sorted
	shown   string
	buf     []byte
	pending bool          // a row without a key came since the last run: the next one may lack it
	broken  engine.Reject // the first row whose record cannot be told
	unkeyed int64         // how many such rows there are
	loose   bool          // such a row may be of any record
}

// lineRun is where lines of one record that follow each other lie.
type lineRun struct {
	uid    record.Fingerprint
	offset int64
	size   uint32
	line   uint32 // of the first in its source; the top bit marks a run that may lack a line
}

const (
	doubtfulRun = 1 << 31
	mostRun     = 1 << 30
)

// shareKind begins what is kept of one row.
const (
	shareLine = iota // a line
	shareFlaw        // findings about a row; JSON
)

func newLineSet(dir, shown string) (*lineSet, error) {
	f, err := os.CreateTemp(dir, ".syncd-lines-*")
	if err != nil {
		return nil, fmt.Errorf("create the temporary file of lines: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(fmt.Errorf("unlink the temporary file of lines: %w", err), f.Close())
	}
	return &lineSet{file: f, w: bufio.NewWriterSize(f, 1<<18), shown: shown}, nil
}

// close gives the file back: there is nothing to lose in it.
func (s *lineSet) close() {
	if s != nil {
		_ = s.file.Close()
	}
}

// add keeps a line of the record; line is where its row stands.
func (s *lineSet) add(uid, text string, line int) error {
	return s.append(uid, shareLine, []byte(text), line)
}

// flaw keeps why a row of the record is no line of it, or what is doubtful about it.
func (s *lineSet) flaw(uid string, found []engine.Reject, line int) error {
	b, err := json.Marshal(found)
	if err != nil {
		return fmt.Errorf("keep lines: %w", err)
	}
	return s.append(uid, shareFlaw, b, line)
}

func (s *lineSet) append(uid string, kind byte, text []byte, line int) error {
	print := record.FingerprintOf(uid)
	s.buf = append(binary.AppendUvarint(s.buf[:0], uint64(len(text))), kind)
	s.buf = append(s.buf, text...)
	if n := len(s.runs); n == 0 || s.runs[n-1].uid != print || int(s.runs[n-1].size)+len(s.buf) > mostRun {
		s.runs = append(s.runs, lineRun{uid: print, offset: s.end, line: uint32(min(line, doubtfulRun-1))})
	}
	run := &s.runs[len(s.runs)-1]
	run.size += uint32(len(s.buf))
	if s.pending {
		run.line |= doubtfulRun
		s.pending = false
	}
	s.end += int64(len(s.buf))
	if _, err := s.w.Write(s.buf); err != nil {
		return fmt.Errorf("keep lines: %w", err)
	}
	return nil
}

// unknown books a row whose record cannot be told: the record before it, and the
// one behind, may lack a line.
func (s *lineSet) unknown(found engine.Reject) {
	if s.unkeyed == 0 {
		s.broken = found
	}
	s.unkeyed++
	s.pending = true
	if n := len(s.runs); n > 0 {
		s.runs[n-1].line |= doubtfulRun
	}
}

// ready ends the reading. Lines that do not stand together by records leave no
// hint where a row without a key belongs: then every record may lack one.
func (s *lineSet) ready() error {
	if err := s.w.Flush(); err != nil {
		return fmt.Errorf("keep lines: %w", err)
	}
	slices.SortFunc(s.runs, func(a, b lineRun) int {
		if c := bytes.Compare(a.uid[:], b.uid[:]); c != 0 {
			return c
		}
		return int(min(max(a.offset-b.offset, -1), 1))
	})
	s.used = make([]bool, len(s.runs))
	for i := 1; i < len(s.runs) && s.unkeyed > 0; i++ {
		s.loose = s.loose || s.runs[i].uid == s.runs[i-1].uid
	}
	return nil
}

// of returns the lines of a record in the order of their source, and what is wrong
// with them.
func (s *lineSet) of(uid string) (lines []string, bad []engine.Reject, err error) {
	print := record.FingerprintOf(uid)
	at := sort.Search(len(s.runs), func(i int) bool { return bytes.Compare(s.runs[i].uid[:], print[:]) >= 0 })
	doubtful := s.unkeyed > 0 && (s.loose || at == len(s.runs) || s.runs[at].uid != print)
	for ; at < len(s.runs) && s.runs[at].uid == print; at++ {
		s.used[at] = true
		doubtful = doubtful || s.runs[at].line&doubtfulRun != 0
		if lines, bad, err = s.read(&s.runs[at], lines, bad); err != nil {
			return nil, nil, err
		}
	}
	if doubtful {
		bad = append(bad, engine.Reject{
			File: s.broken.File, Line: s.broken.Line, LastLine: s.broken.LastLine, Code: codeLinesBeside,
			Rule: fmt.Sprintf("line %d", s.broken.Line),
		})
	}
	return lines, bad, nil
}

// read adds what one run holds.
func (s *lineSet) read(run *lineRun, lines []string, bad []engine.Reject) ([]string, []engine.Reject, error) {
	b := make([]byte, run.size)
	if _, err := s.file.ReadAt(b, run.offset); err != nil {
		return nil, nil, fmt.Errorf("read lines that were kept: %w", err)
	}
	for len(b) > 0 {
		size, n := binary.Uvarint(b)
		if n <= 0 || uint64(len(b)-n-1) < size {
			return nil, nil, errors.New("read lines that were kept: they are damaged")
		}
		kind, text := b[n], b[n+1:n+1+int(size)]
		b = b[n+1+int(size):]
		if kind == shareLine {
			lines = append(lines, string(text))
			continue
		}
		var found []engine.Reject
		if err := json.Unmarshal(text, &found); err != nil {
			return nil, nil, fmt.Errorf("read lines that were kept: %w", err)
		}
		bad = append(bad, found...)
	}
	return lines, bad, nil
}

// strays lists the first lines of records that nobody asked for, in the order of
// their source, as warnings; the last tells how many more there are.
func (s *lineSet) strays() []engine.Reject {
	var at []int
	for i, used := range s.used {
		if !used {
			at = append(at, i)
		}
	}
	slices.SortFunc(at, func(a, b int) int { return int(min(max(s.runs[a].offset-s.runs[b].offset, -1), 1)) })
	var out []engine.Reject
	for k, i := range at {
		line := int(s.runs[i].line &^ doubtfulRun)
		p := engine.Reject{
			File: s.shown, Line: line, LastLine: line, Code: codeStray, Rule: "lines.of", Warning: true, Row: s.runs[i].uid,
		}
		if k == mostProblems {
			p.Rule += fmt.Sprintf(", %d more", len(at)-k)
			return append(out, p)
		}
		out = append(out, p)
	}
	return out
}

// codeStray warns of lines whose record the source does not have.
const codeStray = "line-without-record"
