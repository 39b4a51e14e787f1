package cloudhealth_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/mock/sandbox"
	"github.com/twinbill/twinbill/openapi"
)

const collection = "/v1/aws_account_assignments"

// client sends requests to a twin and holds every answer to the contract.
type client struct {
	t        *testing.T
	handler  http.Handler
	contract *openapi.Contract
	sandbox  string
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// newClient starts a twin under a dialect, given as point=reading.
func newClient(t *testing.T, readings ...string) client {
	t.Helper()
	return withOptions(t, readings)
}

func withOptions(t *testing.T, readings []string, options ...mock.Option) client {
	t.Helper()
	var dialect openapi.Dialect
	for _, reading := range readings {
		var err error
		if dialect, err = dialect.Assign(reading); err != nil {
			t.Fatal(err)
		}
	}
	handler, err := mock.New(append(options, mock.WithDialect(dialect))...)
	if err != nil {
		t.Fatal(err)
	}
	contract, err := openapi.Load(openapi.CloudHealth, dialect)
	if err != nil {
		t.Fatal(err)
	}
	return client{t: t, handler: handler, contract: contract, sandbox: t.Name()}
}

// send sends a JSON body, or none where it is empty, with a key in the query.
func (c client) send(method, target, body string) answer {
	c.t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer key")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return c.do(r)
}

func (c client) do(r *http.Request) answer {
	c.t.Helper()
	if c.sandbox != "" {
		r.Header.Set(sandbox.Header, c.sandbox)
	}
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	a := answer{w.Code, w.Header(), w.Body.String()}
	for _, op := range c.contract.Operations {
		reached := func(route openapi.Route) bool { return route.Method == r.Method && route.Fits(op.Base, r.URL) }
		if !slices.ContainsFunc(op.Routes, reached) {
			continue
		}
		for _, v := range op.CheckResponse(a.status, a.header, []byte(a.body)) {
			c.t.Errorf("%s %s answered outside the contract: %s\n%d %s", r.Method, r.URL.Path, v, a.status, a.body)
		}
	}
	return a
}

// state is every assignment as the list shows it.
func (c client) state() string {
	c.t.Helper()
	return c.send("GET", collection+"?per_page=100", "").body
}

func (c client) create(body string) answer {
	c.t.Helper()
	a := c.send("POST", collection, body)
	if a.status != http.StatusOK {
		c.t.Fatalf("POST %s: %d %s", body, a.status, a.body)
	}
	return a
}

// clauses are those that the answer names as broken.
func (a answer) clauses() []string {
	var slugs []string
	for _, value := range a.header.Values("Twinbill-Clause") {
		slug, _, _ := strings.Cut(value, ";")
		slugs = append(slugs, slug)
	}
	return slugs
}

// errors are the sentences of a refusal.
func (a answer) errors(t *testing.T) []string {
	t.Helper()
	var body struct {
		Errors []string `json:"errors"`
		Error  string   `json:"error"`
	}
	if err := json.Unmarshal([]byte(a.body), &body); err != nil {
		t.Fatalf("%s: %v", a.body, err)
	}
	if body.Error != "" {
		return []string{body.Error}
	}
	return body.Errors
}

func (c client) want(a answer, status int, clauses ...string) {
	c.t.Helper()
	if a.status != status || !slices.Equal(a.clauses(), clauses) {
		c.t.Errorf("answered %d %v, want %d %v: %s", a.status, a.clauses(), status, clauses, a.body)
	}
}
