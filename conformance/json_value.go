package conformance

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// at reads the value at a JSON Pointer.
func at(value any, pointer string) (any, bool) {
	if pointer == "" || pointer == "/" {
		return value, true
	}
	for _, segment := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		segment = strings.NewReplacer("~1", "/", "~0", "~").Replace(segment)
		switch v := value.(type) {
		case map[string]any:
			next, ok := v[segment]
			if !ok {
				return nil, false
			}
			value = next
		case []any:
			i, err := strconv.Atoi(segment)
			if err != nil || i < 0 || i >= len(v) {
				return nil, false
			}
			value = v[i]
		default:
			return nil, false
		}
	}
	return value, true
}

// equal compares values as JSON: 1 and 1.0 are the same number.
func equal(a, b any) bool {
	return reflect.DeepEqual(normal(a), normal(b))
}

func normal(v any) any {
	data, err := json.Marshal(v)
	if err != nil {
		return v
	}
	var out any
	if json.Unmarshal(data, &out) != nil {
		return v
	}
	return out
}

// show writes a value as compact JSON, cut where it grows long.
func show(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	const most = 400
	if len(data) > most {
		return string(data[:most]) + "..."
	}
	return string(data)
}
