package mock

import (
	"testing"
	"time"

	"github.com/twinbill/twinbill/mock/sandbox"
)

// LittleRoom bounds what large messages take in the twins that a test makes.
func LittleRoom(t *testing.T, bodies, answers int64, patience time.Duration) {
	b, a, p := bodiesInFlight, answersInFlight, roomPatience
	bodiesInFlight, answersInFlight, roomPatience = bodies, answers, patience
	t.Cleanup(func() { bodiesInFlight, answersInFlight, roomPatience = b, a, p })
}

// Sandboxes are those of a twin, for tests that go past its APIs.
func (t *Twin) Sandboxes() *sandbox.Sandboxes { return t.sandboxes }

// Twin is the twin that runs.
func (r *Running) Twin() *Twin { return r.twin }
