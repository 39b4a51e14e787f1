package control

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/twinbill/twinbill/mock/sandbox"
	"github.com/twinbill/twinbill/mock/wire"
	"github.com/twinbill/twinbill/openapi"
)

type callerKey struct{}

// aboutSandbox reports whether an operation is about the sandbox of the caller: its
// contract takes the header then.
func aboutSandbox(op *openapi.Operation) bool {
	return slices.ContainsFunc(op.Parameters(), func(p *openapi3.Parameter) bool {
		return p.In == openapi3.ParameterInHeader && strings.EqualFold(p.Name, sandbox.Header)
	})
}

// caller is the name of the sandbox that a request is about. A credential that no twin
// takes is refused, and told so: the request would be taken for somebody else's.
func (s *Server) caller(r *http.Request) (string, error) {
	credential := ""
	for _, twin := range s.Twins {
		name, err := twin.Authenticate(r, nil)
		if err == nil {
			credential = name
			break
		}
		if strings.Count(r.Header.Get("Authorization"), ".") == 2 { // a token, not a key
			break
		}
	}
	presented := r.Header.Get("Authorization") != "" || r.URL.Query().Has("api_key")
	if presented && credential == "" {
		return "", refused("credential", "the credential is not valid, so it names no sandbox; leave it out and send %s: NAME", sandbox.Header)
	}
	name, ok := sandbox.Claimed(r, credential)
	if !ok {
		return "", refused(wire.Validation, "the header %s is to be sent once, with at most %d bytes of UTF-8", sandbox.Header, sandbox.LongestName)
	}
	return name, nil
}

// name is that of the sandbox that a handler's request is about.
func name(ctx context.Context) string { return request(ctx).Context().Value(callerKey{}).(string) }

// look is the sandbox of a request that reads. One that is not there is not made.
func (s *Server) look(ctx context.Context) *sandbox.Sandbox { return s.Sandboxes.Look(name(ctx)) }

// own is the sandbox of a request that writes. One that is not there is made.
func (s *Server) own(ctx context.Context) *sandbox.Sandbox { return s.Sandboxes.Get(name(ctx)) }
