package conformance

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// lost means that the target did not say anything about conformance.
type lost struct{ reason string }

func (l lost) Error() string { return l.reason }

// isLost reports whether an error says nothing about conformance, and why.
func isLost(err error) (string, bool) {
	var l lost
	if errors.As(err, &l) {
		return l.reason, true
	}
	return "", false
}

// isUnavailable reports whether an error says that a check cannot be run on this target.
func isUnavailable(err error) bool {
	var u unavailable
	return errors.As(err, &u)
}

// unheard tells the answers that say nothing about conformance; nil leaves an answer to
// be judged. docs/verdicts.md is the table of them.
func unheard(e *target.Exchange) error {
	switch {
	case errors.Is(e.Err, target.ErrBudget):
		return unavailable{e.Err.Error()}
	case e.Err != nil && e.Status != 0:
		return lost{fmt.Sprintf("only a part of the answer (%d): %v%s", e.Status, e.Err, tried(e))}
	case e.Err != nil:
		return lost{fmt.Sprintf("no answer: %v%s", e.Err, tried(e))}
	case e.Spoilt != "":
		return departure{[]openapi.Violation{{Clause: e.Request.Operation.Answering(e.Status), Place: openapi.InHeader, Path: []string{"Content-Encoding"}, Says: e.Spoilt}}}
	case e.Status == http.StatusTooManyRequests:
		return lost{"the target limits the rate of requests (429)" + tried(e)}
	case e.Status >= 500 && !slices.Contains(e.Request.Operation.Statuses(), e.Status):
		return lost{fmt.Sprintf("the target failed with %d, which is documented nowhere%s", e.Status, tried(e))}
	}
	return nil
}

// tried says how often a request was sent, where it was more than once.
func tried(e *target.Exchange) string {
	if e.Attempts < 2 {
		return ""
	}
	return fmt.Sprintf(", in %d attempts", e.Attempts)
}
