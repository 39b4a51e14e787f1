package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/twinbill/twinbill/internal/yamlfile"
	"github.com/twinbill/twinbill/mock/front"
)

// certificate is what the listener shows, nil where it speaks plain HTTP, and the file
// that clients are to trust, empty where that is the user's own matter.
func (f serveFlags) certificate(ctx context.Context) (certificate *tls.Certificate, file string, err error) {
	switch {
	case f.tlsSelfSigned && f.tlsCert+f.tlsKey != "":
		return nil, "", errors.New("serve: choose --tls-self-signed, or --tls-cert and --tls-key")
	case f.tlsSelfSigned:
		dir, err := f.certificates()
		if err != nil {
			return nil, "", err
		}
		var further []string
		if host, _, err := net.SplitHostPort(f.addr); err == nil && host != "" && !net.ParseIP(host).IsUnspecified() {
			further = append(further, host)
		}
		certificate, file, err = front.SelfSigned(dir, further, time.Now())
		if err != nil {
			return nil, "", fmt.Errorf("serve: --tls-self-signed: %w", err)
		}
		return certificate, file, nil
	case f.tlsCert == "" && f.tlsKey == "":
		return nil, "", nil
	case f.tlsCert == "" || f.tlsKey == "":
		return nil, "", errors.New("serve: --tls-cert and --tls-key go together")
	}
	own, err := unlessStopped(ctx, func() (tls.Certificate, error) { return readPair(f.tlsCert, f.tlsKey) })
	if err != nil {
		return nil, "", fmt.Errorf("serve: --tls-cert and --tls-key: %w", err)
	}
	return &own, "", nil
}

// readPair reads a certificate and its key, of a size that such files have.
func readPair(certificate, key string) (tls.Certificate, error) {
	public, err := yamlfile.Read(certificate, maxFile)
	if err != nil {
		return tls.Certificate{}, err
	}
	private, err := yamlfile.Read(key, maxFile)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.X509KeyPair(public, private)
}

// certificates is the directory of what Twinbill signs itself.
func (f serveFlags) certificates() (string, error) {
	if f.interceptDir != "" {
		return filepath.Abs(f.interceptDir)
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("serve: nowhere to keep certificates: %w; name a directory by --intercept-dir", err)
	}
	return filepath.Join(dir, "twinbill"), nil
}

// newServer is a server that is patient within bounds. It speaks HTTP/1.1 and HTTP/2,
// over TLS or, where the client begins with it, without.
func newServer(handler http.Handler) *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Server{
		Handler:           handler,
		Protocols:         protocols,
		ReadHeaderTimeout: patience.header,
		ReadTimeout:       patience.request,
		WriteTimeout:      patience.answer,
		IdleTimeout:       patience.next,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(slog.Default().Handler(), slog.LevelWarn),
	}
}
