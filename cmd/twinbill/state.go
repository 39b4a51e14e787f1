package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/twinbill/twinbill/mock"
)

// saving is how often a state file is written while the state changes.
var saving = 3 * time.Second

// stateFile carries the state of a twin over from one run to the next.
type stateFile struct {
	name  string
	twin  *mock.Twin
	saved uint64 // the count of changes that the file holds
	stop  chan struct{}
	kept  sync.WaitGroup
}

// load fills the twin from the state file, where one is wanted and there is one yet, and
// keeps the file up to date from then on.
func (f *sandboxFlags) load(twin *mock.Twin) (*stateFile, error) {
	name := f.state
	if name == "" {
		return nil, nil
	}
	data, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := os.Stat(filepath.Dir(name)); err != nil {
			return nil, fmt.Errorf("serve: --state: %w; make the directory first", err)
		}
	case err != nil:
		return nil, fmt.Errorf("serve: --state: %w", err)
	default:
		if err := twin.Restore(bytes.NewReader(data)); err != nil {
			return nil, fmt.Errorf("serve: --state: %s: %w; mend the file or move it away", name, err)
		}
	}
	file := &stateFile{name: name, twin: twin, saved: twin.Changes(), stop: make(chan struct{})}
	file.kept.Go(file.keep)
	return file, nil
}

// keep writes the file every few seconds while the state changes.
func (f *stateFile) keep() {
	ticker := time.NewTicker(saving)
	defer ticker.Stop()
	for {
		select {
		case <-f.stop:
			return
		case <-ticker.C:
			if err := f.save(); err != nil {
				slog.Error("the state could not be saved; the file is as it was", "file", f.name, "error", err)
			}
		}
	}
}

// end saves what has changed since the file was written last. The twin is not to be
// written to any more.
func (f *stateFile) end() error {
	if f == nil {
		return nil
	}
	close(f.stop)
	f.kept.Wait()
	if err := f.save(); err != nil {
		return fmt.Errorf("serve: --state: %w; the file is as it was", err)
	}
	return nil
}

// save writes the file where the state has changed: beside it first, and then in its
// place, so that it is whole at any time.
func (f *stateFile) save() error {
	changes := f.twin.Changes()
	if changes == f.saved {
		return nil
	}
	fresh, err := os.CreateTemp(filepath.Dir(f.name), filepath.Base(f.name)+".new-*")
	if err != nil {
		return err
	}
	err = f.twin.Save(fresh)
	err = errors.Join(err, fresh.Sync(), fresh.Close())
	if err == nil {
		err = os.Rename(fresh.Name(), f.name)
	}
	if err != nil {
		_ = os.Remove(fresh.Name())
		return err
	}
	f.saved = changes
	return nil
}
