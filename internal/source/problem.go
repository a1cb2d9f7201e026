package source

import "fmt"

// NotReady says why a source cannot be read now. It clears by itself.
type NotReady string

// The reasons of a NotReadyError.
const (
	Missing      NotReady = "missing"       // no such file or folder
	BeingWritten NotReady = "being-written" // changed between two looks
	Empty        NotReady = "empty"         // no bytes, or nothing but blank lines
	NotRegular   NotReady = "not-regular"   // a folder, symlink, device or pipe
)

// NotReadyError says that a file cannot be read yet. The state must stay as it
// is: a source that is not ready never means "everything was deleted".
type NotReadyError struct {
	Name   string
	Reason NotReady
	Err    error // the cause, may be nil
}

func (e *NotReadyError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s is not ready: %s: %v", e.Name, e.Reason, e.Err)
	}
	return fmt.Sprintf("%s is not ready: %s", e.Name, e.Reason)
}

func (e *NotReadyError) Unwrap() error { return e.Err }

// Malformed says what makes a file, or the options given for it, unusable.
type Malformed string

// The reasons of a FormatError.
const (
	UnknownEncoding  Malformed = "unknown-encoding"
	UnknownDelimiter Malformed = "unknown-delimiter"
	HeaderNotFound   Malformed = "header-not-found"
	ColumnMissing    Malformed = "column-missing"
	FileTooLarge     Malformed = "file-too-large"
	BadTrailer       Malformed = "bad-trailer-pattern"
	// LinesNotWhole: a source of lines, of which nothing may be missing, does not
	// hold everything. Detail says why.
	LinesNotWhole Malformed = "lines-not-whole"
)

// FormatError says that a file is not usable with the given options; waiting
// does not help. Detail names options, columns and numbers, never cell values.
type FormatError struct {
	Name   string
	Reason Malformed
	Line   int // physical line from 1; 0 = the file as a whole
	Detail string
	Err    error
}

func (e *FormatError) Error() string {
	where := e.Name
	if e.Line > 0 {
		where = fmt.Sprintf("%s:%d", e.Name, e.Line)
	}
	msg := fmt.Sprintf("%s: %s", where, e.Reason)
	if e.Detail != "" {
		msg += ": " + e.Detail
	}
	if e.Err != nil {
		msg += ": " + e.Err.Error()
	}
	return msg
}

func (e *FormatError) Unwrap() error { return e.Err }

// Code says why one row was rejected or held back.
type Code uint8

// The codes of a Reason. The zero value means that nothing is wrong.
const (
	OK           Code = iota
	TooFewCells       // fewer cells than columns, and joining with the next lines did not help
	TooManyCells      // more cells than columns, and no overflow column was named
	BadQuotes         // quotes that fit neither RFC 4180 nor the raw reading
	RowTooLong        // above Limits.Row
	CellTooLong       // above Limits.Cell
	Undecodable       // bytes outside the encoding, or U+FFFD that the writer left
	NULByte           // a NUL inside a cell
	CutOff            // the file ends inside this row
)

var codeNames = [...]string{
	OK: "ok", TooFewCells: "too-few-cells", TooManyCells: "too-many-cells", BadQuotes: "bad-quotes",
	RowTooLong: "row-too-long", CellTooLong: "cell-too-long", Undecodable: "undecodable",
	NULByte: "nul-byte", CutOff: "cut-off",
}

func (c Code) String() string {
	if int(c) < len(codeNames) {
		return codeNames[c]
	}
	return fmt.Sprintf("code-%d", uint8(c))
}

// Reason is why a row is not a record. It carries positions, never content.
type Reason struct {
	Code   Code
	Column int // from 1; 0 = the row as a whole
	Want   int // cells expected, or the limit in bytes; 0 = does not apply
	Got    int // cells found, or the size in bytes
}

func (r Reason) String() string {
	s := r.Code.String()
	if r.Column > 0 {
		s += fmt.Sprintf(" in column %d", r.Column)
	}
	if r.Want > 0 {
		s += fmt.Sprintf(" (%d, expected %d)", r.Got, r.Want)
	}
	return s
}
