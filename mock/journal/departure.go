package journal

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock/wire"
	"github.com/twinbill/twinbill/openapi"
)

const (
	mostDepartures = 32  // of one request
	longestSaying  = 400 // in bytes, of what repeats the client's own words
)

// Departures lists how a request departs from the contract of its operation, whether it is
// refused for it or not: path, body and problem are as the contract's check found them, nil
// where it was not asked. Very many departures are counted in the last one.
func Departures(r *http.Request, op *openapi.Operation, path map[string]string, body any, problem *wire.Problem) []gen.Departure {
	var out departures
	out.mediaType(r, op)
	out.query(r, op)
	if schema := op.BodySchema(); schema != nil && body != nil {
		var fields undeclared
		fields.walk(body, schema, "")
		for _, u := range fields.first {
			out.undeclared(op, "the body's field", u)
		}
		out.more += fields.more
	}
	out.form(r, op)
	out.problem(op, path, printable(r, op, path, body, problem))
	if len(out.first) > 0 && printed(r, op) {
		return nil
	}
	if out.more > 0 {
		last := &out.first[mostDepartures-1]
		last.Says = fmt.Sprintf("%s; and %d more departures", last.Says, out.more)
	}
	return out.first
}

// refusals are the rules for which a request was refused, in the words of the answer, but
// for those that a departure of the request is about.
func refusals(op *openapi.Operation, e *Entry) []gen.Departure {
	if e.Status < 400 || e.Status >= 500 {
		return nil
	}
	about := map[string]bool{}
	for _, d := range e.Departures {
		if d.Clause != nil {
			about[*d.Clause] = true
		}
	}
	var out []gen.Departure
	for i, value := range e.ResponseHeaders["Twinbill-Clause"] {
		slug, level := decided(value)
		if about[slug] {
			continue
		}
		d := departure(gen.Refused, "", slug, fmt.Sprintf("%s was refused (%d): %s", op.ID, e.Status, reason(e.ResponseBody, i)))
		d.Level = &level
		out = append(out, d)
	}
	return out
}

// reason is the sentence of an error body that is about the rule of a number.
func reason(body gen.Body, rule int) string {
	var said struct {
		Description, Error string
		ErrorDescription   string `json:"error_description"`
		Errors             []string
	}
	if body.Text != nil {
		_ = json.Unmarshal([]byte(*body.Text), &said) // a body that was clipped says nothing
	}
	if rule < len(said.Errors) {
		return said.Errors[rule]
	}
	return cmp.Or(said.Description, said.ErrorDescription, said.Error)
}

// departures are those of one request: the first, and how many more there are.
type departures struct {
	first []gen.Departure
	more  int
}

func (d *departures) add(kind gen.DepartureKind, field, clause, says string) {
	if !d.full() {
		d.first = append(d.first, departure(kind, field, clause, says))
	}
}

// full counts a departure that there is no room for.
func (d *departures) full() bool {
	if len(d.first) < mostDepartures {
		return false
	}
	d.more++
	return true
}

func departure(kind gen.DepartureKind, field, clause, says string) gen.Departure {
	out := gen.Departure{Kind: kind, Says: clipped(says)}
	if field != "" {
		field = clipped(field)
		out.Field = &field
	}
	if clause != "" {
		level := levelOf(clause)
		out.Clause, out.Level = &clause, &level
	}
	return out
}

// levelOf is the level of a clause. A point of the dialect is none, and silent.
func levelOf(id string) gen.DepartureLevel {
	for _, c := range contracts() {
		if clause, ok := c.Clause(id); ok {
			return gen.DepartureLevel(clause.Level)
		}
	}
	return gen.DepartureLevel(openapi.Silent)
}

// asSent is the method and URL that the client sent: a second route of an operation is
// written as the first on its way.
func asSent(r *http.Request) (method string, u *url.URL) {
	method, u = r.Method, r.URL
	if record := From(r.Context()); record != nil {
		method = record.method
	}
	if parsed, err := url.ParseRequestURI(r.RequestURI); err == nil {
		u = parsed
	}
	return method, u
}

