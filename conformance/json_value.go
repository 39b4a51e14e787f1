package conformance

import (
	"encoding/json"
	"fmt"

	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/internal/exact"
)

// at reads the value at a JSON Pointer.
func at(value any, pointer string) (any, bool) { return scenarios.At(value, pointer) }

// equal compares values as JSON: 1 and 1.0 are the same number.
func equal(a, b any) bool { return exact.Equal(a, b) }

// covers reports whether a value is as wanted. Objects are open: one may have members
// in addition to those that are wanted of it.
func covers(got, want any) bool {
	switch want := want.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok || len(want) == 0 {
			return equal(got, want)
		}
		for name, value := range want {
			if found, ok := object[name]; !ok || !covers(found, value) {
				return false
			}
		}
		return true
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(want) {
			return false
		}
		for i := range want {
			if !covers(list[i], want[i]) {
				return false
			}
		}
		return true
	}
	return equal(got, want)
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
