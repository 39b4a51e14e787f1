package conformance

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/twinbill/twinbill/conformance/journal"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// footprint is what the sessions of a run share about undoing: the journal, what the
// target held before, and what the run put there.
type footprint struct {
	journal  *journal.Journal
	survey   sync.Mutex // one survey at a time, so that a list is read once
	surveyed map[string]bool
	mu       sync.Mutex
	before   map[string]map[string][]string // list → whose → ids that were there before
	lists    map[string]*listing            // list and whose → what is known of its rows
	kept     map[string]string              // what nothing takes back → in words, with its last value
	writes   []*target.Exchange             // the last answered writes, the latest last
	named    map[string][]map[string]any    // operation and path → settings that the run's requests brought
	damage   []damage                       // of settings
	left     []undoCall                     // what was reported as residue
	stuck    map[openapi.API]string         // and the last of it that the target did not answer for
	gone     map[string]bool                // residue that was removed after all
	deleted  map[string]bool                // ids that a delete of the run's named
	doubtful map[string]bool                // and those of deletes of which nobody knows what became
	extras   map[string]map[string]bool     // operation → undeclared fields of its answers
}

// mostWrites bounds how many writes are remembered, by which a change is explained.
const mostWrites = 256

// listing is one list as one caller sees it.
type listing struct {
	undoCall                    // by which the list is asked
	rows     map[string]any     // what stood in it before the run, by id; nil where only the ids are known
	ids      []string           // of what the run created, from answers and look-ups
	sent     []undoCall         // the run's creates that were not refused
	refused  []undoCall         // and those that were
	asked    []undoCall         // and all of them, those under way too
	foreign  map[string]bool    // ids of rows that appeared and are not the run's
	seen     map[string]*damage // what has become of a row, when that was first seen
	orderly  time.Time          // when the list was asked for that was last in order
	list     *openapi.Operation // set once the list was seen
	closing  bool               // the run is over: the list is compared however long it is
}

func newFootprint(j *journal.Journal) *footprint {
	return &footprint{
		journal: j, surveyed: map[string]bool{}, before: map[string]map[string][]string{}, lists: map[string]*listing{}, kept: map[string]string{}, named: map[string][]map[string]any{}, gone: map[string]bool{}, stuck: map[openapi.API]string{}, deleted: map[string]bool{}, doubtful: map[string]bool{}, extras: map[string]map[string]bool{},
	}
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

// listing is that of a call, which has a look-up.
func (f *footprint) listing(u undoCall) *listing {
	key := u.listOf() + " " + u.As
	if f.lists[key] == nil {
		f.lists[key] = &listing{undoCall: u, foreign: map[string]bool{}, seen: map[string]*damage{}}
	}
	return f.lists[key]
}

// created notes that a run put something there, under an id where that is known.
func (f *footprint) created(u undoCall, id string) {
	if u.Lookup == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	l := f.listing(u)
	if id != "" && !slices.Contains(l.ids, id) {
		l.ids = append(l.ids, id)
	}
}

// disown notes that an answer named what is somebody else's.
func (f *footprint) disown(u undoCall) {
	f.mu.Lock()
	defer f.mu.Unlock()
	l, id := f.listing(u), u.id()
	l.ids = slices.DeleteFunc(l.ids, func(other string) bool { return other == id })
	l.foreign[id] = true
}

// identify puts the id into a call that no answer gave it.
func (f *footprint) identify(u *undoCall, id string) {
	u.Path = maps.Clone(u.Path)
	u.Path[u.Fill], u.proven = id, true
	f.created(*u, id)
	f.journal.Answered(u.entry, http.StatusOK, u.Undo)
}

// asks notes a request that creates, by what a list would show of it, before it is sent.
func (f *footprint) asks(u undoCall) {
	if u.listable() && u.creates {
		f.mu.Lock()
		defer f.mu.Unlock()
		note(&f.listing(u).asked, u)
	}
}

// tried notes what came of such a request: whether it was refused.
func (f *footprint) tried(u undoCall, refused bool) {
	if !u.listable() || !u.creates {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	l := f.listing(u)
	note(&l.asked, u)
	if refused {
		note(&l.refused, u)
		return
	}
	note(&l.sent, u)
}

func note(calls *[]undoCall, u undoCall) {
	i := slices.IndexFunc(*calls, func(other undoCall) bool { return maps.Equal(other.Match, u.Match) })
	if i < 0 {
		*calls = append(*calls, u)
		return
	}
	(*calls)[i].lost = (*calls)[i].lost || u.lost
}

// listings are the lists that the run has read or put something in.
func (f *footprint) listings(api openapi.API) []*listing {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []*listing
	for _, key := range slices.Sorted(maps.Keys(f.lists)) {
		if f.lists[key].API == api {
			out = append(out, f.lists[key])
		}
	}
	return out
}

// own reports whether a row of the list that a call reads is the run's.
func (f *footprint) own(u undoCall, row map[string]any, mark string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.listing(u).own(row, mark)
}

// own reports whether a row is the run's: it has an id that an answer named, bears the
// run's mark, or has the values of a request that was not refused.
func (l *listing) own(row map[string]any, mark string) bool {
	id, ok := idOf(row, l.Lookup)
	return ok && slices.Contains(l.ids, id) || marked(row, mark) || matchesAnyCall(l.sent, row)
}

// touched reports whether a row is the run's, or has the values of any request of its, also
// one that is under way or was refused.
func (l *listing) touched(row map[string]any, mark string) bool {
	return l.own(row, mark) || matchesAnyCall(l.asked, row)
}

func matchesAnyCall(calls []undoCall, row map[string]any) bool {
	return slices.ContainsFunc(calls, func(u undoCall) bool { return u.listable() && u.matches(row, "") })
}

// mine reports whether an id, in one of the lists that are meant, is of something that the
// run created.
func (f *footprint) mine(id string, meant func(*listing) bool) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, l := range f.lists {
		if slices.Contains(l.ids, id) && meant(l) {
			return true
		}
	}
	return false
}

// listsOf means the lists of an API.
func listsOf(api openapi.API) func(*listing) bool {
	return func(l *listing) bool { return l.API == api }
}

// within lists the ids of the run's own things that the body of a create names.
func (f *footprint) within(request *target.Request) []string {
	body, _ := decodeBody(request.Body).(map[string]any)
	var out []string
	for _, value := range body {
		if id, is := value.(string); is && f.mine(id, listsOf(request.Operation.API)) {
			out = append(out, id)
		}
	}
	return out
}

// took notes what a delete names.
func (f *footprint) took(ids []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range ids {
		f.deleted[id] = true
	}
}

// doubt notes that nobody knows what became of a request to delete some ids.
func (f *footprint) doubt(ids []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range ids {
		f.doubtful[id] = true
	}
}

// doubts reports whether nobody knows what became of a request to delete one of some ids.
func (f *footprint) doubts(ids []string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.ContainsFunc(ids, func(id string) bool { return f.doubtful[id] })
}

// deletes lists the ids that a request to delete names.
func deletes(request *target.Request) []string {
	if request.Operation.Method != http.MethodDelete {
		return nil
	}
	return idsIn(request.Path)
}

// idsIn lists the ids in a path. Of two with a pipe between them, the first is meant.
func idsIn(path map[string]string) []string {
	var out []string
	for _, value := range path {
		id, _, _ := strings.Cut(value, "|")
		out = append(out, id)
	}
	return out
}

// tookAlong reports whether something that a create named was deleted since, or what it
// created in another way than it is taken back, so that it may be gone.
func (f *footprint) tookAlong(u undoCall) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.deleted[u.id()] || slices.ContainsFunc(u.Within, func(id string) bool { return f.deleted[id] })
}

