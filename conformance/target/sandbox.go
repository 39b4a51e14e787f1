package target

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/twinbill/twinbill/openapi"
)

// Forget removes sandboxes of a Twinbill by its control API, as far as that can be reached.
// A name that it does not have is passed over.
func (t *Target) Forget(ctx context.Context, names []string) {
	var asked []string
	for _, api := range openapi.APIs() {
		s := t.sites[api]
		if s == nil || slices.Contains(asked, s.root) {
			continue
		}
		asked = append(asked, s.root)
		for _, name := range names {
			e := &Exchange{Method: http.MethodDelete, URL: s.root + "/__admin/sandboxes/" + url.PathEscape(name), Sent: s.header}
			s.exchange(ctx, e)
			if e.Status != http.StatusNoContent && e.Status != http.StatusNotFound {
				break // the control API is not for this client
			}
		}
	}
}
