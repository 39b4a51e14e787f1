// Package journal keeps what the clients of a sandbox sent and were answered: bounded,
// searchable, and as the ground on which a client can be judged.
package journal

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock/store"
	"github.com/twinbill/twinbill/openapi"
)

// Entry is one request with its answer. It is not to be changed.
type Entry struct {
	gen.Request
	Of    *openapi.Operation // nil where the request met none
	Wrote bool               // whether the request changed the state
	After *store.Store       // the state right after the request; nil where it is not kept

	sent []byte // the body beyond what is kept, until the journal has counted its fields
}

// bulk is what the state after the request goes back to; nil where that is not much.
func (e *Entry) bulk() *store.Bulk {
	if e.After == nil {
		return nil
	}
	return e.After.Bulk()
}

// Journal is that of one sandbox. It is safe for concurrent use.
type Journal struct {
	pool    *Pool
	seed    int64
	sandbox string

	// Guarded by the pool's lock.
	given      uint64 // ids given out
	sequence   int64  // of the latest entry
	forgotten  int64
	generation int // how often it began anew
	closed     bool
	held       []*node // oldest first
	latest     *node   // that keeps a state; nil where none that is held does
	byID       map[string]*node
	tallies    tallies
	changed    chan struct{} // closed at the next change; nil where nobody waits
}

// NextID makes an id for a request: a function of the seed, of the sandbox, and of how
// many were made before.
func (j *Journal) NextID() string {
	j.pool.mu.Lock()
	j.given++
	n := j.given
	j.pool.mu.Unlock()
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %q %d", j.seed, j.sandbox, n))
	return hex.EncodeToString(sum[:12])
}

// Append takes an entry in as the latest, and gives it its sequence and its sandbox. A
// closed journal takes none.
func (j *Journal) Append(e Entry) { j.append(e, func() bool { return true }) }

// append is Append, unless the entry is of no use any more. The pool is locked when that
// is asked.
func (j *Journal) append(e Entry, useful func() bool) {
	e.Sandbox = j.sandbox
	seen := observe(&e)
	e.sent = nil
	n := &node{entry: e, journal: j, cost: cost(&e)}
	p := j.pool
	if p.told != nil {
		p.told(&e)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if j.closed || !useful() {
		return
	}
	j.sequence++
	n.entry.Sequence = j.sequence
	j.tallies.add(seen)
	p.push(n)
	j.wake()
}

// began is how often the journal began anew.
func (j *Journal) began() int {
	j.pool.mu.Lock()
	defer j.pool.mu.Unlock()
	return j.generation
}

// Len is the number of entries held.
func (j *Journal) Len() int {
	j.pool.mu.Lock()
	defer j.pool.mu.Unlock()
	return len(j.held)
}

// Get finds the latest entry of an id.
func (j *Journal) Get(id string) (Entry, bool) {
	j.pool.mu.Lock()
	defer j.pool.mu.Unlock()
	n := j.byID[id]
	if n == nil {
		return Entry{}, false
	}
	return n.entry, true
}

// Clear begins the journal anew: entries, sequence and coverage. Ids go on, so that
// none is given out twice, and followers stay.
func (j *Journal) Clear() {
	j.pool.mu.Lock()
	defer j.pool.mu.Unlock()
	j.clear()
}

// Reset does what Clear does, and begins the ids anew too.
func (j *Journal) Reset() {
	j.pool.mu.Lock()
	defer j.pool.mu.Unlock()
	j.clear()
	j.given = 0
}

// Close ends the journal: its bytes go back to the pool and its followers end.
func (j *Journal) Close() {
	j.pool.mu.Lock()
	defer j.pool.mu.Unlock()
	j.clear()
	j.closed = true
}

// clear does the work of Clear. The pool is locked.
func (j *Journal) clear() {
	for len(j.held) > 0 {
		j.pool.forget(j)
	}
	j.held, j.tallies, j.sequence, j.forgotten = nil, tallies{}, 0, 0
	j.generation++
	j.wake()
}

// wake tells those who wait that there is something new. The pool is locked.
func (j *Journal) wake() {
	if j.changed != nil {
		close(j.changed)
		j.changed = nil
	}
}

// entries lists the nodes held, oldest first, and how many are forgotten.
func (j *Journal) nodes() ([]*node, int64) {
	j.pool.mu.Lock()
	defer j.pool.mu.Unlock()
	return append([]*node(nil), j.held...), j.forgotten
}

const (
	baseCost  = 1 << 10  // of an entry beside its texts
	wroteCost = 16 << 10 // of the parts of the state that a write does not share with older ones
)

// cost is about how many bytes of memory an entry takes.
func cost(e *Entry) int64 {
	n := baseCost + len(e.Url) + len(e.Id)
	for _, h := range []gen.Headers{e.RequestHeaders, e.ResponseHeaders} {
		for name, values := range h {
			n += len(name) + 64
			for _, v := range values {
				n += len(v) + 16
			}
		}
	}
	for _, b := range []gen.Body{e.RequestBody, e.ResponseBody} {
		if b.Text != nil {
			n += len(*b.Text)
		}
		if b.Base64 != nil {
			n += len(*b.Base64)
		}
	}
	for _, d := range e.Departures {
		n += len(d.Says) + 128
	}
	if e.Wrote {
		n += wroteCost
	}
	return int64(n)
}
