// Package defect breaks a twin on purpose, one clause at a time, so that the suite
// can be seen to fail for the right reason.
package defect

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/twinbill/twinbill/mock/rule"
	"github.com/twinbill/twinbill/openapi"
)

// Set is the defects a twin has.
type Set struct {
	rules   []string            // clauses whose rules do not hold
	answers map[string][]change // operationId → what is done to its answers
}

// Available lists the slug of every clause that can be broken: those a rule decides,
// and those the contract states by keyword about requests, access and answers.
func Available(contracts []*openapi.Contract, rules []rule.Rule) []string {
	var slugs []string
	for _, c := range contracts {
		for _, clause := range c.Clauses {
			if breaks(c, clause, rules) {
				slugs = append(slugs, clause.ID)
			}
		}
	}
	return slugs
}

// Parse reads slugs into a set. A slug that no defect answers to is an error.
func Parse(slugs []string, contracts []*openapi.Contract, rules []rule.Rule) (Set, error) {
	set := Set{answers: map[string][]change{}}
	for _, slug := range slugs {
		contract, clause, ok := find(contracts, slug)
		if !ok || !breaks(contract, clause, rules) {
			return Set{}, fmt.Errorf("defect: no defect breaks %q; `twinbill clauses` lists the slugs, and those decided by a rule or a keyword can be broken", slug)
		}
		if reworded(slug) {
			id := clause.Operations[0]
			set.answers[id] = append(set.answers[id], reword)
			continue
		}
		if clause.Origin != openapi.Response {
			set.rules = append(set.rules, slug)
			continue
		}
		id := clause.Operations[0]
		set.answers[id] = append(set.answers[id], changeFor(contract.Operation(id), slug))
	}
	return set, nil
}

// Rules lists the clauses whose rules and keywords do not hold.
func (s Set) Rules() []string { return s.rules }

// Wrap returns a handler whose answers are changed as the set says.
func (s Set) Wrap(next http.Handler, contracts []*openapi.Contract) http.Handler {
	if len(s.answers) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		changes := s.answers[operationOf(contracts, r)]
		if len(changes) == 0 {
			next.ServeHTTP(w, r)
			return
		}
		a := &answer{header: http.Header{}, status: http.StatusOK}
		next.ServeHTTP(a, r)
		for _, change := range changes {
			change(a)
		}
		a.send(w)
	})
}

func find(contracts []*openapi.Contract, slug string) (*openapi.Contract, openapi.Clause, bool) {
	for _, c := range contracts {
		if clause, ok := c.Clause(slug); ok {
			return c, clause, true
		}
	}
	return nil, openapi.Clause{}, false
}

// breaks tells whether there is a defect for a clause: a must that can be observed,
// so that the suite fails on it.
func breaks(c *openapi.Contract, clause openapi.Clause, rules []rule.Rule) bool {
	if clause.Level != openapi.Must || clause.Unobservable != "" {
		return false
	}
	if reworded(clause.ID) {
		return true
	}
	switch clause.Origin {
	case openapi.Response:
		return changeFor(c.Operation(clause.Operations[0]), clause.ID) != nil
	case openapi.Access:
		return true
	case openapi.Request:
		return lets(c.Operation(clause.Operations[0]), clause.ID)
	}
	return slices.ContainsFunc(rules, func(r rule.Rule) bool { return r.Clause == clause.ID })
}

// lets tells whether something that is refused under a clause can be let through:
// not a wrong type, which the handlers cannot take in either, and nothing that a
// recorded ruling decides.
func lets(op *openapi.Operation, slug string) bool {
	for _, f := range op.RequestFields() {
		for _, kind := range f.Kinds() {
			if f.Clause(kind) != slug || kind == openapi.KindNull || kind == openapi.KindType {
				continue
			}
			if !f.Accepts(kind) && kind != openapi.KindEnum {
				return true
			}
		}
	}
	return false
}

// operationOf is the operationId of a request; empty where there is none.
func operationOf(contracts []*openapi.Contract, r *http.Request) string {
	for _, c := range contracts {
		for _, op := range c.Operations {
			if op.Method == r.Method && op.Fits(r.URL) {
				return op.ID
			}
		}
	}
	return ""
}
