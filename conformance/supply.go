package conformance

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/internal/exact"
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
	twinbill    bool           // the target says that it is a Twinbill
	seed        uint64
	nonce       string   // sets the run apart from others with its seed
	months      []string // that the deployment accepts, the first to be used first

	asked    atomic.Int64 // requests for a token
	renewing sync.Mutex
	early    string   // a token that was refused before its time, in words
	tokens   sync.Map // client id → token
	issued   sync.Map // token → issue
	again    sync.Map // client id → when a check last asked for a token of it
	used     sync.Map // secret → true
	refused  sync.Map // month → whether the deployment takes it for no rate
	begun    sync.Map // name of a sandbox that a made-up credential began → true

	anyKey  sync.Once // until it was asked whether the target lets
	lenient bool      // any CloudHealth key in
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
	case scenarios.OwnerShort:
		return s.missing("owner_a")
	case scenarios.OtherMonth:
		if len(s.months) < 2 {
			return notSupplied("a second month (name two or more under months)")
		}
	case "ripple_client_id", "ripple_client_secret", "ripple_swapped_secret", "ripple_cut_secret", "ripple_longer_secret", "ripple_basic":
		_, _, err := s.client("", "ripple_token")
		return err
	case scenarios.December:
		if s.december() == "" {
			return notSupplied("a December that has begun (name one under months)")
		}
	case "ripple_noroles_client_id", "ripple_noroles_client_secret":
		_, _, err := s.client("", "ripple_noroles_token")
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
		value := fixture
		if given, ok := s.given[name]; ok && !s.rehearsal {
			value = given
		}
		if name == "group_a" || name == "group_b" {
			return s.ratedGroup(ctx, check, contract, value)
		}
		return value, nil
	}
	if _, ok := scenarios.LoadInputs().Tokens[name]; ok {
		return s.token(ctx, check, name)
	}
	if slices.Contains(scenarios.Months(), name) {
		return s.month(ctx, contract, name)
	}
	if kind, ok := strings.CutPrefix(name, "fresh_"); ok {
		return s.fresh(check, name, kind, contract.Dialect)
	}
	if words, ok := strings.CutPrefix(name, scenarios.Named); ok {
		return s.named(check, words), nil
	}
	if class, ok := strings.CutPrefix(name, "text_"); ok {
		if value, known := scenarios.LoadTexts()[class]; known {
			return value, nil
		}
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
	case scenarios.OwnerShort:
		owner, err := s.input(ctx, check, contract, "owner_a")
		digits := fmt.Sprint(owner)
		return digits[min(1, len(digits)):], err
	case "ripple_client_id", "ripple_client_secret":
		client, _, err := s.client(check, "ripple_token")
		if name == "ripple_client_id" {
			return client.ID, err
		}
		return client.Secret, err
	case "ripple_basic":
		client, _, err := s.client(check, "ripple_token")
		pair := base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(client.ID) + ":" + url.QueryEscape(client.Secret)))
		s.used.Store(pair, true)
		return "Basic " + pair, err
	case "ripple_noroles_client_id":
		client, _, err := s.client(check, "ripple_noroles_token")
		return client.ID, err
	case "ripple_noroles_client_secret":
		client, _, err := s.client(check, "ripple_noroles_token")
		return client.Secret, err
	case "ripple_swapped_secret":
		return s.nearlySecret(ctx, check, swapped)
	case "ripple_cut_secret":
		return s.nearlySecret(ctx, check, cut)
	case "ripple_longer_secret":
		return s.nearlySecret(ctx, check, func(secret string) string { return secret + "x" })
	case "ripple_invalid_client_id":
		return s.sandbox("invalid-", check), nil // where a Twinbill notes what it refuses
	case "ripple_username":
		return s.credential(s.credentials.Ripple.Username, "made-up"), nil
	case "ripple_password":
		return s.credential(s.credentials.Ripple.Password, "made-up"), nil
	case "cloudhealth_key":
		return s.credential(s.credentials.CloudHealth.Key, s.sandbox("", check)), nil
	case "cloudhealth_other_key":
		return s.credential(s.credentials.CloudHealth.OtherKey, s.sandbox("other-", check)), nil
	}
	return nil, fmt.Errorf("no input is called %s", name)
}

// ratedGroup is what billing_groups names a supplied group by: its company_id, or the id
// that users gave to it (ripple.exchangerate.group-ids).
func (s *supply) ratedGroup(ctx context.Context, check string, contract *openapi.Contract, companyID any) (any, error) {
	if s.rehearsal || contract.Dialect.Is("ripple.exchangerate.group-ids", "company-id") {
		return companyID, nil
	}
	token, err := s.token(ctx, check, "ripple_token")
	if err != nil {
		return nil, err
	}
	groups, _ := s.listed(ctx, contract, token, "listBillingGroups", nil)
	for _, element := range groups {
		if group, _ := element.(map[string]any); equal(group["company_id"], companyID) {
			return group["billinggroup_id"], nil
		}
	}
	return companyID, nil
}

// nearlySecret returns the client's secret after a change, for a request that is to be
// refused. A sandbox that takes any client refuses no secret; a Twinbill refuses those with
// the prefix invalid-.
func (s *supply) nearlySecret(ctx context.Context, check string, change func(string) string) (string, error) {
	client, _, err := s.client(check, "ripple_token")
	if err != nil {
		return "", err
	}
	if s.twinbill || s.madeUp || s.rehearsal {
		return "invalid-" + client.Secret, nil
	}
	nobody := target.Client{ID: s.stamp(check), Secret: madeUpSecret}
	if _, _, err := s.request(ctx, nobody, nobody.ID, target.Request{}); err == nil {
		return "", notSupplied("a deployment that knows its clients (one that was made up gets a token)")
	} else if _, silent := isLost(err); !silent {
		return "", err
	}
	wrong := change(client.Secret)
	if wrong == client.Secret {
		return "", notSupplied("a client_secret with letters")
	}
	s.used.Store(wrong, true)
	return wrong, nil
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
	return fmt.Sprintf("verify-%x%s-%s", s.seed, s.nonce, digits(s.hash(check, "sandbox"), 12))
}

// sandbox is a made-up credential, which begins a sandbox of its name.
func (s *supply) sandbox(prefix, check string) string {
	name := prefix + s.stamp(check)
	if s.madeUp {
		s.begun.Store(name, true)
	}
	return name
}

// sandboxes lists those that the run began, by name.
func (s *supply) sandboxes() []string {
	var out []string
	s.begun.Range(func(name, _ any) bool {
		out = append(out, name.(string))
		return true
	})
	slices.Sort(out)
	return out
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

// supplies reports whether an id is of something that the deployment supplies. Those of
// CloudHealth are in no path of an assignment.
func (s *supply) supplies(api openapi.API, id string) bool {
	if api != openapi.Ripple {
		return false
	}
	for _, value := range s.given {
		if value == id {
			return true
		}
	}
	return false
}

// gives reports whether the deployment supplies a value.
func (s *supply) gives(value string) bool {
	for _, given := range s.given {
		if exact.Text(given) == value {
			return true
		}
	}
	return false
}

// holdsSecret reports whether a text holds a credential.
func (s *supply) holdsSecret(text string) bool {
	return text != "" && slices.ContainsFunc(s.secrets(), func(secret string) bool {
		return len(secret) >= 4 && strings.Contains(text, secret)
	})
}
