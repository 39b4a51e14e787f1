package store

import "fmt"

// Counter is the last number given out under a name.
type Counter struct {
	Name  string `json:"name"`
	Value uint64 `json:"value"`
}

var counters = table[Counter]{
	name: "counters",
	id:   func(c *Counter) key { return key{c.Name} },
}

// Next returns the number after the last one given out under name, 1 at first.
// An aborted transaction gives its numbers back; a fork counts on by itself. Beyond
// LargestNumber there is none, and the transaction fails.
func (tx *Tx) Next(name string) uint64 {
	next := Counter{Name: name, Value: 1}
	if last := counters.first(tx, primary, name); last != nil {
		next.Value = last.Value + 1
	}
	if next.Value > LargestNumber {
		tx.note(fmt.Errorf("%s: all numbers are given out", name))
	}
	counters.put(tx, next)
	return next.Value
}

// gave notes that the numbers up to last have been given out under name.
func (tx *Tx) gave(name string, last uint64) {
	if known := counters.first(tx, primary, name); last > 0 && (known == nil || known.Value < last) {
		counters.put(tx, Counter{Name: name, Value: last})
	}
}
