package wire

import (
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"
)

// PathValues gives the path parameters of a request unescaped, and leaves them so for
// the handler. Gin itself would unescape them as a query, which turns a plus into a
// space. It splits the escaped path only where that is not the plain escape of the path.
func PathValues(c *gin.Context) map[string]string {
	escaped := c.Request.URL.RawPath != ""
	values := make(map[string]string, len(c.Params))
	for i, p := range c.Params {
		if value, err := url.PathUnescape(p.Value); escaped && err == nil {
			c.Params[i].Value = value
		}
		values[p.Key] = c.Params[i].Value
	}
	return values
}

// GinPath writes a path template as gin does: {id} becomes :id.
func GinPath(template string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(template)
}
