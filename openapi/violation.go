package openapi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/twinbill/twinbill/internal/exact"
)

// Violation is one way in which a message departs from the contract.
type Violation struct {
	Clause  string   // the clause it breaks; empty where the contract states none
	Place   Place    // where in the message
	Path    []string // property names and array indexes, or the parameter's or header's name
	Keyword string   // the schema keyword it breaks, such as required or maxLength
	Value   any      // what was found there
	Says    string   // what is wrong, as a sentence without the field's name
	Promise string   // what the contract has there in an answer; empty where Says alone tells
}

// Field is the violated field as the pages write it.
func (v Violation) Field() string { return strings.Join(v.Path, ".") }

func (v Violation) String() string {
	if len(v.Path) == 0 {
		return v.Says
	}
	return v.Field() + ": " + v.Says
}

// CheckParameters holds the path and query parameters of a request to the contract.
// The path parameters are given unescaped.
func (o *Operation) CheckParameters(r *http.Request, path map[string]string) []Violation {
	input := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: path, QueryParams: r.URL.Query(),
		Route:   &routers.Route{Spec: o.contract.Doc, Path: o.Path, Method: o.Method, Operation: o.Spec},
		Options: &openapi3filter.Options{MultiError: true, SkipSettingDefaults: true},
	}
	var out []Violation
	for _, p := range o.Parameters() {
		err := openapi3filter.ValidateParameter(r.Context(), input, p)
		if err == nil {
			continue
		}
		f := o.field(Place(p.In), []string{p.Name})
		var violations []Violation
		collect(err, &violations)
		if errors.Is(err, openapi3filter.ErrInvalidRequired) || errors.Is(err, openapi3filter.ErrInvalidEmptyValue) {
			violations = []Violation{{Keyword: "required", Says: "is required"}}
		}
		if len(violations) == 0 {
			violations = []Violation{{Keyword: "type", Says: fmt.Sprintf("is not %s", article(p.Schema.Value.Type.Slice()[0]))}}
		}
		for _, v := range violations {
			v.Place, v.Path = Place(p.In), []string{p.Name}
			if f != nil {
				v.Clause = f.keywordClause(v.Keyword)
			}
			out = append(out, v)
		}
	}
	return out
}

// CheckBody holds a decoded JSON body to the operation's request schema. It lists
// every departure, or the first alone: a large body may have very many.
func (o *Operation) CheckBody(body any, every bool) []Violation {
	schema := o.BodySchema()
	if schema == nil {
		return nil
	}
	options := []openapi3.SchemaValidationOption{openapi3.VisitAsRequest()}
	if every {
		options = append(options, openapi3.MultiErrors())
	}
	var out []Violation
	collect(schema.VisitJSON(body, options...), &out)
	for i := range out {
		out[i].Place = InBody
		if f := o.field(InBody, out[i].Path); f != nil {
			out[i].Clause = f.keywordClause(out[i].Keyword)
		}
	}
	return out
}

// CheckResponse holds an answer to the contract: that its status is documented, and
// its headers and body as documented for that status. The body of a refusal is held to
// what a page prints of it (x-clause), and to nothing where none does.
func (o *Operation) CheckResponse(status int, header http.Header, body []byte) []Violation {
	ref := o.Spec.Responses.Status(status)
	if ref == nil && status/100 == 4 {
		return nil // which status refuses is for a clause or a point to say
	}
	if ref == nil {
		return []Violation{{Clause: o.Slug + ".status", Keyword: "status", Value: status, Promise: fmt.Sprintf("a status of %v", o.Statuses()), Says: fmt.Sprintf("status %d is not documented; the contract lists %v", status, o.Statuses())}}
	}
	if status != o.Success {
		if clause := printed(ref.Value); clause != "" && !o.Supporting() {
			return o.checkContent(ref.Value.Content, clause, header, body)
		}
		return nil
	}
	var out []Violation
	for name, h := range ref.Value.Headers {
		out = append(out, o.checkHeader(status, name, h.Value, header)...)
	}
	if len(ref.Value.Content) > 0 {
		return append(out, o.checkContent(ref.Value.Content, o.BodyClause(), header, body)...)
	}
	if len(bytes.TrimSpace(body)) > 0 {
		clause := o.Slug + ".no-content" // where that is promised in words
		if _, ok := o.contract.Clause(clause); !ok {
			clause = o.Slug + ".status"
		}
		out = append(out, Violation{Clause: clause, Place: InBody, Keyword: "content", Promise: "no body", Says: fmt.Sprintf("status %d has no body, yet one came", status)})
	}
	return out
}

