//go:build race

package conformance

// raceEnabled tells that the race detector is on, which is slow.
const raceEnabled = true
