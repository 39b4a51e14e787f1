// Package mutant derives small breaches of a contract that a handler around a twin
// puts on the wire: a field left out, a bound moved by one, a write that is answered
// and not kept. Nobody writes them by hand.
package mutant

import (
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/twinbill/twinbill/openapi"
)

// Kind says what a mutant does.
type Kind string

// The kinds of mutant.
const (
	Dropped    Kind = "dropped"    // a field or header is left out
	Nulled     Kind = "nulled"     // a value becomes null
	Filled     Kind = "filled"     // a null becomes a value
	Retyped    Kind = "retyped"    // a value becomes one of another type
	Renamed    Kind = "renamed"    // a field has another name
	Changed    Kind = "changed"    // a status, header or value is another one
	Swapped    Kind = "swapped"    // an enum value becomes another one that is allowed
	Outside    Kind = "outside"    // an enum value becomes one that is not allowed
	Accepted   Kind = "accepted"   // what is due a refusal is accepted
	Refused    Kind = "refused"    // what is due success is refused
	Lost       Kind = "lost"       // a write is answered, and not kept
	Unfiltered Kind = "unfiltered" // a list holds what was not asked for
	Short      Kind = "short"      // a list lacks an element
	Repeated   Kind = "repeated"   // a list holds an element twice
	Wrapped    Kind = "wrapped"    // a list stands in an object, or without its object
)

// Kinds lists the kinds of mutant.
func Kinds() []Kind {
	return []Kind{
		Dropped, Nulled, Filled, Retyped, Renamed, Changed, Swapped, Outside, Accepted, Refused, Lost, Unfiltered, Short, Repeated, Wrapped,
	}
}

// Mutant is one breach of a contract.
type Mutant struct {
	ID         string // such as wire/listAccounts/response/customer_id/dropped
	Kind       Kind
	API        openapi.API
	Operations []string // operationIds, the one it is named after first
	Clauses    []string // those it breaks
	Says       string

	wrap func(next http.Handler) http.Handler
}

// Derive lists every mutant of a contract, in the order of its operations.
func Derive(c *openapi.Contract) []Mutant {
	if known, ok := derived.Load(c); ok {
		return known.([]Mutant)
	}
	var all []Mutant
	for _, op := range c.Operations {
		d := deriver{contract: c, op: op}
		d.fields()
		d.headers()
		d.statuses()
		d.errors()
		d.requests()
		d.list()
		d.writes()
		all = append(all, d.all...)
	}
	known, _ := derived.LoadOrStore(c, all)
	return known.([]Mutant)
}

var derived sync.Map // *openapi.Contract → []Mutant

// deriver makes the mutants of one operation.
type deriver struct {
	contract *openapi.Contract
	op       *openapi.Operation
	all      []Mutant
}

// add takes in a mutant of the operation, if it breaks a promise at all.
func (d *deriver) add(kind Kind, place, says string, clauses []string, wrap func(http.Handler) http.Handler) {
	clauses = d.promised(clauses)
	if len(clauses) == 0 {
		return
	}
	d.all = append(d.all, Mutant{
		ID: "wire/" + d.op.ID + "/" + place + "/" + string(kind), Kind: kind, API: d.op.API,
		Operations: []string{d.op.ID}, Clauses: clauses, Says: d.op.ID + ": " + says + ".", wrap: wrap,
	})
}

// promised leaves out the clauses that nothing can be seen to break: those that no
// check can observe, and recorded rulings.
func (d *deriver) promised(clauses []string) []string {
	var out []string
	for _, id := range clauses {
		if clause, ok := d.contract.Clause(id); ok && clause.Unobservable == "" && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// written lists the written clauses on the operation and on those of the same noun,
// and those of the schemas that only they use, that a test accepts.
func (d *deriver) written(about func(openapi.Clause) bool) []string {
	var out []string
	for _, clause := range d.contract.Clauses {
		if clause.Origin != openapi.Written || clause.Level == openapi.Silent || !d.sameNoun(clause) {
			continue
		}
		if about(clause) {
			out = append(out, clause.ID)
		}
	}
	return out
}

// sameNoun reports whether a clause is about what the operation is about: their
// operations share a tag, or the clause is stated on a schema.
func (d *deriver) sameNoun(clause openapi.Clause) bool {
	if len(clause.Operations) == 0 {
		return true
	}
	return slices.ContainsFunc(clause.Operations, func(id string) bool {
		other := d.contract.Operation(id)
		return slices.ContainsFunc(other.Spec.Tags, func(tag string) bool { return slices.Contains(d.op.Spec.Tags, tag) })
	})
}

// names reports whether a clause has a name in its sentence, or in its slug.
func names(clause openapi.Clause, name string) bool {
	isWord := func(r rune) bool {
		return r == '_' || r == '-' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	}
	for _, word := range strings.FieldsFunc(clause.Says, func(r rune) bool { return !isWord(r) }) {
		if word == name {
			return true
		}
	}
	return slices.Contains(strings.Split(clause.ID, "."), strings.ReplaceAll(strings.ToLower(name), "_", "-"))
}

// Find returns the mutant of an id.
func Find(contracts []*openapi.Contract, id string) (Mutant, bool) {
	for _, c := range contracts {
		for _, m := range Derive(c) {
			if m.ID == id {
				return m, true
			}
		}
	}
	return Mutant{}, false
}

// Wrap returns a handler that answers as next does, but for the mutant's breach. The
// requests have to come by the operations' places in the document.
func (m Mutant) Wrap(next http.Handler) http.Handler { return m.wrap(next) }
