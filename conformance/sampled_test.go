package conformance

import "testing"

// Sample is every nth of a list under the race detector, and the whole list without it:
// `make test` runs both.
func Sample[T any](all []T, nth int) []T {
	if !raceEnabled {
		return all
	}
	var some []T
	for i := 0; i < len(all); i += nth {
		some = append(some, all[i])
	}
	return some
}

// Whole marks a test that verifies a whole deployment. The race detector sees the same
// code in others, so it is left out there: `make test` runs both.
func Whole(t *testing.T) {
	if t.Helper(); raceEnabled {
		t.Skip("verifies a whole deployment, which takes minutes here: make test runs it without the race detector")
	}
	t.Parallel()
}
