package wire

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/twinbill/twinbill/openapi"
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

var escape = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)

// PlainPath is an escaped path in which what needs no escape has none: a letter, a digit
// and -._~ are the same either way (RFC 3986, section 6.2.2.2).
func PlainPath(escaped string) string {
	return escape.ReplaceAllStringFunc(escaped, func(e string) string {
		plain, err := url.PathUnescape(e)
		if err != nil || plain >= "\x80" || url.QueryEscape(plain) != plain {
			return e
		}
		return plain
	})
}

// ForControl reports whether a request is for the control API.
func ForControl(r *http.Request) bool { return strings.HasPrefix(r.URL.Path+"/", "/__admin/") }

// ByRoute lists the operations of a contract by method and path as gin knows them.
func ByRoute(c *openapi.Contract) map[string]*openapi.Operation {
	operations := make(map[string]*openapi.Operation, len(c.Operations))
	for _, op := range c.Operations {
		operations[op.Method+" "+op.Base+ginPath(op.Path)] = op
	}
	return operations
}

// ginPath writes a path template as gin does: {id} becomes :id.
func ginPath(template string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(template)
}
