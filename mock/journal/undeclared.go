package journal

import (
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// unknown is a field that is not documented: its path, its own name, and the documented
// names beside it.
type unknown struct {
	name, sent string
	known      []string
}

// undeclared are the fields of a JSON value that a schema does not name, at any depth:
// the first of them in order, each once, however many elements of an array have it.
type undeclared struct {
	first []unknown
	more  int // how often another was met
}

func (f *undeclared) add(path, name string, known []string) {
	at, held := slices.BinarySearchFunc(f.first, path, func(u unknown, path string) int { return strings.Compare(u.name, path) })
	if held {
		return
	}
	if len(f.first) == mostDepartures {
		f.more++
		if at == mostDepartures {
			return
		}
		f.first = f.first[:mostDepartures-1]
	}
	f.first = slices.Insert(f.first, at, unknown{path, name, known})
}

// walk goes no deeper than the schema does.
func (f *undeclared) walk(value any, schema *openapi3.Schema, at string) {
	switch value := value.(type) {
	case []any:
		if schema.Items == nil {
			return
		}
		for _, element := range value {
			f.walk(element, schema.Items.Value, below(at, "*"))
		}
	case map[string]any:
		others := schema.AdditionalProperties.Schema
		if others == nil && len(schema.Properties) == 0 {
			return // free in its form
		}
		var known []string
		for name, property := range value {
			switch documented := schema.Properties[name]; {
			case documented != nil:
				f.walk(property, documented.Value, below(at, name))
			case others != nil:
				f.walk(property, others.Value, below(at, "*"))
			default:
				if known == nil {
					known = propertyNames(schema)
				}
				f.add(below(at, clipped(name)), name, known)
			}
		}
	}
}

// below is the path of a field, with dots between the levels.
func below(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}

func propertyNames(s *openapi3.Schema) []string {
	out := make([]string, 0, len(s.Properties))
	for name := range s.Properties {
		out = append(out, name)
	}
	return out
}

// likely is the one of some names that is another only in case and separators.
func likely(name string, known []string) string {
	plain := func(s string) string {
		return strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(s))
	}
	if len(name) > 100 {
		return ""
	}
	wanted := plain(name)
	for _, k := range known {
		if plain(k) == wanted {
			return k
		}
	}
	return ""
}
