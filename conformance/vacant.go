package conformance

import (
	"fmt"
	"slices"
	"strings"

	"github.com/twinbill/twinbill/conformance/journal"
	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/internal/exact"
	"github.com/twinbill/twinbill/openapi"
)

// assigns is the operation before whose first request the assignments are read.
const assigns = "createAwsAccountAssignment"

// vacant is why a scenario cannot be run on what the deployment supplies: it assigns
// accounts, and an assignment that was there before the run is in the way. The list is
// the one that is read before the run creates anything.
func (r *run) vacant(s *scenarios.Scenario, contract *openapi.Contract) error {
	if r.supply.madeUp || !slices.Contains(s.Operations(), assigns) {
		return nil
	}
	rows, _ := r.assignments(contract) // where that errs, the scenario does too
	for _, name := range s.Inputs {
		if why := r.supply.taken(name, rows); why != "" {
			return unavailable{why}
		}
	}
	return nil
}

// assignments are those that were there before the run.
func (r *run) assignments(contract *openapi.Contract) ([]any, error) {
	op := contract.Operation(assigns)
	u := &undoCall{Undo: journal.Undo{API: op.API, Creator: op.ID, Operation: op.Undo.OperationID, As: asKey, Lookup: op.Undo.Lookup}}
	var err error
	if u.header, u.query, err = r.supply.present(r.ctx, op.API, u.As); err != nil {
		return nil, err
	}
	if err := r.session(contract, nil, false).surveyBefore(r.ctx, u); err != nil {
		return nil, err
	}
	return r.footprint.listed(u.listOf(), u.As), nil
}

// taken is why an input is not free for a check; empty where it is.
func (s *supply) taken(name string, rows []any) string {
	given, ok := s.given[name]
	if !ok {
		return ""
	}
	field, what := "customer_id", "a customer without assignments"
	switch {
	case strings.HasPrefix(name, "owner_"):
		field, what = "owner_id", "an account that no assignment names"
	case name == "unknown_customer", name == "foreign_customer":
		what = "no customer of the partner's"
	case name != "customer" && name != "other_customer":
		return ""
	}
	n := 0
	for _, element := range rows {
		row, _ := element.(map[string]any)
		if exact.Text(row[field]) == fmt.Sprint(given) {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("needs %s to be %s, and %v has %d", name, what, given, n)
}
