package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// The named checks below send a request of their own, which Arazzo has no words for.

// route asks a method and path that no operation has, with the step's credential.
func route(ctx context.Context, s *session, e *target.Exchange, with arguments) error {
	request := &target.Request{
		Operation: e.Request.Operation, Method: fmt.Sprint(with["method"]), Header: credentialOf(e),
		URL: pathAndQuery(&url.URL{Path: fmt.Sprint(with["path"])}, e.Request.Query),
	}
	hold := s.hold
	s.hold = false // no operation promises anything of it
	answer, err := s.do(ctx, request)
	s.hold = hold
	if err != nil {
		return err
	}
	want := with.texts("status")
	if !slices.Contains(want, strconv.Itoa(answer.Status)) {
		return unmet{fmt.Sprintf("status %s from %s %v", strings.Join(want, " or "), request.Method, with["path"]), answered(answer)}
	}
	return nil
}

// trailingSlash sends the step's request again with a slash after its path.
func trailingSlash(ctx context.Context, s *session, e *target.Exchange, _ arguments) error {
	asked, err := url.Parse(e.URL)
	if err != nil {
		return err
	}
	again := e.Request.Clone()
	op := e.Request.Operation
	again.URL = op.Base + strings.TrimPrefix(asked.EscapedPath(), basePath(s.target, op)) + "/?" + asked.RawQuery
	answer, err := s.do(ctx, again)
	if err != nil {
		return err
	}
	if answer.Status != e.Status || !equal(documented(answer), documented(e)) {
		return unmet{answered(e), answered(answer)}
	}
	return nil
}

// basePath is the path that an operation's own follows on a target.
func basePath(t *target.Target, op *openapi.Operation) string {
	u, err := url.Parse(t.BaseOf(op))
	if err != nil {
		return ""
	}
	return u.EscapedPath()
}

// tokenFiles sends the step's token request again with the fields as the files of a
// multipart body as well as in the query string, as the pages' sample does.
func tokenFiles(ctx context.Context, s *session, e *target.Exchange, _ arguments) error {
	again := e.Request.Clone()
	var contentType string
	again.Body, contentType = parts(again.Query, true)
	again.Header.Set("Content-Type", contentType)
	return s.expectOK(ctx, again, "a token for fields sent as files")
}

// expectOK sends a request and reports, as not met, any answer but a 200.
func (s *session) expectOK(ctx context.Context, request *target.Request, expected string) error {
	answer, err := s.do(ctx, request)
	if err != nil {
		return err
	}
	if answer.Status != http.StatusOK {
		return unmet{expected, answered(answer)}
	}
	return nil
}

// tokenEscaped sends the step's token request again with every octet of its fields
// percent-encoded, except the secret's, which would no longer be redacted.
func tokenEscaped(ctx context.Context, s *session, e *target.Exchange, _ arguments) error {
	fields, err := url.ParseQuery(string(e.Request.Body))
	if err != nil {
		return err
	}
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		value := url.QueryEscape(fields.Get(name))
		if name != "client_secret" {
			value = ""
			for _, octet := range []byte(fields.Get(name)) {
				value += fmt.Sprintf("%%%02X", octet)
			}
		}
		pairs = append(pairs, name+"="+value)
	}
	again := e.Request.Clone()
	again.Body = []byte(strings.Join(pairs, "&"))
	return s.expectOK(ctx, again, "a token for fields with escapes")
}

// tokenAccepted presents the token that the step was given, with its token_type as
// the scheme.
func tokenAccepted(ctx context.Context, s *session, e *target.Exchange, _ arguments) error {
	var token struct {
		Type   string `json:"token_type"`
		Access string `json:"access_token"`
	}
	if err := json.Unmarshal(e.Answer, &token); err != nil {
		return unmet{"a token", answered(e)}
	}
	contract, err := openapi.Load(openapi.Ripple, s.contract.Dialect)
	if err != nil {
		return err
	}
	err = s.expectOK(ctx, &target.Request{
		Operation: contract.Operation("listAccounts"), Query: url.Values{"vendor": {"aws"}},
		Header: http.Header{"Authorization": {token.Type + " " + token.Access}},
	}, "the API to accept the token")
	own := s.supply.credentials.Ripple.Client
	if unauthorized := s.exchanges[len(s.exchanges)-1].Status == http.StatusUnauthorized; err != nil && unauthorized && s.supply.asksAs(own, e.Request) && s.supply.replaced(own, e.Started) {
		return unavailable{"another check got a token of the client meanwhile, which may end this one"}
	}
	return err
}

// tokenLasts holds the tokens of the whole run to their expires_in.
func tokenLasts(_ context.Context, s *session, _ *target.Exchange, _ arguments) error {
	if early := s.supply.refusedBefore(); early != "" {
		return unmet{"every token to be accepted for its expires_in", early}
	}
	return nil
}
