package control

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/twinbill/twinbill/mock/journal"
)

// counted is a client that goes after some flushes.
type counted struct {
	*httptest.ResponseRecorder
	left int
	gone func()
}

func (c *counted) Flush() {
	if c.left--; c.left == 0 {
		c.gone()
	}
}

// A stream without events shows that it lives, and what its journal has let go of.
func TestHeartbeat(t *testing.T) {
	j := journal.NewPool(journal.Limits{}).New(1, "team")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := stream{events: j.Follow(ctx, journal.Query{}), heartbeat: time.Millisecond, ending: make(chan struct{}), stop: func() {}}
	c := &counted{httptest.NewRecorder(), 4, cancel}
	if err := s.VisitStreamRequestsResponse(c); err != nil {
		t.Fatal(err)
	}
	if got := c.Body.String(); !strings.HasPrefix(got, ": open\n\n: heartbeat\n\n: heartbeat\n\n: heartbeat\n\n") {
		t.Errorf("sent %q", got)
	}

	events := make(chan journal.Event, 1)
	missed := journal.Event{Missed: 3}
	missed.Id = "req-4"
	events <- missed
	close(events)
	s.events, s.heartbeat = events, time.Hour
	a := httptest.NewRecorder()
	if err := s.VisitStreamRequestsResponse(a); err != nil {
		t.Fatal(err)
	}
	if got := a.Body.String(); !strings.Contains(got, ": the journal has let go of 3 requests before this one\nid: req-4\nevent: request\ndata: {") || !strings.HasSuffix(got, "}\n\n") {
		t.Errorf("sent %q", got)
	}
}
