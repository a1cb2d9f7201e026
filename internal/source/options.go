package source

// Limits bound what one file may cost. Zero means the default.
type Limits struct {
	Cell int   // bytes of one decoded cell; default DefaultCell
	Row  int   // bytes of one raw row; default DefaultRow
	File int64 // bytes of the file; default DefaultFile
}

// The default limits: far above any export, far below the memory of a small
// server.
const (
	DefaultCell = 256 << 10
	DefaultRow  = 1 << 20
	DefaultFile = 16 << 30
)

func (l Limits) orDefaults() Limits {
	if l.Cell <= 0 {
		l.Cell = DefaultCell
	}
	if l.Row <= 0 {
		l.Row = DefaultRow
	}
	if l.File <= 0 {
		l.File = DefaultFile
	}
	return l
}

// FinalNewline says what a last line without a line end means.
type FinalNewline string

// The rules.
const (
	// FinalNewlineRequired (also "") holds the last row back: it may be cut
	// inside its last value, and the file is incomplete.
	FinalNewlineRequired FinalNewline = "required"
	// FinalNewlineOptional is for exporters that write none.
	FinalNewlineOptional FinalNewline = "optional"
)

// CSVOptions describe one file. Zero values mean "find out", or the documented
// default.
type CSVOptions struct {
	Path string // one regular file
	Name string // how messages name it; empty = Path

	Encoding  string     // auto, or one of the encoding constants
	Delimiter string     // auto, or one of ; , tab |
	Header    HeaderLine // HeaderAuto, HeaderNone with Columns, or a line number
	Columns   []string   // the column names for HeaderNone

	// Wanted are the columns that the caller needs. They help to find header,
	// delimiter and encoding; that they are all there is the caller's check.
	Wanted []string
	// KeyColumns are the columns whose value marks a physical line as a row of
	// its own. The first that the file has counts; none = the first column.
	KeyColumns []string
	// OverflowColumn takes the surplus when an unquoted cell holds delimiters;
	// empty = such rows are rejected.
	OverflowColumn string

	FinalNewline FinalNewline
	// Trailer is the pattern of the closing line, "Всего строк: {rows}"; without
	// {rows} the line merely has to begin so. Empty = none.
	Trailer string

	// Salt enters every row hash: whatever else the meaning of a row depends on
	// (mapping, zone, program version).
	Salt []byte
	// Known reports whether a row of these very bytes is settled; its row comes
	// back as Known, undecoded. Nil = nobody knows any. It is called by
	// NextBatch only.
	Known func(hash [16]byte) bool

	Limits Limits
	// Settled, when set, is the file that Settle saw: another one behind the
	// same name is not ready.
	Settled *Identity

	block int // bytes of one batch; 0 = blockSize
}
