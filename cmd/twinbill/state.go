package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/twinbill/twinbill/mock"
)

// saving is how often a state file is written while the state changes.
var saving = 3 * time.Second

// stateFile carries the state of a twin over from one run to the next.
type stateFile struct {
	name  string // what a symbolic link leads to
	lock  *flock.Flock
	twin  *mock.Twin
	saved uint64 // the count of changes that the file holds
	stop  chan struct{}
	kept  sync.WaitGroup
}

// load fills the twin from the state file, where one is wanted and there is one yet, and
// keeps the file up to date from then on. It gives up once the context is done.
func (f *sandboxFlags) load(ctx context.Context, twin *mock.Twin) (*stateFile, error) {
	if f.state == "" {
		return nil, nil
	}
	file, err := openState(f.state)
	if err != nil {
		return nil, fmt.Errorf("serve: --state: %w", err)
	}
	file.twin = twin
	read := make(chan error, 1)
	go func() { read <- file.read() }()
	select {
	case err = <-read:
	case <-ctx.Done():
		return nil, context.Cause(ctx) // the process ends, and with it what is being read
	}
	if err != nil {
		_ = file.lock.Unlock()
		return nil, fmt.Errorf("serve: --state: %s: %w; mend the file or move it away", f.state, err)
	}
	file.saved = twin.Changes()
	file.kept.Go(file.keep)
	return file, nil
}

// openState takes a state file for this process alone, and removes what one that was
// killed has left beside it.
func openState(name string) (*stateFile, error) {
	name, err := followed(name)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Dir(name)); err != nil {
		return nil, fmt.Errorf("%w; make the directory first", err)
	}
	lock := flock.New(name + ".lock")
	switch locked, err := lock.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("%w; name a file in a directory that can be written to", err)
	case !locked:
		return nil, fmt.Errorf("another process keeps its state in %s, and holds %s; stop it, or name another file", name, lock.Path())
	}
	beside, err := os.ReadDir(filepath.Dir(name))
	if err != nil {
		return nil, errors.Join(err, lock.Unlock())
	}
	for _, entry := range beside {
		if isFresh(entry.Name(), name) && entry.Type().IsRegular() {
			_ = os.Remove(filepath.Join(filepath.Dir(name), entry.Name()))
		}
	}
	return &stateFile{name: name, lock: lock, stop: make(chan struct{})}, nil
}

// fresh is the pattern of the name of a state file that is being written: one that nobody
// gives to a file of their own.
func fresh(name string) string { return "." + filepath.Base(name) + ".twinbill-new-*" }

// isFresh reports whether a file has such a name, which ends in a number.
func isFresh(file, name string) bool {
	number, ok := strings.CutPrefix(file, strings.TrimSuffix(fresh(name), "*"))
	return ok && number != "" && strings.Trim(number, "0123456789") == ""
}

// followed is what a name leads to by symbolic links, whether there is a file yet or not.
func followed(name string) (string, error) {
	const most = 40
	for range most {
		link, err := os.Readlink(name)
		if err != nil {
			return name, nil //nolint:nilerr // it is no link
		}
		if !filepath.IsAbs(link) {
			link = filepath.Join(filepath.Dir(name), link)
		}
		name = link
	}
	return "", fmt.Errorf("%s: too many symbolic links; name the file itself", name)
}

// read fills the twin from the file, where there is one.
func (f *stateFile) read() error {
	data, err := os.ReadFile(f.name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	return f.twin.Restore(bytes.NewReader(data))
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
	if err := errors.Join(f.save(), f.lock.Unlock()); err != nil {
		return fmt.Errorf("serve: --state: %w; the file is as it was", err)
	}
	return nil
}

// save writes the file where the state has changed: beside it first, and then in its
// place, so that it is whole at any time. It keeps its mode.
func (f *stateFile) save() error {
	changes := f.twin.Changes()
	if changes == f.saved {
		return nil
	}
	file, err := os.CreateTemp(filepath.Dir(f.name), fresh(f.name))
	if err != nil {
		return err
	}
	if was, missing := os.Stat(f.name); missing == nil {
		err = file.Chmod(was.Mode().Perm())
	}
	err = errors.Join(err, f.twin.Save(file), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), f.name)
	}
	if err != nil {
		_ = os.Remove(file.Name())
		return err
	}
	f.saved = changes
	return nil
}
