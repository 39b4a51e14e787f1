package exact_test

import (
	"encoding/json"
	"testing"

	"github.com/twinbill/twinbill/internal/exact"
)

func TestNumbersAreComparedByValue(t *testing.T) {
	for _, c := range []struct {
		a, b any
		same bool
	}{
		{json.Number("1"), json.Number("1.0"), true},
		{json.Number("0.1"), json.Number("1e-1"), true},
		{json.Number("100"), json.Number("1E+2"), true},
		{json.Number("-0"), json.Number("0.00"), true},
		{json.Number("0e99"), 0, true},
		{json.Number("9007199254740993"), json.Number("9007199254740992"), false},
		{json.Number("9007199254740993"), uint64(9007199254740993), true},
		{json.Number("9223372036854775807"), int64(9223372036854775807), true},
		{json.Number("9223372036854775807"), json.Number("9223372036854775808"), false},
		{json.Number("101.07"), 101.07, true},
		{json.Number("1e999999999999"), json.Number("1e999999999998"), false},
		{json.Number("1e999999999999"), json.Number("10e999999999998"), true},
		{json.Number("-1"), json.Number("1"), false},
		{json.Number("1"), "1", false},
		{json.Number("1"), true, false},
		{nil, json.Number("0"), false},
		{[]any{json.Number("1")}, []int{1}, true},
		{map[string]any{"id": json.Number("1")}, map[string]int{"id": 1}, true},
		{map[string]any{"id": json.Number("1")}, map[string]any{"id": 1, "more": nil}, false},
		{[]string{"a"}, []any{"a"}, true},
		{func() {}, func() {}, false},
	} {
		if exact.Equal(c.a, c.b) != c.same || exact.Equal(c.b, c.a) != c.same {
			t.Errorf("%v and %v: not %v", c.a, c.b, c.same)
		}
	}
}

func TestDecodeKeepsEveryDigit(t *testing.T) {
	const text = `{"id":9223372036854775807,"rate":101.070,"list":[9007199254740993]}`
	v, err := exact.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(v)
	if err != nil || string(data) != `{"id":9223372036854775807,"list":[9007199254740993],"rate":101.070}` {
		t.Error(string(data), err)
	}
	for _, none := range []string{"", "{", "1 2", "[] x", "nul"} {
		if v, err := exact.Decode([]byte(none)); err == nil {
			t.Errorf("%q is read as %v", none, v)
		}
	}
}
