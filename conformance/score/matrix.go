package score

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Matrix is what the suite kills.
type Matrix struct {
	Started  time.Time
	Duration time.Duration
	Seed     uint64
	Whole    bool              // every breach there is was scored, so that their share of equivalents counts
	Rows     []Row             // in the order of the breaches
	Unbroken map[string]string // clause that no breach breaks → why
	Unnamed  []string          // clauses that breaches claim to break, and that no check names under any of them
	Mistakes []string          // what is wrong with the list of equivalents, or that the run was interrupted
}

// Count counts the breaches of an outcome.
func (m *Matrix) Count(o Outcome) int {
	n := 0
	for _, row := range m.Rows {
		if row.Outcome == o {
			n++
		}
	}
	return n
}

// Alive lists the breaches that were not killed for the right reason, though the
// contract does not permit them.
func (m *Matrix) Alive() []Row {
	var out []Row
	for _, row := range m.Rows {
		if row.Outcome == Wrong || row.Outcome == Survived {
			out = append(out, row)
		}
	}
	return out
}

// Perfect reports whether every breach that the contract does not permit was killed for
// the right reason, and the list of equivalents is right and short.
func (m *Matrix) Perfect() bool { return len(m.Alive()) == 0 && len(m.problems()) == 0 }

// problems lists what is wrong in addition to the breaches that live.
func (m *Matrix) problems() []string {
	problems := slices.Clone(m.Mistakes)
	if n := m.Count(Permitted) + m.Count(Reading); m.Whole && float64(n) > Share*float64(len(m.Rows)) {
		problems = append(problems, fmt.Sprintf("%d of %d breaches are equivalent, more than %g %%", n, len(m.Rows), 100*Share))
	}
	return problems
}

// Kinds lists the kinds of breach, sorted.
func (m *Matrix) Kinds() []string {
	kinds := map[string]bool{}
	for _, row := range m.Rows {
		kinds[row.Kind] = true
	}
	return slices.Sorted(maps.Keys(kinds))
}

// count counts the breaches of a kind and an outcome.
func (m *Matrix) count(kind string, o Outcome) int {
	n := 0
	for _, row := range m.Rows {
		if row.Kind == kind && row.Outcome == o {
			n++
		}
	}
	return n
}

// percent is the share of the breaches killed for the right reason, among those that
// the contract does not permit.
func (m *Matrix) percent() float64 {
	due := len(m.Rows) - m.Count(Permitted) - m.Count(Reading)
	switch {
	case len(m.Rows) == 0:
		return 0
	case due == 0:
		return 100
	}
	return 100 * float64(m.Count(Killed)) / float64(due)
}
