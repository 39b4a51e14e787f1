package mutant

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/twinbill/twinbill/openapi"
)

// list makes the mutants of an answer that is a list, bare or in an object.
func (d *deriver) list() {
	name, isList := listed(d.op)
	if !isList {
		return
	}
	complete := d.written(func(c openapi.Clause) bool { return d.placed(c) && (onceOnly(c) || shows(c)) })
	once := d.written(func(c openapi.Clause) bool { return d.placed(c) && onceOnly(c) })
	d.add(Short, "list", "the list lacks its last element", complete, d.relisted(name, func(rows []any) []any {
		return rows[:max(0, len(rows)-1)]
	}))
	d.add(Repeated, "list", "the list has its last element twice", once, d.relisted(name, func(rows []any) []any {
		return append(rows, rows[max(0, len(rows)-1):]...)
	}))
	body := []string{d.op.BodyClause()}
	if name == "" {
		d.add(Wrapped, "list", "the list stands in an object", body, Bodies(d.op, d.op.Success, func(v any) any {
			return map[string]any{"items": v}
		}))
	} else {
		d.add(Wrapped, "list", "the list stands without its object", body, Bodies(d.op, d.op.Success, func(v any) any {
			object, _ := v.(map[string]any)
			return object[name]
		}))
	}
	d.filters(name)
	d.partners(name)
}

// onceOnly reports whether a clause promises each element of a list once.
func onceOnly(c openapi.Clause) bool {
	return names(c, "once") || names(c, "complete") || names(c, "unique")
}

// shows reports whether a clause promises that something stands in a list.
func shows(c openapi.Clause) bool { return names(c, "listed") || names(c, "kept") || names(c, "total") }

// placed reports whether a clause is stated on an operation whose place begins like
// this one's.
func (d *deriver) placed(c openapi.Clause) bool {
	return slices.ContainsFunc(c.Operations, func(id string) bool {
		return root(d.contract.Operation(id).Path) == root(d.op.Path)
	})
}

// root is a path up to its first parameter.
func root(path string) string {
	before, _, _ := strings.Cut(path, "/{")
	return before
}

// listed gives the field that holds the list an operation answers, empty where it is
// the whole answer.
func listed(op *openapi.Operation) (field string, ok bool) {
	media := op.Spec.Responses.Status(op.Success).Value.Content["application/json"]
	if media == nil || op.Method != http.MethodGet {
		return "", false
	}
	schema := media.Schema.Value
	if schema.Items != nil {
		return "", true
	}
	if len(schema.Properties) == 1 {
		for name, property := range schema.Properties {
			return name, property.Value.Items != nil
		}
	}
	return "", false
}

// relisted changes the elements of the list.
func (d *deriver) relisted(name string, change func([]any) []any) func(http.Handler) http.Handler {
	return Bodies(d.op, d.op.Success, func(value any) any { return withRows(value, name, change) })
}

func withRows(value any, name string, change func([]any) []any) any {
	if name == "" {
		rows, _ := value.([]any)
		return change(rows)
	}
	if object, ok := value.(map[string]any); ok {
		rows, _ := object[name].([]any)
		object[name] = change(rows)
	}
	return value
}

func rowsOf(value any, name string) (rows []any) {
	withRows(value, name, func(r []any) []any { rows = r; return r })
	return rows
}

// filters takes away each parameter by which the list is filtered: one with listed
// values gets the elements of all of them, one of any value is the same for all.
func (d *deriver) filters(name string) {
	for _, f := range d.op.RequestFields() {
		if f.Place != openapi.InPath && f.Place != openapi.InQuery {
			continue
		}
		parameter := f.Path[0]
		clauses := d.written(func(c openapi.Clause) bool {
			return slices.Contains(c.Operations, d.op.ID) && names(c, kebab(parameter))
		})
		if len(f.Schema.Enum) > 0 {
			d.add(Unfiltered, "list/"+parameter, "the list holds the elements of every "+parameter, clauses, d.union(f, name))
			continue
		}
		if f.Schema.Pattern != "" && f.Place == openapi.InPath {
			d.add(Unfiltered, "list/"+parameter, "the list is the same for every "+parameter, clauses, d.conflated(parameter))
		}
	}
}

