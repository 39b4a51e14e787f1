package conformance

import "github.com/twinbill/twinbill/openapi"

// Ledger lists every clause of some APIs under the default dialect, with the checks
// that claim it.
func Ledger(apis []openapi.API) ([]ClauseResult, error) {
	contracts, err := load(apis, openapi.Dialect{})
	if err != nil {
		return nil, err
	}
	s, err := assemble(contracts)
	if err != nil {
		return nil, err
	}
	checks, asked := map[string][]string{}, map[string]map[Question][]string{}
	note := func(clause string, q Question, check string) {
		if asked[clause] == nil {
			asked[clause] = map[Question][]string{}
		}
		asked[clause][q] = append(asked[clause][q], check)
	}
	for _, c := range s.checks() {
		for _, clause := range c.Clauses {
			checks[clause] = append(checks[clause], c.ID)
			for _, q := range c.asks[clause] {
				note(clause, q, c.ID)
			}
		}
	}
	for _, api := range apis {
		for clause, operations := range elsewhere(s.scenarios, contracts[api]) {
			if len(operations) > 1 && len(asked[clause][OtherOperation]) == 0 {
				for _, check := range checks[clause] {
					note(clause, OtherOperation, check)
				}
			}
		}
	}
	var ledger []ClauseResult
	for _, api := range apis {
		for _, clause := range contracts[api].Clauses {
			ledger = append(ledger, ClauseResult{Clause: clause, Checks: checks[clause.ID], Asked: asked[clause.ID]})
		}
	}
	return ledger, nil
}
