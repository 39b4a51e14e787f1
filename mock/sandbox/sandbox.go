// Package sandbox keeps the isolated universes of a twin: one for each credential,
// forked from the fixtures when it is first seen.
package sandbox

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/twinbill/twinbill/mock/fault"
	"github.com/twinbill/twinbill/mock/journal"
	"github.com/twinbill/twinbill/mock/store"
)

// Anonymous is the sandbox of requests without a credential.
const Anonymous = "anonymous"

// Header names the request header by which a client joins a sandbox by name.
const Header = "Twinbill-Sandbox"

// LongestName is the longest name of a sandbox, in bytes.
const LongestName = 256

// Sandbox is one isolated universe: state, clock, faults, journal. It is safe for
// concurrent use.
type Sandbox struct {
	Name    string
	Seed    int64     // from which ids and chances are drawn
	Created time.Time // by the time of the process
	Clock   *Clock
	Faults  *fault.Set
	Journal *journal.Journal

	beginning Setting // of the clock, to which a reset comes back
	state     atomic.Pointer[store.Store]
	used      atomic.Int64   // nanoseconds since 1970, by the time of the process
	changes   *atomic.Uint64 // of all sandboxes together

	mu        sync.Mutex
	snapshots []Snapshot
	fixtures  *store.Store // its own; nil where it begins from those of the process
}

// Store is the state of the sandbox.
func (s *Sandbox) Store() *store.Store { return s.state.Load() }

// Replace puts another state in the place of the sandbox's own. It copies a pointer,
// whatever the number of rows; writes to the sandbox do not reach the given one.
func (s *Sandbox) Replace(state *store.Store) {
	s.state.Store(state.Anew())
	s.changes.Add(1)
}

// Load gives the sandbox fixtures of its own, from which its state begins anew, now and
// at each reset.
func (s *Sandbox) Load(fixtures *store.Store) {
	own := fixtures.Fork()
	s.mu.Lock()
	s.fixtures = own
	s.mu.Unlock()
	s.Replace(own)
}

// Used is when the sandbox was last asked for anything, by the time of the process.
func (s *Sandbox) Used() time.Time { return time.Unix(0, s.used.Load()) }

// Now is the time in the sandbox.
func (s *Sandbox) Now() time.Time { return s.Clock.Now() }

// Losing returns a sandbox that begins as s is now, and whose writes s does not see. It
// serves one request whose effect is to be lost.
func (s *Sandbox) Losing() *Sandbox {
	lost := &Sandbox{Name: s.Name, Seed: s.Seed, Clock: s.Clock, Faults: s.Faults, Journal: s.Journal, changes: new(atomic.Uint64)}
	lost.state.Store(s.Store().Fork())
	return lost
}

// Write runs fn in one transaction on the state of the sandbox that a context carries;
// an error leaves the state as it was. The journal keeps the state right after it.
func Write(ctx context.Context, fn func(*store.Tx) error) error {
	sb := From(ctx)
	after, err := sb.Store().WriteAndFork(fn)
	if err == nil {
		sb.changes.Add(1)
		journal.From(ctx).State(after, true)
	}
	return err
}

type joining struct{}

// Joining returns a context whose requests are about the sandbox of a name, unless they
// name another one themselves.
func Joining(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, joining{}, name)
}

// Claimed is the name of the sandbox that a request is about: the one it joins by name,
// or else that of its context, of its credential, or of all who have none. It is not ok
// where the header is sent more than once, is too long or is not UTF-8, and so names none.
func Claimed(r *http.Request, credential string) (name string, ok bool) {
	names := r.Header.Values(Header)
	ok = len(names) == 0 || len(names) == 1 && nameable(names[0])
	if ok && len(names) == 1 && names[0] != "" {
		return names[0], true
	}
	if name, joined := r.Context().Value(joining{}).(string); joined {
		return name, ok
	}
	return cmp.Or(named(credential), Anonymous), ok
}

// named is the name that a credential gives its sandbox: itself, or a digest where it
// cannot be one.
func named(credential string) string {
	if nameable(credential) {
		return credential
	}
	return fmt.Sprintf("sha256-%x", sha256.Sum256([]byte(credential)))
}

func nameable(text string) bool { return len(text) <= LongestName && utf8.ValidString(text) }

type key struct{}

// With returns a context that carries a sandbox.
func With(ctx context.Context, sb *Sandbox) context.Context {
	return context.WithValue(ctx, key{}, sb)
}

// From returns the sandbox a context carries. It panics where there is none: every
// route of a twin sets one.
func From(ctx context.Context) *Sandbox { return ctx.Value(key{}).(*Sandbox) }
