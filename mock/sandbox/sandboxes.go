package sandbox

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/twinbill/twinbill/mock/fault"
	"github.com/twinbill/twinbill/mock/journal"
	"github.com/twinbill/twinbill/mock/store"
)

// Config is what the sandboxes of one twin have in common.
type Config struct {
	Fixtures *store.Store     // what they begin from
	Process  func() time.Time // the time outside
	Clock    Setting          // what their clocks begin at
	Seed     int64            // from which their seeds are drawn, with their names
	Most     int              // how many are kept; the one unused for longest goes first. Default 10,000
	Idle     time.Duration    // how long an unused one is kept. Default 24 h
	Journal  journal.Limits
	Closed   bool // a sandbox begins with an admitted credential alone
}

// Defaults of a Config.
const (
	DefaultMost = 10_000
	DefaultIdle = 24 * time.Hour
)

// Sandboxes hands out sandboxes by name. It is safe for concurrent use.
type Sandboxes struct {
	// Everywhere holds the faults of every sandbox.
	Everywhere *fault.Set

	config  Config
	pool    *journal.Pool
	changes atomic.Uint64
	evicted atomic.Uint64

	mu       sync.Mutex
	byName   *simplelru.LRU[string, *Sandbox] // the one unused for longest is its oldest
	fixtures *store.Store
}

// New returns an empty set of sandboxes.
func New(config Config) *Sandboxes {
	if config.Most <= 0 {
		config.Most = DefaultMost
	}
	if config.Idle <= 0 {
		config.Idle = DefaultIdle
	}
	s := &Sandboxes{Everywhere: fault.New(config.Seed), config: config, pool: journal.NewPool(config.Journal), fixtures: config.Fixtures}
	byName, err := simplelru.NewLRU(config.Most, func(_ string, sb *Sandbox) {
		sb.Journal.Close()
		s.changes.Add(1)
	})
	if err != nil {
		panic(err) // Most is above zero
	}
	s.byName = byName
	return s
}

// Get returns the sandbox of a name, forked from the fixtures when it is new.
func (s *Sandboxes) Get(name string) *Sandbox {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.evictIdle()
	if sb, ok := s.byName.Get(name); ok {
		sb.used.Store(s.config.Process().UnixNano())
		return sb
	}
	sb := s.make(name, s.seed(name), s.config.Clock)
	s.keep(sb)
	return sb
}

// Stranger returns the sandbox that a request without a good credential is put down to:
// that of the name it gives. Where the twin admits some credentials alone, there has to be
// one of that name, or else it is that of all who have none.
func (s *Sandboxes) Stranger(name string) *Sandbox {
	if sb, ok := s.Find(name); ok {
		return sb
	}
	if s.config.Closed {
		name = Anonymous
	}
	return s.Get(name)
}

// Find returns the sandbox of a name, where there is one. It does not count as use.
func (s *Sandboxes) Find(name string) (*Sandbox, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.evictIdle()
	return s.byName.Peek(name)
}

// Look returns the sandbox of a name, and does not keep it when it is new. It does not
// count as use.
func (s *Sandboxes) Look(name string) *Sandbox {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.evictIdle()
	if sb, ok := s.byName.Peek(name); ok {
		return sb
	}
	return s.make(name, s.seed(name), s.config.Clock)
}

// Now is the time in the sandbox of a name, or the time it would begin with.
func (s *Sandboxes) Now(name string) time.Time {
	if sb, ok := s.Find(name); ok {
		return sb.Now()
	}
	return newClock(s.config.Process, s.config.Clock, nil).Now()
}

