package mock

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/twinbill/twinbill/mock/defect"
	"github.com/twinbill/twinbill/mock/fault"
	"github.com/twinbill/twinbill/mock/journal"
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
	// Claimant is whom the credential of a refused request names, empty where that is
	// nobody whom the twin knows.
	Claimant(r *http.Request, op *openapi.Operation) string
	// Reads reports whether a body sent under a Content-Type, empty where there is
	// none, is read as JSON.
	Reads(contentType string) bool
	// Admit decides whether a request goes on to its handler although it departs
	// from the contract; the error says why not.
	Admit(c *gin.Context, problem *wire.Problem) error
	// Astray is the refusal of a path (route) or method that no operation has.
	Astray(reason string) error
	// Refuse writes the answer that an error calls for.
	Refuse(c *gin.Context, err error)
	// Expired is the refusal of a credential that has expired.
	Expired(op *openapi.Operation) error
	// Failing is a refusal with a status from 400 to 599, in the shape that the API gives
	// it on an operation.
	Failing(op *openapi.Operation, status int, words string) error
}

// guard takes a request from its route to its handler: the sandbox of the credential,
// authentication and role, the faults it meets, then the contract. What it learns about
// the request it tells the journal.
func guard(twin API, book rule.Book, sandboxes *sandbox.Sandboxes, bodies, answers room) gin.HandlerFunc {
	operations := wire.ByRoute(twin.Contract())
	return func(c *gin.Context) {
		record := journal.From(c.Request.Context())
		op := operations[c.Request.Method+" "+c.FullPath()]
		if op == nil || unlisted(c.Request, op) {
			reason := "method"
			if op == nil {
				reason = "route"
			}
			stray(c, twin, sandboxes, reason)
			return
		}
		record.Operation(op)
		if !op.Authenticated() { // the body has the credential
			release, ok := takeIn(c, twin, op, bodies)
			if !ok {
				return
			}
			defer release()
		}
		credential, refused := twin.Authenticate(c.Request, op)
		name, ok := sandbox.Claimed(c.Request, credential)
		if refused == nil && !ok {
			refused = rule.Refusals{sandboxName.When(true, sandbox.Header, sandbox.LongestName)}
		}
		path := wire.PathValues(c)
		if refused != nil {
			record.Belongs(owner(refusedOf(c.Request, sandboxes, twin, op)))
			record.Depart(journal.Departures(c.Request, op, path, nil, nil)...)
			twin.Refuse(c, refused)
			c.Abort()
			return
		}
		state := sandboxes.Get(name)
		record.Belongs(owner(state))
		if credential == "" { // a token request, which its handler refuses
			record.Belongs(owner(refusedOf(c.Request, sandboxes, twin, op)))
		}
		if op.Authenticated() { // nobody fills the memory who is refused anyway
			release, ok := takeIn(c, twin, op, bodies)
			if !ok {
				return
			}
			defer release()
		}
		seen := state
		defer func() { record.State(seen.Store().Fork(), false) }()
		problem := wire.Check(c.Request, op, path, book.Holds, twin.Reads)
		record.Depart(journal.Departures(c.Request, op, path, wire.Decoded(c.Request), problem)...)
		defer fault.Finish(c)
		if fault.Prefer(c, op, twin) || fault.Meet(c, state.Faults, op, twin, state.Now()) {
			c.Abort()
			return
		}
		if problem != nil {
			if refused = twin.Admit(c, problem); refused != nil {
				record.Refused()
			}
		}
		if refused != nil {
			twin.Refuse(c, refused)
			c.Abort()
			return
		}
		release, ok := answers.makeRoom(c.Request.Context(), op, state.Store())
		if !ok {
			busy(c, twin, op)
			return
		}
		defer release()
		if mutant.Loses(c.Request.Context()) {
			state = state.Losing()
		}
		c.Request = c.Request.WithContext(sandbox.With(c.Request.Context(), state))
		spilled := defect.Spills(c.Request.Context(), state.Store())
		c.Next()
		spilled(c.Writer.Status())
	}
}

// lost puts a request that is no operation's down to the sandbox of its credential, which
// its body may hold.
func lost(c *gin.Context, sandboxes *sandbox.Sandboxes, twins ...API) {
	if size := c.Request.ContentLength; size > 0 && size <= smallBody {
		wire.Read(c.Request)
	}
	journal.From(c.Request.Context()).Belongs(owner(ofStray(c.Request, sandboxes, twins...)))
}

// stray refuses a request that is none of a twin's operations, and puts it down to the
// sandbox of its credential. Where the path has operations it names their methods, and
// OPTIONS asks for nothing else.
func stray(c *gin.Context, twin API, sandboxes *sandbox.Sandboxes, reason string) {
	lost(c, sandboxes, twin)
	c.Writer.Header().Del("Allow") // gin's, which knows the generated routes alone
	if taken := twin.Contract().Methods(c.Request.URL); len(taken) > 0 {
		if slices.Contains(taken, http.MethodGet) {
			taken = append(taken, http.MethodHead)
		}
		taken = append(taken, http.MethodOptions)
		c.Header("Allow", strings.Join(taken, ", "))
		reason = "method"
		if c.Request.Method == http.MethodOptions {
			c.AbortWithStatus(http.StatusNoContent)
			return
		}
	}
	twin.Refuse(c, twin.Astray(reason))
	c.Abort()
}

// ofStray is the sandbox of a request that is no operation's: that of the first of some
// twins that knows its credential.
func ofStray(r *http.Request, sandboxes *sandbox.Sandboxes, twins ...API) *sandbox.Sandbox {
	for _, twin := range twins {
		credential, err := twin.Authenticate(r, nil)
		if name, ok := sandbox.Claimed(r, credential); ok && err == nil {
			return sandboxes.Get(name)
		}
		if twin.Claimant(r, nil) != "" {
			return refusedOf(r, sandboxes, twin, nil)
		}
	}
	name, _ := sandbox.Claimed(r, "")
	return sandboxes.Stranger(name)
}

// refusedOf is the sandbox that a request without a good credential is put down to: the one
// it names by a header, or else by the credential that was refused.
func refusedOf(r *http.Request, sandboxes *sandbox.Sandboxes, twin API, op *openapi.Operation) *sandbox.Sandbox {
	claimant := twin.Claimant(r, op)
	name, ok := sandbox.Claimed(r, claimant)
	if claimant != "" && (!ok || r.Header.Get(sandbox.Header) == "") {
		return sandboxes.Get(name)
	}
	return sandboxes.Stranger(name)
}

// owner is whose journal a request of a sandbox stands in.
func owner(sb *sandbox.Sandbox) journal.Owner {
	return journal.Owner{Name: sb.Name, Journal: sb.Journal, Now: sb.Now}
}

// sandboxName is the mock's own rule, of no API.
var sandboxName = rule.Rule{
	Clause: "twinbill.sandbox", Status: http.StatusBadRequest, Code: "4000", Message: "sandbox exception",
	Words: "The header %s is to be sent once, with at most %d bytes of UTF-8.",
}
