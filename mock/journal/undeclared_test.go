package journal

import (
	"fmt"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// TestUndeclaredFieldsHeldAreFew meets 90,000 fields that are not documented: as many are held
// as a request may depart by, the first in order. Of the others only the number is kept, so that
// one more takes no longer than the first.
func TestUndeclaredFieldsHeldAreFew(t *testing.T) {
	const fields = 90_000
	for name, nth := range map[string]func(int) int{
		"in order": func(i int) int { return i },
		"backward": func(i int) int { return fields - 1 - i },
		"mixed":    func(i int) int { return i * 7919 % fields },
	} {
		var f undeclared
		most := 0
		for i := range fields {
			at := fmt.Sprintf("k%05d", nth(i))
			f.add(at, at, nil)
			most = max(most, len(f.first))
		}
		if most != mostDepartures || f.more != fields-mostDepartures || cap(f.first) > 4*mostDepartures {
			t.Errorf("%s: up to %d are held, in room for %d, and %d are counted; want %d and %d", name, most, cap(f.first), f.more, mostDepartures, fields-mostDepartures)
		}
		for i, u := range f.first {
			if want := fmt.Sprintf("k%05d", i); u.name != want {
				t.Errorf("%s: the field held at %d is %s, want %s", name, i, u.name, want)
				break
			}
		}
	}
}

// TestUndeclaredFieldsAskForNamesOnce: the documented names are listed once for an object,
// however many of its fields are not among them.
func TestUndeclaredFieldsAskForNamesOnce(t *testing.T) {
	schema := openapi3.NewObjectSchema()
	for i := range 1000 {
		schema.WithProperty(fmt.Sprintf("p%d", i), openapi3.NewStringSchema())
	}
	object := map[string]any{}
	for i := range 1000 {
		object[fmt.Sprintf("k%03d", i)] = 1
	}
	if n := testing.AllocsPerRun(1, func() { new(undeclared).walk(object, schema, "") }); n > 100 {
		t.Errorf("%v allocations for 1000 fields", n)
	}
}
