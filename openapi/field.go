package openapi

import (
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Place is where in a message a field stands.
type Place string

// The places of a field.
const (
	InBody   Place = "body"
	InPath   Place = "path"
	InQuery  Place = "query"
	InHeader Place = "header"
)

// Field is one documented field of a request or an answer.
type Field struct {
	Operation *Operation
	Place     Place
	Path      []string // property names from the root; "*" stands for any element of an array
	Required  bool     // by the object it stands in, or by the parameter
	Schema    *openapi3.Schema
	Level     Level
	Source    string
	Unprobed  map[string]string // probe kind, or enum=value → the point or reason that keeps it away

	slug, response string // the clause prefixes, made once
}

// Slug is the prefix of the clauses derived from a request field.
func (f Field) Slug() string { return f.slug }

func (f Field) makeSlug() string {
	segments := []string{f.Operation.Slug}
	if f.Place == InPath || f.Place == InQuery {
		segments = append(segments, string(f.Place))
	}
	for _, name := range f.Path {
		if name != "*" {
			segments = append(segments, kebab(name))
		}
	}
	return strings.Join(segments, ".")
}

// Name is the field as the pages write it, with dots between levels.
func (f Field) Name() string {
	return strings.TrimPrefix(strings.ReplaceAll(strings.Join(f.Path, "."), ".*", "[]"), "*.")
}

// RequestFields lists every documented field of the operation's requests: path and
// query parameters, then the body's properties, parents before children.
func (o *Operation) RequestFields() []Field { return o.request }

// ResponseFields lists every documented field of the operation's successful answer.
func (o *Operation) ResponseFields() []Field { return o.answer }

func (o *Operation) requestFields() []Field {
	var fields []Field
	for _, p := range o.Parameters() {
		if p.In != openapi3.ParameterInPath && p.In != openapi3.ParameterInQuery {
			continue
		}
		f := Field{
			Operation: o, Place: Place(p.In), Path: []string{p.Name}, Required: p.Required,
			Schema: p.Schema.Value, Level: o.Level, Source: o.Source,
		}
		f.annotate(p.Extensions)
		f.annotate(p.Schema.Value.Extensions)
		fields = append(fields, f)
	}
	if schema := o.BodySchema(); schema != nil {
		fields = o.appendProperties(fields, nil, schema, Field{Level: o.Level, Source: o.Source})
	}
	return fields
}

func (o *Operation) responseFields() []Field {
	response := o.Spec.Responses.Status(o.Success)
	if response == nil || response.Value.Content["application/json"] == nil {
		return nil
	}
	schema := response.Value.Content["application/json"].Schema.Value
	if schema.Items != nil {
		return o.appendProperties(nil, []string{"*"}, schema.Items.Value, Field{Level: o.Level, Source: o.Source})
	}
	return o.appendProperties(nil, nil, schema, Field{Level: o.Level, Source: o.Source})
}

// appendProperties walks an object schema depth first. A level or source set on a
// property holds for what is below it too.
func (o *Operation) appendProperties(fields []Field, at []string, schema *openapi3.Schema, above Field) []Field {
	names := make([]string, 0, len(schema.Properties))
	for name := range schema.Properties {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		property := schema.Properties[name].Value
		f := Field{
			Operation: o, Place: InBody, Path: append(slices.Clone(at), name),
			Required: slices.Contains(schema.Required, name), Schema: property, Level: above.Level, Source: above.Source,
		}
		f.annotate(schema.Properties[name].Extensions)
		f.annotate(property.Extensions)
		fields = append(fields, f)
		switch {
		case property.Items != nil && property.Items.Value.Type.Is("object"):
			fields = o.appendProperties(fields, append(slices.Clone(f.Path), "*"), property.Items.Value, f)
		case property.Type.Is("object"):
			fields = o.appendProperties(fields, f.Path, property, f)
		}
	}
	return fields
}

func (f *Field) annotate(extensions map[string]any) {
	for name, v := range map[string]any{"x-level": &f.Level, "x-source": &f.Source, "x-unprobed": &f.Unprobed} {
		if err := extension(extensions, name, v); err != nil {
			panic(err) // the package's tests load every contract
		}
	}
	f.slug = f.makeSlug()
	f.response = f.Operation.Slug + ".response" + strings.TrimPrefix(f.slug, f.Operation.Slug)
}

// unprobed reads x-unprobed: what is kept away, by the point or reason that does.
func unprobed(extensions map[string]any) map[string]string {
	var out map[string]string
	if err := extension(extensions, "x-unprobed", &out); err != nil {
		panic(err) // the package's tests load every contract
	}
	return out
}

func kebab(name string) string { return strings.ReplaceAll(strings.ToLower(name), "_", "-") }
