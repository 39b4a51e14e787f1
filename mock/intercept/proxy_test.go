package intercept

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// limit bounds every wait of these tests.
const limit = 20 * time.Second

// listener is a proxy on a free port.
type listener struct {
	*Proxy
	address string
	scheme  string // by which clients speak to the proxy itself
	trust   *x509.CertPool
}

// listen serves a handler and a proxy for it until the test ends.
func listen(t *testing.T, handler http.HandlerFunc, encrypted bool) *listener {
	t.Helper()
	a := newAuthority(t, time.Now)
	p := New(a, handler, &http.Server{Handler: handler, ErrorLog: nil, ReadHeaderTimeout: limit}, nil)
	server := httptest.NewUnstartedServer(p)
	l := &listener{Proxy: p, scheme: "http", trust: trusting(a)}
	if encrypted {
		server.StartTLS()
		l.scheme = "https"
		l.trust.AddCert(server.Certificate())
	} else {
		server.Config.Protocols = new(http.Protocols)
		server.Config.Protocols.SetHTTP1(true)
		server.Config.Protocols.SetUnencryptedHTTP2(true)
		server.Start()
	}
	l.address = server.Listener.Addr().String()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		if err := p.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		server.Close()
	})
	return l
}

// client is one that asks through the proxy.
func (l *listener) client(t *testing.T, http2 bool) *http.Client {
	t.Helper()
	transport := &http.Transport{
		Proxy:             http.ProxyURL(&url.URL{Scheme: l.scheme, Host: l.address}),
		TLSClientConfig:   &tls.Config{RootCAs: l.trust},
		ForceAttemptHTTP2: http2,
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: limit}
}

// echo says what a handler is asked.
func echo(w http.ResponseWriter, r *http.Request) {
	sum := 0
	body, _ := io.ReadAll(r.Body)
	for _, own := range []string{"Proxy-Connection", "Proxy-Authorization"} {
		sum += len(r.Header.Values(own))
	}
	_, _ = fmt.Fprintf(w, "%s %s host=%s tls=%v absolute=%v uri=%s body=%q proxy-headers=%d %s",
		r.Method, r.URL.Path, r.Host, r.TLS != nil, r.URL.IsAbs(), r.RequestURI, body, sum, r.Proto)
}

func text(t *testing.T, response *http.Response, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(response.StatusCode, " ", string(body))
}

func TestTunnels(t *testing.T) {
	for _, encrypted := range []bool{false, true} {
		l := listen(t, echo, encrypted)
		for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
			client := l.client(t, protocol == "HTTP/2.0")
			for _, host := range l.authority.Hosts() {
				response, err := client.Post("https://"+host+"/v1/x?y=%2Fz", "text/plain", strings.NewReader("hello"))
				want := fmt.Sprintf(`200 POST /v1/x host=%s tls=true absolute=false uri=/v1/x?y=%%2Fz body="hello" proxy-headers=0 %s`, host, protocol)
				if got := text(t, response, err); got != want {
					t.Errorf("by %s proxy:\n%s, want\n%s", l.scheme, got, want)
				}
			}
		}
	}
}

func TestWholeURLs(t *testing.T) {
	l := listen(t, echo, false)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://login.alphaus.cloud/ripple/access_token", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Proxy-Authorization", "Basic eDp5")
	request.Header.Set("Proxy-Connection", "keep-alive")
	response, err := l.client(t, false).Do(request)
	want := `200 GET /ripple/access_token host=login.alphaus.cloud tls=false absolute=false uri=/ripple/access_token body="" proxy-headers=0 HTTP/1.1`
	if got := text(t, response, err); got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
	// Some clients ask a proxy for an encrypted URL in the open.
	if got := l.ask(t, "GET https://chapi.cloudhealthtech.com HTTP/1.1\r\nHost: x\r\n\r\n"); !strings.Contains(got, "GET / host=chapi.cloudhealthtech.com tls=false") {
		t.Errorf("got %s", got)
	}
	// What is no request to a proxy is the handler's.
	response, err = http.Get("http://" + l.address + "/__admin/health")
	if got := text(t, response, err); !strings.HasPrefix(got, "200 GET /__admin/health host=127.0.0.1:") {
		t.Errorf("got %s", got)
	}
}

