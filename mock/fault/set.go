package fault

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/openapi"
)

// Most is how many faults one set has at most.
const Most = 1000

// Set is the faults of one sandbox, in the order in which they are tried. It is safe for
// concurrent use.
type Set struct {
	seed   int64
	parent *Set

	mu      sync.Mutex
	faults  []*entry
	added   int
	draws   *rand.Rand
	windows map[windowKey]*window
}

// entry is one fault of a set.
type entry struct {
	id      string
	fault   gen.NewFault
	scope   func(*openapi.Operation) bool
	skipped int
	met     int
}

// New returns a set without faults, whose draws follow from the seed.
func New(seed int64) *Set {
	s := &Set{seed: seed}
	s.Clear()
	return s
}

// Under has the faults of a parent tried after the set's own. They are counted in the
// parent, while chances are drawn and rates kept for each set under it. It is called
// before the set is used.
func (s *Set) Under(parent *Set) { s.parent = parent }

// Add puts a fault at the end of the set. The error says which field is wrong and how to
// mend it.
func (s *Set) Add(f gen.NewFault) (gen.Fault, error) {
	if err := check(f); err != nil {
		return gen.Fault{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.faults) >= Most {
		return gen.Fault{}, fmt.Errorf("there are %d faults already; take one away first", Most)
	}
	s.added++
	prefix := "fault"
	if of(f.Everywhere) {
		prefix = "everywhere"
	}
	e := &entry{id: fmt.Sprintf("%s-%d", prefix, s.added), fault: f, scope: scope(f)}
	s.faults = append(s.faults, e)
	return e.shown(), nil
}

// List returns the faults in the order in which they are tried, without the parent's.
func (s *Set) List() []gen.Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]gen.Fault, len(s.faults))
	for i, e := range s.faults {
		all[i] = e.shown()
	}
	return all
}

// Get finds a fault of the set, and reports whether there is one of that id.
func (s *Set) Get(id string) (gen.Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.faults {
		if e.id == id {
			return e.shown(), true
		}
	}
	return gen.Fault{}, false
}

// Remove takes a fault out of the set, and reports whether there was one of that id.
func (s *Set) Remove(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.faults)
	s.faults = slices.DeleteFunc(s.faults, func(e *entry) bool { return e.id == id })
	return len(s.faults) < before
}

// Clear takes all faults out of the set. Ids, draws and rates begin anew.
func (s *Set) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults, s.added, s.windows = nil, 0, map[windowKey]*window{}
	s.draws = rand.New(rand.NewPCG(uint64(s.seed), 0))
}

// met is a fault that a request meets.
type met struct {
	id    string
	fault gen.NewFault
	wait  time.Duration // of latency
}

// meets tells what a request of an operation meets at a time in the sandbox: every
// latency that applies, and the first other fault that does.
func (s *Set) meets(op *openapi.Operation, limit openapi.RateLimit, now time.Time) []met {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []met
	decided := false
	try := func(faults []*entry) {
		for _, e := range faults {
			latency := e.fault.Kind == gen.Latency
			if !latency && decided || !s.applies(e, op, limit, now) {
				continue
			}
			decided = decided || !latency
			all = append(all, met{id: e.id, fault: e.fault, wait: s.wait(e.fault)})
		}
	}
	try(s.faults)
	if s.parent != nil {
		s.parent.mu.Lock()
		defer s.parent.mu.Unlock()
		try(s.parent.faults)
	}
	return all
}

// applies reports whether a fault meets a request, and counts it.
func (s *Set) applies(e *entry, op *openapi.Operation, limit openapi.RateLimit, now time.Time) bool {
	f := e.fault
	switch {
	case !e.scope(op) || f.Count != nil && e.met >= *f.Count:
		return false
	case f.Kind == gen.Quota && s.within(e, op.API, limit, now):
		return false
	case f.Probability != nil && s.draws.Float64() >= *f.Probability:
		return false
	case e.skipped < of(f.Skip):
		e.skipped++
		return false
	}
	e.met++
	return true
}

// wait draws how long a latency is.
func (s *Set) wait(f gen.NewFault) time.Duration {
	seconds := of(f.Seconds)
	if f.SpreadSeconds != nil {
		seconds += s.draws.Float64() * *f.SpreadSeconds
	}
	return time.Duration(seconds * float64(time.Second))
}

func (e *entry) shown() gen.Fault {
	f := e.fault
	return gen.Fault{
		Id: e.id, Met: e.met, Kind: f.Kind, Api: f.Api, Operations: f.Operations, Skip: f.Skip, Count: f.Count,
		Probability: f.Probability, Everywhere: f.Everywhere, Seconds: f.Seconds, SpreadSeconds: f.SpreadSeconds,
		Status: f.Status, RetryAfterSeconds: f.RetryAfterSeconds, Limit: f.Limit, WindowSeconds: f.WindowSeconds,
		Where: f.Where, BytesPerSecond: f.BytesPerSecond,
	}
}

// of is what a field says, or zero where it is absent.
func of[T any](field *T) T {
	if field == nil {
		var zero T
		return zero
	}
	return *field
}
