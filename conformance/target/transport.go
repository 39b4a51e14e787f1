package target

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// tlsFiles say how to trust a deployment and to be trusted by it. Names of files are
// relative to the target file.
type tlsFiles struct {
	CA          string `yaml:"ca"`
	Certificate string `yaml:"certificate"`
	Key         string `yaml:"key"`
	ServerName  string `yaml:"server_name"`
}

// tlsError names the key of a target file that is at fault.
type tlsError struct {
	key string
	err error
}

func (e tlsError) Error() string { return e.err.Error() }

// transport makes a transport that follows no redirect and unpacks nothing by itself,
// and takes its proxy from the environment.
func (f tlsFiles) transport(dir string) (*http.Transport, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	transport.IdleConnTimeout = 100 * time.Millisecond // many servers close idle connections before long
	transport.MaxResponseHeaderBytes = maxHeader
	transport.DisableCompression = true
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: f.ServerName}
	within := func(name string) string {
		if filepath.IsAbs(name) {
			return name
		}
		return filepath.Join(dir, name)
	}
	if f.CA != "" {
		pem, err := os.ReadFile(within(f.CA))
		if err != nil {
			return nil, tlsError{"ca", err}
		}
		if config.RootCAs, err = x509.SystemCertPool(); err != nil {
			config.RootCAs = x509.NewCertPool()
		}
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, tlsError{"ca", fmt.Errorf("%s holds no certificate in PEM", f.CA)}
		}
	}
	switch {
	case f.Certificate != "" && f.Key != "":
		pair, err := tls.LoadX509KeyPair(within(f.Certificate), within(f.Key))
		if err != nil {
			return nil, tlsError{"certificate", err}
		}
		config.Certificates = []tls.Certificate{pair}
	case f.Certificate != "":
		return nil, tlsError{"certificate", fmt.Errorf("a client certificate needs its key; add key")}
	case f.Key != "":
		return nil, tlsError{"key", fmt.Errorf("a client key needs its certificate; add certificate")}
	}
	transport.TLSClientConfig = config
	return transport, nil
}
