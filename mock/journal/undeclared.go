package journal

import (
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// unknown is a field that is not documented, with the documented one that is likely
// meant; empty where none is.
type unknown struct{ name, meant string }

// undeclared lists the fields of a JSON value that a schema does not name, at any
// depth, each once, however many elements of an array have it.
func undeclared(value any, schema *openapi3.Schema) []unknown {
	found := map[string]string{}
	walk(value, schema, "", found)
	out := make([]unknown, 0, len(found))
	for name, meant := range found {
		out = append(out, unknown{name, meant})
	}
	slices.SortFunc(out, func(a, b unknown) int { return strings.Compare(a.name, b.name) })
	return out
}

// walk goes no deeper than the schema does.
func walk(value any, schema *openapi3.Schema, at string, found map[string]string) {
	switch value := value.(type) {
	case []any:
		if schema.Items == nil {
			return
		}
		for _, element := range value {
			walk(element, schema.Items.Value, below(at, "*"), found)
		}
	case map[string]any:
		others := schema.AdditionalProperties.Schema
		if others == nil && len(schema.Properties) == 0 {
			return // free in its form
		}
		for name, property := range value {
			switch known := schema.Properties[name]; {
			case known != nil:
				walk(property, known.Value, below(at, name), found)
			case others != nil:
				walk(property, others.Value, below(at, "*"), found)
			default:
				path := below(at, clipped(name))
				if _, ok := found[path]; !ok {
					found[path] = likely(name, propertyNames(schema))
				}
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
