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
	"time"

	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// issueToken is the operation that issues tokens.
const issueToken = "issueAccessToken"

// issue is what a token was issued for.
type issue struct {
	client target.Client
	as     string // by which the journal names the client
	next   string // the token that took its place; empty while it is good
	begun  time.Time
	lasts  time.Duration // by expires_in; zero where the answer does not say
	by     *target.Exchange
}

// madeUpSecret goes with every client id that is made up.
const madeUpSecret = "made-up"

// client is the OAuth 2.0 client behind a token input, and the journal's name for it.
func (s *supply) client(check, input string) (target.Client, string, error) {
	prefix := scenarios.LoadInputs().Tokens[input]
	own := s.credentials.Ripple.Client
	if prefix != "" {
		own = s.credentials.Ripple.Fewer[input]
	}
	switch {
	case s.madeUp:
		id := s.sandbox(prefix, check)
		return target.Client{ID: id, Secret: madeUpSecret}, madeUpAs(id), nil
	case own.ID == "" && prefix != "":
		return own, "", notSupplied("the input " + input + " (" + target.Where(input) + " in a target file)")
	case own.ID == "":
		return own, "", notSupplied("the input ripple_client_id (set TWINBILL_RIPPLE_CLIENT_ID, or name it in a target file)")
	case own.Secret == "":
		return own, "", notSupplied("the input ripple_client_secret (set TWINBILL_RIPPLE_CLIENT_SECRET, or name it in a target file)")
	case s.rehearsal:
		return target.Client{ID: prefix + s.stamp(check), Secret: madeUpSecret}, input, nil
	}
	return own, input, nil
}

// token gets an access token for the client of an input. It is kept, and shared by the
// checks that share the client.
func (s *supply) token(ctx context.Context, check, input string) (string, error) {
	client, as, err := s.client(check, input)
	if err != nil {
		return "", err
	}
	return s.tokenOf(ctx, client, as, false)
}

// tokenWith gets a token that holds exactly some roles, from a target that takes a
// client id's word for them.
func (s *supply) tokenWith(ctx context.Context, roles []string) (string, error) {
	id := "role-" + strings.Join(roles, "+") + "-" + s.stamp("probe")
	s.begun.Store(id, true)
	return s.tokenOf(ctx, target.Client{ID: id, Secret: madeUpSecret}, madeUpAs(id), false)
}

// tokenAlone gets a token of a client that holds one role and no other.
func (s *supply) tokenAlone(ctx context.Context, role string) (string, error) {
	if s.madeUp {
		return s.tokenWith(ctx, []string{role})
	}
	client, ok := s.credentials.Ripple.Roles[role]
	if !ok {
		return "", notSupplied("a client with the role " + role + " alone (ripple.roles in a target file)")
	}
	return s.tokenOf(ctx, client, "ripple_token", false)
}

func (s *supply) tokenOf(ctx context.Context, client target.Client, as string, undoing bool) (string, error) {
	if token, ok := s.tokens.Load(client.ID); ok {
		return token.(string), nil
	}
	if !s.madeUp { // one request for all checks
		s.renewing.Lock()
		defer s.renewing.Unlock()
		if token, ok := s.tokens.Load(client.ID); ok {
			return token.(string), nil
		}
	}
	return s.ask(ctx, client, as, undoing)
}

// ask asks the token endpoint.
func (s *supply) ask(ctx context.Context, client target.Client, as string, undoing bool) (string, error) {
	token, _, err := s.request(ctx, client, as, target.Request{Undo: undoing})
	return token, err
}

// tokenFor sends the fields of a request for a token as a form.
func (s *supply) tokenFor(ctx context.Context, contract *openapi.Contract, request target.Request, fields url.Values) *target.Exchange {
	request.Operation, request.Body = contract.Operation(issueToken), []byte(fields.Encode())
	request.Header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	s.asked.Add(1)
	return s.target.Send(ctx, &request)
}

// byPassword is the answer to a request for a token of the user; nil where none is supplied.
func (s *supply) byPassword(ctx context.Context, contract *openapi.Contract) *target.Exchange {
	own := s.credentials.Ripple
	if own.Username == "" || own.Password == "" {
		return nil
	}
	return s.tokenFor(ctx, contract, target.Request{Unpaced: true}, url.Values{
		"grant_type": {"password"}, "client_id": {own.ID}, "client_secret": {own.Secret}, "scope": {"openid"}, "username": {own.Username}, "password": {own.Password},
	})
}