// Answering is the clause on the body of an answer with a status; empty where none is.
func (o *Operation) Answering(status int) string {
	ref := o.Spec.Responses.Status(status)
	switch {
	case ref == nil:
		return ""
	case status != o.Success:
		return printed(ref.Value)
	case o.bodyShape() == "":
		return o.Slug + ".status"
	}
	return o.BodyClause()
}

// printed is the clause by which a page prints the body of a refusal; empty where none
// does.
func printed(response *openapi3.Response) (clause string) {
	if err := extension(response.Extensions, "x-clause", &clause); err != nil {
		panic(err) // the package's tests load every contract
	}
	return clause
}

func (o *Operation) checkHeader(status int, name string, spec *openapi3.Header, header http.Header) []Violation {
	clause := o.HeaderClause(name)
	value := header.Get(name)
	if value == "" {
		if !spec.Required {
			return nil
		}
		return []Violation{{Clause: clause, Place: InHeader, Path: []string{name}, Keyword: "required", Promise: promise("type", spec.Schema.Value), Says: "the header is missing"}}
	}
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{
			Request: &http.Request{Method: o.Method},
			Route: &routers.Route{Spec: o.contract.Doc, Operation: &openapi3.Operation{
				Responses: openapi3.NewResponses(openapi3.WithStatus(status, &openapi3.ResponseRef{Value: &openapi3.Response{
					Headers: openapi3.Headers{name: &openapi3.HeaderRef{Value: spec}},
				}})),
			}},
		},
		Status: status, Header: header, Body: io.NopCloser(bytes.NewReader(nil)),
	}
	if err := openapi3filter.ValidateResponse(input.RequestValidationInput.Request.Context(), input); err != nil {
		return []Violation{{Clause: clause, Place: InHeader, Path: []string{name}, Keyword: "schema", Value: value, Promise: promise("type", spec.Schema.Value), Says: firstLine(err)}}
	}
	return nil
}

// checkContent holds a body to its schema. What breaks the clause of no field breaks
// that of the body.
func (o *Operation) checkContent(content openapi3.Content, clause string, header http.Header, body []byte) []Violation {
	media, given := content["application/json"], header.Get("Content-Type")
	if media == nil && content.Get(given) != nil {
		return nil // text, which no schema describes
	}
	if media == nil || given != "" && !IsJSON(given) {
		return []Violation{{Clause: clause, Place: InHeader, Path: []string{"Content-Type"}, Keyword: "content", Value: given, Promise: strings.Join(slices.Sorted(maps.Keys(content)), " or "), Says: fmt.Sprintf("%q is not a documented media type", given)}}
	}
	value, err := exact.Decode(body)
	if err != nil {
		return []Violation{{Clause: clause, Place: InBody, Keyword: "content", Promise: "JSON", Says: "the body is not JSON: " + err.Error()}}
	}
	out := holdAnswer(media.Schema.Value, value)
	for i := range out {
		out[i].Place, out[i].Clause = InBody, clause
		if _, number := out[i].Value.(float64); number {
			out[i].Value, _ = valueAt(value, out[i].Path) // the schema's is rounded
		}
		if f := o.answerField(out[i].Path); f != nil && clause == o.BodyClause() {
			out[i].Clause = f.ResponseClause()
		}
	}
	return out
}

