package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"

	"golang.org/x/sys/unix"

	"syncd/internal/newfile"
)

// FolderTrouble says why a folder takes no file.
type FolderTrouble string

// The reasons of a FolderError.
const (
	// FolderMissing: it is never made by itself, for behind a share that is not
	// mounted that would be a local folder which nobody reads.
	FolderMissing     FolderTrouble = "missing"
	FolderNoFolder    FolderTrouble = "not-a-folder"
	FolderNotWritable FolderTrouble = "not-writable"
	FolderFull        FolderTrouble = "full"
	FolderFailed      FolderTrouble = "failed" // anything else: a share that went away, a broken disk
)

// FolderError says that a file could not be delivered. Nothing of it stays, and
// a file of its name is as it was.
type FolderError struct {
	Dir    string
	File   string // empty = the folder as a whole
	Reason FolderTrouble
	Err    error // the cause, may be nil
}

func (e *FolderError) Error() string {
	msg := fmt.Sprintf("folder %s: %s", e.Dir, e.Reason)
	if e.File != "" {
		msg += ": " + e.File
	}
	if e.Err != nil {
		msg += ": " + e.Err.Error()
	}
	return msg
}

func (e *FolderError) Unwrap() error { return e.Err }

// Command is what to type next, ready for a shell; empty when there is no
// such thing.
func (e *FolderError) Command() string {
	dir := "'" + strings.ReplaceAll(e.Dir, "'", `'\''`) + "'"
	switch e.Reason {
	case FolderMissing:
		return "mkdir -p " + dir
	case FolderNoFolder, FolderNotWritable:
		return "ls -ld " + dir
	case FolderFull:
		return "df -h " + dir
	case FolderFailed:
		return "findmnt -T " + dir
	}
	return ""
}

// folderError classifies an error of the operating system.
func (w *BackWriter) folderError(file string, err error) error {
	e := &FolderError{Dir: w.o.Dir, File: file, Reason: FolderFailed, Err: err}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Reason = FolderMissing
	case errors.Is(err, syscall.ENOTDIR):
		e.Reason = FolderNoFolder
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		e.Reason = FolderNotWritable
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		e.Reason = FolderFull
	}
	return e
}

// Check looks whether the folder is there and may be written into, without
// writing. The error is a *FolderError.
func (w *BackWriter) Check() error {
	fi, err := os.Stat(w.o.Dir)
	if err != nil {
		return w.folderError("", err)
	}
	if !fi.IsDir() {
		return &FolderError{Dir: w.o.Dir, Reason: FolderNoFolder}
	}
	if err := unix.Access(w.o.Dir, unix.W_OK|unix.X_OK); err != nil {
		return w.folderError("", err)
	}
	return nil
}

const (
	backStamp = "20060102T150405"
	backExt   = ".csv"
	partExt   = ".part" // no importer's *.csv sees it
)

// BackName is the name of a run's file, <job>-<yyyymmdd>T<hhmmss>-<run>.csv. The
// time is UTC, so that names sort as the files were made whatever clocks are put
// back. Characters of the job that file systems or shells trip over become "_".
func BackName(job string, at time.Time, run int64) string {
	job = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_' || r == '.' {
			return r
		}
		return '_'
	}, job)
	if job == "" || job[0] == '.' || job[0] == '-' {
		job = "_" + job
	}
	return job + "-" + at.UTC().Format(backStamp) + "-" + strconv.FormatInt(run, 10) + backExt
}

func partName(name string) string { return "." + name + partExt }

// series is a name without what differs between the files of one job: two
// files of one series have one writer at a time.
func series(name string) (string, bool) {
	base, ok := strings.CutSuffix(name, backExt)
	if !ok {
		return "", false
	}
	i := strings.LastIndexByte(base, '-')
	if i < 0 {
		return "", false
	}
	if _, err := strconv.ParseUint(base[i+1:], 10, 63); err != nil {
		return "", false
	}
	base = base[:i]
	if i = strings.LastIndexByte(base, '-'); i < 0 {
		return "", false
	}
	if _, err := time.Parse(backStamp, base[i+1:]); err != nil {
		return "", false
	}
	return base[:i], true
}

// sweep removes what crashed deliveries of the same series left unfinished. It
// fails in silence: leftovers do no harm, and Write names real trouble.
func (w *BackWriter) sweep(name string) {
	own, ok := series(name)
	if !ok {
		return
	}
	entries, err := os.ReadDir(w.o.Dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		left, ok := strings.CutSuffix(e.Name(), partExt)
		if !ok || !e.Type().IsRegular() || !strings.HasPrefix(left, ".") {
			continue
		}
		if s, ok := series(left[1:]); ok && s == own {
			_ = os.Remove(filepath.Join(w.o.Dir, e.Name()))
		}
	}
}

// place puts the content into the folder under its name. The file is begun under
// a name that tells its series, so that sweep finds it also where there are no locks.
func (w *BackWriter) place(name string, content []byte) error {
	f, err := newfile.Create(filepath.Join(w.o.Dir, name), newfile.Options{Perm: w.o.Perm, Temp: partName(name), Step: w.o.Step})
	if err != nil {
		return w.folderError(name, err)
	}
	defer f.Drop()
	if _, err := f.Write(content); err != nil {
		return w.folderError(name, err)
	}
	if err := f.Commit(); err != nil {
		return w.folderError(name, err)
	}
	return nil
}
