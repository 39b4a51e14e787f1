package conformance

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/twinbill/twinbill/conformance/target"
)

// lost means that the target did not say anything about conformance.
type lost struct{ reason string }

func (l lost) Error() string { return l.reason }

// isLost tells whether an error says nothing about conformance, and why.
func isLost(err error) (string, bool) {
	var l lost
	if errors.As(err, &l) {
		return l.reason, true
	}
	return "", false
}

// unheard tells the answers that say nothing about conformance.
func unheard(e *target.Exchange) error {
	switch {
	case e.Err != nil:
		return lost{"no answer: " + e.Err.Error()}
	case e.Status == http.StatusTooManyRequests:
		return lost{"the target limits the rate of requests (429)"}
	case e.Status >= 500 && !slices.Contains(e.Request.Operation.Statuses(), e.Status):
		return lost{fmt.Sprintf("the target failed with %d, which is documented nowhere", e.Status)}
	}
	return nil
}
