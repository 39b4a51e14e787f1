package store

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
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

// String writes the values as a text, joined by commas.
func (k key) String() string {
	values := make([]string, len(k))
	for i, value := range k {
		values[i] = fmt.Sprint(value)
	}
	return strings.Join(values, ",")
}

// parse reads the text of a key of one value, of k's type. It is nil where k has several
// values, which the text does not tell apart, and where the text is none of the type's.
func (k key) parse(text string) key {
	if len(k) != 1 {
		return nil
	}
	var parsed key
	switch k[0].(type) {
	case string:
		return key{text}
	case uint64:
		n, _ := strconv.ParseUint(text, 10, 64)
		parsed = key{n}
	case int64:
		n, _ := strconv.ParseInt(text, 10, 64)
		parsed = key{n}
	}
	if parsed.String() != text {
		return nil
	}
	return parsed
}

// empty reports whether every value is zero.
func (k key) empty() bool {
	for _, value := range k {
		if value != "" && value != int64(0) && value != uint64(0) {
			return false
		}
	}
	return true
}

// number is the number that a key consists of, where it is one that can be given out.
func (k key) number() (n uint64, ok bool) {
	switch v := k[0].(type) {
	case uint64:
		n = v
	case int64:
		n = uint64(max(v, 0))
	}
	return n, len(k) == 1 && 0 < n && n <= LargestNumber
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
