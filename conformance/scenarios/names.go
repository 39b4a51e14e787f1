package scenarios

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/pb33f/go-yaml"
	"github.com/pb33f/libopenapi/datamodel/high/arazzo"
)

// A deployment may refuse a second account of a billing group, or a second billing group, with
// a name that is in use: no page allows or forbids it. So a literal name in a document is a
// placeholder. `name: Twinbill first` is sent as "Twinbill first 3fa2b1 1c2d3e4f", with a suffix
// that is unique to the check, and each expectation of that literal in the workflow is replaced
// with the same value. Two rows of one workflow need different literals.

// Named begins the inputs that stand for such a name, its blanks written as _.
const Named = "named_"

// plainName are the words that this holds for. Shorter and longer names test a length.
var plainName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9 -]{3,39}$`)

// nameFields are the fields of requests and answers that hold such a name.
var nameFields = []string{"name", "billinggroup_name", "customer_name"}

// expectedName matches a name that a criterion expects.
var expectedName = regexp.MustCompile(`(name == )'([^']*)'`)

// nameOwn puts inputs in the place of the names that the requests of a workflow bring in
// plain words.
func (s *Scenario) nameOwn() {
	var names []string
	for _, step := range s.workflow.Steps {
		for _, body := range bodies(step) {
			fields(body, func(field string, value *yaml.Node) {
				if slices.Contains(nameFields, path.Base(field)) && plainName.MatchString(value.Value) {
					names = append(names, value.Value)
				}
			})
		}
	}
	rename := func(field string, value *yaml.Node) {
		if slices.Contains(nameFields, path.Base(field)) && slices.Contains(names, value.Value) {
			value.Value, value.Style = "$inputs."+s.named(value.Value), 0
		}
	}
	for _, step := range s.workflow.Steps {
		if step.RequestBody != nil {
			fields(step.RequestBody.Payload, rename)
		}
		for _, extension := range step.Extensions.FromOldest() {
			fields(extension, rename)
		}
		for _, c := range step.SuccessCriteria {
			c.Condition = expectedName.ReplaceAllStringFunc(c.Condition, func(text string) string {
				found := expectedName.FindStringSubmatch(text)
				if !slices.Contains(names, found[2]) {
					return text
				}
				if c.GetEffectiveType() == "jsonpath" {
					return found[1] + "{$inputs." + s.named(found[2]) + "}"
				}
				return found[1] + "$inputs." + s.named(found[2])
			})
		}
	}
}

// named is the input for a name, which the scenario takes from then on.
func (s *Scenario) named(words string) string {
	input := Named + strings.ReplaceAll(words, " ", "_")
	if !slices.Contains(s.Inputs, input) {
		s.Inputs = append(s.Inputs, input)
	}
	return input
}

// bodies are what a step sends: its payload, and that of a rival.
func bodies(step *arazzo.Step) []*yaml.Node {
	var out []*yaml.Node
	if step.RequestBody != nil {
		out = append(out, step.RequestBody.Payload)
	}
	if race, ok := step.Extensions.Get("x-race"); ok {
		out = append(out, race)
	}
	return out
}

// fields calls a function for each field of a tree of values that holds a scalar.
func fields(node *yaml.Node, each func(name string, value *yaml.Node)) {
	if node == nil || node.Kind == yaml.AliasNode { // what several steps share names nothing
		return
	}
	for i, inner := range node.Content {
		if node.Kind == yaml.MappingNode && i%2 == 1 && inner.Kind == yaml.ScalarNode {
			each(node.Content[i-1].Value, inner)
			continue
		}
		fields(inner, each)
	}
}
