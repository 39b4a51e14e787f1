package ripple

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	gen "github.com/twinbill/twinbill/gen/ripple"
	"github.com/twinbill/twinbill/mock/rule"
	"github.com/twinbill/twinbill/mock/wire"
	"github.com/twinbill/twinbill/openapi"
)

// Refuse writes the answer that an error calls for. It is the only writer of error
// bodies. An error that is no broken rule says only "internal error"; its words go
// to the log.
func (t *Twin) Refuse(c *gin.Context, err error) {
	if c.Request.URL.Path == t.tokenPath() { // also what never gets to its handler
		c.Header("Cache-Control", "no-store") // RFC 6749, section 5.1
	}
	var broken rule.Refusals
	if !errors.As(err, &broken) {
		wire.Unexpected(c, "ripple", err)
		c.JSON(http.StatusInternalServerError, gen.Error{Code: "5000", Message: "internal exception", Description: "internal error"})
		return
	}
	refusal := broken[0]
	if refusal.Clause != "" {
		c.Header("Twinbill-Clause", fmt.Sprintf("%s; level=%s", refusal.Clause, t.level(refusal.Clause)))
	}
	if t.status(refusal) == http.StatusUnauthorized {
		scheme := "Bearer"
		if c.FullPath() == t.tokenPath() { // RFC 6749, section 5.2
			scheme = "Basic"
		}
		c.Header("WWW-Authenticate", scheme+` realm="ripple"`)
	}
	if c.FullPath() == t.tokenPath() && t.dialect.Is("ripple.token.error", "rfc6749") && refusal.Message == "" {
		c.JSON(t.status(refusal), gen.TokenError{Error: gen.TokenErrorError(refusal.Code), ErrorDescription: &refusal.Words})
		return
	}
	message := refusal.Message
	if message == "" {
		message = "token exception"
	}
	c.JSON(t.status(refusal), gen.Error{Code: refusal.Code, Message: message, Description: refusal.Words})
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
