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
// others can read, on a directory that others can write to, and on a certificate that is not valid at the time.
func Open(dir, name string, template *x509.Certificate, now time.Time) (*Pair, error) {
	p := &Pair{File: filepath.Join(dir, name+".pem"), KeyFile: filepath.Join(dir, name+"-key.pem")}
	if info, err := os.Stat(dir); err == nil && info.Mode().Perm()&0o022 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("%s: others than its owner may put files there (%#o); set its mode to 0700, or name a directory in it that is not there yet", dir, info.Mode().Perm())
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
	data, err := os.ReadFile(p.File)
	if err != nil {
		return err
	}
	if p.Certificate, err = x509.ParseCertificate(block(data, "CERTIFICATE")); err != nil {
		return p.Broken("is no certificate in PEM")
	}
	data, err = os.ReadFile(p.KeyFile)
	if errors.Is(err, fs.ErrNotExist) {
		return p.Broken("has lost its key")
	}
	if err != nil {
		return err
	}
	if info, err := os.Stat(p.KeyFile); err == nil && info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
		return fmt.Errorf("%s: others than its owner may use the key (%#o); set its mode to 0600", p.KeyFile, info.Mode().Perm())
	}
	key, err := x509.ParsePKCS8PrivateKey(block(data, "PRIVATE KEY"))
	if err != nil {
		return p.Broken("its key is no private key in PEM")
	}
	own, ok := key.(*ecdsa.PrivateKey)
	if !ok || !own.PublicKey.Equal(p.Certificate.PublicKey) {
		return p.Broken("its key is another's")
	}
	p.Key = own
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
