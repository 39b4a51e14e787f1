package main

import (
	"compress/gzip"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// TestIdentity: behind a proxy that changes nothing but the host, or what every proxy
// may change, the twin is as conformant as by itself. Under the race detector, which is
// slow, it is some of the proxies, and the scenarios alone.
func TestIdentity(t *testing.T) {
	s, err := startServing(t.TempDir(), []string{"PATH=" + os.Getenv("PATH")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	upstream, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	const many = 500 // connections or answers: fewer than the requests of any run here
	forward := func(changed func(*http.Response) error) http.Handler {
		return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(upstream) }, ModifyResponse: changed}
	}
	scenarios := []string{"--skip", "probe/*"}
	sampled := map[string]bool{"without the control API": true, "one request a connection": true, "gzip for who takes it": true}
	var zipped atomic.Int64
	for name, c := range map[string]struct {
		prefix string
		flags  []string
		proxy  http.Handler
		after  func(t *testing.T, connections int64)
	}{
		"another host": {proxy: forward(nil)},
		"the host that was asked": {proxy: &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(upstream)
			r.Out.Host = r.In.Host
		}}},
		"without the control API": { // what any other deployment looks like: nothing is known of it
			flags: []string{"--allow-writes", "--allow-irreversible", "--rate", "10000/s"},
			proxy: forward(func(r *http.Response) error {
				if strings.HasPrefix(r.Request.URL.Path, "/__admin") {
					r.StatusCode, r.Status = http.StatusNotFound, "404 Not Found"
				}
				return nil
			}),
		},
		"below a prefix": {prefix: "/billing", flags: scenarios, proxy: http.StripPrefix("/billing", forward(nil))},
		"one request a connection": {
			flags: scenarios,
			proxy: forward(func(r *http.Response) error { r.Header.Set("Connection", "close"); return nil }),
			after: func(t *testing.T, connections int64) {
				if connections < many {
					t.Errorf("%d connections", connections)
				}
			},
		},
		"bodies as of HTTP/1.0": { // neither a length nor chunks: a body ends with its connection
			flags: scenarios,
			proxy: forward(func(r *http.Response) error {
				r.Header.Del("Content-Length")
				r.Header.Set("Transfer-Encoding", "identity")
				return nil
			}),
			after: func(t *testing.T, connections int64) {
				if connections < many {
					t.Errorf("%d connections", connections)
				}
			},
		},
		"gzip for who takes it": {
			flags: scenarios,
			proxy: zip(forward(nil), &zipped),
			after: func(t *testing.T, _ int64) {
				if n := zipped.Load(); n < many {
					t.Errorf("%d compressed answers", n)
				}
			},
		},
	} {
		if raceEnabled {
			if !sampled[name] {
				continue
			}
			c.flags = append(slices.Clone(c.flags), scenarios...)
		}
		t.Run(name, func(t *testing.T) {
			var connections atomic.Int64
			proxy := httptest.NewUnstartedServer(c.proxy)
			proxy.Config.ConnState = func(_ net.Conn, state http.ConnState) {
				if state == http.StateNew {
					connections.Add(1)
				}
			}
			proxy.Start()
			defer proxy.Close()
			file := filepath.Join(t.TempDir(), "report.json")
			arguments := append([]string{"verify", "--strict", "--url", proxy.URL + c.prefix, "--report", "json=" + file}, c.flags...)
			command := exec.CommandContext(t.Context(), "twinbill", arguments...)
			command.Dir = t.TempDir()
			command.Env = []string{
				"PATH=" + os.Getenv("PATH"),
				"TWINBILL_RIPPLE_CLIENT_ID=identity", "TWINBILL_RIPPLE_CLIENT_SECRET=secret", "TWINBILL_CLOUDHEALTH_API_KEY=identity",
			}
			if out, err := command.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			report, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(report), proxy.URL+c.prefix+"/m/ripple/") {
				t.Error("nothing went through the proxy")
			}
			t.Logf("%d connections", connections.Load())
			if c.after != nil {
				c.after(t, connections.Load())
			}
		})
	}
}

// zip compresses the answers to clients that take gzip, and counts them.
func zip(next http.Handler, count *atomic.Int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			next.ServeHTTP(w, r)
			return
		}
		r.Header.Set("Accept-Encoding", "identity")
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		header := w.Header()
		for name, values := range answer.Header() {
			header[name] = values
		}
		if answer.Body.Len() == 0 {
			w.WriteHeader(answer.Code)
			return
		}
		count.Add(1)
		header.Del("Content-Length")
		header.Set("Content-Encoding", "gzip")
		header.Set("Vary", "Accept-Encoding")
		w.WriteHeader(answer.Code)
		body := gzip.NewWriter(w)
		_, _ = body.Write(answer.Body.Bytes())
		_ = body.Close()
	})
}
