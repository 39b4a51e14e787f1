// Package store keeps the state of one sandbox in memory: typed tables on
// go-memdb, one file a table. It knows rows and look-ups; the rules that the
// APIs put on them live in the twins.
//
// Rows are immutable. What a read returns is shared with every fork: copy the
// row, change the copy, and hand it to the table's Update. Fields behind a map
// or a slice change through the row's With methods, which copy them first.
package store

import (
	"sync"
	"sync/atomic"

	"github.com/hashicorp/go-memdb"
)

// Store is the state of one sandbox. It may be used by many goroutines.
type Store struct {
	db      *memdb.MemDB
	writing sync.Mutex // held until what a write left has been kept
	weight  atomic.Pointer[weight]
}

// Bulk is the rows that a store began with, or many that one transaction wrote. The store and its forks share them, so
// that each of them keeps all of it in memory.
type Bulk struct {
	Bytes int64 // about
}

const (
	bulkRows = 1000   // from how many rows on a transaction makes a Bulk
	rowBytes = 5 << 9 // about what a row takes with its place in the trees
)

// Bulk is the latest one that the state goes back to; nil where there is none.
func (s *Store) Bulk() *Bulk { return s.weight.Load().bulk }

// weight is what is known of how the state came about, to tell what an older one keeps in
// memory.
type weight struct {
	bulk  *Bulk
	line  *line // the writes that followed one another to this state
	rows  int
	wrote int64 // bytes of rows written on the line, about
	left  int64 // bytes of rows replaced or removed on it, about
}

// line is told by its address.
type line struct{ _ byte }

// Anew returns a fork that begins a line of its own: it is put in the place of a state that
// it does not follow from.
func (s *Store) Anew() *Store {
	fork := s.Fork()
	w := *fork.weight.Load()
	w.line, w.wrote, w.left = new(line), 0, 0
	fork.weight.Store(&w)
	return fork
}

// Rows is how many rows the tables have together.
func (s *Store) Rows() int { return s.weight.Load().rows }

// Outlived is about how many bytes of rows s keeps in memory that a later state has no more.
// A bulk that s goes back to is not in it.
func (s *Store) Outlived(later *Store) int64 {
	was, is := s.weight.Load(), later.weight.Load()
	if was.line != is.line {
		return was.wrote
	}
	return max(0, is.left-was.left)
}

// New returns an empty store. The error is a mistake in a table's definition.
func New() (*Store, error) {
	schema, err := newSchema()
	if err != nil {
		return nil, err
	}
	db, err := memdb.NewMemDB(schema)
	if err != nil {
		return nil, err
	}
	s := &Store{db: db}
	s.weight.Store(&weight{line: new(line)})
	return s, nil
}

// Fork returns a store that begins as s is now, committed writes only, and
// lives on its own: neither sees what is written to the other. It copies one
// pointer, whatever the number of rows.
func (s *Store) Fork() *Store {
	fork := &Store{db: s.db.Snapshot()}
	fork.weight.Store(s.weight.Load())
	return fork
}

// Read returns a transaction for reading s as it is now; later writes do not
// show in it. It holds no lock and needs no closing. Writing through it
// changes nothing and is reported by [Tx.Err].
func (s *Store) Read() *Tx {
	return &Tx{txn: s.db.Txn(false)}
}

// Write runs fn in the store's one write transaction, waiting for a write in
// progress. All that fn wrote is kept where it returns nil; nothing is where
// it returns an error, panics, or misused a table. The error is the misuse
// ([Tx.Err]) or else fn's own. fn must not call Write on the same store, nor
// keep the transaction.
func (s *Store) Write(fn func(*Tx) error) error {
	_, err := s.WriteAndFork(fn)
	return err
}

// WriteAndFork is Write, and returns a fork of s as this write left it, before any
// other one. It is nil where nothing was kept.
func (s *Store) WriteAndFork(fn func(*Tx) error) (*Store, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	tx := &Tx{txn: s.db.Txn(true)}
	defer tx.txn.Abort() // does nothing after Commit
	err := fn(tx)
	if tx.err != nil {
		return nil, tx.err
	}
	if err != nil {
		return nil, err
	}
	tx.txn.Commit()
	w := *s.weight.Load()
	w.rows += tx.rows
	w.wrote += tx.wrote
	w.left += tx.left
	switch {
	case w.bulk == nil: // what the store begins with
		w.bulk, w.wrote = &Bulk{Bytes: tx.wrote}, 0
	case tx.changes >= bulkRows && !tx.over:
		w.bulk = &Bulk{Bytes: tx.wrote}
	}
	s.weight.Store(&w)
	return s.Fork(), nil
}

// Dump returns the rows of every table in the order of its primary index, under the
// table's name, ready for encoding/json. Numbers given out are no rows: see Sequences.
func (s *Store) Dump() map[string]any {
	tx := s.Read()
	dump := make(map[string]any)
	for _, t := range dumpable() {
		dump[t.title()] = t.dump(tx)
	}
	return dump
}

// Sequences returns the last number given out under each name.
func (s *Store) Sequences() map[string]uint64 {
	last := map[string]uint64{}
	for c := range counters.all(s.Read()) {
		last[c.Name] = c.Value
	}
	return last
}
