// Package sandbox keeps the isolated universes of a twin: one for each credential,
// forked from the fixtures when it is first seen.
package sandbox

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twinbill/twinbill/mock/store"
)

// Anonymous is the sandbox of requests without a credential.
const Anonymous = "anonymous"

// Header names the request header by which a client joins a sandbox by name.
const Header = "Twinbill-Sandbox"

// LongestName is the longest name of a sandbox that a client may choose, in bytes.
const LongestName = 256

// Sandbox is one isolated universe.
type Sandbox struct {
	Name  string
	now   func() time.Time
	state atomic.Pointer[store.Store]
}

// Store is the state of the sandbox.
func (s *Sandbox) Store() *store.Store { return s.state.Load() }

// Fork returns a sandbox that begins as s is now, and whose writes s does not see.
func (s *Sandbox) Fork() *Sandbox {
	fork := &Sandbox{Name: s.Name, now: s.now}
	fork.state.Store(s.Store().Fork())
	return fork
}

// Now is the time in the sandbox.
func (s *Sandbox) Now() time.Time { return s.now() }

// Sandboxes hands out sandboxes by name. It is safe for concurrent use.
type Sandboxes struct {
	fixtures *store.Store
	now      func() time.Time
	mu       sync.RWMutex
	byName   map[string]*Sandbox
}

// New returns an empty set whose sandboxes start from the fixtures and take their
// time from now.
func New(fixtures *store.Store, now func() time.Time) *Sandboxes {
	return &Sandboxes{fixtures: fixtures, now: now, byName: map[string]*Sandbox{}}
}

// Get returns the sandbox of a name, forked from the fixtures when it is new.
func (s *Sandboxes) Get(name string) *Sandbox {
	s.mu.RLock()
	sb := s.byName[name]
	s.mu.RUnlock()
	if sb != nil {
		return sb
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if sb := s.byName[name]; sb != nil {
		return sb
	}
	sb = s.fork(name)
	s.byName[name] = sb
	return sb
}

// Look returns the sandbox of a name, and does not keep it when it is new.
func (s *Sandboxes) Look(name string) *Sandbox {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if sb := s.byName[name]; sb != nil {
		return sb
	}
	return s.fork(name)
}

// fork makes a sandbox from the fixtures.
func (s *Sandboxes) fork(name string) *Sandbox {
	sb := &Sandbox{Name: name, now: s.now}
	sb.state.Store(s.fixtures.Fork())
	return sb
}

// Reset takes a sandbox back to the fixtures.
func (s *Sandboxes) Reset(name string) {
	s.Look(name).state.Store(s.fixtures.Fork())
}

type key struct{}

// With returns a context that carries a sandbox.
func With(ctx context.Context, sb *Sandbox) context.Context {
	return context.WithValue(ctx, key{}, sb)
}

// From returns the sandbox a context carries. It panics where there is none: every
// route of a twin sets one.
func From(ctx context.Context) *Sandbox { return ctx.Value(key{}).(*Sandbox) }
