package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// serveFor starts a twin that ends with the test.
func serveFor(t *testing.T, env []string, flags ...string) *serving {
	t.Helper()
	s, err := startServing(t.TempDir(), append([]string{"PATH=" + os.Getenv("PATH")}, env...), flags...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	return s
}

// begin sends the first part of a request on a connection of its own.
func begin(t *testing.T, s *serving, text string) net.Conn {
	t.Helper()
	conn, err := net.DialTimeout("tcp", strings.TrimPrefix(s.url, "http://"), limit)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(limit)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	return conn
}

const form = "grant_type=client_credentials&client_id=one&client_secret=two&scope=openid"

// slowRequest is the first part of a request for a token. The twin answers it with 100
// once it reads the body.
var slowRequest = fmt.Sprintf("POST /ripple/access_token HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: 100-continue\r\n"+
	"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", len(form), form[:20])

// underWay begins a slow request and returns once the twin is at it.
func underWay(t *testing.T, s *serving) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn := begin(t, s, slowRequest)
	reader := bufio.NewReader(conn)
	if status := answer(t, reader).StatusCode; status != http.StatusContinue {
		t.Fatalf("status %d", status)
	}
	return conn, reader
}

func answer(t *testing.T, reader *bufio.Reader) *http.Response {
	t.Helper()
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	return response
}

func TestServeFinishesWhatIsInFlight(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			s := serveFor(t, nil)
			conn, reader := underWay(t, s)
			if err := s.signal(signal); err != nil {
				t.Fatal(err)
			}
			untilClosed(t, s)
			if _, err := io.WriteString(conn, form[20:]); err != nil {
				t.Fatal(err)
			}
			response := answer(t, reader)
			if response.StatusCode != http.StatusOK {
				t.Errorf("status %d", response.StatusCode)
			}
			var token struct {
				AccessToken string `json:"access_token"`
			}
			if err := json.NewDecoder(response.Body).Decode(&token); err != nil || token.AccessToken == "" {
				t.Errorf("no token: %v", err)
			}
			if err := s.wait(); err != nil {
				t.Errorf("serve ended with %v", err)
			}
		})
	}
}

// untilClosed waits until the twin takes no new connections.
func untilClosed(t *testing.T, s *serving) {
	t.Helper()
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			return
		}
		_ = conn.Close()
	}
	t.Fatal("the twin still takes connections")
}

func TestServeEndsAtOnceOnASecondSignal(t *testing.T) {
	t.Parallel()
	s := serveFor(t, nil)
	underWay(t, s)
	if err := s.signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	untilClosed(t, s)
	if err := s.signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	exit, _ := errors.AsType[*exec.ExitError](s.wait())
	if exit == nil || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGTERM {
		t.Errorf("ended with %v", exit)
	}
}

// TestServeCutsOffSlowClients holds back parts of a request: the twin does not wait
// for them for ever, and never answers with a 5xx.
func TestServeCutsOffSlowClients(t *testing.T) {
	s := serveFor(t, []string{impatient + "=1"})
	for name, text := range map[string]string{
		"nothing":         "",
		"half a header":   "GET /v1/aws_account_assignments HTTP/1.1\r\nHost: 127.0",
		"half a body":     slowRequest,
		"no next request": "GET /__admin/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := begin(t, s, text)
			said, err := io.ReadAll(conn)
			if err != nil {
				t.Fatalf("the connection was not closed: %v", err)
			}
			if strings.Contains(string(said), "HTTP/1.1 5") {
				t.Errorf("answered %s", said)
			}
		})
	}
}

func TestServeWaitsLongEnough(t *testing.T) {
	for name, wait := range map[string]time.Duration{
		"header": patience.header, "request": patience.request, "answer": patience.answer, "next": patience.next, "stop": patience.stop,
	} {
		if wait < 5*time.Second || wait > 5*time.Minute {
			t.Errorf("%s: %v", name, wait)
		}
	}
}

func TestServeStrict(t *testing.T) {
	t.Parallel()
	clients := filepath.Join(t.TempDir(), "clients.yaml")
	if err := os.WriteFile(clients, []byte(`
ripple:
  - {client_id: reader, client_secret: secret, roles: [ReadAccount]}
cloudhealth: [the-key]
`), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serveFor(t, nil, "--auth", "strict", "--clients", clients)
	status, body := ask(t, s.url, tokenOf("reader", "secret"))
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(body, &token); err != nil || status != http.StatusOK {
		t.Fatalf("status %d: %s", status, body)
	}
	for _, c := range []struct {
		name   string
		ask    request
		status int
	}{
		{"wrong secret", tokenOf("reader", "other"), http.StatusUnauthorized},
		{"unlisted client", tokenOf("other", "secret"), http.StatusUnauthorized},
		{"role that suffices", request{path: "/m/ripple/accts?vendor=aws", key: token.AccessToken}, http.StatusOK},
		{"role that does not", request{path: "/m/ripple/reseller", key: token.AccessToken}, http.StatusForbidden},
		{"listed key", request{path: "/v1/aws_account_assignments", key: "the-key"}, http.StatusOK},
		{"unlisted key", request{path: "/v1/aws_account_assignments", key: "other"}, http.StatusForbidden},
	} {
		if status, body := ask(t, s.url, c.ask); status != c.status {
			t.Errorf("%s: status %d, want %d: %s", c.name, status, c.status, body)
		}
	}
}

// request is a GET with a key, or a POST of a form.
type request struct {
	path, key string
	form      url.Values
}

func tokenOf(id, secret string) request {
	return request{path: "/ripple/access_token", form: url.Values{
		"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}, "scope": {"openid"},
	}}
}

func ask(t *testing.T, base string, r request) (int, []byte) {
	t.Helper()
	method := http.MethodGet
	if r.form != nil {
		method = http.MethodPost
	}
	call, err := http.NewRequestWithContext(t.Context(), method, base+r.path, strings.NewReader(r.form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if r.form != nil {
		call.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if r.key != "" {
		call.Header.Set("Authorization", "Bearer "+r.key)
	}
	response, err := http.DefaultClient.Do(call)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, body
}

func TestServeTLS(t *testing.T) {
	t.Parallel()
	certificate, key := certify(t)
	s := serveFor(t, nil, "--tls-cert", certificate, "--tls-key", key)
	if !strings.HasPrefix(s.url, "https://127.0.0.1:") {
		t.Errorf("listening on %s", s.url)
	}
	env := []string{"PATH=" + os.Getenv("PATH"), "SSL_CERT_FILE=" + certificate}
	for _, args := range [][]string{
		{"health", "--url", s.url},
		{"verify", "--url", s.url, "--run", "cloudhealth/paging/three-pages"}, // links and locations are https, too
	} {
		command := exec.Command("twinbill", args...)
		command.Env = env
		if out, err := command.CombinedOutput(); err != nil {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
	command := exec.Command("twinbill", "health", "--url", s.url)
	command.Env = []string{env[0], "SSL_CERT_FILE=/dev/null", "SSL_CERT_DIR=/dev/null"}
	if out, err := command.CombinedOutput(); err == nil || strings.Count(string(out), "\n") != 1 {
		t.Errorf("a certificate that nobody vouches for: %v\n%s", err, out)
	}
	old := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11}}}
	if _, err := old.Get(s.url + "/__admin/health"); err == nil {
		t.Error("TLS 1.1 is taken")
	}
}

// certify makes a certificate for 127.0.0.1, and returns the files of it and its key.
func certify(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "twinbill"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, kind string, data []byte) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data}), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	return write("cert.pem", "CERTIFICATE", signed), write("key.pem", "PRIVATE KEY", encoded)
}
