package conformance

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/twinbill/twinbill/conformance/journal"
	"github.com/twinbill/twinbill/openapi"
)

// footprint is what the sessions of a run share about undoing: the journal, what the
// target held before, and what the run put there.
type footprint struct {
	journal *journal.Journal
	survey  sync.Mutex // one survey at a time, so that a list is read once
	mu      sync.Mutex
	before  map[string]map[string][]string // list → whose → ids that were there before
	mine    map[string]*inventory          // list and whose → what the run created in it
	kept    map[string]int                 // operation → requests that nothing takes back
}

// inventory is what a run created that a list would show.
type inventory struct {
	undoCall // one of them, by which the list is asked
	ids      []string
}

func newFootprint(j *journal.Journal) *footprint {
	return &footprint{journal: j, before: map[string]map[string][]string{}, mine: map[string]*inventory{}, kept: map[string]int{}}
}

// listOf names the list that a look-up reads: the operation and its query.
func (u *undoCall) listOf() string {
	if len(u.Query) == 0 {
		return u.Lookup.OperationID
	}
	query := url.Values{}
	for name, value := range u.Query {
		query.Set(name, value)
	}
	return u.Lookup.OperationID + "?" + query.Encode()
}

// created notes that a run put something there, under an id where that is known.
func (f *footprint) created(u undoCall, id string) {
	if u.Lookup == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	key := u.listOf() + " " + u.As
	if f.mine[key] == nil {
		f.mine[key] = &inventory{undoCall: u}
	}
	if id != "" && !slices.Contains(f.mine[key].ids, id) {
		f.mine[key].ids = append(f.mine[key].ids, id)
	}
}

// inventories are what the run created, by list.
func (f *footprint) inventories() []*inventory {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []*inventory
	for _, key := range slices.Sorted(maps.Keys(f.mine)) {
		out = append(out, f.mine[key])
	}
	return out
}

// others tells whether an id is of something that was there before the run.
func (f *footprint) others(api openapi.API, contract *openapi.Contract, id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for list, of := range f.before {
		name, _, _ := strings.Cut(list, "?")
		if contract.Operation(name) == nil || contract.API != api {
			continue
		}
		for _, ids := range of {
			if slices.Contains(ids, id) {
				return true
			}
		}
	}
	return false
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
