package fault

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock/journal"
	"github.com/twinbill/twinbill/openapi"
)

// Meet has a request of an operation meet the faults of a set, at a time in its sandbox,
// and reports whether that answered it. A fault that spoils the answer lets the request
// pass: Finish is deferred first. It panics with http.ErrAbortHandler to cut the
// connection.
func Meet(c *gin.Context, s *Set, op *openapi.Operation, api API, now time.Time) (answered bool) {
	all := s.meets(op, api.Contract().RateLimit, now)
	// The fault that decides is the last that the journal hears of.
	slices.SortStableFunc(all, func(a, b met) int { return last(a) - last(b) })
	for _, m := range all {
		journal.From(c.Request.Context()).Fault(m.id)
		c.Writer.Header().Add(Header, m.id+"; kind="+string(m.fault.Kind))
	}
	for _, m := range all {
		answered = m.act(c, op, api)
	}
	return answered
}

func last(m met) int {
	if m.fault.Kind == gen.Latency {
		return 0
	}
	return 1
}

// act does what a fault does before a request is carried out.
func (m met) act(c *gin.Context, op *openapi.Operation, api API) (answered bool) {
	switch m.fault.Kind {
	case gen.Latency:
		allow(c, m.wait)
		pause(c.Request.Context(), m.wait)
		return false
	case gen.Status:
		m.retryAfter(c)
		api.Refuse(c, api.Failing(op, *m.fault.Status, "The fault "+m.id+" answers so."))
		return true
	case gen.Quota:
		m.retryAfter(c)
		api.Refuse(c, api.Failing(op, http.StatusTooManyRequests, "There were too many requests."))
		return true
	case gen.ExpiredToken:
		api.Refuse(c, api.Expired(op))
		return true
	case gen.Cut:
		if *m.fault.Where == gen.CutPlaceBefore {
			panic(http.ErrAbortHandler)
		}
	}
	c.Writer = &held{ResponseWriter: c.Writer, fault: m.fault}
	return false
}

func (m met) retryAfter(c *gin.Context) {
	if m.fault.RetryAfterSeconds != nil {
		c.Header("Retry-After", strconv.Itoa(*m.fault.RetryAfterSeconds))
	}
}

// allow keeps the server's own limits from ending an exchange that is to take longer:
// that of the request too, at which net/http takes the client to be gone.
func allow(c *gin.Context, longer time.Duration) {
	server, ok := c.Request.Context().Value(http.ServerContextKey).(*http.Server)
	if !ok {
		return
	}
	// A connection without deadlines is none the worse for it.
	control := http.NewResponseController(c.Writer)
	if server.ReadTimeout > 0 {
		_ = control.SetReadDeadline(time.Time{})
	}
	if server.WriteTimeout > 0 {
		_ = control.SetWriteDeadline(time.Now().Add(longer + server.WriteTimeout))
	}
}

// pause waits, and no longer once the client has gone away.
func pause(client context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-client.Done():
	}
}
