//go:build !race

package conformance_test

// sample: without the race detector every defect is tried.
const sample = 1
