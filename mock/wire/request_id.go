package wire

import "net/http"

// RequestIDHeader names the header that carries the id of a request.
const RequestIDHeader = "X-Request-Id"

const longestRequestID = 128

// RequestID is the id that a client gave to its request: visible ASCII, neither empty nor
// too long, and sent once. It is empty where there is no such id.
func RequestID(h http.Header) string {
	ids := h[RequestIDHeader]
	if len(ids) != 1 || len(ids[0]) > longestRequestID {
		return ""
	}
	for _, c := range []byte(ids[0]) {
		if c <= ' ' || c > '~' {
			return ""
		}
	}
	return ids[0]
}
