package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/zeebo/xxh3"
)

// blockSize is what one batch holds: some hundreds of rows, small enough for
// the processor's cache.
const blockSize = 256 << 10

// headSize is what encoding, delimiter and header are judged by.
const headSize = 128 << 10

// hashVersion changes when the same bytes come to mean other cells.
const hashVersion = "source/1"

// CSVReader reads one file from its head to its end. See the package comment
// for concurrency.
type CSVReader struct {
	path, name string
	file       *os.File
	opened     Identity
	stream     io.Reader
	limits     Limits
	optionalNL bool
	known      func([16]byte) bool
	block      int // bytes of one batch

	header   Header
	decoder  *decoder
	splitter splitter
	trailer  trailer
	seed     uint64
	account  *ledger

	head      []byte // the first bytes; the stream yields them again
	headWhole bool   // they are the whole file
	carry     []byte // bytes read but not yet in a row
	preamble  []Row  // rows up to and with the header, for the first batch
	skip      int    // bytes of the preamble at the start of the file
	line      int    // next physical line
	eof       bool   // the stream is read to its end
	ended     bool   // all rows are handed out
	tooLong   int    // bytes dropped so far of a row above the limit; 0 = not in one
	lastByte  byte
	closed    bool
}

// OpenCSV opens a file and decides its encoding, delimiter and header. Errors
// are *NotReadyError (wait), *FormatError (change the file or the options), or
// those of the operating system.
func OpenCSV(ctx context.Context, o CSVOptions) (*CSVReader, error) {
	if o.Name == "" {
		o.Name = o.Path
	}
	enc, ok := parseEncoding(o.Encoding)
	if !ok {
		return nil, &FormatError{Name: o.Name, Reason: UnknownEncoding, Detail: o.Encoding}
	}
	delimiter, ok := parseDelimiter(o.Delimiter)
	if !ok {
		return nil, &FormatError{Name: o.Name, Reason: UnknownDelimiter, Detail: o.Delimiter}
	}
	t, ok := parseTrailer(o.Trailer)
	if !ok {
		return nil, &FormatError{Name: o.Name, Reason: BadTrailer, Detail: "the pattern must begin with words"}
	}
	if o.Header == HeaderNone && len(o.Columns) == 0 {
		return nil, &FormatError{Name: o.Name, Reason: HeaderNotFound, Detail: "no header row, and no columns are named"}
	}
	r := &CSVReader{
		path: o.Path, name: o.Name, limits: o.Limits.orDefaults(), known: o.Known, trailer: t,
		optionalNL: o.FinalNewline == FinalNewlineOptional, account: newLedger(), line: 1, block: o.block,
	}
	if r.block == 0 {
		r.block = blockSize
	}
	if err := r.open(ctx, &o, enc, delimiter); err != nil {
		if r.file != nil {
			_ = r.file.Close()
		}
		return nil, err
	}
	return r, nil
}

func (r *CSVReader) open(ctx context.Context, o *CSVOptions, enc string, delimiter byte) error {
	var err error
	if r.file, r.opened, err = openRegular(o.Path); err != nil {
		var notReady *NotReadyError
		if errors.As(err, &notReady) {
			notReady.Name = r.name
		}
		return err
	}
	switch {
	case o.Settled != nil && !o.Settled.Same(r.opened):
		return &NotReadyError{Name: r.name, Reason: BeingWritten}
	case r.opened.Size == 0:
		return &NotReadyError{Name: r.name, Reason: Empty}
	case r.opened.Size > r.limits.File:
		return &FormatError{Name: r.name, Reason: FileTooLarge, Detail: fmt.Sprintf("%d bytes, limit %d", r.opened.Size, r.limits.File)}
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("open %s: %w", r.name, err)
	}
	finder := newHeaderFinder(o, delimiter)
	if err := r.decideStream(enc, finder); err != nil {
		return err
	}
	return r.decideHeader(o, finder)
}

// decideStream finds the encoding and puts the first bytes into carry.
func (r *CSVReader) decideStream(enc string, finder *headerFinder) error {
	head := make([]byte, min(headSize, r.opened.Size))
	n, err := io.ReadFull(r.file, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read %s: %w", r.name, err)
	}
	d, err := decideEncoding(enc, head[:n], r.file, finder.judge)
	if err != nil {
		return fmt.Errorf("%s: %w", r.name, err)
	}
	if _, err := r.file.Seek(int64(d.bom), io.SeekStart); err != nil {
		return fmt.Errorf("rewind %s: %w", r.name, err)
	}
	stream, as := utf8Stream(d.encoding, r.file)
	r.stream, r.decoder = stream, newDecoder(as)
	r.header = Header{Encoding: d.encoding, Warnings: d.warnings}
	r.head = make([]byte, headSize)
	n, err = io.ReadFull(r.stream, r.head)
	short := errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
	if err != nil && !short {
		return fmt.Errorf("read %s: %w", r.name, err)
	}
	r.head = r.head[:n]
	if short && len(bytes.Trim(r.head, " \t\r\n\x1a\x00")) == 0 {
		return &NotReadyError{Name: r.name, Reason: Empty}
	}
	r.stream = io.MultiReader(bytes.NewReader(r.head), r.stream)
	r.splitter.eol = lineBreak(r.head)
	r.headWhole = short
	return nil
}

// fill reads on until buf is full or the stream ends.
func (r *CSVReader) fill(buf []byte) ([]byte, error) {
	start := len(buf)
	for len(buf) < cap(buf) && !r.eof {
		n, err := r.stream.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if errors.Is(err, io.EOF) {
			r.eof = true
		} else if err != nil {
			return buf, fmt.Errorf("read %s: %w", r.name, err)
		}
	}
	r.countLines(buf[start:])
	return buf, nil
}

// countLines counts physical lines apart from the splitter, so that the account
// is a check and not a tautology.
func (r *CSVReader) countLines(fresh []byte) {
	if len(fresh) == 0 {
		return
	}
	r.account.bytes += int64(len(fresh))
	r.account.lines += bytes.Count(fresh, []byte{r.splitter.eol})
	r.lastByte = fresh[len(fresh)-1]
}

// seedOf makes the hash seed of everything that the meaning of a row depends on.
func (r *CSVReader) seedOf(o *CSVOptions) uint64 {
	h := xxh3.New()
	for _, part := range [][]byte{[]byte(hashVersion), r.header.binding(), []byte(o.OverflowColumn), o.Salt} {
		_, _ = fmt.Fprintf(h, "%d:", len(part)) // a hash takes every write
		_, _ = h.Write(part)
	}
	return h.Sum64()
}

// Header is what was found out about the file.
func (r *CSVReader) Header() Header { return r.header }

// Account says where the physical lines went so far; it is final when NextBatch
// has answered io.EOF and Close was called. Call it from the reader's goroutine.
func (r *CSVReader) Account() Account { return r.account.snapshot() }

// Close closes the file and looks at it once more: a file that changed while it
// was read is incomplete. It may be called twice.
func (r *CSVReader) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	r.lookAgain()
	if err := r.file.Close(); err != nil {
		return fmt.Errorf("close %s: %w", r.name, err)
	}
	return nil
}

// lookAgain compares the open file and the name with what was opened.
func (r *CSVReader) lookAgain() {
	fi, err := r.file.Stat()
	now, lookErr := Look(r.path)
	if err != nil || lookErr != nil || !identityOf(fi).Same(r.opened) || !now.Same(r.opened) {
		r.account.whyNot[ChangedWhile] = true
	}
}
