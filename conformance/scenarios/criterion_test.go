package scenarios_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/internal/exact"
)

const largeIDs = `arazzo: 1.0.1
info: {title: Large, version: 1.0.0}
sourceDescriptions:
  - {name: cloudhealth, url: ../../../openapi/cloudhealth.yaml, type: openapi}
workflows:
  - workflowId: large
    summary: Ids beyond 2^53 stay what they are
    inputs: {type: object, properties: {id: {type: integer}, parts: {type: object}}}
    steps:
      - stepId: first
        operationId: getAwsAccountAssignment
        parameters: [{name: id, in: path, value: $inputs.id}, {name: X-Sent, in: header, value: "yes"}, {name: q, in: query, value: a b}]
        successCriteria:
          - condition: %s
        outputs: {id: $response.body#/id, rate: $response.body#/rate}
      - stepId: second
        operationId: updateAwsAccountAssignment
        parameters: [{name: id, in: path, value: $steps.first.outputs.id}]
        requestBody:
          contentType: application/json
          payload: {customer_id: $steps.first.outputs.id, rate: $steps.first.outputs.rate}
        successCriteria:
          - condition: $response.body#/id == $steps.first.outputs.id
          - {context: $response.body, type: jsonpath, condition: "$..[?@.id == {$inputs.id}]"}
`

// TestLargeNumbersPassThroughAScenario sends what was answered, to the letter.
func TestLargeNumbersPassThroughAScenario(t *testing.T) {
	for _, id := range []uint64{9007199254740991, 9007199254740993, 9223372036854775807} {
		var calls []scenarios.Call
		err := runLarge(t, fmt.Sprintf(largeIDs, "$response.body#/id == $inputs.id"), id, id, &calls)
		if err != nil {
			t.Fatal(id, err)
		}
		body, _ := json.Marshal(calls[1].Body)
		if want := fmt.Sprintf(`{"customer_id":%d,"rate":101.07}`, id); calls[1].Path["id"] != fmt.Sprint(id) || string(body) != want {
			t.Errorf("%d: the next request is %v %s", id, calls[1].Path, body)
		}
	}
}

