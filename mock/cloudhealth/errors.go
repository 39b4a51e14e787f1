package cloudhealth

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	gen "github.com/twinbill/twinbill/gen/cloudhealth"
	"github.com/twinbill/twinbill/mock/rule"
	"github.com/twinbill/twinbill/mock/wire"
	"github.com/twinbill/twinbill/openapi"
)

// Refuse writes the answer that an error calls for. It is the only writer of error
// bodies: a list where the content is at fault, else one text. An error that is no
// broken rule says only "internal error"; its words go to the log.
func (t *Twin) Refuse(c *gin.Context, err error) {
	var broken rule.Refusals
	if !errors.As(err, &broken) {
		wire.Unexpected(c, "cloudhealth", err)
		c.JSON(http.StatusInternalServerError, gen.Error{Error: "internal error"})
		return
	}
	words := make([]string, len(broken))
	for i, refusal := range broken {
		words[i] = refusal.Words
		if refusal.Clause != "" {
			c.Writer.Header().Add("Twinbill-Clause", fmt.Sprintf("%s; level=%s", refusal.Clause, t.level(refusal.Clause)))
		}
	}
	if t.status(broken[0]) == http.StatusUnauthorized {
		c.Header("WWW-Authenticate", `Bearer realm="cloudhealth"`)
	}
	switch broken[0].Reason {
	case "validation", "malformed":
		c.JSON(t.status(broken[0]), gen.ValidationErrors{Errors: words})
	default:
		c.JSON(t.status(broken[0]), gen.Error{Error: words[0]})
	}
}

// status is that of the rule, or that of the contract for the rule's reason.
func (t *Twin) status(refusal *rule.Refusal) int {
	if refusal.Reason != "" {
		return t.contract.Refusal(refusal.Reason).Status
	}
	return refusal.Status
}

// level is that of the clause; what is no clause is a point of the dialect.
func (t *Twin) level(id string) openapi.Level {
	if clause, ok := t.contract.Clause(id); ok {
		return clause.Level
	}
	return openapi.Silent
}
