//go:build race

package score_test

// sample is how many breaches TestScore takes: the race detector is slow.
const sample = 24

// raceEnabled tells that the race detector is on.
const raceEnabled = true