// astray says that no operation has what a request asked for, and which methods the path
// takes, by the clause that decided the answer, or else that of the API in whose part of the
// layout the path is. To ask for these methods by OPTIONS is no departure.
func astray(r *http.Request, status int, decided []string) []gen.Departure {
	method, u := asSent(r)
	route := func(clause, says string) []gen.Departure {
		if len(decided) > 0 {
			clause = decided[0]
		}
		return []gen.Departure{departure(gen.UnknownRoute, "", clause, says)}
	}
	hosts, _ := openapi.Hosts() // the documents are embedded
	if u.IsAbs() && !slices.Contains(hosts, wire.HostName(u.Host)) || method == http.MethodConnect {
		place, _, _ := strings.Cut(r.RequestURI, "?")
		return route("", fmt.Sprintf("no API is at %s; mend the URL", place))
	}
	if printed(r, nil) {
		return nil
	}
	inferred, base := "", -1
	for _, c := range contracts() {
		for _, op := range c.Operations {
			if strings.HasPrefix(u.Path, op.Base) && len(op.Base) >= base {
				inferred, base = c.Refusal("route").Clause, len(op.Base)
			}
		}
		methods := c.Methods(u)
		if status == http.StatusNotFound && slices.Contains(methods, method) {
			return route(c.Refusal("route").Clause, fmt.Sprintf("%s is not served at %s; mend the host, or what comes before the path", u.EscapedPath(), r.Host))
		}
		methods = slices.DeleteFunc(methods, func(taken string) bool { return taken == method })
		switch {
		case len(methods) == 0:
		case method == http.MethodOptions:
			return nil
		default:
			return route(c.Refusal("method").Clause, fmt.Sprintf("%s does not take %s; send %s", u.EscapedPath(), method, strings.Join(methods, " or ")))
		}
	}
	return route(inferred, fmt.Sprintf("no operation has the path %s; mend the path", u.EscapedPath()))
}

// mediaType adds a body that is sent under the wrong media type, or under none.
func (d *departures) mediaType(r *http.Request, op *openapi.Operation) {
	length := max(int64(len(wire.Bytes(r))), r.ContentLength)
	sent := r.Header.Get("Content-Type")
	switch {
	case length <= 0:
	case op.MediaType() == "":
		d.add(gen.UndeclaredField, "body", "", fmt.Sprintf("%s takes no body, and one of %d bytes came; send none", op.ID, length))
	case wire.IsJSON(sent) && op.MediaType() == "application/json":
	case op.MediaType() != "application/json" && op.Spec.RequestBody.Value.Content[wire.MediaTypeOf(sent)] != nil:
	case sent == "":
		d.add(gen.MediaType, "Content-Type", refusal(op, wire.MediaType), fmt.Sprintf("the body came without a Content-Type; send %s", op.MediaType()))
	default:
		d.add(gen.MediaType, "Content-Type", refusal(op, wire.MediaType), fmt.Sprintf("the body came as %q; send %s", sent, op.MediaType()))
	}
}

// query adds the parameters of the query string that are not documented.
func (d *departures) query(r *http.Request, op *openapi.Operation) {
	known := credentials()[op.API]
	for _, p := range op.Parameters() {
		if p.In == string(openapi.InQuery) {
			known = append(known, p.Name)
		}
	}
	for _, name := range names(r.URL.Query()) {
		if !slices.Contains(known, name) {
			d.undeclared(op, "the parameter", unknown{name, name, known})
		}
	}
}

// form adds the fields of a form that are not documented.
func (d *departures) form(r *http.Request, op *openapi.Operation) {
	schema := op.BodySchema()
	if schema == nil || op.MediaType() == "application/json" {
		return
	}
	var known []string
	for name := range schema.Properties {
		known = append(known, name)
	}
	for _, name := range names(form(r.Header.Get("Content-Type"), wire.Bytes(r))) {
		if schema.Properties[name] == nil {
			d.undeclared(op, "the form's field", unknown{name, name, known})
		}
	}
}

func (d *departures) undeclared(op *openapi.Operation, what string, u unknown) {
	if d.full() {
		return
	}
	says := fmt.Sprintf("%s %s is not documented for %s; leave it out", what, u.name, op.ID)
	if meant := likely(u.sent, u.known); meant != "" {
		says = fmt.Sprintf("%s %s is not documented for %s; %s is", what, u.name, op.ID, meant)
	}
	d.add(gen.UndeclaredField, u.name, unknownFields[op.API], says)
}

