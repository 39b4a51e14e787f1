package openapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
)

// Contract is what one API promises under one dialect.
type Contract struct {
	API        API
	Dialect    Dialect
	Operations []*Operation // in the document's order of paths, then methods
	Clauses    []Clause     // every clause, written and derived, in the order of operations
	RateLimit  RateLimit    // zero where none is documented
	Doc        *openapi3.T

	refusals map[string]Refusal
	byID     map[string]*Operation
	clauses  map[string]int
}

// Refusal is how an API refuses a request for a reason that is not one operation's
// own: the status, and the clause or dialect point that says so.
type Refusal struct {
	Status int    `json:"status"`
	Clause string `json:"clause"`
}

// RateLimit is how many requests an API takes of one user in some seconds
// (x-rate-limit).
type RateLimit struct {
	Requests int `json:"requests"`
	Seconds  int `json:"seconds"`
}

var contracts sync.Map // API and overlays in force → *Contract

// Load reads an API's contract under a dialect. Contracts are immutable and shared:
// the same API under the same readings is loaded once. It errs only where an
// embedded document is broken, which the package's tests rule out.
func Load(api API, d Dialect) (*Contract, error) {
	key := string(api)
	for _, departure := range d.Departures() {
		key += " " + departure
	}
	if c, ok := contracts.Load(key); ok {
		return c.(*Contract), nil
	}
	c, err := load(api, d)
	if err != nil {
		return nil, err
	}
	actual, _ := contracts.LoadOrStore(key, c)
	return actual.(*Contract), nil
}

// Operation finds an operation by its operationId; nil where there is none.
func (c *Contract) Operation(id string) *Operation { return c.byID[id] }

// Methods lists the methods by which operations are reached at a URL, sorted.
func (c *Contract) Methods(u *url.URL) []string {
	var methods []string
	for _, op := range c.Operations {
		for _, route := range op.Routes {
			if route.Fits(op.Base, u) {
				methods = append(methods, route.Method)
			}
		}
	}
	slices.Sort(methods)
	return slices.Compact(methods)
}

// Clause finds a clause by its slug.
func (c *Contract) Clause(id string) (Clause, bool) {
	i, ok := c.clauses[id]
	if !ok {
		return Clause{}, false
	}
	return c.Clauses[i], true
}

// Refusal returns how the API refuses for a general reason, such as `validation` or
// `not-found` (x-refusals). A reason the contract does not list is a programming
// error and panics.
func (c *Contract) Refusal(reason string) Refusal {
	r, ok := c.refusals[reason]
	if !ok {
		panic(string(c.API) + ".yaml: x-refusals lists no " + reason)
	}
	return r
}

// Stated reports whether a page states the status of a general refusal. Where none does,
// a deployment may refuse with any 4xx, and the point of the dialect says which.
func (c *Contract) Stated(reason string) bool {
	clause, ok := c.Clause(c.Refusal(reason).Clause)
	return ok && clause.Level == Must
}

// Refusals lists how the API refuses for a general reason, by reason (x-refusals).
func (c *Contract) Refusals() map[string]Refusal { return maps.Clone(c.refusals) }

func load(api API, d Dialect) (*Contract, error) {
	doc, err := document(api, d)
	if err != nil {
		return nil, err
	}
	c := &Contract{API: api, Dialect: d, Doc: doc, byID: map[string]*Operation{}, clauses: map[string]int{}}
	if err := extension(doc.Extensions, "x-refusals", &c.refusals); err != nil {
		return nil, fmt.Errorf("%s.yaml: %w", api, err)
	}
	if err := extension(doc.Extensions, "x-rate-limit", &c.RateLimit); err != nil {
		return nil, fmt.Errorf("%s.yaml: %w", api, err)
	}
	paths := doc.Paths.Keys()
	slices.Sort(paths)
	for _, path := range paths {
		item := doc.Paths.Value(path)
		methods := make([]string, 0, 4)
		for method := range item.Operations() {
			methods = append(methods, method)
		}
		slices.Sort(methods)
		for _, method := range methods {
			op, err := newOperation(c, path, method, item)
			if err != nil {
				return nil, fmt.Errorf("%s.yaml: %s %s: %w", api, method, path, err)
			}
			c.Operations = append(c.Operations, op)
			c.byID[op.ID] = op
		}
	}
	if err := c.gatherClauses(); err != nil {
		return nil, fmt.Errorf("%s.yaml: %w", api, err)
	}
	return c, nil
}

// gatherClauses lists the clauses written on operations and schemas, those derived
// from keywords, and the switchable rulings.
func (c *Contract) gatherClauses() error {
	for _, op := range c.Operations {
		if err := c.add(op.written...); err != nil {
			return err
		}
		if err := c.add(op.derive()...); err != nil {
			return err
		}
	}
	names := make([]string, 0, len(c.Doc.Components.Schemas))
	for name := range c.Doc.Components.Schemas {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		written, err := writtenClauses(c.API, c.Doc.Components.Schemas[name].Value.Extensions)
		if err != nil {
			return fmt.Errorf("schema %s: %w", name, err)
		}
		if err := c.add(written...); err != nil {
			return err
		}
	}
	for _, p := range Points() {
		if p.API() != c.API || !p.Switchable {
			continue
		}
		err := c.add(Clause{
			ID: p.Slug, Level: Silent, Says: p.Question, Source: "dialect#" + p.Slug,
			Unobservable: p.Unobservable, Origin: Ruling, API: c.API,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *Contract) add(clauses ...Clause) error {
	for _, clause := range clauses {
		if _, taken := c.clauses[clause.ID]; taken {
			return fmt.Errorf("clause %s stands twice", clause.ID)
		}
		c.clauses[clause.ID] = len(c.Clauses)
		c.Clauses = append(c.Clauses, clause)
	}
	return nil
}

func writtenClauses(api API, extensions map[string]any) ([]Clause, error) {
	var clauses []Clause
	if err := extension(extensions, "x-clauses", &clauses); err != nil {
		return nil, err
	}
	for i := range clauses {
		clauses[i].API, clauses[i].Origin = api, Written
	}
	return clauses, nil
}

// extension decodes a specification extension into v; an absent one leaves v alone.
func extension(extensions map[string]any, name string, v any) error {
	raw, ok := extensions[name]
	if !ok {
		return nil
	}
	data, err := json.Marshal(raw)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// firstServer is the URL of the first server of a list; an empty one where there is none.
func firstServer(servers openapi3.Servers) (*url.URL, error) {
	if len(servers) == 0 {
		return new(url.URL), nil
	}
	u, err := url.Parse(servers[0].URL)
	if err != nil {
		return nil, fmt.Errorf("server %q: %w", servers[0].URL, err)
	}
	return u, nil
}
