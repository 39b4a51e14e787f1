package main

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestServeProtocols: HTTP/1.1 and HTTP/2, in the open, encrypted, and through a tunnel.
func TestServeProtocols(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open := serveFor(t, nil, "--intercept", "--intercept-dir", dir)
	encrypted := serveFor(t, nil, "--tls-self-signed", "--intercept-dir", dir)
	trust := x509.NewCertPool()
	for _, name := range []string{"ca.pem", "server.pem"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !trust.AppendCertsFromPEM(data) {
			t.Fatalf("%s: %v", name, err)
		}
	}
	const place = "/v1/aws_account_assignments?api_key=k"
	for _, c := range []struct {
		name, url string
		tunnel    bool
		choose    func(*http.Protocols)
		major     int
	}{
		{"open", open.url + place, false, func(p *http.Protocols) { p.SetHTTP1(true) }, 1},
		{"open", open.url + place, false, func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) }, 2},
		{"encrypted", encrypted.url + place, false, func(p *http.Protocols) { p.SetHTTP1(true) }, 1},
		{"encrypted", encrypted.url + place, false, func(p *http.Protocols) { p.SetHTTP1(true); p.SetHTTP2(true) }, 2},
		{"tunnel", "https://chapi.cloudhealthtech.com" + place, true, func(p *http.Protocols) { p.SetHTTP1(true) }, 1},
		{"tunnel", "https://chapi.cloudhealthtech.com" + place, true, func(p *http.Protocols) { p.SetHTTP1(true); p.SetHTTP2(true) }, 2},
	} {
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trust}, Protocols: new(http.Protocols)}
		c.choose(transport.Protocols)
		if c.tunnel {
			proxy, err := url.Parse(open.url)
			if err != nil {
				t.Fatal(err)
			}
			transport.Proxy = http.ProxyURL(proxy)
		}
		response, err := (&http.Client{Transport: transport, Timeout: limit}).Get(c.url)
		if err != nil {
			t.Errorf("%s, HTTP/%d: %v", c.name, c.major, err)
			continue
		}
		response.Body.Close()
		transport.CloseIdleConnections()
		if response.StatusCode != http.StatusOK || response.ProtoMajor != c.major {
			t.Errorf("%s, HTTP/%d: status %d by %s", c.name, c.major, response.StatusCode, response.Proto)
		}
	}
	for _, s := range []*serving{open, encrypted} {
		if err := s.signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		if err := s.wait(); err != nil {
			t.Errorf("serve ended with %v", err)
		}
	}
}
