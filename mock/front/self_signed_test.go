package front

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"
)

func TestSelfSigned(t *testing.T) {
	dir := t.TempDir()
	certificate, file, err := SelfSigned(dir, []string{"twin.example.com", "192.0.2.1"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	trust := x509.NewCertPool()
	data, err := os.ReadFile(file)
	if err != nil || !trust.AppendCertsFromPEM(data) {
		t.Fatalf("no certificate: %v", err)
	}
	for host, want := range map[string]bool{
		"localhost": true, "127.0.0.1": true, "::1": true, "twin.example.com": true, "192.0.2.1": true, "example.com": false, "192.0.2.2": false,
	} {
		if _, err := certificate.Leaf.Verify(x509.VerifyOptions{DNSName: host, Roots: trust}); (err == nil) != want {
			t.Errorf("%s: %v", host, err)
		}
	}
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.TLS = &tls.Config{Certificates: []tls.Certificate{*certificate}}
	server.StartTLS()
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trust}}}
	defer client.CloseIdleConnections()
	response, err := client.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()

	if again, _, err := SelfSigned(dir, []string{"twin.example.com"}, time.Now()); err != nil || !again.Leaf.Equal(certificate.Leaf) {
		t.Errorf("a second opening: %v", err)
	}
	if _, _, err := SelfSigned(dir, []string{"other.example.com"}, time.Now()); err == nil || !strings.Contains(err.Error(), "server.pem: is not for other.example.com; remove it and server-key.pem") {
		t.Errorf("another name: %v", err)
	}
	if _, _, err := SelfSigned(dir, nil, time.Now().Add(selfSignedLife+time.Hour)); err == nil {
		t.Error("out of date, and taken")
	}
}
