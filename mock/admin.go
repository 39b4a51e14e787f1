package mock

import (
	"net"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/twinbill/twinbill/mock/sandbox"
)

// registerAdmin adds the control API. A caller speaks for the sandbox that its
// credential, or the Twinbill-Sandbox header, names.
func registerAdmin(router gin.IRouter, twins []API, sandboxes *sandbox.Sandboxes, version string) {
	admin := router.Group("/__admin")
	admin.GET("/health", func(c *gin.Context) {
		c.JSON(http.StatusOK, gin.H{"product": "twinbill", "version": version, "status": "ok"})
	})
	local := admin.Group("", localOnly)
	local.GET("/state", func(c *gin.Context) {
		sb := sandboxes.Get(caller(c.Request, twins))
		c.JSON(http.StatusOK, gin.H{"sandbox": sb.Name, "state": sb.Store().Dump()})
	})
	local.POST("/reset", func(c *gin.Context) {
		name := caller(c.Request, twins)
		sandboxes.Reset(name)
		c.JSON(http.StatusOK, gin.H{"sandbox": name, "status": "reset"})
	})
}

// localOnly refuses whoever is not on this machine, and a Host name that is not this
// machine's: a page on another origin could have that resolved to here.
func localOnly(c *gin.Context) {
	peer, _, err := net.SplitHostPort(c.Request.RemoteAddr)
	host := c.Request.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if err != nil || !loopback(peer) || host != "localhost" && !loopback(strings.Trim(host, "[]")) {
		c.AbortWithStatusJSON(http.StatusForbidden, gin.H{"error": "the control API answers this machine alone; ask it at http://127.0.0.1"})
	}
}

func loopback(address string) bool {
	ip := net.ParseIP(address)
	return ip != nil && ip.IsLoopback()
}

// caller is the name of the sandbox a control request is about.
func caller(r *http.Request, twins []API) string {
	if name := r.Header.Get(sandbox.Header); name != "" {
		return name
	}
	for _, twin := range twins {
		if name, err := twin.Authenticate(r, nil); err == nil {
			return name
		}
	}
	return sandbox.Anonymous
}
