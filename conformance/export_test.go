package conformance

import "testing"

// MonthsAround lists the months that a run uses where the deployment names none.
var MonthsAround = monthsAround

// KeepLess divides the bounds on what is kept of the answers, so that a test reaches them.
func KeepLess(t *testing.T, by int) {
	for _, bound := range []*int{&mostOfOne, &mostOfAll, &mostOver, &mostHeld} {
		was := *bound
		*bound /= by
		t.Cleanup(func() { *bound = was })
	}
}
