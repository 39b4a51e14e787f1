// Package wire reads a request once and holds it to the contract before a twin's
// rules see it.
package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"unicode/utf8"

	"github.com/twinbill/twinbill/internal/exact"
	"github.com/twinbill/twinbill/openapi"
)

// MaxBody is the largest request body a twin reads, in bytes.
const MaxBody = 1 << 20

// wholeReport is the largest body whose departures are all reported, in bytes. Of a
// larger one the first is enough: listing hundreds of thousands takes seconds.
const wholeReport = 64 << 10

// Reasons for which a request is not held to be one of its operation. They are the
// keys of the contract's x-refusals.
const (
	TooLarge   = "size"
	MediaType  = "media-type"
	Coding     = "content-coding"
	Malformed  = "malformed"
	Validation = "validation"
)

// Problem is why a request departs from the contract.
type Problem struct {
	Reason     string
	Says       string
	Violations []openapi.Violation // where Reason is Validation
}

// Check holds a request of an operation to the contract, path parameters given
// unescaped, as far as the clauses are in force. A body is decoded
// where reads says that its Content-Type, empty where there is none, is read as JSON.
// A nil problem means that the request conforms; its body has then been decoded once,
// and the generated handler takes the decoded value.
func Check(r *http.Request, op *openapi.Operation, path map[string]string, inForce, reads func(string) bool) *Problem {
	Read(r)
	if coding := r.Header.Get("Content-Encoding"); coding != "" { // the others were unpacked
		return &Problem{Reason: Coding, Says: fmt.Sprintf("a body that is sent as Content-Encoding: %.40s is not taken; send it as gzip, or as it is", coding)}
	}
	read := r.Body.(*body)
	if read.problem != nil {
		return read.problem
	}
	data := read.data
	if mark := byteOrderMark(data); mark != "" && MediaTypeOf(r.Header.Get("Content-Type")) == "application/x-www-form-urlencoded" && op.MediaType() != "application/json" {
		return marked(mark)
	}
	if _, err := url.ParseQuery(r.URL.RawQuery); err != nil {
		return &Problem{Reason: Validation, Says: "the query string is not well encoded: " + err.Error()}
	}
	for name, value := range path {
		if !utf8.ValidString(value) {
			return &Problem{Reason: Validation, Says: "the path parameter " + name + " is not UTF-8"}
		}
	}
	violations := op.CheckParameters(r, path)
	if op.MediaType() == "application/json" && (len(data) > 0 || op.BodyRequired()) {
		if !reads(r.Header.Get("Content-Type")) {
			return &Problem{Reason: MediaType, Says: "the body must be sent as application/json"}
		}
		value, problem := decode(data)
		if problem != nil {
			return problem
		}
		violations = append(violations, op.CheckBody(value, len(data) <= wholeReport)...)
		read.value = value
	}
	violations = slices.DeleteFunc(violations, func(v openapi.Violation) bool { return v.Clause != "" && !inForce(v.Clause) })
	if len(violations) > 0 {
		return &Problem{Reason: Validation, Says: violations[0].String(), Violations: violations}
	}
	return nil
}

// Read takes in the whole body of a request, once, as far as a twin reads one, and puts
// its Content-Type in plain words. It can be read again afterwards; what is wrong with it
// is for Check to tell.
func Read(r *http.Request) { ReadUpTo(r, MaxBody) }

// ReadUpTo is Read with a bound of its own, in bytes, a multiple of 1 MiB.
func ReadUpTo(r *http.Request, most int64) {
	if _, done := r.Body.(*body); done {
		return
	}
	if sent := r.Header.Get("Content-Type"); sent != ContentType(sent) {
		r.Header = r.Header.Clone()
		r.Header.Set("Content-Type", ContentType(sent))
	}
	data, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, most))
	read := &body{Reader: bytes.NewReader(data), data: data}
	var tooLarge *http.MaxBytesError
	var packed *packedWrong
	switch {
	case errors.As(err, &tooLarge):
		read.problem = &Problem{Reason: TooLarge, Says: fmt.Sprintf("the request body is larger than %d MiB", most>>20)}
	case errors.As(err, &packed):
		read.problem = &Problem{Reason: Malformed, Says: packed.Error()}
	case err != nil:
		read.problem = &Problem{Reason: Malformed, Says: "the request body could not be read"}
	}
	r.Body = read
}

// Bytes is the body that Read took in.
func Bytes(r *http.Request) []byte {
	if b, ok := r.Body.(*body); ok {
		return b.data
	}
	return nil
}

// IsJSON reports whether a Content-Type says JSON, whatever its parameters.
func IsJSON(contentType string) bool { return MediaTypeOf(contentType) == "application/json" }

// Decoded is the JSON value that Check took from the body of a request; nil where
// there was none.
func Decoded(r *http.Request) any {
	if b, ok := r.Body.(*body); ok {
		return b.value
	}
	return nil
}

func decode(data []byte) (any, *Problem) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, &Problem{Reason: Malformed, Says: "the request body is missing; send a JSON object"}
	}
	if mark := byteOrderMark(data); mark != "" {
		return nil, marked(mark)
	}
	if !utf8.Valid(data) {
		return nil, &Problem{Reason: Malformed, Says: "the request body is not UTF-8"}
	}
	if lone := loneSurrogate(data); lone != "" {
		return nil, &Problem{Reason: Malformed, Says: "the request body holds " + lone + ", half of a surrogate pair, which is no character; send both halves, or the character itself"}
	}
	value, err := exact.Decode(data)
	if err != nil {
		return nil, &Problem{Reason: Malformed, Says: "the request body is not JSON: " + err.Error()}
	}
	value, n := native(value)
	if n != "" {
		return nil, &Problem{Reason: Malformed, Says: fmt.Sprintf("the request body holds a number that is too large: %.40s", n)}
	}
	return value, nil
}

// marked is what is wrong with a body that begins with the byte order mark of an encoding:
// it would be part of the first name or value.
func marked(encoding string) *Problem {
	return &Problem{Reason: Malformed, Says: "the request body begins with the byte order mark of " + encoding + "; send UTF-8 without one"}
}

// native makes a float64 of every number that one holds exactly; any other, such as an
// id beyond 2^53, stays a json.Number. One that is too large for either is returned.
func native(value any) (out any, beyond json.Number) {
	switch v := value.(type) {
	case json.Number:
		f, err := v.Float64()
		switch {
		case err != nil:
			return v, v
		case exact.Equal(f, v):
			return f, ""
		}
	case []any:
		for i := range v {
			if v[i], beyond = native(v[i]); beyond != "" {
				return v, beyond
			}
		}
	case map[string]any:
		for name := range v {
			if v[name], beyond = native(v[name]); beyond != "" {
				return v, beyond
			}
		}
	}
	return value, ""
}

// body is a request body that has been read already. The generated handlers take
// the decoded value from it instead of decoding the bytes again.
type body struct {
	*bytes.Reader
	data    []byte
	value   any
	problem *Problem // why it could not be taken in
}

func (b *body) Close() error { return nil }

// ValidatedValue is the decoded body; the generated code looks for this method.
func (b *body) ValidatedValue() any { return b.value }
