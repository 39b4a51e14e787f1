// Package ripple is the twin of the Alphaus Ripple API.
package ripple

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	gen "github.com/twinbill/twinbill/gen/ripple"
	"github.com/twinbill/twinbill/mock/rule"
	"github.com/twinbill/twinbill/mock/sandbox"
	"github.com/twinbill/twinbill/mock/store"
	"github.com/twinbill/twinbill/mock/wire"
	"github.com/twinbill/twinbill/openapi"
)

// Twin answers the Ripple operations. It implements the generated strict server.
type Twin struct {
	contract *openapi.Contract
	dialect  openapi.Dialect
	rules    rule.Book
	tokens   tokens
	clients  Clients
	meta     map[string]bool     // of a reseller that was given none
	printed  gen.InvoiceSettings // of a vendor that was sent none
}

// New returns a twin that keeps a contract, applies the rules of a book, takes the
// time in a sandbox from now, and admits the given clients, or any where there are none.
func New(contract *openapi.Contract, rules rule.Book, now func(sandbox string) time.Time, clients Clients) *Twin {
	return &Twin{
		contract: contract, dialect: contract.Dialect, rules: rules, tokens: newTokens(now, clients), clients: clients,
		meta: metaDefaults(contract), printed: printedSettings(contract),
	}
}

// Contract is what the twin holds requests to.
func (t *Twin) Contract() *openapi.Contract { return t.contract }

// Register adds the generated routes behind the guard. The token operation stands on
// a server of its own, so that it has a base path of its own.
func (t *Twin) Register(router gin.IRouter, guard gin.HandlerFunc) {
	server := gen.NewStrictHandlerWithOptions(t, nil, gen.StrictGinServerOptions{
		RequestErrorHandlerFunc:  t.undecodable,
		HandlerErrorFunc:         t.Refuse,
		ResponseErrorHandlerFunc: t.Refuse,
	})
	guarded := router.Group("", guard)
	options := gen.GinServerOptions{
		BaseURL: t.contract.Operation("createAccount").Base,
		ErrorHandler: func(c *gin.Context, err error, _ int) {
			if t.vendorOptional(c) {
				server.ListAccounts(c, gen.ListAccountsParams{})
				return
			}
			t.undecodable(c, err)
		},
	}
	gen.RegisterHandlersWithOptions(guarded, server, options)
	token := t.contract.Operation("issueAccessToken")
	wrapper := gen.ServerInterfaceWrapper{Handler: server, ErrorHandler: options.ErrorHandler}
	guarded.Handle(token.Method, token.Base+token.Path, t.formOnly, wrapper.IssueAccessToken)
}

// Admit refuses every request that departs from the contract, but for what is wrong
// with a password that is ignored.
func (t *Twin) Admit(c *gin.Context, problem *wire.Problem) error {
	if c.FullPath() == t.tokenPath() {
		switch problem.Reason {
		case wire.Validation:
			return rule.Refusals{t.tokenProblem(problem)}
		case wire.Malformed:
			return rule.Refusals{formReadable.When(true, problem.Says)}
		}
	}
	r := shape[problem.Reason]
	if len(problem.Violations) == 0 {
		return rule.Refusals{r.When(true, problem.Says)}
	}
	first := slices.IndexFunc(problem.Violations, func(v openapi.Violation) bool { return !ignoredPassword(c.Request, v) })
	if first < 0 {
		return nil
	}
	broken := problem.Violations[first]
	if broken.Clause != "" {
		r.Clause = broken.Clause
	}
	return rule.Refusals{r.When(true, broken.String())}
}

// empty refuses an empty text for a required field of an operation's body, which
// counts as missing: where a missing or null one is let through, so is this.
func (t *Twin) empty(slug, field, value string) *rule.Refusal {
	clause := slug + "." + strings.ReplaceAll(field, "_", "-")
	return notEmpty.When(value == "" && t.rules.Holds(clause+".required") && t.rules.Holds(clause+".type"), field)
}

// undecodable refuses what the contract lets through but Go's types do not hold,
// such as a number beyond their range, and a form that cannot be read.
func (t *Twin) undecodable(c *gin.Context, err error) {
	if c.FullPath() == t.tokenPath() {
		t.Refuse(c, rule.Refusals{formReadable.When(true, err)})
		return
	}
	t.Refuse(c, rule.Refusals{shape[wire.Validation].When(true, err.Error())})
}

// vendorOptional reports whether a request lists accounts and names no vendor. Where
// the contract has let it through (dialect point ripple.account.list-vendor), the
// generated code's own refusal does not count.
func (t *Twin) vendorOptional(c *gin.Context) bool {
	op := t.contract.Operation("listAccounts")
	return c.Request.Method == op.Method && c.FullPath() == op.Base+op.Path && !c.Request.URL.Query().Has("vendor")
}

// Astray refuses a path or method that no operation has.
func (t *Twin) Astray(reason string) error {
	return rule.Refusals{astray[reason].When(true)}
}

func (t *Twin) tokenPath() string {
	op := t.contract.Operation("issueAccessToken")
	return op.Base + op.Path
}

// read gives the state of the request's sandbox.
func read(ctx context.Context) *store.Tx { return sandbox.From(ctx).Store().Read() }

// write runs fn in one transaction on the state of the request's sandbox; an error
// leaves the state as it was.
func write(ctx context.Context, fn func(*store.Tx) error) error {
	return sandbox.Write(ctx, fn)
}

var success = gen.SucceededJSONResponse{Status: gen.SuccessStatusSuccess}
