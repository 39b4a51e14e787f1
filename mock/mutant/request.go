package mutant

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/twinbill/twinbill/openapi"
)

// requests moves each bound of the request's fields: what lies just outside is
// accepted as if it were the nearest legal value, and what lies just inside is
// refused as the API refuses.
func (d *deriver) requests() {
	for _, f := range d.op.RequestFields() {
		for _, kind := range f.Kinds() {
			where := fmt.Sprintf("request/%s/%s/%s", f.Place, strings.Join(f.Path, "."), kind)
			clauses := []string{f.Clause(kind)}
			if kind == openapi.KindEnum {
				for _, v := range f.Schema.Enum {
					if v != nil {
						d.add(Refused, fmt.Sprintf("%s=%v", where, v), fmt.Sprintf("%s is refused where it is %v", f.Name(), v), clauses,
							d.refusingWhere(f, func(got any, there bool) bool { return there && got == v }))
					}
				}
				continue
			}
			if f.Accepts(kind) {
				d.add(Refused, where, f.Name()+" is refused where it is "+words[kind], clauses, d.refusingWhere(f, meets(f, kind)))
				continue
			}
			d.add(Accepted, where, f.Name()+" is accepted where it is "+words[kind], clauses, d.accepting(f, meets(f, kind)))
		}
	}
}

// words describes the values of a kind.
var words = map[openapi.Kind]string{
	openapi.KindMissing: "missing", openapi.KindNull: "null", openapi.KindType: "of another type",
	openapi.KindBelowMin: "one step below the least", openapi.KindMin: "the least",
	openapi.KindMax: "the most", openapi.KindAboveMax: "one step above the most",
	openapi.KindOutsideEnum: "not listed", openapi.KindPattern: "off the pattern",
}

// meets reports whether a value, if it is there at all, is of a kind.
func meets(f openapi.Field, kind openapi.Kind) func(value any, there bool) bool {
	return func(value any, there bool) bool {
		if kind == openapi.KindMissing {
			return !there
		}
		if !there {
			return false
		}
		switch kind {
		case openapi.KindNull:
			return value == nil
		case openapi.KindType:
			return value != nil && !isOf(f.Schema, value)
		case openapi.KindOutsideEnum:
			return value != nil && !slices.Contains(f.Schema.Enum, value)
		case openapi.KindPattern:
			text, ok := value.(string)
			return ok && openapi3.NewStringSchema().WithPattern(f.Schema.Pattern).VisitJSON(text) != nil
		}
		n, ok := size(value)
		return ok && n == bound(f, kind)
	}
}

// size is what a bound is about: the length of a text, or a number.
func size(value any) (float64, bool) {
	switch v := value.(type) {
	case string:
		return float64(utf8.RuneCountInString(v)), true
	case float64:
		return v, true
	}
	return 0, false
}

// bound is the size at, or one step outside, a bound.
func bound(f openapi.Field, kind openapi.Kind) float64 {
	s, step := f.Schema, 1.0
	least, most := float64(s.MinLength), 0.0
	if s.MaxLength != nil {
		most = float64(*s.MaxLength)
	}
	if s.Min != nil {
		least = *s.Min
	}
	if s.Max != nil {
		most = *s.Max
		if most <= 1 {
			step = 0.01
		}
	}
	switch kind {
	case openapi.KindBelowMin:
		return least - step
	case openapi.KindMin:
		return least
	case openapi.KindMax:
		return most
	}
	return most + step
}

func isOf(s *openapi3.Schema, value any) bool {
	switch v := value.(type) {
	case string:
		return s.Type.Is("string")
	case bool:
		return s.Type.Is("boolean")
	case float64:
		return s.Type.Is("number") || s.Type.Is("integer") && v == float64(int64(v))
	case []any:
		return s.Type.Is("array")
	case map[string]any:
		return s.Type.Is("object")
	}
	return false
}

// message is the part of a request in which a field stands.
type message struct {
	op    *openapi.Operation
	place openapi.Place
	value any // decoded JSON, or a map of texts
}

