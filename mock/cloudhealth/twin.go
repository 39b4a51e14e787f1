// Package cloudhealth is the twin of the CloudHealth Partner AWS Account Assignment
// API.
package cloudhealth

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	gen "github.com/twinbill/twinbill/gen/cloudhealth"
	"github.com/twinbill/twinbill/mock/rule"
	"github.com/twinbill/twinbill/mock/sandbox"
	"github.com/twinbill/twinbill/mock/store"
	"github.com/twinbill/twinbill/mock/wire"
	"github.com/twinbill/twinbill/openapi"
)

// Twin answers the CloudHealth operations. It implements the generated strict server.
type Twin struct {
	contract *openapi.Contract
	dialect  openapi.Dialect
	rules    rule.Book
	keys     Keys
	pageSize int // of a list that asks for none
}

// New returns a twin that keeps a contract, applies the rules of a book, and admits
// the given keys, or any where there are none.
func New(contract *openapi.Contract, rules rule.Book, keys Keys) *Twin {
	return &Twin{contract: contract, dialect: contract.Dialect, rules: rules, keys: keys, pageSize: defaultPageSize(contract)}
}

// Contract is what the twin holds requests to.
func (t *Twin) Contract() *openapi.Contract { return t.contract }

// Register adds the generated routes behind the guard.
func (t *Twin) Register(router gin.IRouter, guard gin.HandlerFunc) {
	server := gen.NewStrictHandlerWithOptions(t, nil, gen.StrictGinServerOptions{
		RequestErrorHandlerFunc:  t.undecodable,
		HandlerErrorFunc:         t.Refuse,
		ResponseErrorHandlerFunc: t.Refuse,
	})
	gen.RegisterHandlersWithOptions(router.Group("", guard, lenientPaging), server, gen.GinServerOptions{
		BaseURL: t.contract.Operation("listAwsAccountAssignments").Base,
		// Paging being lenient, an id is the only parameter that the binding can refuse.
		ErrorHandler: func(c *gin.Context, _ error, _ int) { t.Refuse(c, unknown(known(c.FullPath()), c.Param("id"))) },
	})
}

// Reads reports whether a body is read as JSON (cloudhealth.media-type).
func (t *Twin) Reads(contentType string) bool {
	return t.dialect.Is("cloudhealth.media-type", "accepted") || wire.IsJSON(contentType)
}

// Admit lets a request on whose only departures are fields left out, which its
// handler reports beside the other broken criteria, and paging parameters that are
// no numbers. It refuses any other, with a sentence for each departure.
func (t *Twin) Admit(c *gin.Context, problem *wire.Problem) error {
	if id, ok := c.Params.Get("id"); ok && !isNumber(id) {
		return unknown(known(c.FullPath()), id)
	}
	if len(problem.Violations) == 0 {
		return rule.Refusals{shape[problem.Reason].When(true, problem.Says)}
	}
	violations := slices.DeleteFunc(slices.Clone(problem.Violations), func(v openapi.Violation) bool {
		return v.Place == openapi.InQuery && v.Keyword != "maximum" || ignoredNull(t.reached(c), v)
	})
	handled := func(v openapi.Violation) bool { return leftOut(v) && !t.reached(c).Supporting() }
	if !slices.ContainsFunc(violations, func(v openapi.Violation) bool { return !handled(v) }) {
		return nil
	}
	refusals := make([]*rule.Refusal, len(violations))
	for i, v := range violations {
		refusals[i] = violated(v)
	}
	return t.refusal(refusals...)
}

// leftOut reports whether what departs from the contract is a field that is not there:
// null counts as missing (cloudhealth.null).
func leftOut(v openapi.Violation) bool {
	return v.Place == openapi.InBody && len(v.Path) == 1 && (v.Keyword == "required" || v.Keyword == "nullable")
}

// ignoredNull reports whether what departs from the contract is null in the place of an
// optional field of a supporting operation, which counts as not there.
func ignoredNull(op *openapi.Operation, v openapi.Violation) bool {
	return op.Supporting() && v.Keyword == "nullable" && slices.ContainsFunc(op.RequestFields(), func(f openapi.Field) bool {
		return f.Place == v.Place && !f.Required && slices.Equal(f.Path, v.Path)
	})
}

// reached is the operation whose route a request took.
func (t *Twin) reached(c *gin.Context) *openapi.Operation {
	i := slices.IndexFunc(t.contract.Operations, func(op *openapi.Operation) bool {
		return op.Method == c.Request.Method && op.Base+strings.ReplaceAll(op.Path, "{id}", ":id") == c.FullPath()
	})
	return t.contract.Operations[i]
}

// known is the rule on the ids of a route.
func known(route string) rule.Rule {
	switch {
	case strings.Contains(route, "/customers/"):
		return customerRead
	case strings.Contains(route, "/aws_accounts/"):
		return awsAccountRead
	}
	return assignmentKnown
}

// undecodable refuses what the contract lets through but Go's types do not hold: a
// customer_id beyond their range, the only number of a body.
func (t *Twin) undecodable(c *gin.Context, _ error) {
	t.Refuse(c, rule.Refusals{shape[wire.Validation].When(true, "customer_id "+shown(fields(c)["customer_id"])+" is out of range")})
}

// Astray refuses a path or method that no operation has.
func (t *Twin) Astray(reason string) error {
	return rule.Refusals{astray[reason].When(true)}
}

// refusal is the error that broken rules make: all of them, or the first
// (cloudhealth.rule-order).
func (t *Twin) refusal(refusals ...*rule.Refusal) error {
	if t.dialect.Is("cloudhealth.rule-order", "first") {
		return t.rules.First(refusals...)
	}
	return t.rules.All(refusals...)
}

// unknown refuses an id that nothing has. It holds whatever the book says: there is
// nothing to go on with.
func unknown[ID int64 | string](known rule.Rule, id ID) error {
	return rule.Refusals{known.When(true, fmt.Sprint(id))}
}

func isNumber(id string) bool {
	_, err := strconv.ParseUint(id, 10, 63)
	return err == nil
}

// read gives the state of the request's sandbox.
func read(ctx context.Context) *store.Tx { return sandbox.From(ctx).Store().Read() }

// write runs fn in one transaction on the state of the request's sandbox; an error
// leaves the state as it was.
func write(ctx context.Context, fn func(*store.Tx) error) error {
	return sandbox.Write(ctx, fn)
}

// request is the HTTP request behind a handler's context, which is gin's.
func request(ctx context.Context) *http.Request {
	return ctx.Value(gin.ContextRequestKey).(*http.Request)
}
