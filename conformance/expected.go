package conformance

import "time"

// ExpectedFailure is a failure that is known, so that it does not fail the run.
type ExpectedFailure struct {
	Check   string    // check id, or a glob over ids
	Reason  string    // why it fails, and what is being done
	Expires time.Time // the last day on which it is expected; zero means no end
}
