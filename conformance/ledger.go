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
	checks := map[string][]string{}
	for _, c := range s.checks() {
		for _, clause := range c.Clauses {
			checks[clause] = append(checks[clause], c.ID)
		}
	}
	var ledger []ClauseResult
	for _, api := range apis {
		for _, clause := range contracts[api].Clauses {
			ledger = append(ledger, ClauseResult{Clause: clause, Checks: checks[clause.ID]})
		}
	}
	return ledger, nil
}
