// Command mkexport writes the synthetic exports of package sample.
//
//	go run ./internal/sample/mkexport -examples examples/1c
//	go run ./internal/sample/mkexport -rows 1000000 -out /tmp/clients.csv
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"syncd/internal/sample"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "mkexport:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	var opts sample.Options
	flags := flag.NewFlagSet("mkexport", flag.ContinueOnError)
	examples := flags.String("examples", "", "write the example exports into this folder, and nothing else")
	out := flags.String("out", "", "file to write; - is standard output")
	flags.IntVar(&opts.Rows, "rows", 1_000_000, "number of counterparties")
	flags.Uint64Var(&opts.Seed, "seed", 1, "another seed gives other counterparties")
	flags.IntVar(&opts.ChangedEvery, "changed-every", 0, "change a mapped field in every n-th row")
	flags.BoolVar(&opts.TouchUnmapped, "touch-unmapped", false, "change a column that nothing maps in every row")
	flags.BoolVar(&opts.Trailer, "trailer", false, "end with a line that tells the number of rows")
	flags.BoolVar(&opts.UTF8, "utf8", false, "write UTF-8 instead of windows-1251")
	if err := flags.Parse(args); err != nil {
		return err
	}
	switch {
	case *examples != "":
		return writeExamples(*examples)
	case *out == "-":
		_, err := sample.Write(os.Stdout, opts)
		return err
	case *out != "":
		return writeExport(*out, opts)
	default:
		return fmt.Errorf("one of -examples and -out is needed")
	}
}

func writeExamples(dir string) error {
	files, err := sample.Files()
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Content, 0o644); err != nil { //nolint:gosec // examples are for everybody to read
			return fmt.Errorf("write example: %w", err)
		}
	}
	return nil
}

func writeExport(path string, opts sample.Options) error {
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("create export: %w", err)
	}
	manifest, err := sample.Write(f, opts)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%s: %d rows, %d columns, %d bytes, %d changed\n",
		path, manifest.Rows, manifest.Columns, manifest.Bytes, manifest.Changed)
	return nil
}
