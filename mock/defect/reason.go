package defect

import "github.com/twinbill/twinbill/openapi"

// Reason says why no breach breaks a clause.
func Reason(clause openapi.Clause) string {
	switch {
	case clause.Unobservable != "":
		return "not observable: " + clause.Unobservable
	case clause.Origin == openapi.Response:
		return "not derived: the contract lets it be absent, and its form is open; written clauses say when it is there"
	case clause.Origin != openapi.Written:
		return "not derived: a recorded ruling decides it"
	}
	return "not derived: words alone promise it, and no rule, keyword or field of an answer decides it by itself"
}