func kebab(name string) string { return strings.ReplaceAll(name, "_", "-") }

// union answers with the elements of all the values of a parameter.
func (d *deriver) union(f openapi.Field, name string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			a := Ask(next, r)
			value, ok := a.Value()
			if !Of(d.op, r) || !a.Success() || !ok {
				a.Send(w)
				return
			}
			asked := d.parameter(r, f)
			for _, v := range f.Schema.Enum {
				if v == asked {
					continue
				}
				more := Ask(next, d.withParameter(r, f, v.(string)))
				if found, ok := more.Value(); ok && more.Success() {
					value = withRows(value, name, func(rows []any) []any { return append(rows, rowsOf(found, name)...) })
				}
			}
			a.SetValue(value)
			a.Send(w)
		})
	}
}

// conflated takes every value of a path parameter for one, in all the operations of
// the path.
func (d *deriver) conflated(parameter string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if d.op.Fits(r.URL) && !strings.Contains(r.URL.Path, "|") {
				r = withSegment(r, d.op, parameter, func(v string) string {
					if len(v) == len("2020-01") && v[4] == '-' {
						return "2020-01"
					}
					return v
				})
			}
			next.ServeHTTP(w, r)
		})
	}
}

// withSegment is a request whose path has another value for a parameter.
func withSegment(r *http.Request, op *openapi.Operation, parameter string, change func(string) string) *http.Request {
	return withURL(r, func(u *url.URL) {
		template, have := strings.Split(op.Base+op.Path, "/"), strings.Split(u.Path, "/")
		for i := range template {
			if template[i] == "{"+parameter+"}" && len(have) == len(template) {
				have[i] = change(have[i])
			}
		}
		u.Path, u.RawPath = strings.Join(have, "/"), ""
	})
}

// parameter is the value of a path or query parameter of a request.
func (d *deriver) parameter(r *http.Request, f openapi.Field) (value string) {
	if f.Place == openapi.InQuery {
		return r.URL.Query().Get(f.Path[0])
	}
	withSegment(r, d.op, f.Path[0], func(v string) string { value = v; return v })
	return value
}

func (d *deriver) withParameter(r *http.Request, f openapi.Field, value string) *http.Request {
	if f.Place == openapi.InPath {
		return withSegment(r, d.op, f.Path[0], func(string) string { return value })
	}
	return withURL(r, func(u *url.URL) {
		query := u.Query()
		query.Set(f.Path[0], value)
		u.RawQuery = query.Encode()
	})
}

// partners lists what another credential was last shown beside what is asked for.
func (d *deriver) partners(name string) {
	clauses := []string{d.op.Slug + ".partner"}
	d.add(Unfiltered, "list/credential", "the list holds what another credential was shown", clauses, func(next http.Handler) http.Handler {
		var mu sync.Mutex
		shown := map[string][]any{} // by credential
		var order []string
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !Of(d.op, r) {
				next.ServeHTTP(w, r)
				return
			}
			a := Ask(next, r)
			if value, ok := a.Value(); ok && a.Success() {
				who := credential(r)
				mu.Lock()
				rows := rowsOf(value, name)
				if _, known := shown[who]; !known {
					order = append(order, who)
				}
				if len(rows) > 0 {
					shown[who] = rows
				}
				var others []any
				for _, other := range slices.Backward(order) {
					if other != who && len(shown[other]) > 0 {
						others = shown[other]
						break
					}
				}
				mu.Unlock()
				a.SetValue(withRows(copied(value), name, func(rows []any) []any { return append(rows, others...) }))
			}
			a.Send(w)
		})
	})
}

// copied is a value as JSON has it, which can be changed on its own.
func copied(value any) any {
	data, _ := json.Marshal(value) // it comes from JSON or YAML
	var out any
	_ = json.Unmarshal(data, &out)
	return out
}

// credential is what names the sender of a request.
func credential(r *http.Request) string {
	return r.URL.Query().Get("api_key") + r.Header.Get("Authorization")
}