// List returns the sandboxes by name.
func (s *Sandboxes) List() []*Sandbox {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.evictIdle()
	all := s.byName.Values()
	slices.SortFunc(all, func(a, b *Sandbox) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// Create makes a sandbox. Without a seed it has that of its name, without a setting its
// clock begins as any other's. It errs where there is one of that name.
func (s *Sandboxes) Create(name string, seed *int64, clock *Setting) (*Sandbox, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.evictIdle()
	if s.byName.Contains(name) {
		return nil, taken(name)
	}
	if seed == nil {
		own := s.seed(name)
		seed = &own
	}
	if clock == nil {
		clock = &s.config.Clock
	}
	sb := s.make(name, *seed, *clock)
	s.keep(sb)
	return sb, nil
}

// Fork makes a sandbox that begins as another one is now: state, clock, seed and
// fixtures. It copies a pointer, whatever the number of rows. It errs where there is one
// of that name.
func (s *Sandboxes) Fork(of *Sandbox, name string) (*Sandbox, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.evictIdle()
	if s.byName.Contains(name) {
		return nil, taken(name)
	}
	fork := s.make(name, of.Seed, of.Clock.setting())
	fork.state.Store(of.Store().Fork())
	of.mu.Lock()
	fork.fixtures = of.fixtures
	of.mu.Unlock()
	s.keep(fork)
	return fork, nil
}

// Delete takes a sandbox away, and reports whether there was one.
func (s *Sandboxes) Delete(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byName.Remove(name)
}

// Reset takes a sandbox back to its beginning: state, clock, ids, faults, snapshots and
// journal. It returns the sandbox.
func (s *Sandboxes) Reset(name string) *Sandbox {
	sb := s.Get(name)
	s.mu.Lock()
	fixtures := s.fixtures
	s.mu.Unlock()
	sb.mu.Lock()
	if sb.fixtures != nil {
		fixtures = sb.fixtures
	}
	sb.snapshots = nil
	sb.mu.Unlock()
	sb.Clock.begin(sb.beginning)
	sb.Faults.Clear()
	sb.Journal.Reset()
	sb.Replace(fixtures)
	return sb
}

// Changes counts what was written to the sandboxes, so that two equal counts mean that
// nothing was between them.
func (s *Sandboxes) Changes() uint64 { return s.changes.Load() }

// Reload sets what sandboxes that are made or reset from now on begin from.
func (s *Sandboxes) Reload(fixtures *store.Store) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fixtures = fixtures.Fork()
}

// make makes a sandbox from the fixtures.
func (s *Sandboxes) make(name string, seed int64, clock Setting) *Sandbox {
	now := s.config.Process()
	sb := &Sandbox{
		Name: name, Seed: seed, Created: now, beginning: clock,
		Clock: newClock(s.config.Process, clock, func() { s.changes.Add(1) }), changes: &s.changes, Faults: fault.New(seed), Journal: s.pool.New(seed, name),
	}
	sb.Faults.Under(s.Everywhere)
	sb.used.Store(now.UnixNano())
	sb.state.Store(s.fixtures.Fork())
	return sb
}

// keep adds a sandbox, in the place of one of the same name, and evicts what is one too
// many.
func (s *Sandboxes) keep(sb *Sandbox) {
	s.byName.Remove(sb.Name)
	if s.byName.Len() >= s.config.Most {
		if name, _, ok := s.byName.GetOldest(); ok {
			slog.Info("evicted the sandbox that was unused for longest", "sandbox", Unspoken(name), "most", s.config.Most)
			s.evicted.Add(1)
		}
	}
	s.byName.Add(sb.Name, sb)
	s.changes.Add(1)
}

// evictIdle evicts what has been unused for too long. It comes before every look, so that
// whether a sandbox is there does not depend on who asks first.
func (s *Sandboxes) evictIdle() {
	for {
		name, oldest, ok := s.byName.GetOldest()
		if !ok || s.config.Process().Sub(oldest.Used()) <= s.config.Idle {
			return
		}
		slog.Info("evicted an idle sandbox", "sandbox", Unspoken(name), "idle", s.config.Idle)
		s.evicted.Add(1)
		s.byName.Remove(name)
	}
}

// seed draws the seed of a sandbox from its name, so that an id of one sandbox is
// unknown in the others.
func (s *Sandboxes) seed(name string) int64 {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s", s.config.Seed, name))
	return int64(binary.BigEndian.Uint64(sum[:]) >> 12) // exact in every JSON reader
}

// Unspoken is a name as a log may hold it: the name may be an API key.
func Unspoken(name string) string {
	sum := sha256.Sum256([]byte(name))
	return fmt.Sprintf("%.2s...%x", name, sum[:4])
}

func taken(name string) error {
	return fmt.Errorf("there is a sandbox %q already; choose another name, or delete it first", name)
}
