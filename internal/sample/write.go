package sample

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/transform"
)

// Options says what [Write] makes. The zero value is an export without rows.
type Options struct {
	// Rows is the number of counterparties, at most [MaxRows].
	Rows int
	// Seed picks another export of the same shape.
	Seed uint64
	// ChangedEvery n > 0 changes one mapped field in every n-th row (phone,
	// actual address and account in turn) and its ДатаИзменения, and leaves all
	// other rows byte for byte as they are without it.
	ChangedEvery int
	// TouchUnmapped gives every row another ДатаИзменения: each raw row
	// differs, no mapped field does.
	TouchUnmapped bool
	// Trailer ends the file with "Всего строк: N".
	Trailer bool
	// UTF8 writes UTF-8 without a signature instead of windows-1251, slower;
	// for comparisons with programs that read nothing else.
	UTF8 bool
}

// MaxRows is the number of rows up to which identifying cells stay distinct.
const MaxRows = 10_000_000

// Manifest says what was written.
type Manifest struct {
	Rows    int   // counterparties; the header and the trailer are not counted
	Columns int   // named columns
	Bytes   int64 // size in windows-1251, whatever was asked for
	Changed int   // rows whose mapped fields differ from those without ChangedEvery
}

// ErrOptions marks options that no export can be made of.
var ErrOptions = errors.New("bad options of a sample export")

// Write streams an export: header row, ";", CRLF, cells quoted only where they
// must be. There are no groups, no rows marked for deletion and no defects:
// every row is one client. Memory does not grow with Rows. Errors are those of
// w, and ErrOptions.
func Write(w io.Writer, opts Options) (Manifest, error) {
	if opts.Rows < 0 || opts.Rows > MaxRows || opts.ChangedEvery < 0 {
		return Manifest{}, fmt.Errorf("%w: %d rows, every %d changed", ErrOptions, opts.Rows, opts.ChangedEvery)
	}
	lex, err := newLexicon()
	if err != nil {
		return Manifest{}, err
	}
	if !opts.UTF8 {
		return writeRows(w, &maker{lex: lex, seed: opts.Seed}, opts)
	}
	utf8 := transform.NewWriter(w, charmap.Windows1251.NewDecoder())
	manifest, err := writeRows(utf8, &maker{lex: lex, seed: opts.Seed}, opts)
	if err != nil {
		return manifest, err
	}
	if err := utf8.Close(); err != nil {
		return manifest, fmt.Errorf("write sample export: %w", err)
	}
	return manifest, nil
}

func writeRows(w io.Writer, m *maker, opts Options) (Manifest, error) {
	const chunk = 256 << 10
	manifest := Manifest{Columns: int(columnCount)}
	head, err := encodeLine(Columns())
	if err != nil {
		return manifest, err
	}
	out := append(make([]byte, 0, chunk+4096), head...)
	flush := func() error {
		n, err := w.Write(out)
		manifest.Bytes += int64(n)
		out = out[:0]
		if err != nil {
			return fmt.Errorf("write sample export: %w", err)
		}
		return nil
	}
	var r row
	for n := range opts.Rows {
		alter := alterationOf(n, opts)
		m.fill(&r, uint64(n), alter)
		out = appendLine(out, &r)
		manifest.Rows++
		if alter.field != alterNone {
			manifest.Changed++
		}
		if len(out) >= chunk {
			if err := flush(); err != nil {
				return manifest, err
			}
		}
	}
	if opts.Trailer {
		trailer, err := encodeLine([]string{"Всего строк: " + strconv.Itoa(opts.Rows)})
		if err != nil {
			return manifest, err
		}
		out = append(out, trailer...)
	}
	return manifest, flush()
}

func alterationOf(n int, opts Options) alteration {
	alter := alteration{touched: opts.TouchUnmapped}
	if every := opts.ChangedEvery; every > 0 && (n+1)%every == 0 {
		alter.field = alterPhone + alteredField((n+1)/every)%(alteredFields-alterPhone)
	}
	return alter
}

// appendLine joins the cells of a row as a careful exporter does.
func appendLine(dst []byte, r *row) []byte {
	for c := range columnCount {
		if c > 0 {
			dst = append(dst, ';')
		}
		dst = appendQuoted(dst, r.cell(c))
	}
	return append(dst, "\r\n"...)
}

// appendQuoted quotes a cell where it must be. The bytes looked for are ASCII:
// it serves windows-1251 and UTF-8 alike.
func appendQuoted(dst, cell []byte) []byte {
	if bytes.IndexByte(cell, '"') < 0 && bytes.IndexByte(cell, ';') < 0 && bytes.IndexByte(cell, '\n') < 0 {
		return append(dst, cell...)
	}
	dst = append(dst, '"')
	for {
		at := bytes.IndexByte(cell, '"')
		if at < 0 {
			break
		}
		dst = append(append(dst, cell[:at+1]...), '"')
		cell = cell[at+1:]
	}
	return append(append(dst, cell...), '"')
}

// encodeLine writes texts that need no quotes as one line in windows-1251.
func encodeLine(texts []string) ([]byte, error) {
	var line []byte
	for i, s := range texts {
		if i > 0 {
			line = append(line, ';')
		}
		line = append(line, s...)
	}
	line, err := charmap.Windows1251.NewEncoder().Bytes(append(line, "\r\n"...))
	if err != nil {
		return nil, fmt.Errorf("encode line in windows-1251: %w", err)
	}
	return line, nil
}
