package conformance

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/twinbill/twinbill/conformance/journal"
	"github.com/twinbill/twinbill/openapi"
)

// footprint is what the sessions of a run share about undoing: the journal, and what
// the target held before.
type footprint struct {
	journal *journal.Journal
	mu      sync.Mutex
	before  map[string]map[string][]string // list → whose → ids that were there before
	kept    map[string]int                 // operation → requests that nothing takes back
}

func newFootprint(j *journal.Journal) *footprint {
	return &footprint{journal: j, before: map[string]map[string][]string{}, kept: map[string]int{}}
}

// keep notes a write that nothing takes back.
func (l *footprint) keep(op *openapi.Operation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept[op.ID]++
}

// lines says what was kept, an operation a line.
func (l *footprint) lines() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for _, id := range slices.Sorted(maps.Keys(l.kept)) {
		out = append(out, fmt.Sprintf("%s: %d written, which nothing takes back", id, l.kept[id]))
	}
	return out
}
