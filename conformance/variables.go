package conformance

import (
	"strings"

	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
)

// variables names the shell variable in the place of each secret in a command that
// repeats a request.
func (s *supply) variables() map[string]string {
	out := map[string]string{}
	name := func(secret, variable string) {
		if secret != "" {
			out[secret] = variable
		}
	}
	for input, client := range s.credentials.Ripple.Fewer {
		name(client.Secret, variableOf(strings.TrimSuffix(input, "_token")+"_client_secret"))
	}
	for role, client := range s.credentials.Ripple.Roles {
		name(client.Secret, variableOf("ripple_"+role+"_client_secret"))
	}
	name(s.credentials.Ripple.Password, "TWINBILL_RIPPLE_PASSWORD")
	name(s.credentials.Ripple.Secret, "TWINBILL_RIPPLE_CLIENT_SECRET")
	name(s.credentials.CloudHealth.OtherKey, "TWINBILL_CLOUDHEALTH_OTHER_API_KEY")
	name(s.credentials.CloudHealth.Key, "TWINBILL_CLOUDHEALTH_API_KEY")
	s.issued.Range(func(token, of any) bool {
		name(token.(string), variableOf(tokenInput(of.(issue).as)))
		return true
	})
	return out
}

// issuing is the exchange that issued each token.
func (s *supply) issuing() map[string]*target.Exchange {
	out := map[string]*target.Exchange{}
	s.issued.Range(func(token, of any) bool {
		out[token.(string)] = of.(issue).by
		return true
	})
	return out
}

// tokenInput is the input that a token was issued for: a made-up client shows it by how
// its id begins.
func tokenInput(as string) string {
	id, madeUp := strings.CutPrefix(as, asMadeUp)
	if !madeUp {
		return as
	}
	input := "ripple_token"
	for name, prefix := range scenarios.LoadInputs().Tokens {
		if prefix != "" && strings.HasPrefix(id, prefix) {
			input = name
		}
	}
	return input
}

func variableOf(input string) string { return "TWINBILL_" + strings.ToUpper(input) }
