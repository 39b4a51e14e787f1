package front

import (
	"net/http"

	"github.com/twinbill/twinbill/mock/wire"
)

// RequestID leaves the id that a client gives a request, where it is one of 1 to 128
// visible ASCII characters, and takes any other off, so that the twin gives its own.
func RequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.Header.Values(wire.RequestIDHeader)) > 0 && wire.RequestID(r.Header) == "" {
			r = r.Clone(r.Context())
			r.Header.Del(wire.RequestIDHeader)
		}
		next.ServeHTTP(w, r)
	})
}
