package scenarios

import (
	_ "embed"
	"fmt"
	"sync"

	"github.com/goccy/go-yaml"
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
