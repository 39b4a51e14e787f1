package store

import (
	"encoding/json"
	"fmt"
	"iter"
	"reflect"
	"slices"

	"github.com/hashicorp/go-memdb"
)

// primary is the name that go-memdb expects for a table's primary index.
const primary = "id"

// table defines a table of rows R: the primary key, and further indexes under
// their names. The further indexes tell rows apart by the primary key too, so
// rows that share a value never hide one another.
type table[R any] struct {
	name     string
	id       func(*R) key
	numbered bool // the primary key is a number from next
	by       map[string]func(*R) key
}

// definition is a table whose type of row does not matter.
type definition interface {
	title() string
	schema() *memdb.TableSchema
	dump(*Tx) any
	load(tx *Tx, rows json.RawMessage) error
	unload(tx *Tx, rows json.RawMessage) error
	patch(tx *Tx, key string, patch []byte) (any, error)
	diff(before, after *Tx) (TableDiff, error)
}

func (t table[R]) title() string { return t.name }

func (t table[R]) schema() *memdb.TableSchema {
	indexes := map[string]*memdb.IndexSchema{
		primary: {Name: primary, Unique: true, Indexer: indexer[R](t.id)},
	}
	for name, of := range t.by {
		indexes[name] = &memdb.IndexSchema{Name: name, Indexer: indexer[R](of)}
	}
	return &memdb.TableSchema{Name: t.name, Indexes: indexes}
}

func (t table[R]) dump(tx *Tx) any {
	return slices.AppendSeq([]*R{}, t.all(tx))
}

// next returns the number of a new row of a numbered table.
func (t table[R]) next(tx *Tx) uint64 {
	if !t.numbered {
		tx.note(fmt.Errorf("%s: the rows have no numbers", t.name))
	}
	return tx.Next(t.name)
}

// first returns the first row whose index has the values, or nil.
func (t table[R]) first(tx *Tx, index string, values ...any) *R {
	found, err := tx.txn.First(t.name, index, values...)
	if err != nil {
		tx.note(err)
		return nil
	}
	row, _ := found.(*R)
	return row
}

// list returns the rows whose index has the values, in primary order.
func (t table[R]) list(tx *Tx, index string, values ...any) []*R {
	return slices.Collect(t.each(tx, index, values...))
}

// all goes through the rows in primary order.
func (t table[R]) all(tx *Tx) iter.Seq[*R] {
	return t.each(tx, primary)
}

// page returns at most limit rows in primary order, after the first offset ones.
func (t table[R]) page(tx *Tx, offset, limit int) []*R {
	page := []*R{}
	if limit <= 0 {
		return page
	}
	for row := range t.all(tx) {
		if offset > 0 {
			offset--
			continue
		}
		page = append(page, row)
		if len(page) == limit {
			break
		}
	}
	return page
}

// count returns the number of all rows.
func (t table[R]) count(tx *Tx) int {
	count := 0
	for range t.all(tx) {
		count++
	}
	return count
}

func (t table[R]) each(tx *Tx, index string, values ...any) iter.Seq[*R] {
	return func(yield func(*R) bool) {
		rows, err := tx.txn.Get(t.name, index, values...)
		if err != nil {
			tx.note(err)
			return
		}
		for next := rows.Next(); next != nil; next = rows.Next() {
			if !yield(next.(*R)) {
				return
			}
		}
	}
}

// insert adds a row whose primary key is new, and returns it.
func (t table[R]) insert(tx *Tx, row R) *R {
	before := t.first(tx, primary, t.id(&row)...)
	if before != nil {
		tx.note(fmt.Errorf("%s: there is a row %v already", t.name, t.id(&row)))
	}
	return t.write(tx, row, before)
}

// update replaces the row that has the primary key of row, and returns row.
func (t table[R]) update(tx *Tx, row R) *R {
	before := t.first(tx, primary, t.id(&row)...)
	if before == nil {
		tx.note(fmt.Errorf("%s: there is no row %v to update", t.name, t.id(&row)))
	}
	return t.write(tx, row, before)
}

// put inserts or replaces, and returns the row.
func (t table[R]) put(tx *Tx, row R) *R {
	return t.write(tx, row, t.first(tx, primary, t.id(&row)...))
}

// write is put, with the row that is replaced; nil where there is none.
func (t table[R]) write(tx *Tx, row R, before *R) *R {
	tx.changes++
	tx.wrote += rowBytes + weigh(reflect.ValueOf(row))
	switch {
	case before == nil && t.name != counters.name:
		tx.rows++
	case before != nil:
		tx.left += rowBytes + weigh(reflect.ValueOf(*before))
	}
	if err := tx.txn.Insert(t.name, &row); err != nil {
		tx.note(fmt.Errorf("%s: %w", t.name, err))
	}
	return &row
}

func (t table[R]) remove(tx *Tx, row *R) {
	tx.changes++
	if t.name != counters.name {
		tx.rows--
	}
	tx.left += rowBytes + weigh(reflect.ValueOf(*row))
	if err := tx.txn.Delete(t.name, row); err != nil {
		tx.note(fmt.Errorf("%s: %w", t.name, err))
	}
}

// weigh is about how many bytes of memory a value takes beyond its own place.
func weigh(v reflect.Value) int64 {
	const entry = 48 // of a map
	var n int64
	switch v.Kind() {
	case reflect.String:
		n = int64(v.Len())
	case reflect.Pointer:
		if !v.IsNil() {
			n = int64(v.Type().Elem().Size()) + weigh(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				n += weigh(v.Field(i))
			}
		}
	case reflect.Slice:
		n = int64(v.Len()) * int64(v.Type().Elem().Size())
		for i := range v.Len() {
			n += weigh(v.Index(i))
		}
	case reflect.Map:
		for key, value := range v.Seq2() {
			n += entry + weigh(key) + int64(value.Type().Size()) + weigh(value)
		}
	}
	return n
}
