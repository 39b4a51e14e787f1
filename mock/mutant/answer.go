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

// Answer is an answer held back, so that it can be changed.
type Answer struct {
	Status int

	header http.Header
	body   bytes.Buffer
}

// Header is the answer's header, which can be changed.
func (a *Answer) Header() http.Header { return a.header }

// WriteHeader sets the status.
func (a *Answer) WriteHeader(status int) { a.Status = status }

// Write adds to the body.
func (a *Answer) Write(p []byte) (int, error) { return a.body.Write(p) }

// Ask has a request answered, and holds the answer back.
func Ask(next http.Handler, r *http.Request) *Answer {
	a := &Answer{header: http.Header{}, Status: http.StatusOK}
	next.ServeHTTP(a, r)
	return a
}

// Send writes the answer.
func (a *Answer) Send(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.Header().Set("Content-Length", strconv.Itoa(a.body.Len()))
	if a.Status == http.StatusNoContent {
		w.Header().Del("Content-Length")
	}
	w.WriteHeader(a.Status)
	if a.Status != http.StatusNoContent {
		_, _ = w.Write(a.body.Bytes())
	}
}

// Success reports whether the request was met.
func (a *Answer) Success() bool { return a.Status/100 == 2 }

// Value is the decoded body; ok is false where it is not JSON.
func (a *Answer) Value() (value any, ok bool) {
	return value, json.Unmarshal(a.body.Bytes(), &value) == nil
}

// SetValue makes a value the body, as JSON.
func (a *Answer) SetValue(value any) {
	a.body.Reset()
	_ = json.NewEncoder(&a.body).Encode(value) // it was decoded from JSON
}

// Of reports whether a request is one of an operation, by its place in the document.
func Of(op *openapi.Operation, r *http.Request) bool {
	return op.Method == r.Method && op.Fits(r.URL)
}

// answers returns what wraps a handler so that the answers of an operation are
// changed.
func answers(op *openapi.Operation, change func(*Answer)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !Of(op, r) {
				next.ServeHTTP(w, r)
				return
			}
			a := Ask(next, r)
			change(a)
			a.Send(w)
		})
	}
}

// successes does the same to the successful answers alone.
func successes(op *openapi.Operation, change func(*Answer)) func(http.Handler) http.Handler {
	return answers(op, func(a *Answer) {
		if a.Success() {
			change(a)
		}
	})
}

// Bodies returns what wraps a handler so that a change is done to the bodies of an operation's answers with a status.
func Bodies(op *openapi.Operation, status int, change func(any) any) func(http.Handler) http.Handler {
	return answers(op, func(a *Answer) {
		if a.Status != status {
			return
		}
		if value, ok := a.Value(); ok {
			a.SetValue(change(value))
		}
	})
}

// Body reads the body of a request, which can be read again.
func Body(r *http.Request) []byte {
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

// Reask is a request again, which can be read on its own, and whose write is not kept.
func Reask(r *http.Request) *http.Request {
	again := withBody(r, Body(r))
	return again.WithContext(Lose(again.Context()))
}

// withURL is a request for another path and query.
func withURL(r *http.Request, change func(*url.URL)) *http.Request {
	out := withBody(r, Body(r)) // each of the two can be read
	change(out.URL)
	out.RequestURI = out.URL.RequestURI()
	return out
}
