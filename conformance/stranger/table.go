package stranger

import (
	"encoding/json"
	"maps"
	"slices"
)

// obj is one row or one JSON object. A stored row is never changed in place:
// a writer stores a changed copy, so that readers may share it.
type obj = map[string]any

// table holds rows by key, in the order in which they came.
type table struct {
	keys []string
	rows map[string]obj
}

// tenant is one customer of the backend with its tables.
type tenant struct {
	name   string
	tables map[string]*table
}

// tab is the tenant's table of one kind, made when it is missing.
func (t *tenant) tab(kind string) *table {
	if t.tables[kind] == nil {
		t.tables[kind] = &table{rows: map[string]obj{}}
	}
	return t.tables[kind]
}

func (t *table) put(key string, row obj) {
	if _, there := t.rows[key]; !there {
		t.keys = append(t.keys, key)
	}
	t.rows[key] = row
}

func (t *table) drop(key string) {
	if _, there := t.rows[key]; there {
		delete(t.rows, key)
		t.keys = slices.DeleteFunc(slices.Clone(t.keys), func(k string) bool { return k == key })
	}
}

func (t *table) copy() *table {
	return &table{slices.Clone(t.keys), maps.Clone(t.rows)}
}

// all are the rows in order.
func (t *table) all() []obj {
	out := make([]obj, 0, len(t.keys))
	for _, k := range t.keys {
		out = append(out, t.rows[k])
	}
	return out
}

// with is a copy of a row with some values replaced.
func with(row obj, pairs ...any) obj {
	out := maps.Clone(row)
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i].(string)] = pairs[i+1]
	}
	return out
}

// pick is a copy of some fields of a row.
func pick(row obj, names ...string) obj {
	out := obj{}
	for _, n := range names {
		out[n] = row[n]
	}
	return out
}

// str is a text value, or "" where there is none.
func str(v any) string {
	t, _ := v.(string)
	return t
}

// canonical is the one JSON text of a value.
func canonical(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
