package store

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// LargestNumber is the largest number that is taken as one given out: the largest that
// every JSON reader keeps exactly.
const LargestNumber = 1<<53 - 1

// Load returns a store with the rows of some tables, as Dump gives them and JSON writes
// them, and the numbers given out, as Sequences gives them. Where those are missing or
// behind the rows, the rows tell, so that no number is given out twice. An error is one
// line that names the table and the row.
func Load(rows map[string]json.RawMessage, given map[string]uint64) (*Store, error) {
	s, err := New()
	if err != nil {
		return nil, err
	}
	if err := s.Write(func(tx *Tx) error { return tx.load(rows, given) }); err != nil {
		return nil, err
	}
	return s, nil
}

// Delta is how a state differs from a base, ready for encoding/json: the rows that are not
// in the base as they are, and those of the base that are gone.
type Delta struct {
	Rows      map[string]any
	Gone      map[string]any
	Sequences map[string]uint64 // those of the state, and 0 where the base alone has one
}

// Delta is how s differs from a base. It is not ok where s has fewer rows than that takes.
func (s *Store) Delta(base *Store) (d Delta, ok bool, err error) {
	tables, err := base.Diff(s)
	if err != nil {
		return d, false, err
	}
	d = Delta{Rows: map[string]any{}, Gone: map[string]any{}, Sequences: s.Sequences()}
	changes := 0
	for name, table := range tables {
		rows, gone := table.Added, table.Removed
		for _, change := range table.Changed {
			rows, gone = append(rows, change.After), append(gone, change.Before)
		}
		if len(rows) > 0 {
			d.Rows[name] = rows
		}
		if len(gone) > 0 {
			d.Gone[name] = gone
		}
		changes += len(rows) + len(gone)
	}
	for name := range base.Sequences() {
		if _, given := d.Sequences[name]; !given {
			d.Sequences[name] = 0
		}
	}
	return d, changes <= s.Rows(), nil
}

// Bases tells for each of some states by which of them it is written shortest as a Delta: of
// those that go back to the same Bulk, the one that was written to least.
func Bases(states []*Store) []int {
	least := map[*Bulk]int{}
	for i, s := range states {
		w := s.weight.Load()
		base, known := least[w.bulk]
		if !known || w.wrote < states[base].weight.Load().wrote {
			least[w.bulk] = i
		}
	}
	out := make([]int, len(states))
	for i, s := range states {
		out[i] = least[s.Bulk()]
	}
	return out
}

// LoadOver returns a store that differs from a base as a Delta says that JSON wrote. What
// it has in common with the base it shares with it.
func LoadOver(base *Store, rows, gone map[string]json.RawMessage, given map[string]uint64) (*Store, error) {
	s := base.Anew()
	err := s.Write(func(tx *Tx) error {
		tx.over = true
		tx.wrote++ // never less than the base
		for _, name := range slices.Sorted(maps.Keys(gone)) {
			t, err := tableOf(name)
			if err != nil {
				return err
			}
			if err := t.unload(tx, gone[name]); err != nil {
				return err
			}
		}
		return tx.load(rows, given)
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// load adds rows, and sets the numbers given out; none where it is 0.
func (tx *Tx) load(rows map[string]json.RawMessage, given map[string]uint64) error {
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if given[name] > LargestNumber {
			return fmt.Errorf("the sequence %q is at %d; keep it at most %d", name, given[name], uint64(LargestNumber))
		}
		if last := counters.first(tx, primary, name); given[name] == 0 && last != nil {
			counters.remove(tx, last)
		}
		if given[name] > 0 {
			counters.put(tx, Counter{Name: name, Value: given[name]})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		t, err := tableOf(name)
		if err != nil {
			return err
		}
		if err := t.load(tx, rows[name]); err != nil {
			return err
		}
	}
	return nil
}

// unload removes rows that are there.
func (t table[R]) unload(tx *Tx, rows json.RawMessage) error {
	var list []json.RawMessage
	if err := json.Unmarshal(rows, &list); err != nil {
		return fmt.Errorf("%s: here is %s; write a list of rows", t.name, kind(rows))
	}
	for i, raw := range list {
		row, err := decode[R](fmt.Sprintf("%s[%d]", t.name, i), raw, false)
		if err != nil {
			return err
		}
		there := t.first(tx, primary, t.id(row)...)
		if there == nil {
			return fmt.Errorf("%s[%d]: there is no row with the key %q to take away", t.name, i, t.id(row))
		}
		t.remove(tx, there)
	}
	return nil
}

// dumpable lists the tables whose rows Dump gives.
func dumpable() []definition {
	return slices.DeleteFunc(tables(), func(t definition) bool { return t.title() == counters.title() })
}

func tableOf(name string) (definition, error) {
	var names []string
	for _, t := range dumpable() {
		if t.title() == name {
			return t, nil
		}
		names = append(names, t.title())
	}
	return nil, fmt.Errorf("%w %q; the tables are %s", ErrNoTable, name, strings.Join(names, ", "))
}

func (t table[R]) load(tx *Tx, rows json.RawMessage) error {
	var list []json.RawMessage
	if err := json.Unmarshal(rows, &list); err != nil || list == nil {
		return fmt.Errorf("%s: here is %s; write a list of rows", t.name, kind(rows))
	}
	var last uint64
	for i, raw := range list {
		at := fmt.Sprintf("%s[%d]", t.name, i)
		row, err := decode[R](at, raw, false)
		if err != nil {
			return err
		}
		if !t.numbered && t.id(row).empty() {
			return fmt.Errorf("%s: the row has no key; give the fields of it", at)
		}
		if t.first(tx, primary, t.id(row)...) != nil {
			return fmt.Errorf("%s: there is a row with the key %q already; keep one", at, t.id(row))
		}
		if t.numbered {
			number, ok := t.id(row).number()
			if !ok {
				return fmt.Errorf("%s: the row's number is %s; keep it from 1 to %d", at, t.id(row), uint64(LargestNumber))
			}
			last = max(last, number)
		}
		t.put(tx, *row)
	}
	tx.gave(t.name, last)
	return nil
}
