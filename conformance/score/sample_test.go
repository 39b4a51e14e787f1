//go:build !race

package score_test

// sample is how many breaches TestScore takes; 0 means all.
const sample = 0

const raceEnabled = false
