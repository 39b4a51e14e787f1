package mutant

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"

	"github.com/twinbill/twinbill/openapi"
)

// answer is an answer held back, so that it can be changed.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(p []byte) (int, error) { return a.body.Write(p) }

// ask has a request answered, and holds the answer back.
func ask(next http.Handler, r *http.Request) *answer {
	a := &answer{header: http.Header{}, status: http.StatusOK}
	next.ServeHTTP(a, r)
	return a
}

func (a *answer) send(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.Header().Set("Content-Length", strconv.Itoa(a.body.Len()))
	if a.status == http.StatusNoContent {
		w.Header().Del("Content-Length")
	}
	w.WriteHeader(a.status)
	if a.status != http.StatusNoContent {
		_, _ = w.Write(a.body.Bytes())
	}
}

func (a *answer) success() bool { return a.status/100 == 2 }

// value is the decoded body; ok is false where it is not JSON.
func (a *answer) value() (value any, ok bool) {
	return value, json.Unmarshal(a.body.Bytes(), &value) == nil
}

func (a *answer) setValue(value any) {
	a.body.Reset()
	_ = json.NewEncoder(&a.body).Encode(value) // it was decoded from JSON
}

// of tells whether a request is one of an operation, by its place in the document.
func of(op *openapi.Operation, r *http.Request) bool {
	return op.Method == r.Method && op.Fits(r.URL)
}

// answers returns what wraps a handler so that the answers of an operation are
// changed.
func answers(op *openapi.Operation, change func(*answer)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !of(op, r) {
				next.ServeHTTP(w, r)
				return
			}
			a := ask(next, r)
			change(a)
			a.send(w)
		})
	}
}

// successes does the same to the successful answers alone.
func successes(op *openapi.Operation, change func(*answer)) func(http.Handler) http.Handler {
	return answers(op, func(a *answer) {
		if a.success() {
			change(a)
		}
	})
}

// Bodies returns what wraps a handler so that a change is done to the bodies of an operation's answers with a status.
func Bodies(op *openapi.Operation, status int, change func(any) any) func(http.Handler) http.Handler {
	return answers(op, func(a *answer) {
		if a.status != status {
			return
		}
		if value, ok := a.value(); ok {
			a.setValue(change(value))
		}
	})
}

// body reads the body of a request, which can be read again.
func body(r *http.Request) []byte {
	data, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(data))
	return data
}

// withBody is a request with another body.
func withBody(r *http.Request, data []byte) *http.Request {
	out := r.Clone(r.Context())
	out.Body = io.NopCloser(bytes.NewReader(data))
	out.ContentLength = int64(len(data))
	if out.Header.Get("Content-Length") != "" {
		out.Header.Set("Content-Length", strconv.Itoa(len(data)))
	}
	return out
}

// withURL is a request for another path and query.
func withURL(r *http.Request, change func(*url.URL)) *http.Request {
	out := withBody(r, body(r)) // each of the two can be read
	change(out.URL)
	out.RequestURI = out.URL.RequestURI()
	return out
}