// unknownFields are the points that rule what becomes of an undeclared field.
var unknownFields = map[openapi.API]string{
	openapi.Ripple:      "ripple.unknown-fields",
	openapi.CloudHealth: "cloudhealth.extra-fields",
}

// problem adds what the contract's check found, but for what was said above.
func (d *departures) problem(op *openapi.Operation, path map[string]string, problem *wire.Problem) {
	switch {
	case problem == nil, problem.Reason == wire.MediaType:
		return
	case len(problem.Violations) == 0:
		d.add(gen.Violation, "", refusal(op, problem.Reason), problem.Says)
	}
	for _, v := range problem.Violations {
		if v.Keyword == "additionalProperties" || v.Keyword == "properties" {
			continue // undeclared
		}
		clause, says := v.Clause, v.String()
		if clause == "" {
			clause = refusal(op, problem.Reason)
		}
		if v.Place == openapi.InPath && len(v.Path) > 0 {
			says = fmt.Sprintf("%s, and %q came", says, path[v.Path[0]])
		}
		if says = fmt.Sprintf("%s (%s)", says, v.Place); v.Promise != "" {
			says += "; send " + v.Promise
		}
		d.add(gen.Violation, v.Field(), clause, says)
	}
}

// printed reports whether a page prints the route of a request for another operation than
// the one that has it under the twin's dialect, nil where none has.
func printed(r *http.Request, at *openapi.Operation) bool {
	method, u := asSent(r)
	for _, c := range contracts() {
		for _, op := range c.Operations {
			for _, route := range op.Printed {
				if at != nil && at.ID == op.ID {
					continue
				}
				if route.Method == method && route.Fits(op.Base, u) && (!route.Bodyless || r.ContentLength == 0) {
					return true
				}
			}
		}
	}
	return false
}

// printable is a problem without the violations of values that another page prints.
func printable(r *http.Request, op *openapi.Operation, path map[string]string, body any, problem *wire.Problem) *wire.Problem {
	if problem == nil || len(problem.Violations) == 0 {
		return problem
	}
	for _, c := range contracts() {
		if c.API != op.API {
			continue
		}
		known := c.Operation(op.ID)
		left := known.CheckParameters(r, path)
		if body != nil {
			left = append(left, known.CheckBody(body, true)...)
		}
		out := *problem
		out.Violations = slices.DeleteFunc(slices.Clone(problem.Violations), func(v openapi.Violation) bool {
			return !slices.ContainsFunc(left, func(l openapi.Violation) bool { return l.Place == v.Place && slices.Equal(l.Path, v.Path) })
		})
		if len(out.Violations) == 0 {
			return nil
		}
		return &out
	}
	return problem
}

// refusal is the clause by which an API refuses for a general reason.
func refusal(op *openapi.Operation, reason string) string {
	for _, c := range contracts() {
		if c.API == op.API {
			return c.Refusals()[reason].Clause
		}
	}
	return ""
}

// contracts are those of both APIs under the dialect that admits what the pages print.
var contracts = sync.OnceValue(func() []*openapi.Contract {
	var out []*openapi.Contract
	for _, api := range openapi.APIs() {
		if c, err := openapi.Load(api, openapi.Printed()); err == nil { // the documents are embedded
			out = append(out, c)
		}
	}
	return out
})

// credentials are the query parameters in which an API takes a credential.
var credentials = sync.OnceValue(func() map[openapi.API][]string {
	out := map[openapi.API][]string{}
	for _, c := range contracts() {
		for _, scheme := range c.Doc.Components.SecuritySchemes {
			if scheme.Value.In == string(openapi.InQuery) {
				out[c.API] = append(out[c.API], scheme.Value.Name)
			}
		}
		out[c.API] = slices.Clip(out[c.API]) // appended to by each request
	}
	return out
})

// clipped is a text without what is beyond a bound.
func clipped(s string) string {
	if len(s) <= longestSaying {
		return strings.ToValidUTF8(s, "\uFFFD")
	}
	return strings.ToValidUTF8(s[:longestSaying], "") + "..."
}
