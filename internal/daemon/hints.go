package daemon

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/fsnotify/fsnotify"
)

// errToldAlready is an error that the caller of Watch was given before.
var errToldAlready = errors.New("no hints from this folder, as before")

// FolderHints are the operating system's hints (inotify). Network shares give none,
// or those of this machine alone.
type FolderHints struct {
	watcher *fsnotify.Watcher
	changed chan string
	done    chan struct{}
	pump    sync.WaitGroup

	mu    sync.Mutex
	names map[string]string // as the system names a folder → as Watch was given it
	told  map[string]bool   // folders whose error was told
}

// OpenHints opens them; an error means that polling has to do. Close ends them.
func OpenHints() (*FolderHints, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch folders: %w", err)
	}
	h := &FolderHints{watcher: w, changed: make(chan string), done: make(chan struct{}), names: map[string]string{}, told: map[string]bool{}}
	h.pump.Go(h.forward)
	return h, nil
}

// Watch implements Hints. An error is told once, until the folder can be watched
// again.
func (h *FolderHints) Watch(folder string) error {
	err := h.watcher.Add(folder)
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil {
		h.names[filepath.Clean(folder)] = folder
		delete(h.told, folder)
		return nil
	}
	if h.told[folder] {
		return errToldAlready
	}
	h.told[folder] = true
	return err
}

// Changed implements Hints; it is closed by Close.
func (h *FolderHints) Changed() <-chan string { return h.changed }

// Close ends the hints.
func (h *FolderHints) Close() error {
	close(h.done)
	err := h.watcher.Close()
	h.pump.Wait()
	return err
}

// forward names the folders of the events. Errors (a full queue) are left to the
// polling.
func (h *FolderHints) forward() {
	defer close(h.changed)
	for {
		select {
		case e, ok := <-h.watcher.Events:
			if !ok {
				return
			}
			if e.Op == fsnotify.Chmod {
				continue
			}
			h.mu.Lock()
			folder, ok := h.names[filepath.Dir(filepath.Clean(e.Name))]
			h.mu.Unlock()
			if !ok {
				continue
			}
			select {
			case h.changed <- folder:
			case <-h.done:
				return
			}
		case _, ok := <-h.watcher.Errors:
			if !ok {
				return
			}
		case <-h.done:
			return
		}
	}
}
