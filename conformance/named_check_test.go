package conformance_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/openapi"
)

// own is a user's scenario of an assignment, with a named check at one of its steps.
const own = `arazzo: 1.0.1
info: {title: Named checks, version: 1.0.0}
sourceDescriptions:
  - {name: cloudhealth, url: cloudhealth.yaml, type: openapi}
workflows:
  - workflowId: asked
    summary: What is asked for holds
    inputs:
      type: object
      properties:
        cloudhealth_key: {type: string}
        owner_a: {type: string}
        owner_b: {type: string}
        customer: {type: integer}
        nothing: {type: string, default: ""}
    steps:
      - stepId: create
        operationId: createAwsAccountAssignment
        parameters: [&key {name: api_key, in: query, value: $inputs.cloudhealth_key}]
        requestBody:
          contentType: application/json
          payload: {owner_id: $inputs.owner_a, customer_id: $inputs.customer, payer_account_owner_id: $inputs.owner_a}
        successCriteria: [condition: $statusCode == 200]
        outputs:
          id: $response.body#/id
          owner: $response.body#/owner_id
        CREATE
      - stepId: read
        operationId: getAwsAccountAssignment
        parameters: [*key, {name: id, in: path, value: $steps.create.outputs.id}]
        successCriteria: [condition: $statusCode == 200]
        READ
      - stepId: first
        operationId: listAwsAccountAssignments
        parameters: [*key]
        successCriteria: [condition: $statusCode == 200]
      - stepId: list
        operationId: listAwsAccountAssignments
        parameters: [*key, {name: page, in: query, value: 1}, {name: per_page, in: query, value: 1}]
        successCriteria: [condition: $statusCode == 200]
        LIST
      - stepId: refuse
        operationId: createAwsAccountAssignment
        parameters: [*key]
        requestBody: {contentType: application/json, payload: {customer_id: $inputs.customer}}
        successCriteria: [condition: $statusCode != 200]
        REFUSE
      - stepId: delete
        operationId: deleteAwsAccountAssignment
        parameters: [*key, {name: id, in: path, value: $steps.create.outputs.id}]
        successCriteria: [condition: $statusCode == 204]
        DELETE
`

// TestNamedChecks asks each check of a user's steps for something that holds and for
// something that does not, with literals, inputs, outputs and earlier answers.
func TestNamedChecks(t *testing.T) {
	const rows = "in: /aws_account_assignments, "
	for _, test := range []struct {
		at, check string
		met       bool
	}{
		{"READ", "body: {has: {owner_id: $inputs.owner_a}}", true},
		{"READ", "body: {has: {owner_id: $inputs.owner_b}}", false},
		{"READ", "body: {has: {id: $steps.create.outputs.id, owner_id: '{$steps.create.outputs.owner}'}}", true},
		{"READ", "body: {has: {owner_id: $steps.create.outputs.id}}", false},
		{"READ", "body: {has: {owner_id: $answers.create#/payer_account_owner_id}}", true},
		{"READ", "body: {has: {owner_id: $answers.create#/id}}", false},
		{"READ", "body: {has: {owner_id: $inputs.nothing}}", false},
		{"READ", `body: {has: {owner_id: ""}}`, false},
		{"READ", "body: {matching: {owner_id: '^[0-9]{12}$'}}", true},
		{"READ", "body: {matching: {owner_id: '^[0-9]{11}$'}}", false},
		{"READ", "body: {lacking: [deleted_at]}", true},
		{"READ", "body: {lacking: [owner_id]}", false},
		{"READ", "same-as: {step: create}", true},
		{"LIST", "same-as: {step: create}", false},
		{"LIST", "same-as: {step: read, ignoring: [id]}", false},
		{"LIST", "element: {" + rows + "where: {id: $steps.create.outputs.id}, has: {owner_id: $inputs.owner_a}}", true},
		{"LIST", "element: {" + rows + "where: {id: $steps.create.outputs.id}, has: {owner_id: $inputs.owner_b}}", false},
		{"LIST", "element: {" + rows + "where: {id: $steps.create.outputs.id}, lacking: [owner_id]}", false},
		{"LIST", "every: {" + rows + "has: {customer_id: $inputs.customer}}", true},
		{"LIST", "every: {" + rows + "matching: {owner_id: '^x'}}", false},
		{"LIST", "once: {" + rows + "where: {owner_id: '{$inputs.owner_a}'}}", true},
		{"LIST", "once: {" + rows + "where: {owner_id: $inputs.owner_b}}", false},
		{"LIST", "lacks: {" + rows + "where: {owner_id: $inputs.owner_b}}", true},
		{"LIST", "lacks: {" + rows + "where: {owner_id: $steps.create.outputs.owner}}", false},
		{"LIST", "lacks: {" + rows + "where: {id: $answers.create#/id}}", false},
		{"LIST", "either: {" + rows + "where: [{owner_id: $inputs.owner_b}, {owner_id: $inputs.owner_a}]}", true},
		{"LIST", "either: {" + rows + "where: [{owner_id: $inputs.owner_b}]}", false},
		{"LIST", "count: {" + rows + "is: 1}", true},
		{"LIST", "count: {" + rows + "is: 2}", false},
		{"LIST", "no-text: {text: $inputs.owner_b}", true},
		{"LIST", "no-text: {text: $inputs.owner_a}", false},
		{"LIST", "header-absent: {name: X-None}", true},
		{"LIST", "header-absent: {name: content-TYPE}", false},
		{"LIST", "follow-link: {once: {id: $steps.create.outputs.id}}", true},
		{"LIST", "follow-link: {pages: 2}", false},
		{"LIST", "same-element: {step: first, " + rows + "where: {id: $steps.create.outputs.id}}", true},
		{"LIST", "same-element: {step: first, " + rows + "where: {id: 0}}", false},
		{"LIST", "trailing-slash", true},
		{"READ", "trailing-slash", false},
		{"LIST", "link: {rels: []}", true},
		{"LIST", "link: {rels: [next]}", false},
		{"LIST", "route: {method: get, path: /v1/nowhere, status: [404]}", true},
		{"LIST", "route: {method: get, path: /v1/nowhere, status: [200]}", false},
		{"CREATE", "location-resolves", true},
		{"LIST", "location-resolves", false},
		{"REFUSE", "errors: {naming: [owner_id]}", true},
		{"REFUSE", "errors: {naming: [customer_id]}", false},
		{"REFUSE", "errors: {at-least: 9}", false},
		{"DELETE", "no-body", true},
		{"READ", "no-body", false},
	} {
		t.Run(fmt.Sprintf("%s/%s", test.at, test.check), func(t *testing.T) {
			text := strings.Replace(own, test.at, "x-checks: ["+test.check+"]", 1)
			for _, step := range []string{"CREATE", "READ", "LIST", "REFUSE", "DELETE"} {
				text = strings.ReplaceAll(text, "        "+step+"\n", "")
			}
			all, err := scenarios.ParseOwn("own.yaml", "user/own", []byte(text), conformance.Checks())
			if err != nil {
				t.Fatal(err)
			}
			askedOf(t, all, nil, test.met)
		})
	}
}

