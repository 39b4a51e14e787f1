package mutant

import (
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// properties lists the names of an object's fields. Of several forms the first is the one
// that a page prints.
func properties(s *openapi3.Schema) []string {
	if len(s.OneOf) > 0 {
		return properties(s.OneOf[0].Value)
	}
	return slices.Sorted(maps.Keys(s.Properties))
}
