package main

import (
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/mock"
)

// TestNoExchangeInTheDefaultLog verifies a deployment that says more after each answer than
// it announced, with the credential in it. Go's transport prints that on the default logger.
func TestNoExchangeInTheDefaultLog(t *testing.T) {
	const key = "SENTINEL-key"
	twin, err := mock.New()
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	said := make(chan struct{}, 1000)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/__admin") || !strings.Contains(r.URL.RawQuery, key) {
			http.NotFound(w, r)
			return
		}
		conn, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		recorder := newRecorder()
		twin.ServeHTTP(recorder, r)
		_, _ = io.WriteString(buffered, recorder.text()+"HTTP/1.1 200 OK "+r.URL.RawQuery)
		_ = buffered.Flush()
		said <- struct{}{}
	})}
	defer func() { _ = server.Close() }()
	go func() { _ = server.Serve(listener) }()
	command := exec.Command("twinbill", "verify", "--url", "http://"+listener.Addr().String(), "--api", "cloudhealth", "--read-only", "--deadline", "8s")
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "TWINBILL_CLOUDHEALTH_API_KEY=" + key}
	output, _ := command.CombinedOutput() // whatever the verdict
	if len(said) == 0 {
		t.Fatalf("nothing was asked: %s", output)
	}
	if text := string(output); strings.Contains(text, key) || strings.Contains(text, "Unsolicited") {
		t.Errorf("standard error shows the exchange: %.300s", text)
	}
}

// recorder is an answer as it goes over the wire.
type recorder struct {
	header http.Header
	status int
	body   strings.Builder
}

func newRecorder() *recorder { return &recorder{header: http.Header{}, status: http.StatusOK} }

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }

func (r *recorder) text() string {
	response := &http.Response{
		ProtoMajor: 1, ProtoMinor: 1, StatusCode: r.status, Header: r.header,
		ContentLength: int64(r.body.Len()), Body: io.NopCloser(strings.NewReader(r.body.String())),
	}
	var out strings.Builder
	_ = response.Write(&out) // a builder takes all
	return out.String()
}
