package target

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/twinbill/twinbill/openapi"
)

// TestTogetherAtASlowPace: requests that go together are under way at once however slow
// the pace is, and those after them wait as much longer.
func TestTogetherAtASlowPace(t *testing.T) {
	var under, most atomic.Int32
	deployment := serve(t, func(http.ResponseWriter, *http.Request) {
		n := under.Add(1)
		for have := most.Load(); n > have && !most.CompareAndSwap(have, n); have = most.Load() {
		}
		time.Sleep(50 * time.Millisecond)
		under.Add(-1)
	})
	const every = 100 * time.Millisecond
	deployment.Pace(openapi.CloudHealth, rate.Every(every))
	contract, err := openapi.Load(openapi.CloudHealth, openapi.Dialect{})
	if err != nil {
		t.Fatal(err)
	}
	request := func() *Request { return &Request{Operation: contract.Operation("listAwsAccountAssignments")} }
	started := time.Now()
	for i, e := range deployment.Together(t.Context(), []*Request{request(), request(), request()}, 0) {
		if e == nil || e.Status != http.StatusOK {
			t.Fatalf("answer %d: %+v", i, e)
		}
	}
	if most.Load() != 3 {
		t.Errorf("%d of 3 requests were under way at once", most.Load())
	}
	deployment.Send(t.Context(), request())
	if waited := time.Since(started); waited < 3*every {
		t.Errorf("the fourth request was answered after %v, before its turn at %v", waited, 3*every)
	}
}