// read takes the part of a request in which fields of a place stand; ok is false where
// there is none.
func read(op *openapi.Operation, place openapi.Place, r *http.Request) (m message, ok bool) {
	m = message{op: op, place: place}
	switch place {
	case openapi.InQuery:
		m.value = texts(r.URL.Query())
		return m, true
	case openapi.InPath:
		values := map[string]any{}
		for name, value := range PathValues(op, r) {
			values[name] = value
		}
		m.value = values
		return m, true
	}
	data := Body(r)
	switch mediaType, parameters, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); mediaType {
	case "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(data))
		m.value = texts(form)
		return m, err == nil
	case "multipart/form-data":
		form, err := multipart.NewReader(bytes.NewReader(data), parameters["boundary"]).ReadForm(int64(len(data)))
		if err == nil {
			m.value = texts(form.Value)
		}
		return m, err == nil && len(form.File) == 0
	}
	return m, json.Unmarshal(data, &m.value) == nil && strings.HasPrefix(r.Header.Get("Content-Type"), "application/json")
}

func texts(values url.Values) map[string]any {
	out := map[string]any{}
	for name := range values {
		out[name] = values.Get(name)
	}
	return out
}

func pathNames(op *openapi.Operation) map[string]bool {
	names := map[string]bool{}
	for _, segment := range strings.Split(op.Path, "/") {
		if name, ok := strings.CutPrefix(segment, "{"); ok {
			names[strings.TrimSuffix(name, "}")] = true
		}
	}
	return names
}

// put returns the request with the message's value in the place it was read from.
func (m message) put(r *http.Request) *http.Request {
	switch m.place {
	case openapi.InQuery:
		return withURL(r, func(u *url.URL) { u.RawQuery = values(m.value).Encode() })
	case openapi.InPath:
		for name, value := range m.value.(map[string]any) {
			r = withSegment(r, m.op, name, func(string) string { return value.(string) })
		}
		return r
	}
	if m.op.MediaType() != "application/json" { // in whatever form it came
		out := withBody(r, []byte(values(m.value).Encode()))
		out.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return out
	}
	data, _ := json.Marshal(m.value) // it was decoded from JSON
	return withBody(r, data)
}

func values(fields any) url.Values {
	out := url.Values{}
	for name, value := range fields.(map[string]any) {
		out.Set(name, fmt.Sprint(value))
	}
	return out
}

// accepting puts a legal value where a field's is of a kind that is due a refusal.
func (d *deriver) accepting(f openapi.Field, meets func(any, bool) bool) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			m, ok := message{}, false
			if Of(d.op, r) {
				m, ok = read(d.op, f.Place, r)
			}
			if !ok || !m.has(f, meets) {
				next.ServeHTTP(w, r)
				return
			}
			var legal message
			for _, candidate := range d.legal(f) {
				legal = m.with(f, meets, candidate)
				if Ask(next, Reask(legal.put(r))).Success() {
					break
				}
			}
			next.ServeHTTP(w, legal.put(r))
		})
	}
}

// refusingWhere refuses a request that would succeed, where a field's value is of a kind.
func (d *deriver) refusingWhere(f openapi.Field, meets func(any, bool) bool) func(http.Handler) http.Handler {
	status, words := d.refusal()
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			met := false
			if Of(d.op, r) {
				m, ok := read(d.op, f.Place, r)
				met = ok && m.has(f, meets) || !ok && f.Place == openapi.InBody && len(f.Path) == 1 && meets(nil, false)
			}
			if !met {
				next.ServeHTTP(w, r)
				return
			}
			if !Ask(next, Reask(r)).Success() {
				next.ServeHTTP(w, r) // it is refused for a reason of its own
				return
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = w.Write(words)
		})
	}
}

// has reports whether a field has a value of a kind, wherever it stands.
func (m message) has(f openapi.Field, meets func(any, bool) bool) (met bool) {
	holders(m.value, f.Path, func(object map[string]any, name string) {
		value, there := object[name]
		met = met || meets(value, there)
	})
	return met
}

