package defect

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/twinbill/twinbill/mock/mutant"
	"github.com/twinbill/twinbill/openapi"
)

// asPartner serves the credential other-NAME, which another partner presents, in the
// sandbox of NAME, on one operation.
func asPartner(op *openapi.Operation) rework {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if own, is := strings.CutPrefix(holder(r), "other-"); is && mutant.Of(op, r) {
				r = r.Clone(r.Context())
				r.Header.Set("Twinbill-Sandbox", own)
			}
			next.ServeHTTP(w, r)
		})
	}
}

// holder is whom a credential names: a key itself, and a token the client that it was
// issued for; empty where it names nobody.
func holder(r *http.Request) string {
	if key := r.URL.Query().Get("api_key"); key != "" {
		return key
	}
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return token
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	var claims struct {
		Subject string `json:"sub"`
	}
	if json.Unmarshal(payload, &claims) != nil {
		return ""
	}
	return claims.Subject
}
