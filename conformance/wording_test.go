package conformance

import (
	"net/http"
	"slices"
	"testing"

	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/internal/exact"
)

// TestFieldThatDiffersInWords: what is not met is said by the field, with the values that
// were expected and found, never by the expression of a criterion.
func TestFieldThatDiffersInWords(t *testing.T) {
	s := &session{inputs: map[string]any{"status_validation": 422, "name": "it's", "ripple_token": "secret"}}
	e := &target.Exchange{
		Status: 500, Header: http.Header{"X-Total": {"9"}},
		Answer: []byte(`{"id": 12345678901234567890, "rows": [{"exchange_rate": 101.1, "note": null}]}`),
	}
	for criterion, want := range map[string]string{
		"$statusCode == $inputs.status_validation":           "status: 422 expected, 500 found",
		"$statusCode != 500":                                 "status: anything but 500 expected, 500 found",
		"$response.body#/rows/0/exchange_rate == 101.07":     "rows.0.exchange_rate: 101.07 expected, 101.1 found",
		"$response.body#/rows/0/note == $inputs.name":        `rows.0.note: "it's" expected, null found`,
		"$response.body#/id == 12345678901234567891":         "id: 12345678901234567891 expected, 12345678901234567890 found",
		"$response.body#/code == '5005'":                     "code: 5005 expected, none found",
		"$response.header.X-Total >= 10":                     `header X-Total: at least 10 expected, "9" found`,
		"$response.body#/id == $inputs.ripple_token":         "id: $inputs.ripple_token expected, 12345678901234567890 found",
		"$response.body#/id == $steps.create.outputs.number": "id: $steps.create.outputs.number expected, 12345678901234567890 found",
	} {
		if got := s.inWords(criterion, e); got != want {
			t.Errorf("%s:\n got %s\nwant %s", criterion, got, want)
		}
	}
	for expected, want := range map[string]string{
		"note: \"x\"":                        `note: "x" expected, null found`,
		"exactly one element with {\"a\":1}": `expected exactly one element with {"a":1}, found null`,
	} {
		if got := (unmet{expected, "null"}).inWords(); got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
	}
	for _, c := range []struct {
		want, got string
		differs   []string
	}{
		{`{"a": 1, "b": {"c": 101.07}}`, `{"a": 1.0, "b": {"c": 101.1}}`, []string{"b.c: 101.07 expected, 101.1 found"}},
		{`{"a": 1}`, `{"b": null}`, []string{"a: 1 expected, none found", "b: none expected, null found"}},
		{`[1, 2]`, `[1]`, []string{"elements: 2 expected, 1 found"}},
		{`{"rows": [{"n": 1}]}`, `{"rows": [{"n": "1"}]}`, []string{`rows.0.n: 1 expected, "1" found`}},
		{`{}`, `[]`, []string{"body: {} expected, [] found"}},
		{`[1]`, `[1]`, nil},
	} {
		want, _ := exact.Decode([]byte(c.want))
		got, _ := exact.Decode([]byte(c.got))
		if lines := apart("", want, got); !slices.Equal(lines, c.differs) {
			t.Errorf("%s and %s: %q, want %q", c.want, c.got, lines, c.differs)
		}
	}
}
