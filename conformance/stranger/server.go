// Package stranger is a backend of two billing APIs, written from their
// documentation alone. It serves as a counterpart for conformance tests: by
// default it does what the pages say, and named deviations make it differ,
// either lawfully (a Variant) or wrongly (a Bug).
package stranger

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// Server is the backend, an http.Handler for one port.
type Server struct {
	mu       sync.Mutex
	names    map[string]bool
	vendor   string // the one that the bug strikes; empty for all
	variants []Variant
	bugs     map[string][]Bug // by operation
	tenants  map[string]*tenant
	clients  map[string]*client
	keys     map[string]string // CloudHealth key to tenant name
	tokens   map[string]token
	served   int
	lastID   int64
	usedIDs  map[int64]bool
	due      []task
	cache    map[string]kept
	touched  map[string]time.Time
	history  []moment
	scratch  map[string]any // what single bugs remember between requests
	stop     chan struct{}
	stopped  sync.Once
	running  sync.WaitGroup
}

// task is something to be done at the first request after a time.
type task struct {
	at time.Time
	do func()
}

// kept is a remembered answer.
type kept struct {
	until time.Time
	a     answer
}

// New makes a server with a fresh world and the named variants or bugs on.
func New(names ...string) (*Server, error) {
	s := &Server{
		names: map[string]bool{}, bugs: map[string][]Bug{}, tenants: map[string]*tenant{},
		clients: map[string]*client{}, keys: map[string]string{}, tokens: map[string]token{},
		usedIDs: map[int64]bool{}, cache: map[string]kept{}, touched: map[string]time.Time{},
		scratch: map[string]any{}, stop: make(chan struct{}),
	}
	for _, name := range names {
		known := false
		for _, v := range Variants() {
			if v.Name == name {
				s.variants = append(s.variants, v)
				known = true
			}
		}
		for _, b := range Bugs() {
			if b.Name == name {
				s.bugs[b.Operation] = append(s.bugs[b.Operation], b)
				if b.of != "" {
					s.vendor, s.names[b.of] = b.vendor, true
				}
				known = true
			}
		}
		if !known {
			return nil, fmt.Errorf("stranger: no variant or bug is named %q", name)
		}
		s.names[name] = true
	}
	s.fill()
	s.remember()
	s.startNeighbours()
	return s, nil
}

// Close ends the background work of the server, if it has any.
func (s *Server) Close() {
	s.stopped.Do(func() { close(s.stop) })
	s.running.Wait()
}

// Requests is the number of requests served so far.
func (s *Server) Requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.served
}

// Rows is the whole database, one entry a row.
func (s *Server) Rows() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runDue()
	out := map[string]string{}
	for _, t := range s.tenants {
		for kind, tab := range t.tables {
			for key, row := range tab.rows {
				out[t.name+"/"+kind+"/"+key] = canonical(row)
			}
		}
	}
	return out
}

// on says whether a deviation is switched on.
func (s *Server) on(name string) bool { return s.names[name] }

// later has something done, under the lock, when a second has passed.
func (s *Server) later(do func()) {
	s.due = append(s.due, task{time.Now().Add(time.Second), do})
}

// runDue does what has become due.
func (s *Server) runDue() {
	now, rest := time.Now(), s.due[:0:0]
	for _, t := range s.due {
		if now.Before(t.at) {
			rest = append(rest, t)
		} else {
			t.do()
		}
	}
	s.due = rest
}

// pause gives the lock away for a moment.
func (s *Server) pause() {
	s.mu.Unlock()
	time.Sleep(time.Duration(60+rand.IntN(20)) * time.Millisecond)
	s.mu.Lock()
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, 8<<20))
	if err != nil {
		http.Error(w, "unreadable body", http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(raw))
	if s.detour(w, r) {
		return
	}
	s.write(w, r, s.locked(r, raw))
}

// locked does the part of a request that needs the store.
func (s *Server) locked(r *http.Request, raw []byte) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.served++
	s.runDue()
	a := s.serve(r, raw)
	if a.body != nil {
		a.text = s.encode(a.body)
	}
	if r.Method != http.MethodGet {
		s.remember()
	}
	return a
}
