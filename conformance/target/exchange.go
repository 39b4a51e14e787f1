package target

import (
	"bytes"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

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
	Left      [2]int        // bytes of the request and of its answer that are not kept, headers included; see Clipped

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

// Size is about how many bytes the exchange keeps in memory.
func (e *Exchange) Size() int {
	n := len(e.URL) + len(e.Body) + len(e.Answer)
	for _, h := range []http.Header{e.Sent, e.Header} {
		for name, values := range h {
			n += len(name)
			for _, value := range values {
				n += len(value)
			}
		}
	}
	if e.Err != nil {
		n += len(e.Err.Error())
	}
	return n
}

// Clipped is the exchange with so many bytes of each body, of the headers of each side and
// of the rest, at most. It is the exchange itself where that is all of it.
func (e *Exchange) Clipped(most int) *Exchange {
	if e.Size() <= most {
		return e
	}
	c := *e
	c.Sent = clipHeader(e.Sent, most, &c.Left[0])
	c.Header = clipHeader(e.Header, most, &c.Left[1])
	c.URL = clip(e.URL, most, &c.Left[0])
	c.Body = clipBody(e.Body, most, &c.Left[0])
	c.Answer = clipBody(e.Answer, most, &c.Left[1])
	if e.Err != nil && len(e.Err.Error()) > most {
		c.Err = errors.New(clip(e.Err.Error(), most, new(int)))
	}
	if e.Request != nil && c.Left[0] > 0 {
		c.Request = &Request{Operation: e.Request.Operation, Method: e.Request.Method, Header: c.Sent, Body: c.Body}
	}
	return &c
}

// clipHeader is a header up to a size; how many bytes are left out is added.
func clipHeader(h http.Header, most int, left *int) http.Header {
	kept := http.Header{}
	for _, name := range slices.Sorted(maps.Keys(h)) {
		if most -= len(name); most <= 0 {
			*left += len(name) + len(strings.Join(h[name], ""))
			continue
		}
		name = strings.Clone(name)
		for _, value := range h[name] {
			value = clip(value, most, left)
			most -= len(value)
			kept[name] = append(kept[name], value)
		}
	}
	return kept
}

// clip is a copy of a text up to a size; how many bytes are left out is added.
func clip(s string, most int, left *int) string {
	if len(s) <= most {
		return strings.Clone(s)
	}
	kept := strings.ToValidUTF8(s[:most], "")
	*left += len(s) - len(kept)
	return strings.Clone(kept)
}

func clipBody(b []byte, most int, left *int) []byte {
	if len(b) <= most {
		return bytes.Clone(b)
	}
	for cut := 1; cut < utf8.UTFMax && most > 0 && !utf8.RuneStart(b[most]); cut++ { // within a character
		most--
	}
	*left += len(b) - most
	return bytes.Clone(b[:most])
}
