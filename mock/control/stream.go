package control

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	gen "github.com/twinbill/twinbill/gen/sandbox"
	"github.com/twinbill/twinbill/mock/journal"
)

// StreamRequests follows the journal of a sandbox. One that is not there is made:
// nothing would ever come of it otherwise.
func (s *Server) StreamRequests(ctx context.Context, in gen.StreamRequestsRequestObject) (gen.StreamRequestsResponseObject, error) {
	p := in.Params
	q := query(p.Operation, p.Method, p.Clause, p.Fault, p.Status, p.Departing)
	q.After = of(p.LastEventID)
	// The context of the request, and not gin's, which is used again for the next one.
	following, stop := context.WithCancel(request(ctx).Context())
	f := stream{heartbeat: s.Heartbeat, ending: s.ending, stop: stop, bodyless: request(ctx).Method == http.MethodHead}
	f.events = s.own(ctx).Journal.Follow(following, q)
	return f, nil
}

// stream is an answer of server-sent events, until the client goes, the sandbox is
// deleted or the server ends.
type stream struct {
	events    <-chan journal.Event
	heartbeat time.Duration
	ending    <-chan struct{}
	stop      func()
	bodyless  bool
}

// VisitStreamRequestsResponse writes the answer.
func (s stream) VisitStreamRequestsResponse(w http.ResponseWriter) error {
	defer s.stop()
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	if s.bodyless {
		return nil
	}
	out := http.NewResponseController(w)
	// What bounds other requests would end a stream. Not every writer has such bounds.
	_ = out.SetReadDeadline(time.Time{})
	send := func(text string) error {
		_ = out.SetWriteDeadline(time.Now().Add(2*s.heartbeat + 10*time.Second))
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
		return out.Flush()
	}
	if err := send(": open\n\n"); err != nil {
		return err
	}
	beat := time.NewTicker(s.heartbeat)
	defer beat.Stop()
	for {
		text := ": heartbeat\n\n"
		select {
		case <-s.ending:
			return nil
		case <-beat.C:
		case event, open := <-s.events:
			if !open {
				return nil
			}
			data, err := json.Marshal(event.Request)
			if err != nil {
				return err
			}
			text = fmt.Sprintf("id: %s\nevent: request\ndata: %s\n\n", event.Id, data)
			if event.Missed > 0 {
				text = fmt.Sprintf(": the journal has let go of %d requests before this one\n", event.Missed) + text
			}
		}
		if err := send(text); err != nil {
			return err
		}
	}
}

var _ gen.StreamRequestsResponseObject = stream{}
