package ripple_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/openapi"
)

const (
	base      = "/m/ripple"
	tokenPath = "/ripple/access_token"
)

// object is a JSON object.
type object = map[string]any

// client sends requests to a twin and holds every answer to the contract.
type client struct {
	t        *testing.T
	handler  http.Handler
	contract *openapi.Contract
	header   http.Header
}

// newClient starts a twin under a dialect, given as point=reading, and takes a token
// that holds every role.
func newClient(t *testing.T, readings ...string) client {
	t.Helper()
	return startClient(t, readings)
}

func startClient(t *testing.T, readings []string, options ...mock.Option) client {
	t.Helper()
	var dialect openapi.Dialect
	for _, reading := range readings {
		var err error
		if dialect, err = dialect.Assign(reading); err != nil {
			t.Fatal(err)
		}
	}
	handler, err := mock.New(append([]mock.Option{mock.WithDialect(dialect)}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	contract, err := openapi.Load(openapi.Ripple, dialect)
	if err != nil {
		t.Fatal(err)
	}
	return client{t: t, handler: handler, contract: contract}.as("tester")
}

// as is the client with a token of a client_id.
func (c client) as(clientID string) client {
	c.t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {"secret"}, "scope": {"openid"}}
	token := c.form("", form.Encode()).is(200).object()
	c.header = http.Header{"Authorization": {token["token_type"].(string) + " " + token["access_token"].(string)}}
	return c
}

// form asks for a token by a query string and a URL-encoded form.
func (c client) form(query, form string) answer {
	c.t.Helper()
	r := httptest.NewRequest(http.MethodPost, tokenPath+"?"+query, strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return c.do(r)
}

// anonymously is the client without a token.
func (c client) anonymously() client {
	c.header = nil
	return c
}

func (c client) get(path string) answer            { c.t.Helper(); return c.send("GET", path, nil) }
func (c client) delete(path string) answer         { c.t.Helper(); return c.send("DELETE", path, nil) }
func (c client) post(path string, body any) answer { c.t.Helper(); return c.send("POST", path, body) }
func (c client) put(path string, body any) answer  { c.t.Helper(); return c.send("PUT", path, body) }

// send sends a body as JSON, a string as it is, and nil as no body.
func (c client) send(method, path string, body any) answer {
	c.t.Helper()
	var reader io.Reader
	switch body := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(body)
	default:
		data, err := json.Marshal(body)
		if err != nil {
			c.t.Fatal(err)
		}
		reader = bytes.NewReader(data)
	}
	r := httptest.NewRequest(method, base+path, reader)
	maps.Copy(r.Header, c.header)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return c.do(r)
}

func (c client) do(r *http.Request) answer {
	c.t.Helper()
	op := c.operation(r)
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	a := answer{t: c.t, name: r.Method + " " + r.URL.Path, status: w.Code, header: w.Header(), body: w.Body.Bytes()}
	if op == nil {
		return a
	}
	for _, v := range op.CheckResponse(a.status, a.header, a.body) {
		c.t.Errorf("%s: %d departs from the contract: %s\n%s", a.name, a.status, v, a.body)
	}
	return a
}

// operation is the operation that a request reaches; nil where there is none.
func (c client) operation(r *http.Request) *openapi.Operation {
	var found *openapi.Operation
	for _, op := range c.contract.Operations {
		for _, route := range op.Routes {
			if route.Method == r.Method && route.Fits(op.Base, r.URL) && (found == nil || route.Bodyless) && (!route.Bodyless || r.ContentLength == 0) {
				found = op
			}
		}
	}
	return found
}

// example is the body that an operation's contract shows under a name.
func (c client) example(operationID, name string) object {
	c.t.Helper()
	examples := c.contract.Operation(operationID).Spec.RequestBody.Value.Content["application/json"].Examples
	if examples[name] == nil {
		c.t.Fatalf("%s has no example %s", operationID, name)
	}
	return clone(examples[name].Value.Value)
}

func clone(v any) object {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	var out object
	if err := json.Unmarshal(data, &out); err != nil {
		panic(err)
	}
	return out
}

// with is a copy of an object in which fields are set, named by their path.
func with(o object, pairs ...any) object {
	o = clone(o)
	for i := 0; i < len(pairs); i += 2 {
		path := strings.Split(pairs[i].(string), ".")
		at := o
		for _, name := range path[:len(path)-1] {
			at = at[name].(object)
		}
		at[path[len(path)-1]] = pairs[i+1]
	}
	return o
}

// without is a copy of an object that lacks fields.
func without(o object, fields ...string) object {
	o = clone(o)
	for _, f := range fields {
		delete(o, f)
	}
	return o
}

// answer is what came back.
type answer struct {
	t      *testing.T
	name   string
	status int
	header http.Header
	body   []byte
}

// is requires a status.
func (a answer) is(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: got %d, want %d\n%s", a.name, a.status, status, a.body)
	}
	return a
}

// refused requires a status and the clause that refused.
func (a answer) refused(status int, clause string) answer {
	a.t.Helper()
	a.is(status)
	if got, _, _ := strings.Cut(a.header.Get("Twinbill-Clause"), ";"); got != clause {
		a.t.Errorf("%s: refused by %q, want %q\n%s", a.name, got, clause, a.body)
	}
	return a
}

// says requires the body of a refusal.
func (a answer) says(code, message, description string) {
	a.t.Helper()
	want := object{"code": code, "message": message, "description": description}
	if got := a.object(); !maps.Equal(got, want) {
		a.t.Errorf("%s: got %v, want %v", a.name, got, want)
	}
}

func (a answer) object() object {
	a.t.Helper()
	var out object
	a.decode(&out)
	return out
}

func (a answer) list() []object {
	a.t.Helper()
	out := []object{}
	a.decode(&out)
	return out
}

func (a answer) decode(v any) {
	a.t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		a.t.Fatalf("%s: %v\n%s", a.name, err, a.body)
	}
}

// only is the one element of a list that has a field's value.
func only(t *testing.T, list []object, field string, value any) object {
	t.Helper()
	found := slices.DeleteFunc(slices.Clone(list), func(o object) bool { return o[field] != value })
	if len(found) != 1 {
		t.Fatalf("%d elements have the %s %v, want 1: %v", len(found), field, value, list)
	}
	return found[0]
}

// has requires fields of an object, named by their path; a nil value is a JSON null.
func has(t *testing.T, o object, pairs ...any) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		var at any = o
		present := true
		for name := range strings.SplitSeq(pairs[i].(string), ".") {
			inner, _ := at.(object)
			at, present = inner[name]
		}
		if !present || at != pairs[i+1] {
			t.Errorf("%s is %v (present: %t), want %v", pairs[i], at, present, pairs[i+1])
		}
	}
}

// testCase is one story told to a twin of its own, under a dialect.
type testCase struct {
	name     string
	readings []string
	tell     func(t *testing.T, c client)
}

func run(t *testing.T, cases []testCase) {
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.tell(t, newClient(t, tc.readings...))
		})
	}
}

// under names the readings of a test case.
func under(readings ...string) []string { return readings }