// others reports whether an id, as an operation names it, is of something that is not the
// run's: it was there before, or appeared since. The same id in another list is of
// something else.
func (f *footprint) others(op *openapi.Operation, contract *openapi.Contract, id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, l := range f.lists {
		if l.foreign[id] && !slices.Contains(l.ids, id) && op.SharesNoun(contract.Operation(l.Lookup.OperationID)) {
			return true
		}
	}
	for list, of := range f.before {
		name, _, _ := strings.Cut(list, "?")
		if !op.SharesNoun(contract.Operation(name)) {
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

// keep notes, in words, what keeps what was written to it.
func (f *footprint) keep(words map[string]string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	maps.Copy(f.kept, words)
	f.journal.Keep(words)
}

// lines says what was kept, a line each.
func (f *footprint) lines() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Sorted(maps.Values(f.kept))
}

// wrote remembers an answered write, which may explain what becomes of others' rows.
func (f *footprint) wrote(e *target.Exchange) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.writes) >= mostWrites {
		f.writes = append(f.writes[:0], f.writes[mostWrites/2:]...)
	}
	f.writes = append(f.writes, e)
	for _, l := range f.lists {
		for _, d := range l.seen {
			if e.Started.Before(d.until) { // a list showed what it did before its own answer came
				d.write = f.suspect(l, d)
			}
		}
	}
}

// removed notes that a row is gone, also where it was reported as residue.
func (f *footprint) removed(row undoCall) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, u := range f.left {
		if u.Lookup != nil && u.As == row.As && u.listOf() == row.listOf() && u.id() == row.id() {
			f.gone[u.report] = true
			f.journal.End(u.entry, journal.Undone)
		}
	}
}

// remaining counts the entries that are reported as residue and were not removed since.
func (f *footprint) remaining() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.left) - len(f.gone)
}

// names notes the settings that a request brings.
func (f *footprint) names(u *undoCall, settings []map[string]any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.named[u.where()] = append(f.named[u.where()], settings...)
}

// found notes what a list held before the run.
func (f *footprint) found(u undoCall, ids []string, rows map[string]any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := u.listOf()
	if f.before[list] == nil {
		f.before[list] = map[string][]string{}
	}
	f.before[list][u.As] = ids
	f.listing(u).rows = rows
}

// existing are the ids that a list held before the run, and whether that is known.
func (f *footprint) existing(list, as string) (ids []string, known bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	ids, known = f.before[list][as]
	return ids, known
}

// listed are the rows that a list held before the run; none where it was not read.
func (f *footprint) listed(list, as string) []any {
	f.mu.Lock()
	defer f.mu.Unlock()
	l := f.lists[list+" "+as]
	if l == nil {
		return nil
	}
	return slices.Collect(maps.Values(l.rows))
}
