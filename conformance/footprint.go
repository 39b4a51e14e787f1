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
	survey  sync.Mutex // one survey at a time, so that a list is read once
	mu      sync.Mutex
	before  map[string]map[string][]string // list → whose → ids that were there before
	kept    map[string]int                 // operation → requests that nothing takes back
}

func newFootprint(j *journal.Journal) *footprint {
	return &footprint{journal: j, before: map[string]map[string][]string{}, kept: map[string]int{}}
}

// keep notes a write that nothing takes back.
func (f *footprint) keep(op *openapi.Operation) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.kept[op.ID]++
}

// lines says what was kept, an operation a line.
func (f *footprint) lines() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []string
	for _, id := range slices.Sorted(maps.Keys(f.kept)) {
		out = append(out, fmt.Sprintf("%s: %d written, which nothing takes back", id, f.kept[id]))
	}
	return out
}

// found notes the ids that a list held before the run.
func (f *footprint) found(list, as string, ids []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.before[list] == nil {
		f.before[list] = map[string][]string{}
	}
	f.before[list][as] = ids
}

// existing are the ids that a list held before the run, and whether that is known.
func (f *footprint) existing(list, as string) (ids []string, known bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	ids, known = f.before[list][as]
	return ids, known
}
