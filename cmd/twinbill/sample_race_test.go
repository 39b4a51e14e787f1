//go:build race

package main

// raceEnabled tells that the race detector is on, which is slow.
const raceEnabled = true
