package mutant

// edit applies a change to every value at a path of names, "*" being any element of
// an array. The change gets the object that holds the value, and its name there.
func edit(value any, path []string, change func(object map[string]any, name string)) {
	switch v := value.(type) {
	case []any:
		if path[0] == "*" && len(path) > 1 {
			for _, element := range v {
				edit(element, path[1:], change)
			}
		}
	case map[string]any:
		inner, ok := v[path[0]]
		switch {
		case !ok:
		case len(path) == 1:
			change(v, path[0])
		default:
			edit(inner, path[1:], change)
		}
	}
}

// holders visits every object that has, or could have, a field at a path.
func holders(value any, path []string, visit func(object map[string]any, name string)) {
	switch v := value.(type) {
	case []any:
		if path[0] == "*" && len(path) > 1 {
			for _, element := range v {
				holders(element, path[1:], visit)
			}
		}
	case map[string]any:
		if len(path) == 1 {
			visit(v, path[0])
			return
		}
		holders(v[path[0]], path[1:], visit)
	}
}
