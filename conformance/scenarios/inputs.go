package scenarios

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"github.com/twinbill/twinbill/openapi"
)

//go:embed inputs.yaml
var inputs []byte

// Inputs are those of inputs.yaml, by name.
type Inputs struct {
	Supplied map[string]any    `yaml:"supplied"` // data that a deployment has
	Tokens   map[string]string `yaml:"tokens"`   // token → beginning of its client id
}

// LoadInputs reads inputs.yaml.
var LoadInputs = sync.OnceValue(func() Inputs {
	var in Inputs
	if err := yaml.UnmarshalWithOptions(inputs, &in, yaml.Strict()); err != nil {
		panic(fmt.Errorf("inputs.yaml: %w", err))
	}
	return in
})

// credentials are the inputs that admit a scenario, beside tokens.
var credentials = []string{
	"ripple_client_id", "ripple_client_secret", "ripple_invalid_client_id", "ripple_username", "ripple_password",
	"cloudhealth_key", "cloudhealth_other_key",
}

// freshKinds are the kinds of value that are made anew for each check, as
// fresh_<kind> or fresh_<kind>_<n>.
var freshKinds = []string{"aws_id", "aws_payer", "azure_id", "azure_payer", "group_id", "name", "email", "month", "password", "text"}

// numbered is the end of an input's name that tells several of a kind apart.
var numbered = regexp.MustCompile(`_[0-9]+$`)

// Supplies tells whether the suite supplies an input by its name.
func Supplies(name string, contract *openapi.Contract) bool {
	in := LoadInputs()
	if _, ok := in.Supplied[name]; ok {
		return true
	}
	if _, ok := in.Tokens[name]; ok || slices.Contains(credentials, name) {
		return true
	}
	if kind, ok := strings.CutPrefix(name, "fresh_"); ok {
		return slices.Contains(freshKinds, numbered.ReplaceAllString(kind, ""))
	}
	if reason, ok := strings.CutPrefix(name, "status_"); ok {
		return contract.Refusal(strings.ReplaceAll(reason, "_", "-")).Status != 0
	}
	id, ok := strings.CutPrefix(name, "success_")
	return ok && contract.Operation(id) != nil
}