func TestCriteriaAreEvaluatedAsTheyAreWritten(t *testing.T) {
	const answered, near = 9007199254740993, 9007199254740992
	for criterion, met := range map[string]bool{
		"$response.body#/id == $inputs.id":       false,
		"$response.body#/id != $inputs.id":       true,
		"$response.body#/id == 9007199254740993": true,
		"$response.body#/id == 9007199254740992": false,
		"$response.body#/rate == 101.070":        true,
		"$response.body#/none == null":           true,
		"$response.body#/none != null":           false,
		"$response.body#/id == null":             false,
		"$response.body#/text == '1'":            true,
		"$response.body#/missing == 1":           false,
		"$response.body#/missing != 1":           false,
		"$response.body#/id > 9007199254740992":  true,
		"$response.body#/id > 9007199254740993":  false,
		"$response.body#/id <= 9007199254740993": true,
		"$response.body#/rate < 101.0700001":     true,
		"$response.body#/none < 1":               false,
		"$response.body#/flag == true":           true,
		"$response.body#/flag != true":           false,
		"$response.header.X-Total >= 10":         false,
		"$response.header.X-Total >= 9":          true,
		"$response.header.x-total == 9":          true,
		"$response.header.X-Total < 10":          true,
		"$response.header.X-Absent == 9":         false,
		"$inputs.id < $response.body#/id":        true,
		"$inputs.id == 'a == b'":                 false,
		"$response.body#/long == 'a == b >= c'":  true,
		"$response.body#/long != 'a'":            true,
		"'a == b >= c' == $response.body#/long":  true,

		"$response.body#/id == 9007199254740993.0":              true,
		"$response.body#/id == 9007199254740993e0":              true,
		"$response.body#/text == 1.0":                           true,
		"$response.body#/text == '1.0'":                         false,
		"$response.body#/flag == 'true'":                        false,
		"$response.body#/flag":                                  true,
		"!$response.body#/flag":                                 false,
		"!($response.body#/none != null)":                       true,
		"!($response.body#/missing == 1)":                       false,
		"$response.body#/text":                                  false,
		"$statusCode == 200 && $response.body#/id > 1":          true,
		"$statusCode == 404 && $response.body#/id > 1":          false,
		"$statusCode == 404 || $response.body#/flag":            true,
		"$response.body#/text == '1' || 1 == 2 && 1 == 3":       true,
		"($response.body#/text == '1' || 1 == 2) && 1 == 3":     false,
		"$response.body#/flag||$statusCode==404":                true,
		"$response.body#/missing == 1 || $statusCode == 200":    true,
		"$statusCode == 200 || $response.body#/missing == 1":    true,
		"$response.body#/missing == 1 || $statusCode == 404":    false,
		"!($response.body#/missing == 1 || $statusCode == 404)": false,
		"!($response.body#/missing == 1 && $statusCode == 404)": true,
		"!($statusCode == 404 && $response.body#/missing == 1)": true,
		"$response.body#/text || $statusCode == 200":            true,
		"$response.body#/a~1b/c~0d/e~01f == 7":                  true,
		"$response.body#/list/1 == 'b'":                         true,
		"$response.body#/list/01 == 'b'":                        false,
		"$response.body#/quoted == 'it''s $5 && (more)'":        true,
		"$response.body#/list/0 < $response.body#/list/1":       true,
		"$response.body#/list/0 < 1":                            false,
		"$response.header.x-lines == 'one, two'":                true,
		"$method == 'GET'":                                      true,
		"$url == 'http://h/v1/9'":                               true,
		"$request.path.id == $inputs.id":                        true,
		"$request.header.x-sent == 'yes'":                       true,
		"$request.query.q == 'a b'":                             true,
		"$inputs.parts#/deep/0 == 'x'":                          true,
	} {
		var calls []scenarios.Call
		_ = runLarge(t, fmt.Sprintf(largeIDs, fmt.Sprintf("%q", criterion)), near, answered, &calls)
		if passed := len(calls) == 2; passed != met {
			t.Errorf("%s: met %v", criterion, passed)
		}
	}
}

// TestCriterionThatCannotBeEvaluated: a value that makes no JSONPath is a mistake of the
// scenario, and not an answer that does not meet the criterion.
func TestCriterionThatCannotBeEvaluated(t *testing.T) {
	t.Parallel()
	document := strings.Replace(fmt.Sprintf(largeIDs, "$statusCode == 200"), "@.id == {$inputs.id}", "@.id == {$inputs.parts}", 1)
	var calls []scenarios.Call
	err := runLarge(t, document, 9007199254740993, 9007199254740993, &calls)
	if unmet, ok := errors.AsType[*scenarios.Unmet](err); err == nil || ok || !strings.Contains(err.Error(), "with its values put in, is no JSONPath") {
		t.Errorf("%v, %v", err, unmet)
	}
}

// runLarge runs a scenario against answers that have an id.
func runLarge(t *testing.T, document string, input, id uint64, calls *[]scenarios.Call) error {
	t.Helper()
	all, err := scenarios.Parse("large", []byte(document))
	if err != nil {
		t.Fatal(err)
	}
	_, failure := all[0].Run(t.Context(), map[string]any{"id": input, "parts": map[string]any{"deep": []any{"x"}}}, func(_ context.Context, _ *scenarios.Step, call scenarios.Call) (*scenarios.Answer, error) {
		*calls = append(*calls, call)
		body, err := exact.Decode(fmt.Appendf(nil, `{"id":%d,"rate":101.07,"none":null,"text":"1","flag":true,"long":"a == b >= c","row":{"id":%[1]d},"a/b":{"c~d":{"e~1f":7}},"list":["a","b"],"quoted":"it's $5 && (more)"}`, id))
		return &scenarios.Answer{Status: http.StatusOK, Header: http.Header{"X-Total": {"9"}, "X-Lines": {"one", "two"}}, Body: body, Method: "GET", URL: "http://h/v1/9"}, err
	})
	if failure != nil {
		return failure
	}
	return nil
}
