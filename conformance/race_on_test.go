//go:build race

package conformance_test

// sample: under the race detector one defect in so many stands for the rest.
const sample = 25
