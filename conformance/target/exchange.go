package target

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"time"

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
	Undo      bool   // takes something back: it is sent though the budget is spent
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

// repeatable tells whether a request may be sent again where nobody knows what became
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

// JSON is the decoded answer; nil where it is not JSON.
func (e *Exchange) JSON() any {
	var v any
	if json.Unmarshal(e.Answer, &v) != nil {
		return nil
	}
	return v
}
