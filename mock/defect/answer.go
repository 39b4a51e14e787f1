package defect

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"github.com/twinbill/twinbill/openapi"
)

// change is done to one answer before it is sent.
type change func(*answer)

// answer is an answer held back, so that it can be changed.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(p []byte) (int, error) { return a.body.Write(p) }

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

// success limits a change to successful answers.
func success(then change) change {
	return func(a *answer) {
		if a.status/100 == 2 {
			then(a)
		}
	}
}

// changeFor is what breaks a clause about the successful answer: another status, a
// header left out, or a field left out. It is nil for any other clause.
func changeFor(op *openapi.Operation, slug string) change {
	if slug == op.Slug+".status" {
		return success(func(a *answer) { a.status = otherStatus(op) })
	}
	for _, name := range op.SuccessHeaders() {
		if slug == op.HeaderClause(name) && op.Spec.Responses.Status(op.Success).Value.Headers[name].Value.Required {
			return success(func(a *answer) { a.header.Del(name) })
		}
	}
	for _, f := range op.ResponseFields() {
		if slug == f.ResponseClause() && f.Required {
			return success(func(a *answer) { a.without(f.Path) })
		}
	}
	return nil
}

// otherStatus is a success that the operation does not document.
func otherStatus(op *openapi.Operation) int {
	if op.Success == http.StatusOK {
		return http.StatusCreated
	}
	return http.StatusOK
}

// without leaves a field out of a JSON body.
func (a *answer) without(path []string) {
	var body any
	if json.Unmarshal(a.body.Bytes(), &body) != nil {
		return
	}
	remove(body, path)
	a.body.Reset()
	_ = json.NewEncoder(&a.body).Encode(body)
}

func remove(value any, path []string) {
	switch v := value.(type) {
	case []any:
		if path[0] == "*" {
			for _, element := range v {
				remove(element, path[1:])
			}
		}
	case map[string]any:
		if len(path) == 1 {
			delete(v, path[0])
			return
		}
		remove(v[path[0]], path[1:])
	}
}

// reworded tells whether a clause is about the words of a documented error.
func reworded(slug string) bool {
	switch slug {
	case "ripple.account.customer-id.unique.body", "ripple.account.update.unknown.body", "ripple.account.delete.unknown.body":
		return true
	}
	return false
}

// reword changes the words of a documented error, and no more.
func reword(a *answer) {
	var body map[string]any
	if a.status != http.StatusBadRequest || json.Unmarshal(a.body.Bytes(), &body) != nil {
		return
	}
	if words, ok := body["description"].(string); ok {
		body["description"] = strings.ToUpper(words)
	}
	a.body.Reset()
	_ = json.NewEncoder(&a.body).Encode(body)
}
