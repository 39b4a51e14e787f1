// Package keypair keeps a certificate and its private key in two files of a directory:
// made at first use, the same ever after.
package keypair

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/gofrs/flock"
)

// patience is how long one process waits for another to make a pair.
const patience = 10 * time.Second

// Pair is a certificate that vouches for itself, and its key.
type Pair struct {
	Certificate *x509.Certificate
	Key         *ecdsa.PrivateKey // P-256
	File        string            // the certificate, in PEM
	KeyFile     string            // the key, in PEM, readable by its owner alone
}

// Open reads NAME.pem and NAME-key.pem in a directory. Where there is no certificate it
// makes both, and the directory, from the template, which says all but the serial number.
// It errs on files that cannot be read or written, that do not belong together, whose key
// others can read, that others can write to or that are another user's, on such a
// directory, and on a certificate that is not valid at the time.
func Open(dir, name string, template *x509.Certificate, now time.Time) (*Pair, error) {
	p := &Pair{File: filepath.Join(dir, name+".pem"), KeyFile: filepath.Join(dir, name+"-key.pem")}
	if info, err := os.Stat(dir); err == nil {
		if err := guarded(dir, info, 0o022, "others than its owner may put files there (%#o); set its mode to 0700, or name a directory in it that is not there yet"); err != nil {
			return nil, err
		}
	}
	err := p.read()
	if errors.Is(err, fs.ErrNotExist) {
		err = p.make(dir, template)
	}
	if err != nil {
		return nil, err
	}
	if c := p.Certificate; now.Before(c.NotBefore) || now.After(c.NotAfter) {
		return nil, p.Broken("the certificate is valid from %s to %s", c.NotBefore.Format(time.RFC3339), c.NotAfter.Format(time.RFC3339))
	}
	return p, nil
}

// Broken is the error of a pair that cannot serve: what is wrong with it, and how to
// mend that.
func (p *Pair) Broken(format string, args ...any) error {
	return fmt.Errorf("%s: %s; remove it and %s to have new ones made", p.File, fmt.Sprintf(format, args...), filepath.Base(p.KeyFile))
}

// read fills the pair from its files. The error is fs.ErrNotExist where there is no
// certificate.
func (p *Pair) read() error {
	data, err := own(p.File, 0o022, "others than its owner may put another certificate there (%#o); set its mode to 0644")
	if err != nil {
		return err
	}
	if p.Certificate, err = x509.ParseCertificate(block(data, "CERTIFICATE")); err != nil {
		return p.Broken("is no certificate in PEM")
	}
	data, err = own(p.KeyFile, 0o077, "others than its owner may use the key (%#o); set its mode to 0600")
	if errors.Is(err, fs.ErrNotExist) {
		return p.Broken("has lost its key")
	}
	if err != nil {
		return err
	}
	key, err := x509.ParsePKCS8PrivateKey(block(data, "PRIVATE KEY"))
	if err != nil {
		return p.Broken("its key is no private key in PEM")
	}
	private, ok := key.(*ecdsa.PrivateKey)
	if !ok || !private.PublicKey.Equal(p.Certificate.PublicKey) {
		return p.Broken("its key is another's")
	}
	p.Key = private
	return nil
}

// own reads a file that nobody else has a part in, as guarded has it. A pipe is none: it
// may never end.
func own(name string, forbidden fs.FileMode, says string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: is no regular file; put the file itself there, or remove it to have a new one made", name)
	}
	if err := guarded(name, info, forbidden, says); err != nil {
		return nil, err
	}
	return os.ReadFile(name)
}

// guarded errs on what belongs to another user, or whose mode has a forbidden bit: what
// that means is told by a format that takes the mode. On Windows modes say nothing.
func guarded(name string, info fs.FileInfo, forbidden fs.FileMode, says string) error {
	if !trusted(info) {
		return fmt.Errorf("%s: belongs to another user; name a directory of your own, or give this one and its files to the user that Twinbill runs as", name)
	}
	if mode := info.Mode().Perm(); mode&forbidden != 0 && runtime.GOOS != "windows" {
		return fmt.Errorf("%s: "+says, name, mode)
	}
	return nil
}

// make writes a new pair, unless another process has written one meanwhile. The key goes
// first: a certificate is never there without its key.
func (p *Pair) make(dir string, template *x509.Certificate) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	lock := flock.New(filepath.Join(dir, ".lock"))
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if _, err := lock.TryLockContext(ctx, 10*time.Millisecond); err != nil {
		return fmt.Errorf("%s: another process holds the lock: %w", lock.Path(), err)
	}
	defer func() { _ = lock.Unlock() }()
	if err := p.read(); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	if err := write(p.KeyFile, "PRIVATE KEY", encoded, 0o600); err != nil {
		return err
	}
	if err := write(p.File, "CERTIFICATE", signed, 0o644); err != nil {
		return err
	}
	return p.read()
}

// block is the content of the first PEM block of a kind; nil where there is none.
func block(data []byte, kind string) []byte {
	for b, rest := pem.Decode(data); b != nil; b, rest = pem.Decode(rest) {
		if b.Type == kind {
			return b.Bytes
		}
	}
	return nil
}

// write puts a file in place whole or not at all.
func write(name, kind string, data []byte, mode fs.FileMode) error {
	file, err := os.CreateTemp(filepath.Dir(name), ".new-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }() // gone already, where all went well
	err = errors.Join(pem.Encode(file, &pem.Block{Type: kind, Bytes: data}), file.Chmod(mode), file.Sync(), file.Close())
	if err != nil {
		return err
	}
	return os.Rename(file.Name(), name)
}
