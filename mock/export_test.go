package mock

import "github.com/twinbill/twinbill/mock/sandbox"

// Sandboxes are those of a twin, for tests that go past its APIs.
func (t *Twin) Sandboxes() *sandbox.Sandboxes { return t.sandboxes }

// Twin is the twin that runs.
func (r *Running) Twin() *Twin { return r.twin }
