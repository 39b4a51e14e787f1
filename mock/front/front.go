// Package front is what stands between a listener and the twin: each a handler around
// a handler, of which the twin knows nothing.
package front

import (
	"net/http"
	"strings"
)

// forControl tells whether a request is for the control API.
func forControl(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path+"/", "/__admin/")
}