// with returns the message with a legal value wherever the field's is of a kind.
func (m message) with(f openapi.Field, meets func(any, bool) bool, legal any) message {
	m.value = copied(m.value)
	holders(m.value, f.Path, func(object map[string]any, name string) {
		if value, there := object[name]; meets(value, there) {
			object[name] = nearest(f.Schema, value, legal)
		}
	})
	return m
}

// nearest is the legal value next to one that is outside a bound, or else a given one.
func nearest(s *openapi3.Schema, value, legal any) any {
	text, isText := value.(string)
	length := utf8.RuneCountInString(text)
	switch {
	case isText && len(s.Enum) == 0 && s.MaxLength != nil && length > int(*s.MaxLength):
		return string([]rune(text)[:*s.MaxLength])
	case isText && len(s.Enum) == 0 && length < int(s.MinLength):
		return text + strings.Repeat("x", int(s.MinLength)-length)
	}
	if n, ok := value.(float64); ok && s.Min != nil && n < *s.Min {
		return *s.Min
	} else if ok && s.Max != nil && n > *s.Max {
		return *s.Max
	}
	return legal
}

// legal lists values that a field may have: the documented examples', those its schema
// lists, and one that its schema allows.
func (d *deriver) legal(f openapi.Field) []any {
	var out []any
	if f.Place == openapi.InBody {
		examples := d.op.Spec.RequestBody.Value.Content[d.op.MediaType()].Examples
		for _, name := range slices.Sorted(maps.Keys(examples)) {
			edit(copied(examples[name].Value.Value), f.Path, func(object map[string]any, name string) {
				if object[name] != nil {
					out = append(out, object[name])
				}
			})
		}
	}
	for _, value := range f.Schema.Enum {
		if value != nil {
			out = append(out, value)
		}
	}
	return append(out, sample(f.Schema))
}

// sample is a value that a schema allows.
func sample(s *openapi3.Schema) any {
	switch {
	case len(s.OneOf) > 0:
		return sample(s.OneOf[0].Value)
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Type.Is("object"):
		object := map[string]any{}
		for _, name := range s.Required {
			object[name] = sample(s.Properties[name].Value)
		}
		return object
	case s.Type.Is("array"):
		if s.MinItems == 0 {
			return []any{}
		}
		return []any{sample(s.Items.Value)}
	case s.Type.Is("boolean"):
		return true
	case s.Type.Is("integer"), s.Type.Is("number"):
		if s.Min != nil && !s.ExclusiveMin.IsTrue() {
			return *s.Min
		}
		return 1.0
	}
	return strings.Repeat("x", max(1, int(s.MinLength)))
}

// refusal is how the API refuses the content of a request.
func (d *deriver) refusal() (status int, data []byte) {
	status = http.StatusBadRequest
	if d.op.Authenticated() {
		status = d.contract.Refusal("validation").Status
	}
	return status, Refusal(d.op, status)
}

// Refusal is a body that an operation documents for a status, and an empty object where it
// documents none.
func Refusal(op *openapi.Operation, status int) []byte {
	response := op.Spec.Responses.Status(status)
	if response == nil || response.Value.Content["application/json"] == nil {
		return []byte("{}")
	}
	data, err := json.Marshal(sample(response.Value.Content["application/json"].Schema.Value))
	if err != nil {
		panic(err) // made of plain values
	}
	return data
}

// Fields are the fields of a request's body, however it is sent.
func Fields(op *openapi.Operation, r *http.Request) map[string]any {
	m, _ := read(op, openapi.InBody, r)
	fields, _ := m.value.(map[string]any)
	return fields
}

// PathValues are a request's path parameters.
func PathValues(op *openapi.Operation, r *http.Request) map[string]string {
	values := map[string]string{}
	for name := range pathNames(op) {
		withSegment(r, op, name, func(v string) string { values[name] = v; return v })
	}
	return values
}
