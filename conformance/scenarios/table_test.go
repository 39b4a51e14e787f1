package scenarios

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/twinbill/twinbill/internal/exact"
)

// reply is an answer in the table of criteria.
type reply struct {
	Status int            `yaml:"status"`
	Header map[string]any `yaml:"header"`
	Body   string         `yaml:"body"`
}

func (r reply) answer(t *testing.T) *Answer {
	t.Helper()
	out := &Answer{Status: max(r.Status, 0), Header: http.Header{"Content-Type": {"application/json"}}, Method: http.MethodGet}
	if out.Status == 0 {
		out.Status = http.StatusOK
	}
	if r.Body == "" {
		r.Body = "{}"
	}
	for name, value := range r.Header {
		lines, several := value.([]any)
		if !several {
			lines = []any{value}
		}
		out.Header.Del(name)
		for _, line := range lines {
			out.Header.Add(name, fmt.Sprint(line))
		}
	}
	body, err := exact.Decode([]byte(r.Body))
	if err != nil {
		t.Fatalf("%s: %v", r.Body, err)
	}
	out.Body = body
	return out
}

// TestCriteriaTable holds the suite to the table of criteria, as a user's document has them.
// tools/criteria.mjs holds another runner to it.
func TestCriteriaTable(t *testing.T) {
	data, err := os.ReadFile("testdata/criteria.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var table struct {
		Inputs   map[string]any    `yaml:"inputs"`
		First    reply             `yaml:"first"`
		Outputs  map[string]string `yaml:"outputs"`
		Criteria []struct {
			Criterion any   `yaml:"criterion"`
			Met       reply `yaml:"true"`
			Unmet     reply `yaml:"false"`
			Differs   *struct {
				On  string `yaml:"on"`
				Why string `yaml:"why"`
			} `yaml:"differs"`
		} `yaml:"criteria"`
	}
	if err := yaml.UnmarshalWithOptions(data, &table, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	const least = 60
	if len(table.Criteria) < least {
		t.Errorf("%d criteria, want %d at least", len(table.Criteria), least)
	}
	inputs := map[string]any{}
	for name, value := range table.Inputs {
		inputs[name] = map[string]any{"default": value}
	}
	for _, c := range table.Criteria {
		if c.Differs != nil && c.Differs.Why == "" {
			t.Errorf("%v: no reason why it differs", c.Criterion)
		}
		criterion, object := c.Criterion.(map[string]any)
		if !object {
			criterion = map[string]any{"condition": c.Criterion}
		}
		step := func(id string, criterion map[string]any) map[string]any {
			return map[string]any{
				"stepId": id, "operationId": "listAccounts", "successCriteria": []any{criterion}, "outputs": table.Outputs,
				"parameters": []any{map[string]any{"name": "q", "in": "query", "value": "a b"}, map[string]any{"name": "X-Sent", "in": "header", "value": "yes"}},
			}
		}
		last := step("second", criterion)
		delete(last, "outputs")
		document, err := yaml.Marshal(map[string]any{
			"arazzo": "1.0.1", "info": map[string]any{"title": "t", "version": "1"},
			"sourceDescriptions": []any{map[string]any{"name": "ripple", "url": "ripple.yaml"}},
			"workflows": []any{map[string]any{
				"workflowId": "one", "inputs": map[string]any{"properties": inputs},
				"steps": []any{step("first", map[string]any{"condition": "$statusCode == 200"}), last},
			}},
		})
		if err != nil {
			t.Fatal(err)
		}
		all, err := ParseOwn("own.yaml", "user/own", document, checks)
		if err != nil {
			t.Errorf("%v: %v", c.Criterion, err)
			continue
		}
		for met, of := range map[bool]reply{true: c.Met, false: c.Unmet} {
			passed, failure := all[0].Run(t.Context(), all[0].Defaults, func(_ context.Context, step *Step, _ Call) (*Answer, error) {
				if step.ID == "first" {
					return table.First.answer(t), nil
				}
				return of.answer(t), nil
			})
			if len(passed) == 0 || (failure == nil) != met {
				t.Errorf("%v on %+v: %v, want met %v", c.Criterion, of, failure, met)
			}
		}
	}
}
