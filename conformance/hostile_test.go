package conformance_test

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/openapi"
)

// hostile is a way to answer every request of an API, tokens and health aside.
type hostile struct {
	answer  http.HandlerFunc                                    // in place of the twin
	server  func(t *testing.T, h *hostileServer)                // changes the server before it starts
	use     func(t *testing.T, h *hostileServer) *target.Target // in place of its address
	tune    func(*target.Target)
	ripple  bool          // Ripple alone
	key     bool          // CloudHealth alone, with the deployment's own key
	timeout time.Duration // of one attempt; 0 means hostileTimeout
	alone   bool          // changes what all tests share
}

// hostiles are the behaviours by the row of docs/verdicts.md.
func hostiles() map[string]hostile {
	status := func(code int, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(code)
		}
	}
	ok := func(header, value string, body []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if header != "" {
				w.Header().Set(header, value)
			}
			_, _ = w.Write(body)
		}
	}
	// raw writes bytes on the connection and closes it.
	raw := func(text string) http.HandlerFunc {
		return hijacked(func(c net.Conn) { _, _ = io.WriteString(c, text) })
	}
	const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n"
	const short = 300 * time.Millisecond
	return map[string]hostile{
		"no answer to the very first request":  {server: func(_ *testing.T, h *hostileServer) { h.dead = true }},
		"429 with Retry-After in seconds":      {answer: status(429, "Retry-After", "0")},
		"429 with Retry-After as a date":       {answer: status(429, "Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT")},
		"429 with Retry-After beyond a minute": {answer: status(429, "Retry-After", "99999999999999999999")},
		"429 without Retry-After":              {answer: status(429)},
		"503 with Retry-After":                 {answer: status(503, "Retry-After", "0")},
		"503 without Retry-After":              {answer: status(503)},
		"500":                                  {answer: status(500)},
		"502":                                  {answer: status(502)},
		"connection refused":                   {server: func(_ *testing.T, h *hostileServer) { h.closes = true }},
		"host name that no longer resolves":    {use: forgotten, alone: true},
		"wrong TLS certificate":                {server: wrongCertificate, use: byFile},
		"connection closed before the answer":  {answer: raw("")},
		"connection reset before the answer": {answer: hijacked(func(c net.Conn) {
			_ = c.(*net.TCPConn).SetLinger(0)
		})},
		"connection cut in the header":                                        {answer: raw("HTTP/1.1 200 OK\r\nContent-Ty")},
		"connection cut after the header":                                     {answer: raw(head + "\r\n")},
		"connection cut in the body":                                          {answer: raw(head + "\r\n[{")},
		"bytes that are not HTTP":                                             {answer: raw("\x16\x03\x01\x00garbage\r\n\r\n")},
		"header larger than 1 MiB":                                            {answer: raw("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 2<<20) + "\r\n\r\n")},
		"nothing within the timeout":                                          {answer: hijacked(func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }), timeout: short},
		"one byte a second":                                                   {answer: drip, timeout: short},
		"body larger than 10 MiB":                                             {answer: ok("", "", bytes.Repeat([]byte(" "), target.MaxAnswer+1))},
		"gzip that unpacks to more than 10 MiB":                               {answer: ok("Content-Encoding", "gzip", pack(make([]byte, target.MaxAnswer+1)))},
		"token expired midway":                                                {server: func(_ *testing.T, h *hostileServer) { h.expires, h.renews = true, true }, ripple: true},
		"token expired midway, and none issued anew":                          {server: func(_ *testing.T, h *hostileServer) { h.expires = true }, ripple: true},
		"401 with a token just issued":                                        {answer: status(401), ripple: true},
		"401 or 403 with the CloudHealth key, on the list of assignments too": {answer: status(403), key: true},
		"budget of requests spent":                                            {tune: func(t *target.Target) { t.MaxRequests = 1 }},
		"gzip":                                                                {server: func(_ *testing.T, h *hostileServer) { h.twin = packed(h.twin, pack) }},
		"gzip that is none":                                                   {server: func(_ *testing.T, h *hostileServer) { h.twin = packed(h.twin, nil) }},
		"gzip that does not say so":                                           {answer: ok("", "", pack([]byte("[]")))},
		"Content-Encoding that the request does not accept":                   {answer: ok("Content-Encoding", "br", []byte("[]"))},
		"HTML with a documented status":                                       {answer: ok("Content-Type", "text/html", []byte("<html><body>Welcome</body></html>"))},
		"other JSON with a documented status":                                 {answer: ok("", "", []byte(`{"unexpected": [null, 1e999]}`))},
		"bytes that are no text with a documented status":                     {answer: ok("", "", []byte("\x00\xff\xfe\x01"))},
		"status that is documented nowhere, below 500":                        {answer: status(418)},
		"redirect to another host":                                            {server: redirect},
	}
}

