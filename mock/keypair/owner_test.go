//go:build unix

package keypair

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestFilesOfAnother: their owner can put others in their place whenever they like.
func TestFilesOfAnother(t *testing.T) {
	const another = 54321
	for name, of := range map[string]func(dir string, p *Pair) string{
		"the directory":   func(dir string, _ *Pair) string { return dir },
		"the certificate": func(_ string, p *Pair) string { return p.File },
		"the key":         func(_ string, p *Pair) string { return p.KeyFile },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Chmod(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			p := open(t, dir)
			file := of(dir, p)
			if os.Chown(file, another, -1) != nil {
				t.Skip("root alone can give a file away")
			}
			if _, err := Open(dir, "own", template(), now); err == nil || !strings.HasPrefix(err.Error(), file+": belongs to another user") || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v", err)
			}
			defer func(was func() int) { user = was }(user)
			user = func() int { return another }
			for _, name := range []string{dir, p.File, p.KeyFile} {
				if err := os.Chown(name, another, -1); err != nil {
					t.Fatal(err)
				}
			}
			open(t, dir)
			user = func() int { return another + 1 }
			for _, name := range []string{dir, p.File, p.KeyFile} {
				if err := os.Chown(name, 0, -1); err != nil {
					t.Fatal(err)
				}
			}
			open(t, dir) // root's
		})
	}
}

// TestPipeInPlaceOfAFile is refused instead of read, for it may never end.
func TestPipeInPlaceOfAFile(t *testing.T) {
	for name, of := range map[string]func(*Pair) string{
		"certificate": func(p *Pair) string { return p.File }, "key": func(p *Pair) string { return p.KeyFile },
	} {
		dir := t.TempDir()
		file := of(open(t, dir))
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(file, 0o600); err != nil {
			t.Skip(err)
		}
		failed := make(chan error, 1)
		go func() {
			_, err := Open(dir, "own", template(), now)
			failed <- err
		}()
		select {
		case err := <-failed:
			if err == nil || !strings.HasPrefix(err.Error(), file+": is no regular file; ") || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: %v", name, err)
			}
		case <-time.After(5 * time.Second):
			t.Errorf("%s: it waits for a writer", name)
		}
	}
}
