package target

import (
	"context"
	"sync"
	"time"
)

// Together sends requests to one API at the same moment, each on a connection of its own
// as far as the protocol has several, and waits for all answers. They are in the order of
// the requests. Where a gap is given, each goes out so much after the one before it.
func (t *Target) Together(ctx context.Context, requests []*Request, gap time.Duration) []*Exchange {
	out := make([]*Exchange, len(requests))
	if len(requests) == 0 {
		return out
	}
	if s := t.sites[requests[0].Operation.API]; s != nil {
		// Where the context ends while they wait, each says so itself.
		_ = s.waitFor(ctx, len(requests))
	}
	var ready, all sync.WaitGroup
	ready.Add(len(requests))
	for i, request := range requests {
		request.together = true
		all.Go(func() {
			ready.Done()
			ready.Wait()
			time.Sleep(time.Duration(i) * gap)
			out[i] = t.Send(ctx, request)
		})
	}
	all.Wait()
	return out
}
