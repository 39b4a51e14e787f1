// Package background keeps a twin that runs apart from the terminal: where it runs, in a
// run file, and how it is started and ended.
package background

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// Run is a twin that runs.
type Run struct {
	Product string    `json:"product"`
	PID     int       `json:"pid"`
	URL     string    `json:"url"` // where a client on this machine reaches it
	Version string    `json:"version"`
	Started time.Time `json:"started"`
	Log     string    `json:"log,omitempty"` // what it says; empty where that is the terminal
	// Authority is the file with the certificate that a client of its proxy has to
	// trust; empty where it is no proxy.
	Authority string `json:"authority,omitempty"`
}

var (
	// ErrNone says that no twin runs by a run file.
	ErrNone = errors.New("no twin runs")
	// ErrUnsettled says that a twin is about to run, or to end.
	ErrUnsettled = errors.New("a twin is just starting or stopping; try again")
)

// LogVariable is the environment variable by which Start tells the twin its log.
const LogVariable = "TWINBILL_BACKGROUND_LOG"

// File is the absolute path of a run file. Two locks stand beside it. The first, .lock,
// belongs to the twin for as long as it lives, however it ends: a run file without it is
// stale, even where another process has the pid by now. The second, .guard, is taken for
// a moment by whoever reads or writes, so that what is read is of the one who has the
// first.
type File string

// Default is the run file of the user, in the user's cache directory.
func Default() (File, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("this user has no cache directory: %w", err)
	}
	return File(filepath.Join(dir, "twinbill", "run.json")), nil
}

// At is the run file of that name.
func At(name string) (File, error) {
	path, err := filepath.Abs(name)
	return File(path), err
}

// Log is the file that a twin started by Start logs to.
func (f File) Log() string { return string(f) + ".log" }

// Find returns the twin that runs by the file. A stale file is removed. It errs with
// ErrNone or ErrUnsettled, or where the file is no run file.
func (f File) Find() (Run, error) {
	if _, err := os.Stat(f.lockName()); errors.Is(err, os.ErrNotExist) { // nor is a lock to be left
		if _, err := f.read(); err != nil && !errors.Is(err, os.ErrNotExist) {
			return Run{}, err
		}
		return Run{}, ErrNone
	}
	var run Run
	err := f.guarded(func() error {
		lock := flock.New(f.lockName())
		free, err := lock.TryLock()
		if err != nil {
			return err
		}
		if free {
			if err := errors.Join(f.clear(), lock.Close()); err != nil {
				return err
			}
			return ErrNone
		}
		run, err = f.read()
		if errors.Is(err, os.ErrNotExist) {
			return ErrUnsettled
		}
		return err
	})
	return run, err
}

// Claim makes the file that of this process until it is released.
func (f File) Claim() (*Claim, error) {
	if _, err := f.read(); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err // before anything is put beside it
	}
	if err := os.MkdirAll(filepath.Dir(string(f)), 0o700); err != nil {
		return nil, err
	}
	lock := flock.New(f.lockName())
	err := f.guarded(func() error {
		free, err := lock.TryLock()
		if err != nil {
			return err
		}
		if free {
			return f.clear()
		}
		run, err := f.read()
		if errors.Is(err, os.ErrNotExist) {
			return ErrUnsettled
		}
		if err != nil {
			return err
		}
		return Taken{run}
	})
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return &Claim{file: f, lock: lock}, nil
}

// Taken says that a twin runs already by a run file.
type Taken struct{ Run }

func (t Taken) Error() string {
	return fmt.Sprintf("a twin runs already at %s (pid %d)", t.URL, t.PID)
}

// Claim is the hold that a twin has on its run file. None holds nothing.
type Claim struct {
	file File
	lock *flock.Flock
}

// Announce writes where this process listens, and the file of its proxy's authority, if
// it is one.
func (c *Claim) Announce(url, version, authority string) error {
	if c == nil {
		return nil
	}
	data, err := json.MarshalIndent(Run{
		Product: "twinbill", PID: os.Getpid(), URL: url, Version: version,
		Started: time.Now().UTC().Truncate(time.Second), Log: os.Getenv(LogVariable), Authority: authority,
	}, "", "  ")
	if err != nil {
		return err
	}
	return c.file.guarded(func() error {
		fresh := string(c.file) + ".new"
		if err := os.WriteFile(fresh, append(data, '\n'), 0o600); err != nil {
			return err
		}
		return os.Rename(fresh, string(c.file))
	})
}

// Release removes the run file and lets go of it.
func (c *Claim) Release() error {
	if c == nil {
		return nil
	}
	return errors.Join(c.file.guarded(c.file.clear), c.lock.Close())
}

// Address is the base URL by which a client on this machine reaches a listener.
func Address(scheme string, listener net.Addr) string {
	host, port, err := net.SplitHostPort(listener.String())
	if err != nil {
		return scheme + "://" + listener.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "::1"
		if ip.To4() != nil {
			host = "127.0.0.1"
		}
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

func (f File) lockName() string { return string(f) + ".lock" }

// guardPatience bounds the wait for another process to let go of the guard.
const guardPatience = 5 * time.Second

func (f File) guarded(do func() error) error {
	ctx, cancel := context.WithTimeout(context.Background(), guardPatience)
	defer cancel()
	guard := flock.New(string(f) + ".guard")
	if _, err := guard.TryLockContext(ctx, 5*time.Millisecond); err != nil {
		return errors.Join(fmt.Errorf("cannot lock the run file: %w", err), guard.Close())
	}
	return errors.Join(do(), guard.Close())
}

func (f File) read() (Run, error) {
	data, err := os.ReadFile(string(f))
	if err != nil {
		return Run{}, err
	}
	return parse(string(f), data)
}

// parse reads what Announce wrote.
func parse(name string, data []byte) (Run, error) {
	var run Run
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&run); err != nil || decoder.More() || run.Product != "twinbill" || run.PID <= 0 || run.URL == "" {
		return Run{}, fmt.Errorf("%s is no run file; name another with --run-file", name)
	}
	return run, nil
}

// clear removes the file, unless it is somebody else's.
func (f File) clear() error {
	_, err := f.read()
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.Remove(string(f))
}
