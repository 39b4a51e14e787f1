package mutant

import (
	"net/http"
	"slices"
	"strings"

	"github.com/twinbill/twinbill/openapi"
)

// edits is done to the object that holds a field, under the field's name there.
type edits func(object map[string]any, name string)

// fields makes the mutants of the successful answer's fields.
func (d *deriver) fields() {
	for _, f := range d.op.ResponseFields() {
		if _, ruled := f.Unprobed["response"]; ruled {
			continue
		}
		promised, gone, renamed := []string{f.ResponseClause()}, []string{f.ResponseClause()}, []string{f.ResponseClause()}
		if !f.Required {
			gone = append(gone, d.points(f)...)
			renamed = append(renamed, gone[1:]...)
		} else if nested(f) { // which of its fields an object shows, some readings leave open; what reads back, none does
			gone = append(gone, d.about(f)...)
			renamed = append(renamed, d.about(f)...)
		}
		d.field(f, Dropped, "is left out", gone, func(o map[string]any, name string) { delete(o, name) })
		d.field(f, Renamed, "has another name", renamed, func(o map[string]any, name string) {
			o["other_"+name] = o[name]
			delete(o, name)
		})
		d.field(f, Retyped, "is of another type", promised, func(o map[string]any, name string) { o[name] = retyped(f) })
		if f.Schema.Nullable {
			d.field(f, Nulled, "is null where it has a value", d.about(f), func(o map[string]any, name string) { o[name] = nil })
			d.field(f, Filled, "has a value where it is null", d.about(f), func(o map[string]any, name string) {
				if o[name] == nil {
					o[name] = filler(f)
				}
			})
		} else {
			if !f.Required || f.Schema.Type.Is("object") { // a check of the shape alone may take it for left out
				promised = append(promised, d.about(f)...)
			}
			d.field(f, Nulled, "is null", promised, func(o map[string]any, name string) { o[name] = nil })
		}
		d.enum(f)
	}
}

// enum makes the mutants of a field whose values are listed.
func (d *deriver) enum(f openapi.Field) {
	if len(f.Schema.Enum) == 0 {
		return
	}
	d.field(f, Outside, "has a value that is not listed", []string{f.ResponseClause()}, func(o map[string]any, name string) {
		if o[name] != nil {
			o[name] = "outside-the-enum"
		}
	})
	if len(f.Schema.Enum) == 1 {
		return
	}
	d.field(f, Swapped, "has another of the listed values", d.about(f), func(o map[string]any, name string) {
		if i := slices.Index(f.Schema.Enum, o[name]); i >= 0 {
			o[name] = f.Schema.Enum[(i+1)%len(f.Schema.Enum)]
		}
	})
}

func (d *deriver) field(f openapi.Field, kind Kind, says string, clauses []string, change edits) {
	d.add(kind, "response/"+place(f), f.Name()+" of the answer "+says, clauses, d.edited(d.op.Success, f.Path, change))
}

// edited changes the values at a path of the answers with a status.
func (d *deriver) edited(status int, path []string, change edits) func(http.Handler) http.Handler {
	return Bodies(d.op, status, func(value any) any {
		edit(value, path, change)
		return value
	})
}

// about lists the written clauses that decide a field's value: those that name it,
// or else what it stands in, and those that promise two answers to be equal.
func (d *deriver) about(f openapi.Field) []string {
	equal := d.written(func(c openapi.Clause) bool { return names(c, "equal") })
	for i := len(f.Path) - 1; i >= 0; i-- {
		clauses := d.written(func(c openapi.Clause) bool { return f.Path[i] != "*" && names(c, f.Path[i]) })
		if len(clauses) > 0 {
			return append(clauses, equal...)
		}
	}
	return equal
}

// points lists the points of the dialect whose readings name what a field stands in.
func (d *deriver) points(f openapi.Field) []string {
	var out []string
	for _, point := range openapi.Points() {
		if point.API() != d.op.API {
			continue
		}
		for _, reading := range point.Readings {
			if names(openapi.Clause{ID: point.Slug, Says: reading.Says}, f.Path[0]) {
				out = append(out, point.Slug)
				break
			}
		}
	}
	return out
}

// nested reports whether a field is a property of another field.
func nested(f openapi.Field) bool {
	n := len(f.Path)
	return n > 1 && f.Path[n-2] != "*"
}

// place is a field's path as an id has it: without the elements of the whole answer.
func place(f openapi.Field) string {
	return strings.TrimPrefix(strings.Join(f.Path, "."), "*.")
}

// retyped is a value that a field's type does not allow.
func retyped(f openapi.Field) any {
	if f.Schema.Type.Is("object") || f.Schema.Type.Is("array") {
		return "another type"
	}
	return map[string]any{"another": "type"}
}

// filler is a value that a field's type allows.
func filler(f openapi.Field) any {
	switch {
	case f.Schema.Type.Is("array"):
		return []any{}
	case f.Schema.Type.Is("boolean"):
		return true
	case f.Schema.Type.Is("string") && f.Schema.Format == "date-time":
		return "2020-01-01T00:00:00+09:00"
	case f.Schema.Type.Is("string"):
		return "filled"
	}
	return 1
}
