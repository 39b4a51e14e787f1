package sandbox

import "github.com/twinbill/twinbill/mock/journal"

// Census counts what there is of sandboxes and their journals.
type Census struct {
	Sandboxes int
	Evicted   uint64 // since the process began
	Requests  int    // that the journals hold
	Bytes     int64  // that these take, about
}

// Census counts the sandboxes.
func (s *Sandboxes) Census() Census {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.evictIdle()
	return Census{Sandboxes: s.byName.Len(), Evicted: s.evicted.Load(), Requests: s.pool.Len(), Bytes: s.pool.Bytes()}
}

// Tell has fn told of every request that comes, before its journal takes it in. It is
// called before the sandboxes are used.
func (s *Sandboxes) Tell(fn func(*journal.Entry)) { s.pool.Tell(fn) }
