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
		name, ok := caller(c, twins)
		if !ok {
			return
		}
		sb := sandboxes.Look(name)
		c.JSON(http.StatusOK, gin.H{"sandbox": sb.Name, "state": sb.Store().Dump(), "sequences": sb.Store().Sequences()})
	})
	local.POST("/reset", func(c *gin.Context) {
		name, ok := caller(c, twins)
		if !ok {
			return
		}
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
	host = strings.TrimSuffix(host, ".")
	named := strings.EqualFold(host, "localhost") || loopback(strings.Trim(host, "[]"))
	if err != nil || !loopback(peer) || !named {
		c.AbortWithStatusJSON(http.StatusForbidden, gin.H{"error": "the control API answers this machine alone; ask it at http://127.0.0.1"})
	}
}

func loopback(address string) bool {
	ip := net.ParseIP(address)
	return ip != nil && ip.IsLoopback()
}

// caller is the name of the sandbox a control request is about. A credential that no
// twin takes is refused, and told so: it would be taken for somebody else's.
func caller(c *gin.Context, twins []API) (string, bool) {
	r := c.Request
	credential := ""
	for _, twin := range twins {
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
		c.JSON(http.StatusUnauthorized, gin.H{"error": "the credential is not valid, so it names no sandbox"})
		return "", false
	}
	name, err := joined(r, credential)
	if err != nil {
		c.JSON(http.StatusBadRequest, gin.H{"error": err.Error()})
		return "", false
	}
	return name, true
}