// enough is how many violations of one answer say all there is to say.
const enough = 1000

// holdAnswer holds the value of an answer to a schema. Its longest list, which is the value
// or a property of it, is held in parts, and no further than to enough violations: a row
// that departs costs a hundred times what one does that is as it should be.
func holdAnswer(schema *openapi3.Schema, value any) []Violation {
	name, list := longestList(value)
	if len(list) <= enough {
		var out []Violation
		collect(schema.VisitJSON(value, openapi3.MultiErrors(), openapi3.VisitAsResponse()), &out)
		return out
	}
	var out []Violation
	for from := 0; from < len(list) && len(out) < enough; from += enough {
		rows := list[from:min(from+enough, len(list))]
		part, at := any(rows), 0 // where a path has the number of the row
		if object, ok := value.(map[string]any); ok {
			object = maps.Clone(object)
			object[name] = rows
			part, at = object, 1
		}
		var found []Violation
		collect(schema.VisitJSON(part, openapi3.MultiErrors(), openapi3.VisitAsResponse()), &found)
		for _, v := range found {
			inside := len(v.Path) > at && (at == 0 || v.Path[0] == name)
			if inside {
				row, _ := strconv.Atoi(v.Path[at])
				v.Path[at] = strconv.Itoa(from + row)
			}
			if inside || from == 0 {
				out = append(out, v)
			}
		}
	}
	return out
}

// longestList is a value that is a list, or the longest property that is one.
func longestList(value any) (name string, list []any) {
	switch value := value.(type) {
	case []any:
		list = value
	case map[string]any:
		for property, inner := range value {
			if rows, ok := inner.([]any); ok && len(rows) > len(list) {
				name, list = property, rows
			}
		}
	}
	return name, list
}

// IsJSON reports whether a Content-Type is that of JSON. Neither case nor parameters
// matter.
func IsJSON(contentType string) bool {
	mediaType, _, _ := strings.Cut(contentType, ";")
	mediaType = strings.ToLower(strings.TrimSpace(mediaType))
	return mediaType == "application/json" || mediaType == "text/json" || strings.HasSuffix(mediaType, "+json")
}

