package cloudhealth

import (
	"net/http"
	"slices"
	"strings"

	"github.com/twinbill/twinbill/mock/rule"
	"github.com/twinbill/twinbill/openapi"
)

// Keys lists the API keys that are admitted. Nil admits any key that does not begin
// with `invalid`.
type Keys []string

func (k Keys) admit(key string) bool {
	if k != nil {
		return slices.Contains(k, key)
	}
	return !strings.HasPrefix(key, "invalid")
}

// Authenticate finds the key that a request carries, in the query or as a bearer
// token; the key itself names the sandbox. It refuses a request without a key, with a
// wrong one, and with credentials that contradict one another.
func (t *Twin) Authenticate(r *http.Request, op *openapi.Operation) (string, error) {
	if op != nil && !op.Authenticated() {
		return "", nil
	}
	key, broken := t.key(r)
	if broken == nil {
		return key, nil
	}
	if op != nil {
		broken.Clause = op.Slug + ".authentication"
	}
	return "", t.rules.First(broken)
}

// Claimant is the first key that a refused request carries, however it is sent. Where some
// keys alone are admitted, it is one of them.
func (t *Twin) Claimant(r *http.Request, _ *openapi.Operation) string {
	sent := slices.Clone(r.URL.Query()["api_key"])
	for _, header := range r.Header.Values("Authorization") {
		scheme, key, more := strings.Cut(header, " ")
		if user, _, ok := r.BasicAuth(); ok {
			key = user
		} else if !more && !strings.EqualFold(scheme, "Bearer") {
			key = scheme // the key without a scheme
		}
		sent = append(sent, strings.TrimSpace(key))
	}
	for _, key := range sent {
		if key != "" && (t.keys == nil || t.keys.admit(key)) {
			return key
		}
	}
	return ""
}

// key is the one key of a request, and the refusal where there is none that will do.
func (t *Twin) key(r *http.Request) (string, *rule.Refusal) {
	sent := slices.Clone(r.URL.Query()["api_key"])
	headers := r.Header.Values("Authorization")
	if len(headers) > 1 {
		return "", keyWrong.When(true, "There is more than one Authorization header")
	}
	for _, header := range headers {
		scheme, token, _ := strings.Cut(header, " ")
		if header != "" && !strings.EqualFold(scheme, "Bearer") {
			return "", keyWrong.When(true, "The scheme of the Authorization header is not Bearer")
		}
		sent = append(sent, strings.TrimSpace(token))
	}
	sent = slices.Compact(slices.DeleteFunc(sent, func(key string) bool { return key == "" }))
	switch {
	case len(sent) == 0:
		return "", keyMissing.When(true)
	case len(sent) > 1:
		return "", keyWrong.When(true, "The request carries two different API keys")
	case !t.keys.admit(sent[0]):
		return sent[0], keyWrong.When(true, "The API key is not valid")
	}
	return sent[0], nil
}
