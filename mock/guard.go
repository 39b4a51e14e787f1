package mock

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/twinbill/twinbill/mock/defect"
	"github.com/twinbill/twinbill/mock/mutant"
	"github.com/twinbill/twinbill/mock/rule"
	"github.com/twinbill/twinbill/mock/sandbox"
	"github.com/twinbill/twinbill/mock/wire"
	"github.com/twinbill/twinbill/openapi"
)

// API is the twin of one API, as the request's way through the mock sees it.
type API interface {
	// Contract is what the twin holds requests to.
	Contract() *openapi.Contract
	// Register adds the generated routes behind the guard.
	Register(router gin.IRouter, guard gin.HandlerFunc)
	// Authenticate finds who sends a request: the sandbox that the credential names,
	// and an error where the credential or its roles do not do for the operation. No
	// role is asked where the operation is nil.
	Authenticate(r *http.Request, op *openapi.Operation) (sandbox string, err error)
	// Reads tells whether a body sent under a Content-Type, empty where there is
	// none, is read as JSON.
	Reads(contentType string) bool
	// Admit decides whether a request goes on to its handler although it departs
	// from the contract; the error says why not.
	Admit(c *gin.Context, problem *wire.Problem) error
	// Astray is the refusal of a path (route) or method that no operation has.
	Astray(reason string) error
	// Refuse writes the answer that an error calls for.
	Refuse(c *gin.Context, err error)
}

// guard takes a request from its route to its handler: the sandbox of the
// credential, then authentication and role, then the contract.
func guard(twin API, book rule.Book, sandboxes *sandbox.Sandboxes) gin.HandlerFunc {
	operations := map[string]*openapi.Operation{}
	for _, op := range twin.Contract().Operations {
		operations[op.Method+" "+op.Base+ginPath(op.Path)] = op
	}
	return func(c *gin.Context) {
		op := operations[c.Request.Method+" "+c.FullPath()]
		if op == nil {
			twin.Refuse(c, twin.Astray("route"))
			c.Abort()
			return
		}
		if unlisted(c.Request, op) {
			twin.Refuse(c, twin.Astray("method"))
			c.Abort()
			return
		}
		name, refused := twin.Authenticate(c.Request, op)
		if refused == nil {
			if problem := wire.Check(c.Request, op, pathValues(c), book.Holds, twin.Reads); problem != nil {
				refused = twin.Admit(c, problem)
			}
		}
		if refused == nil {
			name, refused = joined(c.Request, name)
		}
		if refused != nil {
			twin.Refuse(c, refused)
			c.Abort()
			return
		}
		// Only a request that is let through makes a sandbox.
		state := sandboxes.Get(name)
		if mutant.Loses(c.Request.Context()) {
			state = state.Fork()
		}
		c.Request = c.Request.WithContext(sandbox.With(c.Request.Context(), state))
		spilled := defect.Spills(c.Request.Context(), state.Store())
		c.Next()
		spilled(c.Writer.Status())
	}
}

// joined is the sandbox that a request is about: the one it joins by name, or else
// that of its credential, or of all who have none.
func joined(r *http.Request, credential string) (string, error) {
	names := r.Header.Values(sandbox.Header)
	switch {
	case len(names) > 1 || len(names) == 1 && len(names[0]) > sandbox.LongestName:
		return "", rule.Refusals{sandboxName.When(true, sandbox.Header, sandbox.LongestName)}
	case len(names) == 1 && names[0] != "":
		return names[0], nil
	case credential == "":
		return sandbox.Anonymous, nil
	}
	return credential, nil
}

// sandboxName is the mock's own rule, of no API.
var sandboxName = rule.Rule{
	Clause: "twinbill.sandbox", Status: http.StatusBadRequest, Code: "4000", Message: "sandbox exception",
	Words: "The header %s is to be sent once, with at most %d bytes.",
}

// pathValues gives the path parameters unescaped, and leaves them so for the handler.
// Gin itself would unescape them as a query, which turns a plus into a space. It
// splits the escaped path only where that is not the plain escape of the path.
func pathValues(c *gin.Context) map[string]string {
	escaped := c.Request.URL.RawPath != ""
	values := make(map[string]string, len(c.Params))
	for i, p := range c.Params {
		if value, err := url.PathUnescape(p.Value); escaped && err == nil {
			c.Params[i].Value = value
		}
		values[p.Key] = c.Params[i].Value
	}
	return values
}

// ginPath writes a path template as gin does: {id} becomes :id.
func ginPath(template string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(template)
}
