package mock_test

import (
	"maps"
	"testing"

	"github.com/twinbill/twinbill/mock"
)

// TestBreachesByKind counts the breaches: where one is lost, or comes in, the number is
// to be changed on purpose.
func TestBreachesByKind(t *testing.T) {
	want := map[string]int{
		"accepted":   523,
		"access":     70,
		"changed":    208,
		"dropped":    316,
		"filled":     40,
		"keyword":    199,
		"lost":       23,
		"nulled":     293,
		"outside":    75,
		"partner":    23,
		"promise":    89,
		"refused":    326,
		"renamed":    296,
		"repeated":   9,
		"retyped":    296,
		"rule":       29,
		"short":      9,
		"swapped":    54,
		"twist":      50,
		"unfiltered": 10,
		"words":      3,
		"wrapped":    9,
	}
	all, err := mock.Breaches()
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]int{}
	for _, b := range all {
		have[b.Kind]++
	}
	if !maps.Equal(have, want) {
		t.Errorf("there are %v breaches, want %v", have, want)
	}
}
