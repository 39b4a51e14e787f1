package front

import "net/http"

// RequestIDHeader names the header that carries the id of a request.
const RequestIDHeader = "X-Request-Id"

const longestRequestID = 128

// RequestID leaves the id that a client gives a request, where it is one of 1 to 128
// visible ASCII characters, and takes any other off, so that the twin gives its own.
func RequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if sent := r.Header.Values(RequestIDHeader); len(sent) > 1 || len(sent) == 1 && !isRequestID(sent[0]) {
			r = r.Clone(r.Context())
			r.Header.Del(RequestIDHeader)
		}
		next.ServeHTTP(w, r)
	})
}

func isRequestID(text string) bool {
	for _, c := range []byte(text) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return text != "" && len(text) <= longestRequestID
}
