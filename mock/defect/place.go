package defect

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/twinbill/twinbill/mock/mutant"
	"github.com/twinbill/twinbill/openapi"
)

// placedPromises are broken by what is done with a path or page.
var placedPromises = []promise{
	{"cloudhealth.assignment.list.page-number", "Pages are numbered from 0.", fromZero},
	{"cloudhealth.assignment.list.trailing-slash", "The list answers 404 with a slash after its path.", withoutSlash},
	{"cloudhealth.error.route", "An unknown path or method is answered with success.", anywhere},
}

// fromZero takes page 0 for the first and page 1 for the second.
func fromZero(c *openapi.Contract) rework {
	list := c.Operation("listAwsAccountAssignments")
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			query := r.URL.Query()
			if page, err := strconv.Atoi(query.Get("page")); err == nil && mutant.Of(list, r) {
				query.Set("page", strconv.Itoa(page+1))
				place := *r.URL
				place.RawQuery = query.Encode()
				r = r.WithContext(r.Context())
				r.URL = &place
			}
			next.ServeHTTP(w, r)
		})
	}
}

// withoutSlash knows what the client asked for by the request's own line, which the
// second routes of an operation do not change.
func withoutSlash(c *openapi.Contract) rework {
	list := c.Operation("listAwsAccountAssignments")
	words := mutant.Refusal(list, http.StatusNotFound)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			path, _, _ := strings.Cut(r.RequestURI, "?")
			if !mutant.Of(list, r) || !strings.HasSuffix(path, "/") {
				next.ServeHTTP(w, r)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write(words)
		})
	}
}

// anywhere answers every path and method of the API.
func anywhere(*openapi.Contract) rework {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			a := mutant.Ask(next, r)
			if strings.HasPrefix(a.Header().Get("Twinbill-Clause"), "cloudhealth.error.route;") {
				a.Status = http.StatusOK
				a.SetValue(map[string]any{})
			}
			a.Send(w)
		})
	}
}
