package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"syncd/internal/message"
	"syncd/internal/source"
)

// sampleRows is how many rows a first mapping is made from: enough to see what
// a column holds, and few enough that the odd doubled key of a large export does
// not speak against its column.
const sampleRows = 100

// sampled is the beginning of an export.
type sampled struct {
	header source.Header
	rows   [][]string // personal data
}

// sampleExport reads header and first rows of a file whose form nobody has told.
func sampleExport(ctx context.Context, file string) (*sampled, error) {
	if isWorkbook(file) {
		csv := file
		if dot := strings.LastIndexByte(file, '.'); dot > 0 {
			csv = file[:dot]
		}
		return nil, fault(exitSource, nil, message.InitWorkbook, message.S("file", file), message.S("csv", csv+".csv"))
	}
	r, err := source.OpenCSV(ctx, source.CSVOptions{Path: file, FinalNewline: source.FinalNewlineOptional})
	if err != nil {
		return nil, exportFault(file, err)
	}
	defer func() { _ = r.Close() }()
	s := &sampled{header: r.Header()}
	records := source.NewRecords(r)
	seen := map[string]bool{}
	for len(s.rows) < sampleRows {
		row, err := records.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, exportFault(file, err)
		}
		if whole := strings.Join(row, "\x1f"); !seen[whole] { // an identical twin is no second record
			seen[whole] = true
			s.rows = append(s.rows, row)
		}
	}
	return s, nil
}

// names are the columns' names, blank for those that the exporter's trailing
// delimiters make.
func (s *sampled) names() []string {
	names := slices.Clone(s.header.Names)
	for _, w := range s.header.Warnings {
		i := w.Column - 1
		filled := func(row []string) bool { return i < len(row) && strings.TrimSpace(row[i]) != "" }
		if w.Code == source.NamelessColumn && !slices.ContainsFunc(s.rows, filled) {
			names[i] = ""
		}
	}
	return names
}

// guessed reports whether the header may be data.
func (s *sampled) guessed() bool {
	return slices.ContainsFunc(s.header.Warnings, func(w source.Warning) bool { return w.Code == source.HeaderGuessed })
}

// isWorkbook knows the files of spreadsheets by their first bytes. A file that
// cannot be read is none; opening it tells why.
func isWorkbook(file string) bool {
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	head := make([]byte, 8)
	n, _ := io.ReadFull(f, head)
	return bytes.HasPrefix(head[:n], []byte("PK\x03\x04")) || bytes.HasPrefix(head[:n], []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"))
}

// exportFault words what keeps an export from being read. The errors of the
// source name places and numbers, never cells.
func exportFault(file string, err error) error {
	var wait *source.NotReadyError
	if errors.As(err, &wait) {
		if wait.Reason == source.Missing {
			return fault(exitUsage, err, message.UsageFileMissing, message.S("file", file), message.S("flag", "--from"))
		}
		return fault(exitSource, err, message.InitUnreadable, message.S("file", file), message.S("cause", string(wait.Reason)))
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	cause := err.Error()
	var form *source.FormatError
	if errors.As(err, &form) {
		cause = strings.TrimSpace(string(form.Reason) + " " + form.Detail)
	}
	return fault(exitSource, err, message.InitUnreadable, message.S("file", file), message.S("cause", cause))
}
