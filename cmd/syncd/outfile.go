package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"syncd/internal/message"
	"syncd/internal/newfile"
)

// outFile checks that a file can be written where a command shall leave it, before the
// command asks the CRM for long. command is its line up to the file.
func (in *installation) outFile(path, command string) error {
	f, err := newfile.Create(path, newfile.Options{})
	if err != nil {
		return in.notWritten(path, command, err)
	}
	f.Drop()
	return nil
}

// notWritten words why a file that the command line names was not written, as whom
// that was tried, and the line that works. Errors that are not about a file stay, as
// does nil.
func (in *installation) notWritten(path, command string, err error) error {
	var file *fs.PathError
	var link *os.LinkError
	if !errors.As(err, &file) && !errors.As(err, &link) {
		return err
	}
	shown := path
	if abs, aerr := filepath.Abs(path); aerr == nil {
		shown = abs
	}
	there := filepath.Join(filepath.Dir(string(in.cfg.State)), filepath.Base(path))
	if there == shown { // there it fails for another reason: a folder of that name, a full disk
		there = filepath.Join(filepath.Dir(there), "new-"+filepath.Base(path))
	}
	said := &faultError{exit: exitFailure, code: message.UsageOutUnwritable, err: err, did: phrase{"It was not written.", "Файл не записан."}}
	if errors.Is(err, fs.ErrPermission) { // whose right it is that lacks
		said.did = phrase{}
	}
	said.args = []message.Arg{
		message.S("file", shown), message.S("user", userName()),
		message.S("cause", bareCause(err)), message.S("command", strings.Join(strings.Fields(command), " ")+" "+shellWord(there)),
	}
	return said
}
