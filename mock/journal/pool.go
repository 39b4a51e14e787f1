package journal

import (
	"container/list"
	"sync"
)

// Limits bound what journals keep. A zero takes its default.
type Limits struct {
	Requests int   // of each sandbox
	Bytes    int64 // of all sandboxes together, about
	Body     int   // bytes kept of each body
}

// Defaults of Limits.
const (
	DefaultRequests = 1000
	DefaultBytes    = 256 << 20
	DefaultBody     = 64 << 10
)

// Pool bounds the journals of all sandboxes together: over its bytes, the oldest entry
// of all goes first. It is safe for concurrent use, as are its journals.
type Pool struct {
	limits Limits

	// mu guards the journals too: what they do under it takes microseconds.
	mu    sync.Mutex
	all   *list.List // of *node, oldest first
	bytes int64

	told func(*Entry) // nil where nobody is
}

// NewPool returns a pool without journals.
func NewPool(l Limits) *Pool {
	if l.Requests <= 0 {
		l.Requests = DefaultRequests
	}
	if l.Bytes <= 0 {
		l.Bytes = DefaultBytes
	}
	if l.Body <= 0 {
		l.Body = DefaultBody
	}
	return &Pool{limits: l, all: list.New()}
}

// New returns the empty journal of a sandbox; the ids it gives out depend on the seed.
func (p *Pool) New(seed int64, sandbox string) *Journal {
	return &Journal{pool: p, seed: seed, sandbox: sandbox, byID: map[string]*node{}, tallies: tallies{}}
}

// Tell has fn told of every request that comes, before its journal takes it in. It is
// called before the pool is used.
func (p *Pool) Tell(fn func(*Entry)) { p.told = fn }

// Len is the number of entries that all journals hold.
func (p *Pool) Len() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.all.Len()
}

// Bytes is about how much memory the entries of all journals take.
func (p *Pool) Bytes() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.bytes
}

// node is an entry in its place in the pool. The entry is never changed.
type node struct {
	entry   Entry
	journal *Journal
	cost    int64
	place   *list.Element
}

// push takes an entry in, and lets older ones go as the limits have it. The latest entry
// with rows that the sandbox has left is what keeps them in memory from then on, and is
// charged for them: those that a write replaced or removed, and a bulk. The pool is locked.
func (p *Pool) push(n *node) {
	if last := n.journal.latest; last != nil && n.entry.After != nil {
		kept := last.entry.After.Outlived(n.entry.After)
		if left := last.entry.bulk(); left != nil && left != n.entry.bulk() {
			kept += left.Bytes
		}
		last.cost += kept
		p.bytes += kept
	}
	if n.entry.After != nil {
		n.journal.latest = n
	}
	n.place = p.all.PushBack(n)
	p.bytes += n.cost
	n.journal.held = append(n.journal.held, n)
	n.journal.byID[n.entry.Id] = n
	for len(n.journal.held) > p.limits.Requests {
		p.forget(n.journal)
	}
	for p.bytes > p.limits.Bytes {
		p.forget(p.all.Front().Value.(*node).journal)
	}
}

// forget lets the oldest entry of a journal go. The pool is locked.
func (p *Pool) forget(j *Journal) {
	n := j.held[0]
	j.held[0] = nil
	j.held = j.held[1:]
	if j.latest == n {
		j.latest = nil
	}
	if j.byID[n.entry.Id] == n {
		delete(j.byID, n.entry.Id)
	}
	p.all.Remove(n.place)
	p.bytes -= n.cost
	j.forgotten++
}