// hijacked takes the connection over, and closes it at the end.
func hijacked(do func(net.Conn)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		c, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		defer c.Close()
		do(c)
	}
}

func drip(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	for range 100 {
		_, _ = w.Write([]byte(" "))
		_ = http.NewResponseController(w).Flush()
		select {
		case <-r.Context().Done():
			return
		case <-time.After(time.Second):
		}
	}
}

func pack(body []byte) []byte {
	var buffer bytes.Buffer
	w := gzip.NewWriter(&buffer)
	_, _ = w.Write(body) // a buffer takes every write
	_ = w.Close()
	return buffer.Bytes()
}

// packed says that the twin's answers are gzip, and makes them so if it can.
func packed(twin http.Handler, with func([]byte) []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := httptest.NewRecorder()
		twin.ServeHTTP(recorder, r)
		body := recorder.Body.Bytes()
		for name, values := range recorder.Header() {
			w.Header()[name] = values
		}
		if len(body) > 0 && api(r) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Del("Content-Length")
			if with != nil {
				body = with(body)
			}
		}
		w.WriteHeader(recorder.Code)
		_, _ = w.Write(body)
	})
}

// redirect sends everybody to another host, which nobody may go to.
func redirect(t *testing.T, h *hostileServer) {
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("another host is asked %s %s with %v", r.Method, r.URL, r.Header)
	}))
	t.Cleanup(other.Close)
	var n atomic.Int32
	h.answer = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", other.URL+r.URL.RequestURI())
		w.WriteHeader([]int{301, 302, 303, 307, 308}[n.Add(1)%5])
	}
}

// hostileServer is a twin behind a behaviour.
type hostileServer struct {
	*httptest.Server
	twin   http.Handler
	answer http.HandlerFunc

	dead, closes bool        // it answers nothing; nothing after the first answer
	once         atomic.Bool // the first answer is out

	expires, renews bool
	mu              sync.Mutex
	uses            map[string]int
}

// api tells the requests that are answered in hostile ways.
func api(r *http.Request) bool {
	return !strings.HasPrefix(r.URL.Path, "/__admin") && !strings.HasSuffix(r.URL.Path, "/access_token")
}

func (h *hostileServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasPrefix(r.URL.Path, "/__admin"):
		if h.closes {
			_ = h.Listener.Close()
		}
		w.Header().Set("Connection", "close")
		h.twin.ServeHTTP(w, r)
		h.once.Store(true)
	case h.expires:
		h.expiring(w, r)
	case h.answer == nil || !api(r):
		h.twin.ServeHTTP(w, r)
	default:
		h.answer(w, r)
	}
}

