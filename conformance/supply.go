package conformance

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"

	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// unavailable says that an input cannot be had on this target.
type unavailable struct{ input string }

func (u unavailable) Error() string {
	return "needs the input " + u.input + ", which this target does not supply"
}

// supply gives scenarios their inputs: credentials, data of the deployment, fresh
// values, and the statuses of the contract in force.
type supply struct {
	target   *target.Target
	twinbill bool // credentials can be made up, one set for each check
	seed     uint64
	tokens   sync.Map // client id → token
	used     sync.Map // secret → true
}

// inputs returns the named inputs of a check. The same seed and check give the same
// fresh values.
func (s *supply) inputs(ctx context.Context, check string, contract *openapi.Contract, names []string) (map[string]any, error) {
	out := make(map[string]any, len(names))
	for _, name := range names {
		value, err := s.input(ctx, check, contract, name)
		if err != nil {
			return nil, err
		}
		out[name] = value
	}
	return out, nil
}

func (s *supply) input(ctx context.Context, check string, contract *openapi.Contract, name string) (any, error) {
	if value, ok := scenarios.LoadInputs().Supplied[name]; ok {
		return value, nil
	}
	if prefix, ok := scenarios.LoadInputs().Tokens[name]; ok {
		return s.token(ctx, check, name, prefix)
	}
	kind, hasPrefix := strings.CutPrefix(name, "fresh_")
	if hasPrefix {
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
	case "ripple_client_id":
		return s.clientID(check)
	case "ripple_client_secret":
		return s.secret()
	case "ripple_invalid_client_id":
		return "invalid-" + s.stamp(check), nil
	case "ripple_username", "ripple_password":
		if s.twinbill {
			return "made-up", nil
		}
		return s.environment("TWINBILL_"+strings.ToUpper(name), name)
	case "cloudhealth_key":
		return s.key(check)
	case "cloudhealth_other_key":
		if s.twinbill {
			return "other-" + s.stamp(check), nil
		}
		return s.environment("TWINBILL_CLOUDHEALTH_OTHER_API_KEY", name)
	}
	return nil, fmt.Errorf("no input is called %s", name)
}

// stamp names the universe of a check on a Twinbill target.
func (s *supply) stamp(check string) string {
	return fmt.Sprintf("verify-%x-%s", s.seed, digits(s.hash(check, "sandbox"), 12))
}

// secrets lists the secrets that were used.
func (s *supply) secrets() []string {
	var out []string
	s.used.Range(func(secret, _ any) bool {
		out = append(out, secret.(string))
		return true
	})
	return out
}

func (s *supply) clientID(check string) (string, error) {
	if s.twinbill {
		return s.stamp(check), nil
	}
	return s.environment("TWINBILL_RIPPLE_CLIENT_ID", "ripple_client_id")
}

func (s *supply) secret() (string, error) {
	if s.twinbill {
		return "made-up", nil
	}
	return s.environment("TWINBILL_RIPPLE_CLIENT_SECRET", "ripple_client_secret")
}

func (s *supply) key(check string) (string, error) {
	if s.twinbill {
		return s.stamp(check), nil
	}
	return s.environment("TWINBILL_CLOUDHEALTH_API_KEY", "cloudhealth_key")
}

func (s *supply) environment(variable, input string) (string, error) {
	if value := os.Getenv(variable); value != "" {
		if input != "ripple_client_id" && input != "ripple_username" {
			s.used.Store(value, true)
		}
		return value, nil
	}
	return "", unavailable{input + " (set " + variable + ")"}
}

// token gets an access token for a client. Tokens of shared clients are kept.
func (s *supply) token(ctx context.Context, check, input, prefix string) (any, error) {
	if prefix != "" && !s.twinbill {
		return nil, unavailable{input}
	}
	id, err := s.clientID(check)
	if err != nil {
		return nil, err
	}
	secret, err := s.secret()
	if err != nil {
		return nil, err
	}
	id = prefix + id
	if token, ok := s.tokens.Load(id); ok {
		return token, nil
	}
	contract, err := openapi.Load(openapi.Ripple, openapi.Dialect{})
	if err != nil {
		return nil, err
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}, "scope": {"openid"}}
	exchange := s.target.Send(ctx, &target.Request{
		Operation: contract.Operation("issueAccessToken"),
		Header:    map[string][]string{"Content-Type": {"application/x-www-form-urlencoded"}},
		Body:      []byte(form.Encode()),
	})
	if exchange.Err != nil {
		return nil, lost{exchange.Err.Error()}
	}
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(exchange.Answer, &answer); err != nil || answer.AccessToken == "" {
		return nil, lost{fmt.Sprintf("no access token: the token endpoint answered %d", exchange.Status)}
	}
	s.tokens.Store(id, answer.AccessToken)
	s.used.Store(answer.AccessToken, true)
	return answer.AccessToken, nil
}

// hash is the source of everything fresh: the same seed, check and name give the
// same bytes.
func (s *supply) hash(check, name string) [32]byte {
	return sha256.Sum256(fmt.Appendf(nil, "%d\x00%s\x00%s", s.seed, check, name))
}

// fresh makes a value that no other check uses.
func (s *supply) fresh(check, name, kind string) (any, error) {
	h := s.hash(check, name)
	kind = strings.TrimRight(strings.TrimRight(kind, "0123456789"), "_")
	switch kind {
	case "aws_id", "aws_payer":
		return "9" + digits(h, 11), nil
	case "azure_id":
		return fmt.Sprintf("%x-%x-%x-%x-%x", h[0:4], h[4:6], h[6:8], h[8:10], h[10:16]), nil
	case "azure_payer":
		return "8" + digits(h, 6), nil
	case "group_id":
		return fmt.Sprintf("twinbill-%x", h[:6]), nil
	case "name":
		return fmt.Sprintf("twinbill %x", h[:4]), nil
	case "email":
		return fmt.Sprintf("twinbill-%x@example.com", h[:6]), nil
	case "month":
		n := binary.BigEndian.Uint64(h[:8])
		return fmt.Sprintf("%04d-%02d", 2030+n/12%800, n%12+1), nil
	case "password":
		return fmt.Sprintf("Tb-%x", h[:5]), nil
	case "text":
		return fmt.Sprintf("text %x", h[:4]), nil
	}
	return nil, fmt.Errorf("no input is called %s", name)
}

// digits writes a hash as n decimal digits.
func digits(h [32]byte, n int) string {
	text := fmt.Sprintf("%020d%020d", binary.BigEndian.Uint64(h[:8]), binary.BigEndian.Uint64(h[8:16]))
	return text[len(text)-n:]
}
