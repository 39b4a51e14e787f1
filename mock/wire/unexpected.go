package wire

import (
	"errors"
	"log/slog"
	"net"

	"github.com/gin-gonic/gin"
)

// Unexpected logs an error that breaks no rule. That the client went away, while its
// request was read or answered, is worth no more than a look for it.
func Unexpected(c *gin.Context, api string, err error) {
	level, what := slog.LevelError, "unexpected error"
	if _, ok := errors.AsType[*net.OpError](err); ok || c.Request.Context().Err() != nil {
		level, what = slog.LevelDebug, "the client went away"
	}
	slog.Log(c, level, api+": "+what, "method", c.Request.Method, "path", c.Request.URL.Path, "error", err)
}
