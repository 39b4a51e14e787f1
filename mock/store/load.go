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
	err = s.Write(func(tx *Tx) error {
		for _, name := range slices.Sorted(maps.Keys(given)) {
			if given[name] > LargestNumber {
				return fmt.Errorf("the sequence %q is at %d; keep it at most %d", name, given[name], uint64(LargestNumber))
			}
			counters.put(tx, Counter{Name: name, Value: given[name]})
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
	})
	if err != nil {
		return nil, err
	}
	return s, nil
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