// dial opens a connection to the listener and sends some text.
func (l *listener) dial(t *testing.T, text string) net.Conn {
	t.Helper()
	conn, err := net.DialTimeout("tcp", l.address, limit)
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

// ask is the status and body of the answer to a raw request.
func (l *listener) ask(t *testing.T, request string) string {
	t.Helper()
	response, err := http.ReadResponse(bufio.NewReader(l.dial(t, request)), nil)
	return text(t, response, err)
}

func TestRefused(t *testing.T) {
	l := listen(t, func(http.ResponseWriter, *http.Request) { t.Error("the handler is asked") }, false)
	for _, line := range []string{
		"CONNECT example.com:443", "CONNECT api.alphaus.cloud:80", "CONNECT api.alphaus.cloud:22", "CONNECT api.alphaus.cloud",
		"CONNECT 127.0.0.1:443", "CONNECT evil.api.alphaus.cloud:443", "CONNECT api.alphaus.cloud.example.com:443",
		"GET http://localhost/__admin/state", "GET http://127.0.0.1:4610/__admin/state", "GET http://example.com/",
		"GET http://api.alphaus.cloud:443/", "GET https://api.alphaus.cloud:80/", "GET ftp://api.alphaus.cloud/",
	} {
		got := l.ask(t, line+" HTTP/1.1\r\nHost: localhost\r\n\r\n")
		if !strings.HasPrefix(got, "403 no ") || strings.Count(got, "\n") != 1 || !strings.Contains(got, "api.alphaus.cloud, chapi.cloudhealthtech.com, login.alphaus.cloud alone") {
			t.Errorf("%s: %q", line, got)
		}
	}
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	t.Cleanup(transport.CloseIdleConnections)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodConnect, "http://"+l.address, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = "api.alphaus.cloud:443"
	response, err := transport.RoundTrip(request)
	if got := text(t, response, err); got != "501 ask for a tunnel by HTTP/1.1\n" {
		t.Errorf("HTTP/2: %q", got)
	}
}

// tunnel opens a tunnel by hand, and sends the client's first bytes with the CONNECT.
func (l *listener) tunnel(t *testing.T, host string) *tls.Conn {
	t.Helper()
	first := &eager{Conn: l.dial(t, "")}
	first.greeting = "CONNECT " + host + ":443 HTTP/1.1\r\nHost: " + host + ":443\r\n\r\n"
	conn := tls.Client(first, &tls.Config{RootCAs: l.trust, ServerName: host})
	if err := conn.HandshakeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	return conn
}

// eager sends the greeting in one piece with what is written first, and takes the answer
// to it off what is read first.
type eager struct {
	net.Conn
	greeting string
	reader   *bufio.Reader
}

func (e *eager) Write(p []byte) (int, error) {
	_, err := e.Conn.Write(append([]byte(e.greeting), p...))
	e.greeting = ""
	return len(p), err
}

func (e *eager) Read(p []byte) (int, error) {
	if e.reader == nil {
		e.reader = bufio.NewReader(e.Conn)
		response, err := http.ReadResponse(e.reader, &http.Request{Method: http.MethodConnect})
		if err != nil {
			return 0, err
		}
		if response.StatusCode != http.StatusOK {
			return 0, errors.New(response.Status)
		}
	}
	return e.reader.Read(p)
}

func TestTunnelLeadsToOneHost(t *testing.T) {
	l := listen(t, echo, false)
	for request, want := range map[string]string{
		"GET /x HTTP/1.1\r\nHost: API.alphaus.cloud:443\r\n\r\n":                          "200 GET /x host=API.alphaus.cloud:443 tls=true",
		"GET /x HTTP/1.0\r\n\r\n":                                                         "200 GET /x host=api.alphaus.cloud tls=true",
		"GET https://api.alphaus.cloud/x HTTP/1.1\r\nHost: y\r\n\r\n":                     "200 GET /x host=api.alphaus.cloud tls=true",
		"GET /__admin/state HTTP/1.1\r\nHost: localhost\r\n\r\n":                          "421 this tunnel leads to api.alphaus.cloud, not to \"localhost\"",
		"GET https://localhost/__admin/state HTTP/1.1\r\nHost: api.alphaus.cloud\r\n\r\n": "421 this tunnel",
		"GET /x HTTP/1.1\r\nHost: chapi.cloudhealthtech.com\r\n\r\n":                      "421 this tunnel",
		"CONNECT api.alphaus.cloud:443 HTTP/1.1\r\nHost: api.alphaus.cloud:443\r\n\r\n":   "403 no tunnel in a tunnel",
	} {
		conn := l.tunnel(t, "api.alphaus.cloud")
		if _, err := io.WriteString(conn, request); err != nil {
			t.Fatal(err)
		}
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if got := text(t, response, err); !strings.HasPrefix(got, want) {
			t.Errorf("%q: %s, want %s", request, got, want)
		}
	}
}

func TestTunnelShowsTheCertificateOfItsHost(t *testing.T) {
	l := listen(t, echo, false)
	first := &eager{Conn: l.dial(t, ""), greeting: "CONNECT api.alphaus.cloud:443 HTTP/1.1\r\nHost: x\r\n\r\n"}
	conn := tls.Client(first, &tls.Config{RootCAs: l.trust, ServerName: "login.alphaus.cloud"})
	if err := conn.HandshakeContext(t.Context()); !strings.Contains(fmt.Sprint(err), "valid for api.alphaus.cloud") {
		t.Errorf("another name is taken: %v", err)
	}
	l.trust = x509.NewCertPool()
	if _, err := l.client(t, false).Get("https://api.alphaus.cloud/"); err == nil {
		t.Error("a client that does not trust the authority takes its word")
	}
}

// TestCuts: whatever ends a connection ends it in a tunnel too.
func TestCuts(t *testing.T) {
	l := listen(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/taken" {
			conn, buffered, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = buffered.WriteString("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
			_ = buffered.Flush()
			_ = conn.Close()
			return
		}
		w.Header().Set("Content-Length", "10")
		if r.URL.Path == "/half" {
			_, _ = io.WriteString(w, "half")
			_ = http.NewResponseController(w).Flush()
		}
		panic(http.ErrAbortHandler)
	}, false)
	for _, c := range []struct {
		path   string
		http2  bool
		answer bool
	}{{"/taken", false, true}, {"/half", false, true}, {"/none", false, false}, {"/half", true, true}, {"/none", true, false}} {
		response, err := l.client(t, c.http2).Get("https://api.alphaus.cloud" + c.path)
		if !c.answer {
			if err == nil {
				response.Body.Close()
				t.Errorf("%s: status %d", c.path, response.StatusCode)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", c.path, err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if !bytes.Equal(body, []byte("half")) || err == nil {
			t.Errorf("%s: %q, %v", c.path, body, err)
		}
	}
}

func TestShutdown(t *testing.T) {
	begun, finish := make(chan struct{}), make(chan struct{})
	l := listen(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			close(begun)
			<-finish
		}
		_, _ = io.WriteString(w, "done")
	}, false)
	idle := l.tunnel(t, "login.alphaus.cloud")
	if _, err := io.WriteString(idle, "GET / HTTP/1.1\r\nHost: login.alphaus.cloud\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(idle)
	response, err := http.ReadResponse(reader, nil)
	if got := text(t, response, err); got != "200 done" {
		t.Fatal(got)
	}
	slow := make(chan string, 1)
	client := l.client(t, false)
	go func() {
		response, err := client.Get("https://api.alphaus.cloud/slow")
		if err != nil {
			slow <- err.Error()
			return
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		slow <- fmt.Sprint(string(body), err)
	}()
	<-begun
	ended := make(chan error, 1)
	go func() { ended <- l.Shutdown(t.Context()) }()
	if _, err := reader.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("an idle tunnel: %v", err)
	}
	select {
	case err := <-ended:
		t.Errorf("shutdown did not wait: %v", err)
	default:
	}
	close(finish)
	if got := <-slow; got != "done<nil>" {
		t.Errorf("a request in flight: %s", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	late := l.dial(t, "CONNECT api.alphaus.cloud:443 HTTP/1.1\r\nHost: x\r\n\r\n")
	if said, err := io.ReadAll(late); err != nil || !strings.HasPrefix(string(said), "HTTP/1.1 200") {
		t.Errorf("a late tunnel is not closed: %q, %v", said, err)
	}
}

func TestShutdownLosesPatience(t *testing.T) {
	begun := make(chan struct{})
	l := listen(t, func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
	}, false)
	failed := make(chan error, 1)
	client := l.client(t, false)
	go func() {
		response, err := client.Get("https://api.alphaus.cloud/")
		if err == nil {
			response.Body.Close()
		}
		failed <- err
	}()
	<-begun
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("shutdown: %v", err)
	}
	if err := <-failed; err == nil {
		t.Error("the request was answered")
	}
}
