package endpoint

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"syncd/internal/engine"
)

// Done implements engine.Source: files that are read once are remembered, and
// then archived or deleted. A crash in between leaves a file that is known to
// be read.
func (c *CSV) Done(ctx context.Context, s engine.Snapshot) error {
	if len(s.Files) == 0 {
		return nil
	}
	if c.cfg.Once {
		own := slices.DeleteFunc(slices.Clone(s.Files), c.cfg.Gather.Lines.has)
		if err := c.log.MarkRead(ctx, own); err != nil {
			return err
		}
		for _, f := range own {
			if err := c.putAway(f.Path); err != nil {
				return err
			}
		}
	}
	return c.cfg.Gather.Lines.done()
}

// archiveFolder is beside the files it takes.
const archiveFolder = "archive"

// putAway moves or removes a file and then those beside it: what a crash leaves
// behind proves no later file of that name.
func (c *CSV) putAway(path string) error {
	switch c.cfg.After {
	case AfterKeep:
		return nil
	case AfterDelete:
		for _, p := range append([]string{path}, c.cfg.Proof.Companions(path)...) {
			if err := os.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("delete a file that was read: %w", err)
			}
		}
		return nil
	case AfterArchive:
	}
	dir := filepath.Join(filepath.Dir(path), archiveFolder)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the archive folder: %w", err)
	}
	to := unused(filepath.Join(dir, filepath.Base(path)))
	into := append([]string{to}, c.cfg.Proof.Companions(to)...)
	for i, p := range append([]string{path}, c.cfg.Proof.Companions(path)...) {
		if err := os.Rename(p, into[i]); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("archive a file that was read: %w", err)
		}
	}
	return nil
}

// unused is a path that no file has: a file that came again under its name does
// not replace the one that was archived before.
func unused(path string) string {
	free := path
	for n := 2; ; n++ {
		if _, err := os.Lstat(free); err != nil {
			return free
		}
		ext := filepath.Ext(path)
		free = fmt.Sprintf("%s.%d%s", strings.TrimSuffix(path, ext), n, ext)
	}
}
