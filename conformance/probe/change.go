package probe

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/internal/exact"
	"github.com/twinbill/twinbill/openapi"
)

// Credentials are what the probes of access present instead of the valid one.
type Credentials struct {
	Header, Query string // where the credential goes; one of them is empty
	Bad           string
	Insufficient  func(op *openapi.Operation) string
	Alone         string // of a client that holds the probe's role alone
	Sandbox       string // of a Twinbill, in which the valid credential acts; empty elsewhere
	Nobody        string // an id that nothing has, in digits
}

// Raw is a body that is sent as it is.
type Raw []byte

// Change returns a call with the probe's change made. It does not alter the call.
func (p Probe) Change(call scenarios.Call, credentials Credentials) scenarios.Call {
	c := clone(call)
	if credentials.Sandbox != "" && slices.Contains([]openapi.Kind{NoCredential, BadCredential, InsufficientRole, Role}, p.Kind) {
		c.Header.Set("Twinbill-Sandbox", credentials.Sandbox) // so that nothing but the credential is amiss
	}
	switch p.Kind {
	case Valid:
	case NoCredential:
		c.Header.Del(credentials.Header)
		c.Query.Del(credentials.Query)
	case BadCredential:
		credentials.present(&c, credentials.Bad)
	case InsufficientRole:
		credentials.present(&c, credentials.Insufficient(p.Operation))
	case Role:
		credentials.present(&c, credentials.Alone)
	case WrongMediaType:
		c.Header.Set("Content-Type", "text/plain")
	case MalformedJSON:
		c.Body = Raw(`{"`)
	case MissingAll:
		c.Body = map[string]any{}
	case UnknownField:
		c.Body = set(c.Body, []string{"twinbill_undeclared"}, true)
	case UnknownID:
		name := idParameter(p.Operation)
		c.Path[name] = credentials.unknown(p.Operation, name)
	default:
		p.changeField(&c)
	}
	return c
}

// present puts another credential in the place of the valid one.
func (c Credentials) present(call *scenarios.Call, credential string) {
	if c.Header != "" {
		call.Header.Set(c.Header, credential)
		return
	}
	call.Query.Set(c.Query, credential)
}

func (p Probe) changeField(c *scenarios.Call) {
	name := p.Field.Path[0]
	missing := p.Kind == openapi.KindMissing
	switch {
	case p.Field.Place == openapi.InPath:
		c.Path[name] = asText(p.Value)
	case p.Field.Place == openapi.InQuery && missing:
		c.Query.Del(name)
	case p.Field.Place == openapi.InQuery:
		c.Query.Set(name, asText(p.Value))
	case missing:
		c.Body = unset(c.Body, p.Field.Path)
	default:
		c.Body = set(c.Body, p.Field.Path, p.Value)
	}
}

// unknown is an id of the parameter's type that nothing has.
func (c Credentials) unknown(op *openapi.Operation, name string) string {
	for _, p := range op.Parameters() {
		if p.Name == name && p.Schema.Value.Type.Is("integer") {
			return c.Nobody
		}
	}
	return "twinbill-unknown-" + c.Nobody
}

func asText(v any) string {
	if f, ok := v.(float64); ok {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	s, _ := v.(string)
	return s
}

// Holds reports whether a call already has a value in a probe's field.
func (p Probe) Holds(call scenarios.Call) bool {
	if p.Field == nil {
		return false
	}
	name := p.Field.Path[0]
	switch p.Field.Place {
	case openapi.InPath:
		return call.Path[name] == asText(p.Value)
	case openapi.InQuery:
		return call.Query.Get(name) == asText(p.Value)
	}
	got, ok := Get(call.Body, p.Field.Path)
	return ok && got == p.Value
}

// Has reports whether a call has a probe's field at all.
func (p Probe) Has(call scenarios.Call) bool {
	if p.Field == nil {
		return true
	}
	name := p.Field.Path[0]
	switch p.Field.Place {
	case openapi.InPath:
		return call.Path[name] != ""
	case openapi.InQuery:
		return call.Query.Has(name)
	}
	_, ok := Get(call.Body, p.Field.Path)
	return ok
}

// Get reads the value at a path of property names, "*" being the first element of
// an array.
func Get(body any, path []string) (any, bool) {
	for _, name := range path {
		switch v := body.(type) {
		case map[string]any:
			next, ok := v[name]
			if !ok {
				return nil, false
			}
			body = next
		case []any:
			if len(v) == 0 {
				return nil, false
			}
			body = v[0]
		default:
			return nil, false
		}
	}
	return body, true
}

func set(body any, path []string, value any) any {
	parent, _ := Get(body, path[:len(path)-1])
	if object, ok := parent.(map[string]any); ok {
		object[path[len(path)-1]] = value
	}
	return body
}

func unset(body any, path []string) any {
	parent, _ := Get(body, path[:len(path)-1])
	if object, ok := parent.(map[string]any); ok {
		delete(object, path[len(path)-1])
	}
	return body
}

func clone(call scenarios.Call) scenarios.Call {
	c := call
	c.Path = maps.Clone(call.Path)
	c.Query = url.Values(http.Header(call.Query).Clone())
	c.Header = call.Header.Clone()
	if call.Body != nil {
		data, _ := json.Marshal(call.Body)
		c.Body, _ = exact.Decode(data)
	}
	return c
}
