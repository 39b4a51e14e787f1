package keypair

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func template() *x509.Certificate {
	return &x509.Certificate{Subject: pkix.Name{CommonName: "test"}, NotBefore: now, NotAfter: now.Add(time.Hour), DNSNames: []string{"localhost"}}
}

func open(t *testing.T, dir string) *Pair {
	t.Helper()
	p, err := Open(dir, "own", template(), now)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestOpenMakesAPairOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "directory")
	first := open(t, dir)
	if again := open(t, dir); !again.Certificate.Equal(first.Certificate) || !again.Key.Equal(first.Key) {
		t.Error("a second opening has another pair")
	}
	if err := first.Certificate.CheckSignature(first.Certificate.SignatureAlgorithm, first.Certificate.RawTBSCertificate, first.Certificate.Signature); err != nil {
		t.Errorf("it does not vouch for itself: %v", err)
	}
	for name, want := range map[string]os.FileMode{first.KeyFile: 0o600, first.File: 0o644, dir: 0o700 | os.ModeDir} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != want && runtime.GOOS != "windows" {
			t.Errorf("%s has mode %v, want %v", name, info.Mode(), want)
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, ".new-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
}

func TestOpenTogether(t *testing.T) {
	dir := t.TempDir()
	pairs := make([]*Pair, 8)
	var all sync.WaitGroup
	for i := range pairs {
		all.Go(func() {
			var err error
			if pairs[i], err = Open(dir, "own", template(), now); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, p := range pairs {
		if p != nil && !p.Certificate.Equal(pairs[0].Certificate) {
			t.Error("two were made")
		}
	}
}

func TestOpenAfterAHalfMadePair(t *testing.T) {
	dir := t.TempDir()
	first := open(t, dir)
	if err := os.Remove(first.File); err != nil { // as if it had ended between the two files
		t.Fatal(err)
	}
	if again := open(t, dir); again.Certificate.Equal(first.Certificate) {
		t.Error("the certificate that was removed is back")
	}
}

func TestOpenRefuses(t *testing.T) {
	put := func(name func(*Pair) string, text string) func(*testing.T, *Pair) {
		return func(t *testing.T, p *Pair) {
			if err := os.WriteFile(name(p), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	certificate, key := func(p *Pair) string { return p.File }, func(p *Pair) string { return p.KeyFile }
	other := open(t, t.TempDir())
	read := func(name string) string {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	for _, c := range []struct {
		name  string
		spoil func(*testing.T, *Pair)
		at    time.Time
		says  string
	}{
		{"empty certificate", put(certificate, ""), now, "is no certificate in PEM; remove it and own-key.pem to have new ones made"},
		{"broken certificate", put(certificate, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), now, "is no certificate in PEM"},
		{"key in place of the certificate", put(certificate, read(other.KeyFile)), now, "is no certificate in PEM"},
		{"broken key", put(key, "none"), now, "its key is no private key in PEM"},
		{"another's key", put(key, read(other.KeyFile)), now, "its key is another's"},
		{"no key", func(t *testing.T, p *Pair) {
			if err := os.Remove(p.KeyFile); err != nil {
				t.Fatal(err)
			}
		}, now, "has lost its key"},
		{"readable key", func(t *testing.T, p *Pair) {
			if runtime.GOOS == "windows" {
				t.Skip("modes say nothing there")
			}
			if err := os.Chmod(p.KeyFile, 0o640); err != nil {
				t.Fatal(err)
			}
		}, now, "others than its owner may use the key (0640); set its mode to 0600"},
		{"writable certificate", func(t *testing.T, p *Pair) {
			if runtime.GOOS == "windows" {
				t.Skip("modes say nothing there")
			}
			if err := os.Chmod(p.File, 0o664); err != nil {
				t.Fatal(err)
			}
		}, now, "others than its owner may put another certificate there (0664); set its mode to 0644"},
		{"out of date", func(*testing.T, *Pair) {}, now.Add(2 * time.Hour), "the certificate is valid from 2026-03-01T12:00:00Z to 2026-03-01T13:00:00Z; remove"},
		{"of the future", func(*testing.T, *Pair) {}, now.Add(-time.Second), "the certificate is valid from"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			p := open(t, dir)
			c.spoil(t, p)
			before := files(t, dir)
			_, err := Open(dir, "own", template(), c.at)
			if err == nil || !strings.HasPrefix(err.Error(), dir) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want %s", err, c.says)
			}
			if after := files(t, dir); after != before {
				t.Error("files have changed")
			}
		})
	}
	t.Run("no directory", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(file, "own", template(), now); err == nil {
			t.Error("no error")
		}
	})
}

func files(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := ""
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all += fmt.Sprintln(e.Name(), string(data))
	}
	return all
}
