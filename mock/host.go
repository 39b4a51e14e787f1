package mock

import (
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/twinbill/twinbill/mock/wire"
)

// hosts keeps a request that names a partner's own host to what that host serves:
// anything else, the control API too, is not found there, in the shape of the host's
// API. Any other name reaches the whole layout.
func hosts(twins []API) gin.HandlerFunc {
	type host struct {
		twin  API
		roots []string
	}
	partners := map[string]*host{}
	for _, twin := range twins {
		for _, op := range twin.Contract().Operations {
			if partners[op.Host] == nil {
				partners[op.Host] = &host{twin: twin}
			}
			h := partners[op.Host]
			h.roots = append(h.roots, root(op))
		}
	}
	for _, h := range partners {
		slices.Sort(h.roots)
		h.roots = slices.Compact(h.roots)
	}
	return func(c *gin.Context) {
		h := partners[wire.HostName(c.Request.Host)]
		if h == nil || slices.ContainsFunc(h.roots, func(root string) bool { return strings.HasPrefix(c.Request.URL.Path+"/", root) }) {
			return
		}
		h.twin.Refuse(c, h.twin.Astray("route"))
		c.Abort()
	}
}
