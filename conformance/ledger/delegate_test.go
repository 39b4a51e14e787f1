package ledger_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/conformance/ledger"
	"github.com/twinbill/twinbill/openapi"
)

// TestWhatAnotherKindSaysIsSaid: where a question is left to a clause of another kind, the
// operation has a clause of that kind, which checks prove. What one row alone may have can
// be had again after a delete, which is another operation of the noun.
func TestWhatAnotherKindSaysIsSaid(t *testing.T) {
	l := scored(t)
	left := 0
	for _, e := range l.Clauses {
		for q, cell := range e.Questions {
			kind, ok := strings.CutPrefix(cell.Why, "a clause of the kind ")
			if e.Level != openapi.Must || !ok {
				continue
			}
			left++
			kind, _, _ = strings.Cut(kind, " ")
			if !slices.ContainsFunc(l.Clauses, func(other ledger.Entry) bool {
				return string(other.Kind) == kind && len(other.Checks) > 0 &&
					(shared(e.Operations, other.Operations) || e.Kind == ledger.Scarce && noun(e) == noun(other))
			}) {
				t.Errorf("%s: %s is left to a clause of the kind %s, and %v have none", e.ID, q, kind, e.Operations)
			}
		}
	}
	if left == 0 {
		t.Error("nothing is left to another kind")
	}
}

// noun is what a clause is about, like `ripple.account`.
func noun(e ledger.Entry) string { return strings.Join(strings.Split(e.ID, ".")[:2], ".") }

// shared reports whether two lists have an operation in common.
func shared(a, b []string) bool {
	return slices.ContainsFunc(a, func(one string) bool { return slices.Contains(b, one) })
}
