package journal

import (
	"errors"
	"slices"
)

// ErrNotHeld says that no entry of an id is held.
var ErrNotHeld = errors.New("the journal holds no request of that id")

// Query chooses entries. A zero field chooses all.
type Query struct {
	Operation string // its id in the contract
	Method    string // as it was sent
	Clause    string // one of those that decided
	Fault     string // its id
	After     string // the id of an entry; only later ones count
	Status    *int   // 0 for an answer that never came
	Departing *bool  // whether the request departs from the contract
	Limit     int    // how many are listed, the latest ones
}

// List returns the entries that a query chooses, oldest first, how many match whatever
// the limit, and how many older entries the journal has let go. It errs with
// ErrNotHeld where it does not hold the entry to begin after.
func (j *Journal) List(q Query) (entries []Entry, matching int, forgotten int64, err error) {
	nodes, forgotten := j.nodes()
	if q.After != "" {
		after := -1
		for i, n := range slices.Backward(nodes) {
			if n.entry.Id == q.After {
				after = i
				break
			}
		}
		if after < 0 {
			return nil, 0, forgotten, ErrNotHeld
		}
		nodes = nodes[after+1:]
	}
	nodes = slices.DeleteFunc(nodes, func(n *node) bool { return !q.chooses(&n.entry) })
	matching = len(nodes)
	if q.Limit > 0 && matching > q.Limit {
		nodes = nodes[matching-q.Limit:]
	}
	entries = make([]Entry, len(nodes))
	for i, n := range nodes {
		entries[i] = n.entry
	}
	return entries, matching, forgotten, nil
}

// chooses reports whether an entry is one of those asked for, whatever its place.
func (q Query) chooses(e *Entry) bool {
	return (q.Operation == "" || value(e.Operation) == q.Operation) &&
		(q.Method == "" || e.Method == q.Method) &&
		(q.Clause == "" || slices.Contains(e.Clauses, q.Clause)) &&
		(q.Fault == "" || value(e.Fault) == q.Fault) &&
		(q.Status == nil || e.Status == *q.Status) &&
		(q.Departing == nil || len(e.Departures) > 0 == *q.Departing)
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
