package sandbox

import (
	"fmt"
	"slices"
	"time"

	"github.com/twinbill/twinbill/mock/store"
)

// MostSnapshots is how many snapshots one sandbox keeps, and MostBytes about how much of
// rows that it has left.
const (
	MostSnapshots = 1000
	MostBytes     = 256 << 20
)

// Snapshot is the state of a sandbox, kept under a name. Taking one and going back to
// it copy a pointer, whatever the number of rows.
type Snapshot struct {
	Name  string
	Taken time.Time // by the sandbox's clock

	state *store.Store
}

// State is what the snapshot keeps. Writes to it are writes to the snapshot.
func (s Snapshot) State() *store.Store { return s.state }

// TakeSnapshot keeps the state under a name. It errs where the name is taken, and where
// MostSnapshots are kept already.
func (s *Sandbox) TakeSnapshot(name string) (Snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.snapshot(name) >= 0 {
		return Snapshot{}, fmt.Errorf("there is a snapshot %q already; choose another name, or delete it first", name)
	}
	if kept := s.bulk(); kept >= MostBytes {
		return Snapshot{}, fmt.Errorf("the snapshots keep about %d MiB already; delete one first", kept>>20)
	}
	if len(s.snapshots) >= MostSnapshots {
		return Snapshot{}, fmt.Errorf("there are %d snapshots already; delete one first", MostSnapshots)
	}
	taken := Snapshot{Name: name, Taken: s.Clock.Now(), state: s.Store().Fork()}
	s.snapshots = append(s.snapshots, taken)
	return taken, nil
}

// bulk is about how many bytes the snapshots keep that the sandbox itself has left.
func (s *Sandbox) bulk() int64 {
	kept := map[*store.Bulk]bool{s.Store().Bulk(): true, nil: true}
	var total int64
	for i, taken := range s.snapshots {
		later := s.Store()
		if i+1 < len(s.snapshots) {
			later = s.snapshots[i+1].state
		}
		total += taken.state.Outlived(later)
		if left := taken.state.Bulk(); !kept[left] {
			kept[left] = true
			total += left.Bytes
		}
	}
	return total
}

// Snapshots lists the snapshots, oldest first.
func (s *Sandbox) Snapshots() []Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.snapshots)
}

// Snapshot finds a snapshot by its name.
func (s *Sandbox) Snapshot(name string) (Snapshot, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.snapshot(name)
	if i < 0 {
		return Snapshot{}, false
	}
	return s.snapshots[i], true
}

// DeleteSnapshot forgets a snapshot, and reports whether there was one.
func (s *Sandbox) DeleteSnapshot(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.snapshot(name)
	if i < 0 {
		return false
	}
	s.snapshots = slices.Delete(s.snapshots, i, i+1)
	return true
}

func (s *Sandbox) snapshot(name string) int {
	return slices.IndexFunc(s.snapshots, func(taken Snapshot) bool { return taken.Name == name })
}
