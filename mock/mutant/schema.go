package mutant

import (
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// properties lists the names of an object's fields, in all its forms.
func properties(s *openapi3.Schema) []string {
	names := map[string]bool{}
	for name := range s.Properties {
		names[name] = true
	}
	for _, form := range s.OneOf {
		for _, name := range properties(form.Value) {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}
