// Package defect breaks a twin on purpose, one clause at a time, so that the suite
// can be seen to fail for the right reason.
package defect

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/twinbill/twinbill/internal/hint"
	"github.com/twinbill/twinbill/mock/mutant"
	"github.com/twinbill/twinbill/mock/rule"
	"github.com/twinbill/twinbill/openapi"
)

// Set is the breaches a twin has.
type Set struct {
	rules   []string        // clauses whose rules do not hold
	mutants []mutant.Mutant // what is done to requests and answers
	reworks []rework
}

// Kind says how a defect breaks its clause.
type Kind string

// The kinds of defect.
const (
	Rule    Kind = "rule"    // the rule is taken away
	Keyword Kind = "keyword" // what the contract's keywords refuse is let through
	Access  Kind = "access"  // whoever asks is let in
	Partner Kind = "partner" // another partner is served as the one whose rows they are
	Words   Kind = "words"   // the words of a documented refusal are other ones
	Wire    Kind = "wire"    // the mutant that breaks the clause alone
	Promise Kind = "promise" // what words alone carry is not kept
)

// Defect is one clause that can be broken.
type Defect struct {
	Clause openapi.Clause
	Kind   Kind
	Says   string // what the twin does instead

	mutant  mutant.Mutant // of the kind Wire
	promise promise       // of the kind Promise
}

// Available lists the defects of some contracts: one for each clause, must or should,
// that a rule, a keyword or the documented answer decides, or that is a promise by itself.
func Available(contracts []*openapi.Contract, rules []rule.Rule) []Defect {
	var all []Defect
	for _, c := range contracts {
		for _, clause := range c.Clauses {
			if d, ok := breaking(c, clause, rules); ok {
				all = append(all, d)
			}
		}
	}
	return all
}

// Parse reads slugs of clauses and ids of mutants into a set. One that nothing answers
// to is an error.
func Parse(slugs []string, contracts []*openapi.Contract, rules []rule.Rule) (Set, error) {
	var set Set
	twists := Twists(contracts)
	for _, slug := range slugs {
		if d, ok := twists[slug]; ok {
			contract, _, _ := find(contracts, d.Clause.ID)
			set.reworks = append(set.reworks, d.promise.breaks(contract))
			continue
		}
		if m, ok := mutant.Find(contracts, slug); ok {
			set.mutants = append(set.mutants, m)
			continue
		}
		contract, clause, ok := find(contracts, slug)
		var d Defect
		if ok {
			d, ok = breaking(contract, clause, rules)
		}
		switch {
		case !ok:
			return Set{}, fmt.Errorf("defect: no defect breaks %q%s; `twinbill score --list` lists what can be broken", slug, hint.For(slug, breakable(contracts, rules)))
		case d.Kind == Wire:
			set.mutants = append(set.mutants, d.mutant)
		case d.Kind == Words:
			set.reworks = append(set.reworks, reword(contract.Operation(clause.Operations[0])))
		case d.Kind == Partner:
			set.reworks = append(set.reworks, asPartner(contract.Operation(clause.Operations[0])))
		case d.Kind == Promise:
			set.reworks = append(set.reworks, d.promise.breaks(contract))
		default:
			set.rules = append(set.rules, slug)
		}
	}
	return set, nil
}

// Rules lists the clauses whose rules and keywords do not hold.
func (s Set) Rules() []string { return s.rules }

// Wrap returns a handler whose requests and answers are changed as the set says.
func (s Set) Wrap(next http.Handler) http.Handler {
	for _, rework := range s.reworks {
		next = rework(next)
	}
	for _, m := range s.mutants {
		next = m.Wrap(next)
	}
	return next
}

// breakable are the names of what can be broken.
func breakable(contracts []*openapi.Contract, rules []rule.Rule) []string {
	names := slices.Sorted(maps.Keys(Twists(contracts)))
	for _, d := range Available(contracts, rules) {
		names = append(names, d.Clause.ID)
	}
	for _, c := range contracts {
		for _, m := range mutant.Derive(c) {
			names = append(names, m.ID)
		}
	}
	return names
}

func find(contracts []*openapi.Contract, slug string) (*openapi.Contract, openapi.Clause, bool) {
	for _, c := range contracts {
		if clause, ok := c.Clause(slug); ok {
			return c, clause, true
		}
	}
	return nil, openapi.Clause{}, false
}

// breaking is the defect of a clause, if there is one.
func breaking(c *openapi.Contract, clause openapi.Clause, rules []rule.Rule) (Defect, bool) {
	d := Defect{Clause: clause, Says: "Does not hold: " + clause.Says}
	if clause.Level == openapi.Silent || clause.Unobservable != "" {
		return d, false
	}
	switch {
	case reworded(clause.ID):
		d.Kind = Words
		return d, true
	case clause.Origin == openapi.Access && strings.HasSuffix(clause.ID, ".partner"):
		d.Kind, d.Says = Partner, "A credential other-NAME is served as NAME is."
		return d, true
	case clause.Origin == openapi.Access:
		d.Kind = Access
		return d, true
	case clause.Origin == openapi.Request && lets(c.Operation(clause.Operations[0]), clause.ID):
		d.Kind = Keyword
		return d, true
	case slices.ContainsFunc(rules, func(r rule.Rule) bool { return r.Clause == clause.ID }):
		d.Kind = Rule
		return d, true
	case clause.Origin == openapi.Written:
		d.Kind = Promise
		var ok bool
		d.promise, ok = promiseOf(clause.ID)
		d.Says = d.promise.says
		return d, ok
	}
	d.Kind = Wire
	for _, m := range mutant.Derive(c) {
		if alone(c.Operation(clause.Operations[0]), clause, m) {
			d.mutant = m
			return d, true
		}
	}
	return d, false
}

// alone reports whether a mutant breaks the one clause and can be told from outside: the
// contract permits to leave out a field that need not be there.
func alone(op *openapi.Operation, clause openapi.Clause, m mutant.Mutant) bool {
	if m.Clauses[0] != clause.ID || m.Operations[0] != op.ID || len(m.Clauses) > 1 && m.Kind != mutant.Dropped {
		return false
	}
	for _, f := range op.ResponseFields() {
		if f.ResponseClause() == clause.ID && !f.Required {
			return m.Kind == mutant.Retyped
		}
	}
	return true
}

// lets reports whether something that is refused under a clause can be let through:
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
