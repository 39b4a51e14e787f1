package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// unavailable says that a check cannot be run on this target.
type unavailable struct{ reason string }

func (u unavailable) Error() string { return u.reason }

func notSupplied(what string) error {
	return unavailable{"needs " + what + ", which this target does not supply"}
}

// supply gives scenarios their inputs: credentials, data of the deployment, fresh
// values, and the statuses of the contract in force.
type supply struct {
	target      *target.Target
	credentials target.Credentials
	given       map[string]any // data of the deployment, by input
	madeUp      bool           // each check has a credential, and so a sandbox, of its own
	rehearsal   bool           // the values do not matter: nothing reaches the deployment
	seed        uint64

	renewing sync.Mutex
	tokens   sync.Map // client id → token
	issued   sync.Map // token → issue
	used     sync.Map // secret → true
}

// issue is what a token was issued for.
type issue struct {
	client target.Client
	as     string // by which the journal names the client
	next   string // the token that took its place; empty while it is good
}

// inputs returns the named inputs of a check. The same seed and check give the same
// fresh values. defaults are those of the user's own inputs.
func (s *supply) inputs(ctx context.Context, check string, contract *openapi.Contract, names []string, defaults map[string]any) (map[string]any, error) {
	out := make(map[string]any, len(names))
	for _, name := range names {
		if value, ok := s.own(name, defaults); ok {
			out[name] = value
			continue
		}
		value, err := s.input(ctx, check, contract, name)
		if err != nil {
			return nil, err
		}
		out[name] = value
	}
	return out, nil
}

// own is an input that the user's scenario names: what the deployment supplies under
// that name, or else the scenario's default.
func (s *supply) own(name string, defaults map[string]any) (any, bool) {
	fallback, ok := defaults[name]
	if value, given := s.given[name]; ok && given {
		return value, true
	}
	return fallback, ok
}

// missing is why a check cannot have an input, before anything is sent; nil where it
// can.
func (s *supply) missing(name string) error {
	if _, ok := scenarios.LoadInputs().Supplied[name]; ok {
		if _, given := s.given[name]; !given && !s.madeUp {
			return notSupplied("the input " + name)
		}
		return nil
	}
	if _, ok := scenarios.LoadInputs().Tokens[name]; ok {
		_, _, err := s.client("", name)
		return err
	}
	switch name {
	case "ripple_client_id", "ripple_client_secret":
		_, _, err := s.client("", "ripple_token")
		return err
	case "ripple_username":
		return s.supplied(s.credentials.Ripple.Username, name, "TWINBILL_RIPPLE_USERNAME")
	case "ripple_password":
		return s.supplied(s.credentials.Ripple.Password, name, "TWINBILL_RIPPLE_PASSWORD")
	case "cloudhealth_key":
		return s.supplied(s.credentials.CloudHealth.Key, name, "TWINBILL_CLOUDHEALTH_API_KEY")
	case "cloudhealth_other_key":
		return s.supplied(s.credentials.CloudHealth.OtherKey, name, "TWINBILL_CLOUDHEALTH_OTHER_API_KEY")
	}
	return nil
}

// supplied errs where a credential is neither made up nor given.
func (s *supply) supplied(value, input, variable string) error {
	if s.madeUp || value != "" {
		return nil
	}
	return notSupplied("the input " + input + " (set " + variable + ", or name it in a target file)")
}

func (s *supply) input(ctx context.Context, check string, contract *openapi.Contract, name string) (any, error) {
	if err := s.missing(name); err != nil {
		return nil, err
	}
	if fixture, ok := scenarios.LoadInputs().Supplied[name]; ok {
		if value, given := s.given[name]; given && !s.rehearsal {
			return value, nil
		}
		return fixture, nil
	}
	if _, ok := scenarios.LoadInputs().Tokens[name]; ok {
		return s.token(ctx, check, name)
	}
	if kind, ok := strings.CutPrefix(name, "fresh_"); ok {
		return s.fresh(check, name, kind)
	}
	if reason, ok := strings.CutPrefix(name, "status_"); ok {
		return contract.Refusal(strings.ReplaceAll(reason, "_", "-")).Status, nil
	}
	if id, ok := strings.CutPrefix(name, "success_"); ok {
		if op := contract.Operation(id); op != nil {
			return op.Success, nil
		}
	}
	switch name {
	case "ripple_client_id", "ripple_client_secret":
		client, _, err := s.client(check, "ripple_token")
		if name == "ripple_client_id" {
			return client.ID, err
		}
		return client.Secret, err
	case "ripple_invalid_client_id":
		return "invalid-" + s.stamp(check), nil
	case "ripple_username":
		return s.credential(s.credentials.Ripple.Username, "made-up"), nil
	case "ripple_password":
		return s.credential(s.credentials.Ripple.Password, "made-up"), nil
	case "cloudhealth_key":
		return s.credential(s.credentials.CloudHealth.Key, s.stamp(check)), nil
	case "cloudhealth_other_key":
		return s.credential(s.credentials.CloudHealth.OtherKey, "other-"+s.stamp(check)), nil
	}
	return nil, fmt.Errorf("no input is called %s", name)
}

