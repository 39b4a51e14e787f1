package store

import (
	"encoding/json"
	"errors"
	"fmt"

	jsonpatch "github.com/evanphx/json-patch/v5"
)

// ErrNoTable says that no table has a name.
var ErrNoTable = errors.New("there is no table")

// ErrNoRow says that no row of a table has a key.
var ErrNoRow = errors.New("there is no row")

// Patch changes fields of one row by a JSON merge patch (RFC 7396), and returns the row
// as it then is. The row is named by its key: the fields as Dump has them, joined by
// commas. They cannot change. The error wraps ErrNoTable or ErrNoRow where there is no
// such thing, and else says what is wrong with the patch.
func (tx *Tx) Patch(name, key string, patch []byte) (row any, err error) {
	t, err := tableOf(name)
	if err != nil {
		return nil, err
	}
	return t.patch(tx, key, patch)
}

func (t table[R]) patch(tx *Tx, key string, patch []byte) (any, error) {
	before := t.find(tx, key)
	if before == nil {
		return nil, fmt.Errorf("%w %q in %s", ErrNoRow, key, t.name)
	}
	document, err := json.Marshal(before)
	if err != nil {
		return nil, err
	}
	merged, err := jsonpatch.MergePatch(document, patch)
	if err != nil {
		return nil, fmt.Errorf("this is no JSON merge patch: %w", err)
	}
	after, err := decode[R](fmt.Sprintf("%s %q", t.name, key), merged, true)
	if err != nil {
		return nil, err
	}
	if was, is := t.id(before).String(), t.id(after).String(); was != is {
		return nil, fmt.Errorf("%s %q: the key would become %q, and stays as it is; leave its fields out", t.name, key, is)
	}
	return t.put(tx, *after), nil
}

// find returns the row of a key that is given as text, or nil.
func (t table[R]) find(tx *Tx, text string) *R {
	if values := t.id(new(R)).parse(text); values != nil {
		return t.first(tx, primary, values...)
	}
	for row := range t.all(tx) {
		if t.id(row).String() == text {
			return row
		}
	}
	return nil
}
