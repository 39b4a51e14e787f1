package ripple

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/twinbill/twinbill/mock/rule"
	"github.com/twinbill/twinbill/mock/wire"
	"github.com/twinbill/twinbill/openapi"
)

// expired is why a token that was good is refused.
var expired = fmt.Sprintf("the token has expired after %d s", lifetime)

// Expired is the refusal of a token that has expired.
func (t *Twin) Expired(op *openapi.Operation) error {
	r := tokenRequired
	r.Clause = op.Slug + ".authentication"
	return rule.Refusals{r.When(true, expired)}
}

// Failing is a refusal with a status from 400 to 599, in the shape that it has on an
// operation. It names no clause: no rule is broken.
func (t *Twin) Failing(op *openapi.Operation, status int, words string) error {
	r := t.failure(op, status)
	r.Clause = ""
	return rule.Refusals{{Rule: r, Words: words}}
}

// failure is the rule of the twin that has a status, or else one made for it.
func (t *Twin) failure(op *openapi.Operation, status int) rule.Rule {
	if op.Path == t.contract.Operation("issueAccessToken").Path {
		for _, r := range []rule.Rule{formReadable, clientKnown} {
			if r.Status == status {
				return r
			}
		}
	}
	for _, r := range []rule.Rule{
		tokenRequired, roleRequired, shape[wire.Validation], shape[wire.MediaType], shape[wire.TooLarge], astray["route"], astray["method"],
	} {
		if t.status(&rule.Refusal{Rule: r}) == status {
			return r
		}
	}
	name := strings.ToLower(http.StatusText(status))
	if name == "" {
		name = "request"
	}
	return rule.Rule{Status: status, Code: strconv.Itoa(status * 10), Message: name + " exception"}
}
