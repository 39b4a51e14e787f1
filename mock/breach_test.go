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
		"accepted":   527,
		"access":     70,
		"changed":    207,
		"dropped":    359,
		"filled":     38,
		"keyword":    199,
		"lost":       23,
		"nulled":     293,
		"outside":    76,
		"promise":    86,
		"refused":    334,
		"renamed":    296,
		"repeated":   9,
		"retyped":    296,
		"rule":       28,
		"short":      9,
		"swapped":    54,
		"unfiltered": 5,
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
