package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// decode reads a row, strictly: each field is known and has its type. A complete row has
// every field that may not be null; in any other, what is missing is empty. The error
// begins with the place in the document.
func decode[R any](at string, raw json.RawMessage, complete bool) (*R, error) {
	row := new(R)
	return row, filler{complete}.fill(at, raw, reflect.ValueOf(row).Elem())
}

type filler struct{ complete bool }

// fill reads a value into v.
func (f filler) fill(at string, raw json.RawMessage, v reflect.Value) error {
	null := bytes.Equal(bytes.TrimSpace(raw), []byte("null"))
	_, whole := v.Addr().Interface().(json.Unmarshaler)
	switch k := v.Kind(); {
	case null && optional(v.Type()):
		return nil
	case null:
		return fmt.Errorf("%s is null; write %s", at, expected(v.Type()))
	case k == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return f.fill(at, raw, v.Elem())
	case k == reflect.Struct && !whole:
		return f.fillFields(at, raw, v)
	case k == reflect.Map:
		return f.fillMap(at, raw, v)
	case k == reflect.Slice:
		return f.fillSlice(at, raw, v)
	}
	if err := json.Unmarshal(raw, v.Addr().Interface()); err != nil {
		return fmt.Errorf("%s is %s; write %s", at, kind(raw), expected(v.Type()))
	}
	return nil
}

func (f filler) fillFields(at string, raw json.RawMessage, v reflect.Value) error {
	var values map[string]json.RawMessage
	if err := json.Unmarshal(raw, &values); err != nil {
		return fmt.Errorf("%s is %s; write %s", at, kind(raw), expected(v.Type()))
	}
	var known, missing []string
	for field := range v.Type().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		known = append(known, name)
		if f.complete && values[name] == nil && !optional(field.Type) {
			missing = append(missing, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !slices.Contains(known, name) {
			return fmt.Errorf("%s: the field %q is unknown; known here: %s", at, name, strings.Join(known, ", "))
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("%s: missing here: %s", at, strings.Join(missing, ", "))
	}
	for i, name := range known {
		if values[name] == nil {
			continue
		}
		if err := f.fill(at+"."+name, values[name], v.Field(i)); err != nil {
			return err
		}
	}
	return nil
}

func (f filler) fillMap(at string, raw json.RawMessage, v reflect.Value) error {
	var values map[string]json.RawMessage
	if err := json.Unmarshal(raw, &values); err != nil {
		return fmt.Errorf("%s is %s; write %s", at, kind(raw), expected(v.Type()))
	}
	v.Set(reflect.MakeMap(v.Type()))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		element := reflect.New(v.Type().Elem()).Elem()
		if err := f.fill(fmt.Sprintf("%s[%q]", at, name), values[name], element); err != nil {
			return err
		}
		v.SetMapIndex(reflect.ValueOf(name), element)
	}
	return nil
}

func (f filler) fillSlice(at string, raw json.RawMessage, v reflect.Value) error {
	var values []json.RawMessage
	if err := json.Unmarshal(raw, &values); err != nil {
		return fmt.Errorf("%s is %s; write %s", at, kind(raw), expected(v.Type()))
	}
	v.Set(reflect.MakeSlice(v.Type(), len(values), len(values)))
	for i, value := range values {
		if err := f.fill(fmt.Sprintf("%s[%d]", at, i), value, v.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

// optional reports whether a field of a type may be null, and be left out.
func optional(t reflect.Type) bool {
	return t.Kind() == reflect.Pointer || t.Kind() == reflect.Map || t.Kind() == reflect.Slice
}

// expected names what a type takes, to the reader of a mistake.
func expected(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return expected(t.Elem()) + " or null"
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Int64:
		return "a whole number"
	case reflect.Uint64:
		return "a whole number from 0"
	case reflect.Float64:
		return "a number"
	case reflect.Map:
		return "an object"
	case reflect.Slice:
		return "a list"
	case reflect.Struct:
		if t.Name() == "Time" {
			return `a time such as "2020-01-01T10:00:00+09:00"`
		}
	}
	return "an object"
}

// kind names what a JSON value is, to the reader of a mistake.
func kind(raw json.RawMessage) string {
	text := strings.TrimSpace(string(raw))
	switch {
	case text == "":
		return "nothing"
	case text[0] == '{':
		return "an object"
	case text[0] == '[':
		return "a list"
	case text[0] == '"':
		return "a string"
	}
	return text // a number, true, false or null
}
