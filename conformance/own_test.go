package conformance_test

import (
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/mock"
	"github.com/twinbill/twinbill/openapi"
)

const examples = "../examples/scenarios"

// TestExamples: the worked examples pass on a twin, leave nothing behind, and fail where
// what they rely on is broken.
func TestExamples(t *testing.T) {
	own, err := conformance.LoadScenarios(examples)
	if err != nil {
		t.Fatal(err)
	}
	config := conformance.Config{Scenarios: own, Selection: conformance.Selection{Run: []string{"user/*"}}}
	report := gated(t, config)
	clean(t, report)
	want := []string{"user/onboarding/register-account", "user/onboarding/register-twice", "user/assignments/read-back"}
	if got := ids(report); !slices.Equal(got, want) {
		t.Errorf("ran %q, want %q", got, want)
	}
	for _, r := range report.Results {
		if r.Verdict != conformance.Pass || !slices.Contains(r.Tags, "user") {
			t.Errorf("%s is %s, tagged %q", r.ID, r.Verdict, r.Tags)
		}
	}
	report = gated(t, config, unique)
	for _, r := range report.Results {
		want := conformance.Pass
		if r.ID == "user/onboarding/register-twice" {
			want = conformance.Fail
		}
		if r.Verdict != want {
			t.Errorf("%s is %s, want %s: %s", r.ID, r.Verdict, want, r.Reason)
		}
	}
}

// TestOwnClaimsNothing: a user's scenario that claims no clause passes as a check does,
// and fails on its own criterion, or on the promise of the operation's success where it
// is that which did not come.
func TestOwnClaimsNothing(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "sub", "refused.arazzo.json"), `{
  "arazzo": "1.0.1", "info": {"title": "t", "version": "1"},
  "sourceDescriptions": [{"name": "ripple", "url": "https://example.com/ripple.yaml", "type": "openapi"}],
  "workflows": [{"workflowId": "no-token", "inputs": {"type": "object", "properties": {"wanted": {"type": "integer", "default": 401}}},
    "steps": [{"stepId": "list", "operationId": "listAccounts", "parameters": [{"name": "vendor", "in": "query", "value": "aws"}],
      "successCriteria": [{"condition": "$statusCode == $inputs.wanted"}]}]}]}`)
	own, err := conformance.LoadScenarios(dir)
	if err != nil {
		t.Fatal(err)
	}
	config := conformance.Config{Scenarios: own, Selection: conformance.Selection{Run: []string{"user"}}}
	report := gated(t, config)
	if len(report.Results) != 1 || report.Results[0].ID != "user/sub/refused/no-token" || report.Results[0].Verdict != conformance.Pass {
		t.Fatalf("%+v", report.Results)
	}
	// What the deployment supplies under the input's name wins over its default.
	config.Inputs = map[string]any{"wanted": 418}
	result := gated(t, config).Results[0]
	if result.Verdict != conformance.Fail || len(result.Broken) > 0 || !strings.Contains(result.Expected, "418") || !strings.Contains(result.Reason, ownCriterion) {
		t.Errorf("%s, broken %q, expected %q: %s", result.Verdict, result.Broken, result.Expected, result.Reason)
	}
	config.Inputs = map[string]any{"wanted": 200}
	result = gated(t, config).Results[0]
	if result.Verdict != conformance.Fail || !slices.Equal(result.Broken, []string{"ripple.account.list.status"}) || strings.Contains(result.Reason, ownCriterion) {
		t.Errorf("%s, broken %q: %s", result.Verdict, result.Broken, result.Reason)
	}
}

const ownCriterion = "; no clause: the scenario's own criterion"

// TestOwnCriterion: a criterion beside that of the status breaks no clause, and fails the
// check all the same; the twin shares it, so the scenario is at fault.
func TestOwnCriterion(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "mine.arazzo.json"), `{
  "arazzo": "1.0.1", "info": {"title": "t", "version": "1"},
  "sourceDescriptions": [{"name": "cloudhealth", "url": "https://example.com/cloudhealth.yaml", "type": "openapi"}],
  "workflows": [{"workflowId": "typed", "inputs": {"type": "object", "properties": {"cloudhealth_key": {"type": "string"}}},
    "steps": [{"stepId": "list", "operationId": "listAwsAccountAssignments", "parameters": [{"name": "api_key", "in": "query", "value": "$inputs.cloudhealth_key"}],
      "successCriteria": [{"condition": "$statusCode == 200"}, {"context": "$response.header.Content-Type", "type": "regex", "condition": "^text/csv"}]}]}]}`)
	own, err := conformance.LoadScenarios(dir)
	if err != nil {
		t.Fatal(err)
	}
	config := conformance.Config{Scenarios: own, Selection: conformance.Selection{Run: []string{"user"}}}
	config.Twin = func(d openapi.Dialect) (http.Handler, error) { return mock.New(mock.WithDialect(d)) }
	result := gated(t, config).Results[0]
	if result.Verdict != conformance.Fail || len(result.Broken) > 0 || !strings.HasSuffix(result.Reason, ownCriterion) {
		t.Errorf("%s, broken %q: %s", result.Verdict, result.Broken, result.Reason)
	}
	if !strings.HasPrefix(result.Blame, "your scenario, or a reading: ") {
		t.Errorf("blame: %s", result.Blame)
	}
}
