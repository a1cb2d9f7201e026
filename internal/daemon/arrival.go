package daemon

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"iter"
	"maps"
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
		files, err := lookAtAll(ctx, patterns)
		if err != nil {
			return Sighting{}, err
		}
		return sightingOf(maps.Values(files)), nil
	}
}

// bareFor is how long an export may lie without its companions before it is shown all
// the same: the run that begins then says what is missing.
const bareFor = 10 * time.Minute

// Exports makes the look at exports that come with companions: files of the same path
// and an ending more. An export is shown, with its companions, when whole says that
// those are there and belong to it; until then nothing has arrived. One that stays
// alone is shown after some minutes, by the clock now. Errors are those of Folder.
func Exports(pattern string, endings []string, whole func(path string) bool, now func() time.Time) Look {
	patterns := Companions(pattern, endings)
	return func(ctx context.Context) (Sighting, error) {
		files, err := lookAtAll(ctx, patterns)
		if err != nil {
			return Sighting{}, err
		}
		var shown []sighted
		for path, file := range files {
			if !isExport(path, pattern, endings) || now().Sub(file.came) < bareFor && !whole(path) {
				continue
			}
			shown = append(shown, file)
			for _, ending := range endings {
				if beside, there := files[path+ending]; there {
					shown = append(shown, beside)
				}
			}
		}
		return sightingOf(slices.Values(shown)), nil
	}
}

// Companions are a pattern and those of the files beside what it matches.
func Companions(pattern string, endings []string) []string {
	patterns := []string{pattern}
	for _, ending := range endings {
		patterns = append(patterns, pattern+ending)
	}
	return patterns
}

func isExport(path, pattern string, endings []string) bool {
	if slices.ContainsFunc(endings, func(ending string) bool { return strings.HasSuffix(path, ending) }) {
		return false
	}
	fits, err := filepath.Match(filepath.Base(pattern), filepath.Base(path))
	return fits && err == nil
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

// sighted is a file that lies there.
type sighted struct {
	line string    // of the sign
	came time.Time // when it was written or moved in
}

func sightingOf(files iter.Seq[sighted]) Sighting {
	var s Sighting
	var lines []string
	for file := range files {
		lines = append(lines, file.line)
		if file.came.After(s.Newest) {
			s.Newest = file.came
		}
	}
	slices.Sort(lines)
	s.Sign = strings.Join(lines, "\n")
	return s
}

// lookAtAll looks at what matches one of the patterns, by path.
func lookAtAll(ctx context.Context, patterns []string) (map[string]sighted, error) {
	files := map[string]sighted{}
	for _, p := range patterns {
		if err := lookAt(ctx, p, files); err != nil {
			return nil, fmt.Errorf("look at %s: %w", p, err)
		}
	}
	return files, nil
}

func lookAt(ctx context.Context, pattern string, files map[string]sighted) error {
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
			files[path] = sightedOf(path, info)
		}
	}
	return nil
}

// sightedOf is a file's line of the sign, and when it came: a file that is moved in
// keeps the time of its writing, but not that of its last change of place.
func sightedOf(path string, info fs.FileInfo) sighted {
	came := info.ModTime()
	var inode uint64
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		inode = st.Ino
		if moved := time.Unix(st.Ctim.Unix()); moved.After(came) {
			came = moved
		}
	}
	h := fnv.New128a()
	_, _ = fmt.Fprintf(h, "%s\x00%d\x00%d\x00%d", path, info.Size(), info.ModTime().UnixNano(), inode)
	return sighted{line: fmt.Sprintf("%x", h.Sum(nil)), came: came}
}