// credential is the deployment's own, or the one that is made up.
func (s *supply) credential(own, madeUp string) string {
	if s.madeUp || s.rehearsal {
		return madeUp
	}
	return own
}

// stamp names the sandbox of a check whose credentials are made up.
func (s *supply) stamp(check string) string {
	if s.rehearsal {
		return "rehearsal"
	}
	return fmt.Sprintf("verify-%x-%s", s.seed, digits(s.hash(check, "sandbox"), 12))
}

// secrets lists what no report may show.
func (s *supply) secrets() []string {
	out := s.credentials.Secrets()
	s.used.Range(func(secret, _ any) bool {
		out = append(out, secret.(string))
		return true
	})
	return out
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
		id := prefix + s.stamp(check)
		return target.Client{ID: id, Secret: madeUpSecret}, madeUpAs(id), nil
	case own.ID == "" && prefix != "":
		return own, "", notSupplied("the input " + input)
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
	contract, err := openapi.Load(openapi.Ripple, openapi.Dialect{})
	if err != nil {
		return "", err
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {client.ID}, "client_secret": {client.Secret}, "scope": {"openid"}}
	exchange := s.target.Send(ctx, &target.Request{
		Operation: contract.Operation("issueAccessToken"), Undo: undoing,
		Header: map[string][]string{"Content-Type": {"application/x-www-form-urlencoded"}},
		Body:   []byte(form.Encode()),
	})
	switch err := unheard(exchange); {
	case isUnavailable(err):
		return "", err
	case err != nil:
		return "", lost{"no access token: " + err.Error()}
	}
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(exchange.Answer, &answer); err != nil || answer.AccessToken == "" {
		return "", lost{fmt.Sprintf("no access token: the token endpoint answered %d", exchange.Status)}
	}
	s.tokens.Store(client.ID, answer.AccessToken)
	s.issued.Store(answer.AccessToken, issue{client: client, as: as})
	s.used.Store(answer.AccessToken, true)
	return answer.AccessToken, nil
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

// keyRefused tells whether the target refuses a CloudHealth key altogether, so that a
// 401 or 403 says nothing of one operation. It asks for the list of assignments.
func (s *supply) keyRefused(ctx context.Context, contract *openapi.Contract, key string, undoing bool) bool {
	e := s.target.Send(ctx, &target.Request{
		Operation: contract.Operation("listAwsAccountAssignments"), Header: http.Header{}, Query: url.Values{"api_key": {key}}, Undo: undoing,
	})
	return refuses(e)
}

// ownKey tells whether a key is the deployment's.
func (s *supply) ownKey(key string) bool {
	own := s.credentials.CloudHealth
	return !s.madeUp && !s.rehearsal && key != "" && (key == own.Key || key == own.OtherKey)
}

// The journal's names for CloudHealth keys, and for a credential that is made up.
const (
	asKey      = "cloudhealth_key"
	asOtherKey = "cloudhealth_other_key"
	asMadeUp   = "made-up:"
)

func madeUpAs(id string) string { return asMadeUp + id }

// as names the credential of a request, for the journal.
func (s *supply) as(request *target.Request) string {
	key := request.Query.Get("api_key")
	bearer := bearerOf(request)
	if kept, ok := s.issued.Load(bearer); ok && s.madeUp {
		return kept.(issue).as
	}
	if key == "" {
		key = bearer
	}
	switch {
	case request.Operation.API == openapi.Ripple: // whoever created it, the client of all roles removes it
		return "ripple_token"
	case s.madeUp:
		return madeUpAs(key)
	case key != "" && key == s.credentials.CloudHealth.OtherKey:
		return asOtherKey
	}
	return asKey
}

// present puts the credential that a name of the journal stands for on a request.
func (s *supply) present(ctx context.Context, api openapi.API, as string) (http.Header, url.Values, error) {
	id, madeUp := strings.CutPrefix(as, asMadeUp)
	if api == openapi.CloudHealth {
		key := s.credential(s.credentials.CloudHealth.Key, s.stamp(""))
		switch {
		case madeUp:
			key = id
		case as == asOtherKey:
			key = s.credential(s.credentials.CloudHealth.OtherKey, "other-"+s.stamp(""))
		}
		if key == "" {
			return nil, nil, notSupplied("the input " + as)
		}
		return nil, url.Values{"api_key": {key}}, nil
	}
	client := target.Client{ID: id, Secret: madeUpSecret}
	if !madeUp {
		var err error
		if client, _, err = s.client("", as); err != nil {
			return nil, nil, err
		}
	}
	token, err := s.tokenOf(ctx, client, as, true)
	if err != nil {
		return nil, nil, err
	}
	return http.Header{"Authorization": {"Bearer " + token}}, nil, nil
}

// bearerOf is the bearer token of a request; empty where it has none.
func bearerOf(request *target.Request) string {
	token, _ := strings.CutPrefix(request.Header.Get("Authorization"), "Bearer ")
	return token
}