// expiring takes each token that was issued first for a client twice, and the next for
// good, if it issues one. Tokens end in how many were issued before.
func (h *hostileServer) expiring(w http.ResponseWriter, r *http.Request) {
	if api(r) {
		token, before, _ := strings.Cut(r.Header.Get("Authorization"), "~")
		if before == "0" && h.use(token) >= 2 {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		r.Header.Set("Authorization", token)
		h.twin.ServeHTTP(w, r)
		return
	}
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	before := h.use(r.URL.RawQuery + string(body))
	if before > 0 && !h.renews {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	recorder := httptest.NewRecorder()
	h.twin.ServeHTTP(recorder, r)
	var answer map[string]any
	if json.Unmarshal(recorder.Body.Bytes(), &answer) == nil && recorder.Code == http.StatusOK {
		answer["access_token"] = fmt.Sprintf("%v~%d", answer["access_token"], before)
		body, _ = json.Marshal(answer)
	} else {
		body = recorder.Body.Bytes()
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(recorder.Code)
	_, _ = w.Write(body)
}

// use counts something and returns how often it was counted before.
func (h *hostileServer) use(what string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.uses[what]++
	return h.uses[what] - 1
}

// start serves a twin in a hostile way, and returns how to reach it.
func (b hostile) start(t *testing.T) *target.Target {
	t.Helper()
	twin, err := mock.New()
	if err != nil {
		t.Fatal(err)
	}
	h := &hostileServer{twin: twin, answer: b.answer, uses: map[string]int{}}
	h.Server = httptest.NewUnstartedServer(h)
	h.Config.ErrorLog = log.New(io.Discard, "", 0)
	if b.server != nil {
		b.server(t, h)
	}
	if h.TLS != nil {
		h.StartTLS()
	} else {
		h.Start()
	}
	t.Cleanup(func() {
		h.CloseClientConnections()
		h.Close()
	})
	if h.dead {
		h.Close()
	}
	var reached *target.Target
	if b.use != nil {
		reached = b.use(t, h)
	} else if reached, err = target.New(h.URL, cmp.Or(b.timeout, hostileTimeout)); err != nil {
		t.Fatal(err)
	}
	reached.Backoff = time.Millisecond
	if b.tune != nil {
		b.tune(reached)
	}
	return reached
}

// hostileTimeout is long enough for a twin on a busy machine.
const hostileTimeout = 2 * time.Second

// byFile reaches a server over TLS by a target file.
func byFile(t *testing.T, h *hostileServer) *target.Target {
	dir := t.TempDir()
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.Certificate().Raw})
	if err := os.WriteFile(filepath.Join(dir, "ca.pem"), block, 0o600); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("ripple: {url: %[1]s/m/ripple, token_url: %[1]s/ripple/access_token, tls: &tls {ca: ca.pem}}\ncloudhealth: {url: %[1]s, tls: *tls}\ntimeouts: {answer: %[2]v}\n", h.URL, hostileTimeout)
	f, err := target.Parse(filepath.Join(dir, "target.yaml"), []byte(text), os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	reached, err := f.Target(target.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return reached
}

// wrongCertificate shows another host's certificate after the first answer.
func wrongCertificate(t *testing.T, h *hostileServer) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "elsewhere"}, DNSNames: []string{"elsewhere.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	wrong := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	h.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		if h.once.Load() {
			return wrong, nil
		}
		return nil, nil
	}}
}

// forgotten reaches a server by a name that resolves until the first answer.
func forgotten(t *testing.T, h *hostileServer) *target.Target {
	was := net.DefaultResolver
	t.Cleanup(func() { net.DefaultResolver = was })
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go nameServer(server, &h.once)
		return client, nil
	}}
	_, port, err := net.SplitHostPort(h.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	reached, err := target.New("http://target.twinbill.test:"+port, hostileTimeout)
	if err != nil {
		t.Fatal(err)
	}
	return reached
}

// nameServer answers one question, until it has forgotten, with this machine.
func nameServer(c net.Conn, forgotten *atomic.Bool) {
	defer c.Close()
	var size [2]byte
	if _, err := io.ReadFull(c, size[:]); err != nil {
		return
	}
	question := make([]byte, binary.BigEndian.Uint16(size[:]))
	var m dnsmessage.Message
	if _, err := io.ReadFull(c, question); err != nil || m.Unpack(question) != nil {
		return
	}
	m.Response, m.Additionals = true, nil
	if forgotten.Load() {
		m.RCode = dnsmessage.RCodeNameError
	} else if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
		m.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
			Body:   &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}},
		}}
	}
	answer, err := m.Pack()
	if err != nil {
		return
	}
	_, _ = c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...))
}

// row is one of docs/verdicts.md.
type row struct{ answer, repeated, verdict string }

