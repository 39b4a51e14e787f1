package conformance_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/conformance"
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
// and fails on the promise of the operation's answer.
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
	if result.Verdict != conformance.Fail || !slices.Equal(result.Broken, []string{"ripple.account.list.status"}) || !strings.Contains(result.Expected, "418") {
		t.Errorf("%s, broken %q, expected %q", result.Verdict, result.Broken, result.Expected)
	}
}
