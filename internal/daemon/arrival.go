package daemon

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Folder makes the look at the regular files whose paths match one of the patterns
// (path/filepath). Links, pipes and folders are passed over. A folder that cannot be
// read is an error, not an empty one.
func Folder(patterns ...string) Look {
	return func(ctx context.Context) (Sighting, error) {
		var s Sighting
		files := map[string]string{} // path → line
		for _, p := range patterns {
			if err := lookAt(ctx, p, files, &s.Newest); err != nil {
				return Sighting{}, fmt.Errorf("look at %s: %w", p, err)
			}
		}
		lines := make([]string, 0, len(files))
		for _, line := range files {
			lines = append(lines, line)
		}
		slices.Sort(lines)
		s.Sign = strings.Join(lines, "\n")
		return s, nil
	}
}

// Folders are the folders of the patterns, where they are not patterns themselves.
func Folders(patterns ...string) []string {
	var folders []string
	for _, p := range patterns {
		if dir := filepath.Dir(p); !isPattern(dir) && !slices.Contains(folders, dir) {
			folders = append(folders, dir)
		}
	}
	return folders
}

func isPattern(path string) bool { return strings.ContainsAny(path, `*?[\`) }

func lookAt(ctx context.Context, pattern string, files map[string]string, newest *time.Time) error {
	dir, name := filepath.Dir(pattern), filepath.Base(pattern)
	dirs := []string{dir}
	if isPattern(dir) {
		var err error
		if dirs, err = filepath.Glob(dir); err != nil {
			return err
		}
	}
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if err := ctx.Err(); err != nil {
				return err
			}
			fits, err := filepath.Match(name, e.Name())
			if err != nil {
				return err
			}
			if !fits || !e.Type().IsRegular() {
				continue
			}
			info, err := e.Info()
			if errors.Is(err, fs.ErrNotExist) {
				continue // it left between the two calls
			}
			if err != nil {
				return err
			}
			path := filepath.Join(dir, e.Name())
			line, came := lineOf(path, info)
			files[path] = line
			if came.After(*newest) {
				*newest = came
			}
		}
	}
	return nil
}

// lineOf is a file's line of the sign, and when it came: a file that is moved in
// keeps the time of its writing, but not that of its last change of place.
func lineOf(path string, info fs.FileInfo) (line string, came time.Time) {
	came = info.ModTime()
	var inode uint64
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		inode = st.Ino
		if moved := time.Unix(st.Ctim.Unix()); moved.After(came) {
			came = moved
		}
	}
	h := fnv.New128a()
	_, _ = fmt.Fprintf(h, "%s\x00%d\x00%d\x00%d", path, info.Size(), info.ModTime().UnixNano(), inode)
	return fmt.Sprintf("%x", h.Sum(nil)), came
}
