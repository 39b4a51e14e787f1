package store

import (
	"bytes"
	"encoding/json"
)

// TableDiff is how the rows of a table differ between two stores, in the order of the
// primary index. Rows are as Dump gives them.
type TableDiff struct {
	Added   []any       `json:"added"`
	Removed []any       `json:"removed"`
	Changed []RowChange `json:"changed"`
}

// RowChange is one row that both stores have, and that differs.
type RowChange struct {
	Key    string `json:"key"` // its fields joined by commas
	Before any    `json:"before"`
	After  any    `json:"after"`
}

// Diff tells how newer differs from s, by table. A table that does not differ is left
// out. Numbers given out are no rows.
func (s *Store) Diff(newer *Store) (map[string]TableDiff, error) {
	diff := map[string]TableDiff{}
	before, after := s.Read(), newer.Read()
	for _, t := range dumpable() {
		d, err := t.diff(before, after)
		if err != nil {
			return nil, err
		}
		if len(d.Added)+len(d.Removed)+len(d.Changed) > 0 {
			diff[t.title()] = d
		}
	}
	return diff, nil
}

// diff walks both in the order of the primary index. A row that was left alone is one and
// the same in both, and costs no more than the walk.
func (t table[R]) diff(before, after *Tx) (TableDiff, error) {
	d := TableDiff{Added: []any{}, Removed: []any{}, Changed: []RowChange{}}
	nextOld, nextNew := t.walk(before), t.walk(after)
	was, is := nextOld(), nextNew()
	for was != nil || is != nil {
		if was == is {
			was, is = nextOld(), nextNew()
			continue
		}
		order, err := t.order(was, is)
		if err != nil {
			return d, err
		}
		switch {
		case order < 0:
			d.Removed = append(d.Removed, was)
			was = nextOld()
		case order > 0:
			d.Added = append(d.Added, is)
			is = nextNew()
		default:
			same, err := equalRows(was, is)
			if err != nil {
				return d, err
			}
			if !same {
				d.Changed = append(d.Changed, RowChange{Key: t.id(is).String(), Before: was, After: is})
			}
			was, is = nextOld(), nextNew()
		}
	}
	return d, nil
}

// walk returns a function that gives the next row in primary order, and then nil.
func (t table[R]) walk(tx *Tx) func() *R {
	rows, err := tx.txn.Get(t.name, primary)
	if err != nil {
		tx.note(err)
		return func() *R { return nil }
	}
	return func() *R {
		row, _ := rows.Next().(*R)
		return row
	}
}

// order compares the places of two rows in the primary index; nil comes last.
func (t table[R]) order(a, b *R) (int, error) {
	switch {
	case b == nil:
		return -1, nil
	case a == nil:
		return 1, nil
	}
	first, err := t.id(a).encode()
	if err != nil {
		return 0, err
	}
	second, err := t.id(b).encode()
	return bytes.Compare(first, second), err
}

// equalRows reports whether two rows are the same, or at least show the same.
func equalRows[R any](a, b *R) (bool, error) {
	if a == b {
		return true, nil
	}
	was, err := json.Marshal(a)
	if err != nil {
		return false, err
	}
	is, err := json.Marshal(b)
	return bytes.Equal(was, is), err
}