// request is ask that also returns what was said. The request may be given flags.
func (s *supply) request(ctx context.Context, client target.Client, as string, request target.Request) (string, *target.Exchange, error) {
	contract, err := openapi.Load(openapi.Ripple, openapi.Dialect{})
	if err != nil {
		return "", nil, err
	}
	exchange := s.tokenFor(ctx, contract, request, url.Values{"grant_type": {"client_credentials"}, "client_id": {client.ID}, "client_secret": {client.Secret}, "scope": {"openid"}})
	switch err := unheard(exchange); {
	case isUnavailable(err):
		return "", exchange, err
	case err != nil:
		return "", exchange, lost{"no access token: " + err.Error()}
	}
	var answer struct {
		AccessToken string          `json:"access_token"`
		ExpiresIn   json.RawMessage `json:"expires_in"`
	}
	if err := json.Unmarshal(exchange.Answer, &answer); err != nil || answer.AccessToken == "" {
		return "", exchange, lost{fmt.Sprintf("no access token: the token endpoint answered %d", exchange.Status)}
	}
	s.tokens.Store(client.ID, answer.AccessToken)
	seconds, _ := strconv.Atoi(strings.Trim(string(answer.ExpiresIn), `"`)) // what is no number of seconds promises nothing
	s.issued.Store(answer.AccessToken, issue{client: client, as: as, begun: exchange.Started, lasts: time.Duration(seconds) * time.Second, by: exchange})
	s.used.Store(answer.AccessToken, true)
	return answer.AccessToken, exchange, nil
}

// askedAgain notes that a check asks for a token: a target may let it end those that its
// client had before.
func (s *supply) askedAgain(request *target.Request) {
	for _, client := range append(slices.Collect(maps.Values(s.credentials.Ripple.Fewer)), s.credentials.Ripple.Client) {
		if s.asksAs(client, request) {
			s.again.Store(client.ID, time.Now())
		}
	}
}

// asksAs reports whether a request for a token is, or may be, a client's.
func (s *supply) asksAs(client target.Client, request *target.Request) bool {
	named := func(text string) bool { return client.ID != "" && strings.Contains(text, client.ID) }
	return named(string(request.Body)) || named(request.Query.Get("client_id")) || request.Header.Get("Authorization") != ""
}

// replaced reports whether a check asked for a token of a client after a time, so that one
// of before may be over.
func (s *supply) replaced(client target.Client, since time.Time) bool {
	again, ok := s.again.Load(client.ID)
	return ok && again.(time.Time).After(since)
}

// refusedEarly notes that the target refused a token, and took another one for the same
// request. The token was good for longer where expires_in said so, and no check got another
// one of its client since.
func (s *supply) refusedEarly(token string) {
	kept, ok := s.issued.Load(token)
	if !ok {
		return
	}
	if s.replaced(kept.(issue).client, kept.(issue).begun) {
		return
	}
	lived, lasts := time.Since(kept.(issue).begun), kept.(issue).lasts
	if lived >= lasts {
		return
	}
	s.renewing.Lock()
	defer s.renewing.Unlock()
	if s.early == "" {
		s.early = fmt.Sprintf("one that was refused after %v of %v", lived.Round(time.Millisecond), lasts)
	}
}

// refusedBefore is a token that was refused before its time, in words; empty where none was.
func (s *supply) refusedBefore() string {
	s.renewing.Lock()
	defer s.renewing.Unlock()
	return s.early
}

// current is the token that took a token's place, or the token itself.
func (s *supply) current(token string) string {
	for {
		kept, ok := s.issued.Load(token)
		if !ok || kept.(issue).next == "" {
			return token
		}
		token = kept.(issue).next
	}
}

// renew gets another token in the place of one that the target no longer takes. ok is
// false where the suite did not ask for the token itself, so that nothing is amiss.
func (s *supply) renew(ctx context.Context, token string, undoing bool) (next string, ok bool, err error) {
	s.renewing.Lock()
	defer s.renewing.Unlock()
	kept, ok := s.issued.Load(token)
	if !ok {
		return "", false, nil
	}
	was := kept.(issue)
	if was.next == "" {
		if was.next, err = s.ask(ctx, was.client, was.as, undoing); err != nil {
			return "", true, lost{"the token is no longer taken, and no other can be had: " + err.Error()}
		}
		if was.next == token { // nothing new
			return token, true, nil
		}
		s.issued.Store(token, was)
	}
	return s.current(was.next), true, nil
}

// keyRefused reports whether the target refuses a CloudHealth key altogether, so that a
// 401 or 403 says nothing of one operation. It asks for the list of assignments.
func (s *supply) keyRefused(ctx context.Context, contract *openapi.Contract, key string, undoing bool) bool {
	e := s.target.Send(ctx, &target.Request{
		Operation: contract.Operation("listAwsAccountAssignments"), Header: http.Header{}, Query: url.Values{"api_key": {key}}, Undo: undoing,
	})
	return refuses(e)
}

// ownKey reports whether a key is the deployment's.
func (s *supply) ownKey(key string) bool {
	own := s.credentials.CloudHealth
	return !s.madeUp && !s.rehearsal && key != "" && (key == own.Key || key == own.OtherKey)
}
