package defect

import "github.com/twinbill/twinbill/openapi"

// Reason says why no breach breaks a clause.
func Reason(clause openapi.Clause) string {
	if clause.Unobservable != "" {
		return "not observable: " + clause.Unobservable
	}
	return "not derived: no rule, keyword, field of an answer or promise of mock/defect decides it by itself"
}
