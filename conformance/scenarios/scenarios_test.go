package scenarios

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/twinbill/twinbill/openapi"
)

func load(t *testing.T) []*Scenario {
	t.Helper()
	all, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestScenarios(t *testing.T) {
	id := regexp.MustCompile(`^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$`)
	seen := map[string]bool{}
	summaries := map[string]string{}
	for _, s := range load(t) {
		if seen[s.ID] {
			t.Errorf("%s stands twice", s.ID)
		}
		seen[s.ID] = true
		if name := s.ID[strings.LastIndex(s.ID, "/")+1:]; !id.MatchString(name) {
			t.Errorf("%s: %q is no workflowId", s.ID, name)
		}
		if s.Summary == "" || strings.Contains(s.Summary, "should") || len(s.Summary) > 120 {
			t.Errorf("%s: the summary %q is missing, long or says should", s.ID, s.Summary)
		}
		key := string(s.API) + ": " + s.Summary
		if other, taken := summaries[key]; taken && !s.Baseline && s.Reading == "" {
			t.Errorf("%s and %s have the same summary", s.ID, other)
		}
		summaries[key] = s.ID
		contract, err := openapi.Load(s.API, openapi.Dialect{})
		if err != nil {
			t.Fatalf("%s: %v", s.ID, err)
		}
		for _, step := range s.Steps {
			if contract.Operation(step.OperationID) == nil {
				t.Errorf("%s: step %s: no operation %s", s.ID, step.ID, step.OperationID)
			}
			for _, clause := range step.Clauses {
				if _, ok := contract.Clause(clause); !ok {
					t.Errorf("%s: step %s claims %s, which the contract does not hold", s.ID, step.ID, clause)
				}
			}
			if len(step.Criteria) == 0 {
				t.Errorf("%s: step %s asks for nothing", s.ID, step.ID)
			}
		}
		for _, condition := range append(slices.Clone(s.When), s.Reading) {
			if condition == "" {
				continue
			}
			point, readings, _ := strings.Cut(condition, "=")
			for _, reading := range strings.Split(readings, "|") {
				if _, err := (openapi.Dialect{}).With(point, reading); err != nil {
					t.Errorf("%s: %v", s.ID, err)
				}
			}
		}
	}
}

// TestReadings: each switchable point that can be observed has a scenario for every
// reading that shows itself.
func TestReadings(t *testing.T) {
	shown := map[string]bool{}
	for _, s := range load(t) {
		if s.Reading == "" {
			continue
		}
		shown[s.Reading] = true
		point, _, _ := strings.Cut(s.Reading, "=")
		if !slices.Contains(s.Clauses(), point) {
			t.Errorf("%s shows %s, and claims it nowhere", s.ID, s.Reading)
		}
	}
	for _, p := range openapi.Points() {
		for _, r := range p.Readings {
			want := p.Switchable && p.Unobservable == "" && r.SameAs == ""
			if key := p.Slug + "=" + r.Slug; shown[key] != want {
				t.Errorf("%s: has a scenario: %v, wants one: %v", key, shown[key], want)
			}
		}
	}
}

// TestBaselines: every operation has a valid request to derive probes from.
func TestBaselines(t *testing.T) {
	has := map[string]bool{}
	for _, s := range load(t) {
		if s.Baseline {
			has[s.Steps[len(s.Steps)-1].OperationID] = true
		}
	}
	for _, api := range openapi.APIs() {
		contract, err := openapi.Load(api, openapi.Dialect{})
		if err != nil {
			t.Fatal(err)
		}
		for _, op := range contract.Operations {
			if !has[op.ID] {
				t.Errorf("%s has no baseline", op.ID)
			}
		}
	}
}
