package target

import (
	"bytes"
	"maps"
	"net/http"
	"net/url"
	"time"

	"github.com/twinbill/twinbill/internal/exact"
	"github.com/twinbill/twinbill/openapi"
)

// Request is one request of an operation.
type Request struct {
	Operation *openapi.Operation
	Path      map[string]string
	Query     url.Values
	Header    http.Header
	Body      []byte // nil sends none
	URL       string // path and query to use instead of the operation's, such as a Link's
	Method    string // to use instead of that of the operation's first route
	Unpaced   bool   // one of the few requests that open a run: it neither waits for the pace nor is it repeated
	Undo      bool   // takes something back: it is sent though the budget is spent
	Raw       bool   // a pipe in the path goes as it is, where RFC 3986 has it as %7C

	together bool // one of several that have waited for the pace together
}

// Clone returns a copy whose parts can be changed on their own.
func (r *Request) Clone() *Request {
	c := *r
	c.Header = r.Header.Clone()
	c.Query = url.Values(http.Header(r.Query).Clone())
	c.Path = map[string]string{}
	maps.Copy(c.Path, r.Path)
	c.Body = bytes.Clone(r.Body)
	return &c
}

// reads reports whether a request changes nothing.
func (r *Request) reads(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || r.Operation.ID == tokenOperation
}

// idempotent reports whether a request that was carried out twice does no more than once.
func (r *Request) idempotent(method string) bool {
	return r.repeatable(method) || method == http.MethodDelete
}

// repeatable reports whether a request may be sent again where nobody knows what became
// of it: it reads, replaces, or issues a token.
func (r *Request) repeatable(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPut:
		return true
	}
	return r.Operation.ID == tokenOperation
}

// Exchange is one request and what came of it: of its last attempt, where it was
// repeated.
type Exchange struct {
	Operation string
	Request   *Request
	Method    string
	URL       string
	Sent      http.Header
	Body      []byte // of the request
	Status    int    // 0 where no answer came
	Header    http.Header
	Answer    []byte
	Started   time.Time     // when the last attempt began
	Duration  time.Duration // of the last attempt alone
	Err       error         // why no answer came, or not the whole of it
	Spoilt    string        // what is wrong with Content-Encoding, so that Answer is as it came; empty where nothing is

	Attempts int      // how often the request was sent
	Repeated []string // why, for each attempt but the last
}

// JSON is the decoded answer, its numbers exact; nil where it is not JSON.
func (e *Exchange) JSON() any {
	v, err := exact.Decode(e.Answer)
	if err != nil {
		return nil
	}
	return v
}
