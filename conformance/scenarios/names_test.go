package scenarios_test

import (
	"context"
	"slices"
	"testing"

	"github.com/twinbill/twinbill/conformance/scenarios"
)

// TestNames: a name in plain words goes out as the check's own, and is expected as that.
func TestNames(t *testing.T) {
	const document = `
arazzo: 1.0.1
info: {title: Names, version: 1.0.0}
sourceDescriptions: [{name: ripple, url: ../openapi/ripple.yaml, type: openapi}]
workflows:
  - workflowId: names
    steps:
      - stepId: create
        operationId: createAccount
        requestBody:
          contentType: application/json
          payload: {name: Twinbill first, note: Twinbill first}
        successCriteria:
          - condition: $response.body#/customer_name == 'Twinbill first'
          - {context: $response.body, type: jsonpath, condition: "$.rows[?@.customer_name == 'Twinbill first']"}
        x-checks:
          - element: {has: {customer_name: Twinbill first, note: Twinbill first}}
      - stepId: short
        operationId: createAccount
        requestBody: {contentType: application/json, payload: {name: ab}}
        successCriteria: [{condition: $statusCode == 400}]
`
	all, err := scenarios.Parse("names", []byte(document))
	if err != nil {
		t.Fatal(err)
	}
	s, input := all[0], scenarios.Named+"Twinbill_first"
	if !slices.Equal(s.Inputs, []string{input}) {
		t.Errorf("takes %v, want %s", s.Inputs, input)
	}
	has, _ := s.Steps[0].Checks[0].With["has"].(map[string]any)
	if has["customer_name"] != "$inputs."+input || has["note"] != "Twinbill first" {
		t.Errorf("expects %v", has)
	}
	var sent []any
	_, failure := s.Run(context.Background(), map[string]any{input: "Twinbill first 1"}, func(_ context.Context, _ *scenarios.Step, call scenarios.Call) (*scenarios.Answer, error) {
		body := call.Body.(map[string]any)
		sent = append(sent, body["name"])
		status := map[any]int{"ab": 400}[body["name"]]
		return &scenarios.Answer{Status: max(status, 200), Body: map[string]any{"customer_name": body["name"], "rows": []any{map[string]any{"customer_name": body["name"]}}}}, nil
	})
	if failure != nil || !slices.Equal(sent, []any{"Twinbill first 1", "ab"}) {
		t.Errorf("sent %v: %v", sent, failure)
	}
}
