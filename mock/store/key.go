package store

import (
	"encoding/binary"
	"fmt"
	"math"
)

// key holds the values that an index takes from a row: string, int64, uint64.
type key []any

// encode writes the values so that no key is the beginning of another, which
// go-memdb's look-ups rely on, whatever bytes a string holds. Numbers sort by
// value, strings by length and then by bytes.
func (k key) encode() ([]byte, error) {
	var out []byte
	for _, value := range k {
		switch v := value.(type) {
		case string:
			out = binary.BigEndian.AppendUint64(out, uint64(len(v)))
			out = append(out, v...)
		case uint64:
			out = binary.BigEndian.AppendUint64(out, v)
		case int64:
			out = binary.BigEndian.AppendUint64(out, uint64(v)^(math.MaxInt64+1))
		default:
			return nil, fmt.Errorf("a key cannot hold a %T", value)
		}
	}
	return out, nil
}

// indexer makes an index, as go-memdb wants it, of a function that takes the
// key from a row.
type indexer[R any] func(*R) key

// FromObject returns the key of a row.
func (of indexer[R]) FromObject(obj any) (bool, []byte, error) {
	row, ok := obj.(*R)
	if !ok {
		return false, nil, fmt.Errorf("a %T is no row of this table", obj)
	}
	encoded, err := of(row).encode()
	return err == nil, encoded, err
}

// FromArgs returns the key to look up.
func (of indexer[R]) FromArgs(args ...any) ([]byte, error) {
	return key(args).encode()
}