// valueAt is the value at a path of property names and array indexes.
func valueAt(value any, path []string) (any, bool) {
	for _, segment := range path {
		switch v := value.(type) {
		case map[string]any:
			value = v[segment]
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

// Undeclared lists the fields of a decoded answer that the contract does not know, as
// the pages would write them. They break nothing: only what a page closes has no others.
func (o *Operation) Undeclared(status int, value any) []string {
	_, names := o.declared(status, value)
	return names
}

// Declared returns a decoded answer without the fields that the contract does not know.
func (o *Operation) Declared(status int, value any) any {
	declared, _ := o.declared(status, value)
	return declared
}

func (o *Operation) declared(status int, value any) (declared any, others []string) {
	ref := o.Spec.Responses.Status(status)
	if ref == nil || ref.Value.Content["application/json"] == nil {
		return value, nil
	}
	found := map[string]bool{}
	declared = declaredPart(ref.Value.Content["application/json"].Schema.Value, value, "", found)
	return declared, slices.Sorted(maps.Keys(found))
}

// declaredPart returns a value without what its schema does not know, and notes that.
func declaredPart(schema *openapi3.Schema, value any, at string, found map[string]bool) any {
	switch v := value.(type) {
	case []any:
		if schema.Items == nil {
			return v
		}
		if at != "" {
			at += "[]"
		}
		out := make([]any, len(v))
		for i, element := range v {
			out[i] = declaredPart(schema.Items.Value, element, at, found)
		}
		return out
	case map[string]any:
		closed := schema.AdditionalProperties.Has != nil || schema.AdditionalProperties.Schema != nil
		if len(schema.Properties) == 0 {
			return v
		}
		out := make(map[string]any, len(v))
		for name, inner := range v {
			path := strings.TrimPrefix(at+"."+name, ".")
			property := schema.Properties[name]
			switch {
			case property != nil:
				out[name] = declaredPart(property.Value, inner, path, found)
			case closed:
				out[name] = inner
			default:
				found[path] = true
			}
		}
		return out
	}
	return value
}

// collect flattens the errors of a schema validation into violations.
func collect(err error, out *[]Violation) {
	var several openapi3.MultiError
	var schema *openapi3.SchemaError
	switch {
	case err == nil:
	case errors.As(err, &several):
		for _, e := range several {
			collect(e, out)
		}
	case errors.As(err, &schema):
		path := schema.JSONPointer()
		of := schema.Schema
		if name := len(path) - 1; schema.SchemaField == "required" && name >= 0 && of.Properties[path[name]] != nil {
			of = of.Properties[path[name]].Value // the schema is that of the object without it
		}
		*out = append(*out, Violation{
			Path: path, Keyword: schema.SchemaField, Value: schema.Value, Says: schema.Reason, Promise: promise(schema.SchemaField, of),
		})
	}
}

// promise says what a keyword of a schema asks of a value; that it is there means that
// it has its type.
func promise(keyword string, s *openapi3.Schema) string {
	length := func(limit string, n uint64) string { return fmt.Sprintf("%s %d characters", limit, n) }
	switch {
	case s == nil:
		return ""
	case keyword == "enum":
		values := make([]string, len(s.Enum))
		for i, v := range s.Enum {
			values[i] = fmt.Sprint(v)
		}
		return strings.Join(values, " or ")
	case keyword == "pattern":
		return "text that matches " + s.Pattern
	case keyword == "minLength":
		return length("at least", s.MinLength)
	case keyword == "maxLength" && s.MaxLength != nil:
		return length("at most", *s.MaxLength)
	case keyword == "minimum" && s.Min != nil:
		return fmt.Sprint("at least ", *s.Min)
	case keyword == "maximum" && s.Max != nil:
		return fmt.Sprint("at most ", *s.Max)
	case keyword == "required" || keyword == "type" || keyword == "nullable":
		var types []string
		for _, name := range s.Type.Slice() {
			types = append(types, article(name))
		}
		if s.Nullable {
			types = append(types, "null")
		}
		return strings.Join(types, " or ")
	}
	return ""
}

// field finds the documented request field at a path; array indexes match "*".
func (o *Operation) field(place Place, path []string) *Field { return find(o.request, place, path) }

// answerField finds the documented field of the successful answer at a path, or the
// nearest documented one above it.
func (o *Operation) answerField(path []string) *Field {
	for n := len(path); n > 0; n-- {
		if f := find(o.answer, InBody, path[:n]); f != nil {
			return f
		}
	}
	return nil
}

func find(fields []Field, place Place, path []string) *Field {
	for i := range fields {
		if fields[i].Place == place && matches(fields[i].Path, path) {
			return &fields[i]
		}
	}
	return nil
}

func matches(pattern, path []string) bool {
	if len(pattern) != len(path) {
		return false
	}
	for i, segment := range pattern {
		if segment != path[i] && (segment != "*" || strings.Trim(path[i], "0123456789") != "") {
			return false
		}
	}
	return true
}

// keywordClause is the clause of this field that a broken keyword breaks.
func (f *Field) keywordClause(keyword string) string {
	kind, known := map[string]Kind{
		"required": KindMissing, "nullable": KindType, "type": KindType, "enum": KindOutsideEnum, "pattern": KindPattern,
		"minLength": KindBelowMin, "maxLength": KindAboveMax,
		"minimum": KindBelowMin, "maximum": KindAboveMax, "exclusiveMinimum": KindBelowMin,
	}[keyword]
	if !known {
		return ""
	}
	if keyword == "nullable" {
		kind = KindNull
	}
	if point, ruled := FindPoint(f.Unprobed[string(kind)]); ruled {
		return point.Slug
	}
	return f.Clause(kind)
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
