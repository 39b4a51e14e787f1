package mock

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/twinbill/twinbill/openapi"
)

type aliasKey struct{}

type alias struct {
	route openapi.Route
	op    *openapi.Operation
}

// aliases lets an operation be reached by every route that its contract lists
// (x-routes): a request by a second route is given the method and path of the
// operation's place in the document, which the generated routes know. HEAD is asked as
// GET is; net/http leaves the body out.
func aliases(next http.Handler, twins []API) http.Handler {
	var all []alias
	for _, twin := range twins {
		for _, op := range twin.Contract().Operations {
			for _, route := range op.Routes {
				if route.Method != op.Method || route.Path != op.Path {
					all = append(all, alias{route, op})
				}
			}
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead && slices.Contains(methods(twins, r.URL), http.MethodGet) {
			r = r.WithContext(r.Context())
			r.Method = http.MethodGet
		}
		for _, a := range all {
			if !a.matches(r) {
				continue
			}
			r = r.WithContext(context.WithValue(r.Context(), aliasKey{}, a.op))
			place := *r.URL
			if a.route.Path != a.op.Path { // the same with a slash after it, so far
				place.Path = strings.TrimSuffix(place.Path, "/")
				place.RawPath = strings.TrimSuffix(place.RawPath, "/")
			}
			r.Method, r.URL = a.op.Method, &place
			break
		}
		next.ServeHTTP(w, r)
	})
}

// methods are those by which some operation is reached at a URL.
func methods(twins []API, u *url.URL) []string {
	var out []string
	for _, twin := range twins {
		out = append(out, twin.Contract().Methods(u)...)
	}
	return out
}

func (a alias) matches(r *http.Request) bool {
	return r.Method == a.route.Method && a.route.Fits(a.op.Base, r.URL) && (!a.route.Bodyless || bodyless(r))
}

// unlisted reports whether a request came by the operation's place in the document
// although the contract lists other routes only.
func unlisted(r *http.Request, op *openapi.Operation) bool {
	if r.Context().Value(aliasKey{}) == op {
		return false
	}
	for _, route := range op.Routes {
		if route.Method == op.Method && route.Path == op.Path {
			return false
		}
	}
	return true
}

// bodyless reports whether a request has no body. One of unknown length is looked
// into, and stays readable.
func bodyless(r *http.Request) bool {
	if r.ContentLength >= 0 {
		return r.ContentLength == 0
	}
	reader := bufio.NewReader(r.Body)
	_, err := reader.Peek(1)
	r.Body = struct {
		io.Reader
		io.Closer
	}{reader, r.Body}
	return err == io.EOF
}
