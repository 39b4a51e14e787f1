package stranger

import (
	"bytes"
	"compress/gzip"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Tune prepares the http.Server in front, for what a handler cannot do.
func (s *Server) Tune(h *http.Server) {
	if s.on("idle-cut") {
		h.IdleTimeout = 120 * time.Millisecond
	}
}

// detour answers a request without looking at it: a redirect, or a refusal to
// serve now. It says whether it did.
func (s *Server) detour(w http.ResponseWriter, r *http.Request) bool {
	const prefix = "/moved"
	status := 0
	switch {
	case s.on("redirect-308"):
		status = 308
	case s.on("redirect-307"):
		status = 307
	case s.on("redirect-get-301") && r.Method == http.MethodGet:
		status = 301
	}
	if rest, moved := strings.CutPrefix(r.URL.Path, prefix); moved {
		r.URL.Path = rest
		r.URL.RawPath = strings.TrimPrefix(r.URL.RawPath, prefix)
		r.RequestURI = strings.TrimPrefix(r.RequestURI, prefix)
	} else if status != 0 {
		w.Header().Set("Location", prefix+r.URL.RequestURI())
		w.WriteHeader(status)
		return true
	}
	busy := 0
	switch {
	case s.on("throttled-sometimes"):
		busy = 429
	case s.on("unavailable-sometimes"):
		busy = 503
	}
	if busy == 0 {
		return false
	}
	s.mu.Lock()
	n, _ := s.scratch["requests"].(int)
	s.scratch["requests"] = n + 1
	s.mu.Unlock()
	if n%43 != 42 {
		return false
	}
	w.Header().Set("Retry-After", "1")
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(busy)
	_, _ = w.Write([]byte(`{"message":"try again later"}`))
	return true
}

// write sends an answer.
func (s *Server) write(w http.ResponseWriter, r *http.Request, a answer) {
	if s.on("slow-answers") {
		time.Sleep(time.Duration(20+rand.IntN(31)) * time.Millisecond)
	}
	h := w.Header()
	for k, v := range a.header {
		h[k] = v
	}
	if a.text != nil && h.Get("Content-Type") == "" {
		h.Set("Content-Type", "application/json")
		switch {
		case s.on("content-type-charset"):
			h.Set("Content-Type", "application/json; charset=utf-8")
		case s.on("content-type-odd-case"):
			h.Set("Content-Type", `Application/JSON;Charset="UTF-8"`)
		case s.on("content-type-twice"):
			h["Content-Type"] = []string{"application/json", "application/json"}
		}
	}
	switch {
	case !a.free || a.status < 400:
	case s.on("errors-html"):
		h.Set("Content-Type", "text/html; charset=utf-8")
		a.text = []byte("<!doctype html>\n<title>Error</title><h1>" + strconv.Itoa(a.status) + " " + http.StatusText(a.status) + "</h1>\n")
	case s.on("errors-text"):
		h.Set("Content-Type", "text/plain; charset=utf-8")
		a.text = []byte("error: " + http.StatusText(a.status))
	case s.on("errors-empty"):
		h.Del("Content-Type")
		a.text = nil
	case s.on("errors-problem-json"):
		h.Set("Content-Type", "application/problem+json")
		a.text = []byte(`{"type":"about:blank","status":` + strconv.Itoa(a.status) + `,"title":"` + http.StatusText(a.status) + `"}`)
	}
	if s.on("rate-limit-headers") {
		h.Set("X-RateLimit-Limit", "1000")
		h.Set("X-RateLimit-Remaining", strconv.Itoa(rand.IntN(1000)))
		h.Set("X-RateLimit-Reset", strconv.FormatInt(time.Now().Unix()+60, 10))
	}
	if s.on("etag-sent") {
		f := fnv.New64a()
		_, _ = f.Write(a.text)
		h.Set("ETag", `W/"`+strconv.FormatUint(f.Sum64(), 16)+`"`)
		if h.Get("Cache-Control") == "" {
			h.Set("Cache-Control", "private, max-age=0, must-revalidate")
		}
	}
	if s.on("cookies-set") {
		h.Add("Set-Cookie", "sid="+strconv.Itoa(rand.IntN(1e9))+"; Path=/; HttpOnly")
	}
	if s.on("security-headers") {
		h.Set("Strict-Transport-Security", "max-age=31536000")
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Vary", "Origin, Accept-Encoding")
		h.Set("X-Request-Id", strconv.Itoa(rand.IntN(1e9)))
		h.Set("X-Content-Type-Options", "nosniff")
	}
	if s.on("early-hints") {
		w.WriteHeader(http.StatusEarlyHints)
	}
	if s.on("connection-closed-each") || s.on("connection-closed-sometimes") && rand.IntN(3) == 0 {
		h.Set("Connection", "close")
	}
	if s.on("gzip-answers") && len(a.text) > 0 && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(a.text)
		_ = z.Close()
		a.text = b.Bytes()
		h.Set("Content-Encoding", "gzip")
	}
	if s.on("header-names-lower") {
		for k, v := range h {
			if low := strings.ToLower(k); low != k && k != "Connection" && k != "Content-Type" {
				delete(h, k)
				h[low] = v
			}
		}
	}
	if !s.on("chunked-answers") && a.status != 204 {
		h.Set("Content-Length", strconv.Itoa(len(a.text)))
	}
	w.WriteHeader(a.status)
	if r.Method == http.MethodHead || a.status == 204 {
		return
	}
	if f, can := w.(http.Flusher); can && s.on("chunked-answers") {
		for len(a.text) > 0 {
			n := min(len(a.text), 7+rand.IntN(200))
			_, _ = w.Write(a.text[:n])
			f.Flush()
			a.text = a.text[n:]
		}
		return
	}
	_, _ = w.Write(a.text)
}
