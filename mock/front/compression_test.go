package front

import (
	"bufio"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

var long = strings.Repeat(`{"name": "a row like the others"} `, 200)

// serve serves a handler, compressed, until the test ends.
func serve(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	compressed, err := Compress(handler)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(compressed)
	t.Cleanup(server.Close)
	return server
}

// take asks for a path, as a client that takes some encodings and decodes none.
func take(t *testing.T, server *httptest.Server, path, encodings string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept-Encoding", encodings)
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

func TestCompress(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/small" {
			_, _ = io.WriteString(w, long[:smallest-1])
			return
		}
		if r.URL.Path == "/events" {
			w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		}
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, long)
	})
	for _, c := range []struct{ path, takes, encoding string }{
		{"/", "gzip", "gzip"}, {"/", "gzip, deflate, br, zstd", "zstd"}, {"/", "zstd;q=0.1, gzip", "gzip"}, {"/", "gzip;q=0", ""},
		{"/", "identity", ""}, {"/", "br", ""}, {"/small", "gzip, zstd", ""}, {"/events", "gzip, zstd", ""},
	} {
		response := take(t, server, c.path, c.takes)
		if got := response.Header.Get("Content-Encoding"); got != c.encoding {
			t.Errorf("%s, %s: encoding %q, want %q", c.path, c.takes, got, c.encoding)
			continue
		}
		if got := response.Header.Get("Vary"); got != "Accept-Encoding" {
			t.Errorf("%s, %s: Vary %q", c.path, c.takes, got)
		}
		body, want, status := io.Reader(response.Body), long, http.StatusCreated
		var err error
		switch c.encoding {
		case "gzip":
			body, err = gzip.NewReader(response.Body)
		case "zstd":
			body, err = zstd.NewReader(response.Body)
		}
		if err != nil {
			t.Fatal(err)
		}
		if c.path == "/small" {
			want, status = long[:smallest-1], http.StatusOK
		}
		if got, err := io.ReadAll(body); err != nil || string(got) != want || response.StatusCode != status {
			t.Errorf("%s, %s: status %d, %d bytes, %v", c.path, c.takes, response.StatusCode, len(got), err)
		}
	}
}

// TestCompressStreams: what is flushed arrives while the handler is still at it.
func TestCompressStreams(t *testing.T) {
	next := make(chan struct{})
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		contentType := "text/event-stream"
		if r.URL.Path != "/events" {
			contentType = "application/json"
		}
		w.Header().Set("Content-Type", contentType)
		w.(http.Flusher).Flush()
		for range 2 {
			<-next
			_, _ = io.WriteString(w, "data: one\n")
			w.(http.Flusher).Flush()
		}
		if err := http.NewResponseController(w).EnableFullDuplex(); err != nil { // reaches the server's own writer
			t.Error(err)
		}
	})
	for _, path := range []string{"/events", "/other"} {
		response := take(t, server, path, "gzip, zstd")
		if got := response.Header.Get("Content-Encoding"); got != "" || response.Header.Get("No-Gzip-Compression") != "" {
			t.Errorf("%s: encoding %q, header %v", path, got, response.Header)
		}
		lines := bufio.NewReader(response.Body)
		for range 2 {
			next <- struct{}{}
			if line, err := lines.ReadString('\n'); line != "data: one\n" || err != nil {
				t.Errorf("%s: %q, %v", path, line, err)
			}
		}
	}
}

// TestCompressKeepsCuts: a body that is cut arrives cut.
func TestCompressKeepsCuts(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
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
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/long" {
			_, _ = io.WriteString(w, long)
		} else {
			w.Header().Set("Content-Length", "10")
			_, _ = io.WriteString(w, "half")
		}
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	for _, path := range []string{"/taken", "/short", "/long"} {
		_, err := io.ReadAll(take(t, server, path, "gzip").Body)
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