func verdictTable(t *testing.T) []row {
	t.Helper()
	data, err := os.ReadFile("../docs/verdicts.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(data), "| answer | repeated | verdict | why |\n| --- | --- | --- | --- |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	var rows []row
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 4 || strings.TrimSpace(cells[3]) == "" {
			t.Fatalf("the row %q has not four cells", line)
		}
		rows = append(rows, row{strings.TrimSpace(cells[0]), strings.TrimSpace(cells[1]), strings.TrimSpace(cells[2])})
	}
	if !found || len(rows) == 0 {
		t.Fatal("docs/verdicts.md has no table")
	}
	return rows
}

// TestHostileTargets meets every row of the table in docs/verdicts.md, or a sample of
// them under the race detector, with a target that behaves so: the verdict is the row's,
// and so is what is repeated.
func TestHostileTargets(t *testing.T) {
	behaviours := hostiles()
	var met []row
	for _, r := range verdictTable(t) {
		if _, ok := behaviours[r.answer]; !ok {
			t.Errorf("no target behaves as %q", r.answer)
			continue
		}
		met = append(met, r)
	}
	for _, r := range conformance.Sample(met, 3) {
		b := behaviours[r.answer]
		t.Run(r.answer, func(t *testing.T) {
			if !b.alone {
				t.Parallel()
			}
			r.repeats(t, b.start(t))
			r.judges(t, b, b.start(t))
		})
	}
	for name := range behaviours {
		if !slices.ContainsFunc(met, func(r row) bool { return r.answer == name }) {
			t.Errorf("docs/verdicts.md has no row %q", name)
		}
	}
}

// repeats holds a target to the row's attempts at a read and at a create.
func (r row) repeats(t *testing.T, hostile *target.Target) {
	t.Helper()
	_, _ = hostile.Health(t.Context()) // the first answer
	contract, err := openapi.Load(openapi.Ripple, openapi.Dialect{})
	if err != nil {
		t.Fatal(err)
	}
	attempts := func(id string) int {
		op := contract.Operation(id)
		request := &target.Request{Operation: op, Header: http.Header{"Authorization": {"Bearer none"}}}
		if op.BodyRequired() {
			request.Body, _ = json.Marshal(map[string]string{"vendor": "aws"})
		}
		e := hostile.Send(t.Context(), request)
		if len(e.Repeated) != max(e.Attempts, 1)-1 {
			t.Errorf("%d attempts, repeated for %q", e.Attempts, e.Repeated)
		}
		return e.Attempts
	}
	read, create := attempts("listBillingGroups"), attempts("createAccount")
	switch r.repeated {
	case "always":
		if read != 3 || create != 3 {
			t.Errorf("%d and %d attempts to read and to create, want three each", read, create)
		}
	case "reads and PUT":
		if read != 3 || create != 1 {
			t.Errorf("%d and %d attempts to read and to create, want three and one", read, create)
		}
	case "never", "with a new token":
		if read > 1 || create > 1 {
			t.Errorf("%d and %d attempts to read and to create, want one each", read, create)
		}
	case "-":
	default:
		t.Errorf("the table says %q of what is repeated", r.repeated)
	}
}

// judges runs some checks on a target and holds their verdicts to the row's.
func (r row) judges(t *testing.T, b hostile, hostile *target.Target) {
	t.Helper()
	selection := conformance.Selection{Run: []string{"ripple/account/duplicate", "probe/createBillingGroup/valid", "cloudhealth/assignment/read"}}
	config := conformance.Config{Target: hostile, Selection: selection, Seed: 1, Parallel: 2}
	if b.ripple {
		config.APIs = []openapi.API{openapi.Ripple}
		config.Selection.Run = selection.Run[:1]
	}
	if b.key {
		config.APIs, config.Shared, config.Credentials = []openapi.API{openapi.CloudHealth}, true, sharedCredentials
		config.Selection.Run = selection.Run[2:]
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	report, err := conformance.Run(ctx, config)
	if r.verdict == "exit status 2" {
		if err == nil {
			t.Error("the target is verified")
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if ctx.Err() != nil {
		t.Error("it took longer than two minutes")
	}
	if len(report.Results) != len(config.Selection.Run) {
		t.Errorf("%d results", len(report.Results))
	}
	for _, result := range report.Results {
		if string(result.Verdict) != r.verdict {
			t.Errorf("%s is %s, want %s: %s %s", result.ID, result.Verdict, r.verdict, result.Reason, result.Actual)
		}
	}
}