// askedOf runs a user's scenario on a twin, some requests to which are refused.
func askedOf(t *testing.T, all []*scenarios.Scenario, refused func(r *http.Request, body string) bool, met bool) {
	t.Helper()
	twin, err := mock.New()
	if err != nil {
		t.Fatal(err)
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Body = io.NopCloser(bytes.NewReader(body)); refused != nil && refused(r, string(body)) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"error":"invalid_request","error_description":"No."}`)
			return
		}
		twin.ServeHTTP(w, r)
	})
	report, err := conformance.Run(t.Context(), conformance.Config{
		Target: target.InProcess(handler), APIs: []openapi.API{all[0].API}, Scenarios: all,
		Selection: conformance.Selection{Run: []string{"user/own/asked"}}, Seed: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	want := conformance.Fail
	if met {
		want = conformance.Pass
	}
	if len(report.Results) != 1 || report.Results[0].Verdict != want {
		t.Errorf("%d checks; the verdict is %s, want %s: %s", len(report.Results), report.Results[0].Verdict, want, report.Results[0].Reason)
	}
}

// ownToken is a user's scenario of a token, with a named check.
const ownToken = `arazzo: 1.0.1
info: {title: Named checks, version: 1.0.0}
sourceDescriptions:
  - {name: login, url: ripple.yaml, type: openapi}
workflows:
  - workflowId: asked
    summary: What is asked for holds
    inputs: {type: object, properties: {ripple_client_id: {type: string}, ripple_client_secret: {type: string}}}
    steps:
      - stepId: issue
        operationId: issueAccessToken
        parameters:
          - {name: grant_type, in: query, value: client_credentials}
          - {name: client_id, in: query, value: $inputs.ripple_client_id}
          - {name: client_secret, in: query, value: $inputs.ripple_client_secret}
        requestBody:
          contentType: application/x-www-form-urlencoded
          payload: {grant_type: client_credentials, client_id: $inputs.ripple_client_id, client_secret: $inputs.ripple_client_secret}
        successCriteria: [condition: $statusCode == 200]
        x-checks: [%s]
`

// TestNamedChecksOfTokens asks each of them of a twin, and of one that refuses what it is
// about.
func TestNamedChecksOfTokens(t *testing.T) {
	for name, refused := range map[string]func(r *http.Request, body string) bool{
		"token-files":    func(_ *http.Request, body string) bool { return strings.Contains(body, "filename=") },
		"token-escaped":  func(_ *http.Request, body string) bool { return strings.Contains(body, "%6") },
		"token-accepted": func(r *http.Request, _ string) bool { return strings.HasPrefix(r.URL.Path, "/m/ripple/") },
	} {
		t.Run(name, func(t *testing.T) {
			all, err := scenarios.ParseOwn("own.yaml", "user/own", fmt.Appendf(nil, ownToken, name), conformance.Checks())
			if err != nil {
				t.Fatal(err)
			}
			askedOf(t, all, nil, true)
			askedOf(t, all, refused, false)
		})
	}
}

// TestNamedCheckThatAsksForNothing: a check without anything to hold an answer to would pass
// whatever is answered.
func TestNamedCheckThatAsksForNothing(t *testing.T) {
	t.Parallel()
	for _, with := range []map[string]any{nil, {}, {"lacking": []any{}}} {
		if err := conformance.Checks().Check(scenarios.Check{Name: "body", With: with}); err == nil || err.Error() != "body asks for nothing; give it has or matching or lacking" {
			t.Errorf("body with %v: %v", with, err)
		}
	}
	if err := conformance.Checks().Check(scenarios.Check{Name: "count", With: map[string]any{"is": -1}}); err == nil || err.Error() != "is of count is a whole number, 0 or more" {
		t.Error(err)
	}
	if err := conformance.Checks().Check(scenarios.Check{Name: "body", With: map[string]any{"lacking": []any{"id"}}}); err != nil {
		t.Error(err)
	}
}
