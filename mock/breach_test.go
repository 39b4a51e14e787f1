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
		"accepted":   485,
		"access":     53,
		"changed":    148,
		"dropped":    265,
		"filled":     38,
		"keyword":    173,
		"lost":       17,
		"nulled":     225,
		"outside":    65,
		"promise":    81,
		"refused":    292,
		"renamed":    228,
		"repeated":   6,
		"retyped":    228,
		"rule":       24,
		"short":      6,
		"swapped":    46,
		"unfiltered": 5,
		"words":      3,
		"wrapped":    6,
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
