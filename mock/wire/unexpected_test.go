package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"github.com/gin-gonic/gin"
)

// TestClientThatGoesAway is no error of the twin's.
func TestClientThatGoesAway(t *testing.T) {
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	before := slog.Default()
	defer slog.SetDefault(before)
	for name, c := range map[string]struct {
		ctx   context.Context
		err   error
		level string
	}{
		"a write that nobody takes":  {t.Context(), fmt.Errorf("writing: %w", &net.OpError{Op: "write", Err: syscall.EPIPE}), "DEBUG"},
		"a request that was ended":   {gone, errors.New("client disconnected"), "DEBUG"},
		"an error of the twin's own": {t.Context(), errors.New("no such table"), "ERROR"},
	} {
		var said bytes.Buffer
		slog.SetDefault(slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelDebug})))
		c2, _ := gin.CreateTestContext(httptest.NewRecorder())
		c2.Request = httptest.NewRequestWithContext(c.ctx, "GET", "/v1/x", nil)
		Unexpected(c2, "cloudhealth", c.err)
		if !strings.Contains(said.String(), "level="+c.level+" ") || !strings.Contains(said.String(), c.err.Error()) {
			t.Errorf("%s: %s", name, said.String())
		}
	}
}
