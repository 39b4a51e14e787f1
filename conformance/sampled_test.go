package conformance

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
