// Package rule holds what a twin decides by: a rule is one value that names its
// clause and the refusal that follows when it is broken.
package rule

import (
	"fmt"
	"slices"
)

// Rule is one reason to refuse a request.
type Rule struct {
	Clause  string // the clause or dialect point that states it
	Status  int    // of the answer; 0 where x-refusals of the contract gives it
	Reason  string // the entry of x-refusals that gives the status, where Status is 0
	Code    string // Ripple's error code
	Message string // Ripple's error message
	Words   string // the sentence of the answer, with verbs for the arguments of When
}

// When returns the refusal where the rule is broken, and nil where it is kept.
func (r Rule) When(broken bool, args ...any) *Refusal {
	if !broken {
		return nil
	}
	words := r.Words
	if len(args) > 0 {
		words = fmt.Sprintf(r.Words, args...)
	}
	return &Refusal{Rule: r, Words: words}
}

// Refusal is a broken rule, told in the words of the answer.
type Refusal struct {
	Rule
	Words string
}

// Refusals is an error that lists the broken rules behind one refused request.
type Refusals []*Refusal

func (r Refusals) Error() string { return r[0].Words }

// Book is what a twin applies rules by: it knows which of them a defect has taken
// away.
type Book struct{ off []string }

// Without returns a book in which the rules of some clauses do not hold.
func Without(clauses ...string) Book { return Book{off: clauses} }

// Holds reports whether the rules of a clause are in force.
func (b Book) Holds(clause string) bool { return !slices.Contains(b.off, clause) }

// First returns the first broken rule as an error, and nil where none is.
func (b Book) First(refusals ...*Refusal) error {
	for _, r := range refusals {
		if r != nil && b.Holds(r.Clause) {
			return Refusals{r}
		}
	}
	return nil
}

// All returns every broken rule as one error, and nil where none is.
func (b Book) All(refusals ...*Refusal) error {
	var broken Refusals
	for _, r := range refusals {
		if r != nil && b.Holds(r.Clause) {
			broken = append(broken, r)
		}
	}
	if broken == nil {
		return nil
	}
	return broken
}
