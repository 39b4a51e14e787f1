package conformance

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/internal/exact"
)

const oneCriterion = `arazzo: 1.0.1
info: {title: Asking, version: 1.0.0}
sourceDescriptions:
  - {name: cloudhealth, url: ../../../openapi/cloudhealth.yaml, type: openapi}
workflows:
  - workflowId: asking
    summary: One criterion
    inputs: {type: object, properties: {status_validation: {type: integer}, name: {type: string}, ripple_token: {type: string}}}
    steps:
      - stepId: first
        operationId: getAwsAccountAssignment
        parameters: [{name: id, in: path, value: "1"}]
        outputs: {rate: $response.body#/rows/0/exchange_rate}
      - stepId: second
        operationId: getAwsAccountAssignment
        parameters: [{name: id, in: path, value: "1"}]
        successCriteria:
          - %s
`

// TestFieldThatDiffersInWords: what is not met is said by the field, with the values that
// were expected and found, never by the expression of a criterion.
func TestFieldThatDiffersInWords(t *testing.T) {
	s := &session{inputs: map[string]any{"status_validation": 422, "name": "it's", "ripple_token": "secret"}}
	e := &target.Exchange{
		Status: 500, Header: http.Header{"X-Total": {"9"}},
		Answer: []byte(`{"id": 12345678901234567890, "code": "5006", "rows": [{"exchange_rate": 101.1, "note": null}]}`),
	}
	for _, c := range []struct{ criterion, want string }{
		{`condition: $statusCode == $inputs.status_validation`, "status: 422 expected, 500 found"},
		{`condition: $statusCode != 500`, "status: anything but 500 expected, 500 found"},
		{`condition: ($statusCode==422)`, "status: 422 expected, 500 found"},
		{`condition: $response.body#/rows/0/exchange_rate == 101.07`, "rows.0.exchange_rate: 101.07 expected, 101.1 found"},
		{`condition: $response.body#/rows/0/note == $inputs.name`, `rows.0.note: "it's" expected, null found`},
		{`condition: $response.body#/id == 12345678901234567891`, "id: 12345678901234567891 expected, 12345678901234567890 found"},
		{`condition: $response.body#/code == '5005'`, `code: "5005" expected, "5006" found`},
		{`condition: $response.body#/missing == 'it''s'`, `missing: "it's" expected, none found`},
		{`condition: $response.header.x-total >= 10`, `header x-total: at least 10 expected, "9" found`},
		{`condition: $response.body#/id == $inputs.ripple_token`, "id: $inputs.ripple_token expected, 12345678901234567890 found"},
		{`condition: $response.body#/id == $steps.first.outputs.rate`, "id: 101.1 expected, 12345678901234567890 found"},
		{`condition: $statusCode == 500 && $response.body#/id == 1`, `$statusCode == 500 && $response.body#/id == 1 expected, 500 {"id": 12345678901234567890, "code": "5006", "rows": [{"exchange_rate": 101.1, "note": null}]} found`},
		{`{context: $response.header.X-Total, type: regex, condition: '^\d\d$'}`, `header X-Total: a match of ^\d\d$ expected, "9" found`},
		{`{context: $response.body#/rows, type: jsonpath, condition: "$[?@.note == {$inputs.name}]"}`,
			`rows: a match of $[?@.note == "it's"] expected, [{"exchange_rate":101.1,"note":null}] found`},
	} {
		all, err := scenarios.Parse("asking", fmt.Appendf(nil, oneCriterion, c.criterion))
		if err != nil {
			t.Fatal(err)
		}
		_, failure := all[0].Run(t.Context(), s.inputs, func(context.Context, *scenarios.Step, scenarios.Call) (*scenarios.Answer, error) {
			return &scenarios.Answer{Status: e.Status, Header: e.Header, Body: e.JSON()}, nil
		})
		if failure == nil || failure.Unmet == nil {
			t.Fatalf("%s: %v", c.criterion, failure)
		}
		if got := s.inWords(failure.Unmet, e); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.criterion, got, c.want)
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
