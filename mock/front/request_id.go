package front

import (
	"net/http"

	"github.com/twinbill/twinbill/mock/journal"
)

// RequestIDHeader names the header that carries the id of a request.
const RequestIDHeader = "X-Request-Id"

// RequestID leaves the id that a client gives a request, where it is one of 1 to 128
// visible ASCII characters, and takes any other off, so that the twin gives its own.
func RequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.Header.Values(RequestIDHeader)) > 0 && journal.OwnID(r.Header) == "" {
			r = r.Clone(r.Context())
			r.Header.Del(RequestIDHeader)
		}
		next.ServeHTTP(w, r)
	})
}
