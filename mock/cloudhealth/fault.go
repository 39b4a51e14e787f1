package cloudhealth

import (
	"github.com/twinbill/twinbill/mock/rule"
	"github.com/twinbill/twinbill/mock/wire"
	"github.com/twinbill/twinbill/openapi"
)

// Expired is the refusal of a key that has expired.
func (t *Twin) Expired(op *openapi.Operation) error {
	r := keyWrong
	r.Clause = op.Slug + ".authentication"
	return rule.Refusals{r.When(true, "The API key has expired")}
}

// Failing is a refusal with a status from 400 to 599: a list where invalid content has
// that status, else one text. It names no clause: no rule is broken.
func (t *Twin) Failing(_ *openapi.Operation, status int, words string) error {
	r := rule.Rule{Status: status}
	if t.contract.Refusal(wire.Validation).Status == status {
		r = rule.Rule{Reason: wire.Validation}
	}
	return rule.Refusals{{Rule: r, Words: words}}
}
