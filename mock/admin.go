package mock

import (
	"net/http"

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
	admin.GET("/state", func(c *gin.Context) {
		sb := sandboxes.Get(caller(c.Request, twins))
		c.JSON(http.StatusOK, gin.H{"sandbox": sb.Name, "state": sb.Store().Dump()})
	})
	admin.POST("/reset", func(c *gin.Context) {
		name := caller(c.Request, twins)
		sandboxes.Reset(name)
		c.JSON(http.StatusOK, gin.H{"sandbox": name, "status": "reset"})
	})
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
