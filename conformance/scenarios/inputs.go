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

//go:embed data.yaml
var data []byte

// LoadTexts reads data.yaml: texts by class, which scenarios take as text_<class>.
var LoadTexts = sync.OnceValue(func() map[string]string {
	var texts map[string]string
	if err := yaml.UnmarshalWithOptions(data, &texts, yaml.Strict()); err != nil {
		panic(fmt.Errorf("data.yaml: %w", err))
	}
	return texts
})

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

// credentials are the inputs that admit a scenario, in addition to tokens.
var credentials = []string{
	"ripple_client_id", "ripple_client_secret", "ripple_swapped_secret", "ripple_cut_secret", "ripple_longer_secret", "ripple_noroles_client_id", "ripple_noroles_client_secret", "ripple_invalid_client_id", "ripple_username", "ripple_password",
	"cloudhealth_key", "cloudhealth_other_key",
}

// Months are the inputs that name a month. They are chosen when a run starts, near the
// present or from what a deployment accepts.
const (
	Month        = "month"         // the one to set and read rates of
	OtherMonth   = "other_month"   // a second one
	YearBefore   = "year_before"   // the first one a year earlier, to read only
	December     = "december"      // the one that is the last of its year
	PastDecember = "past_december" // the same, to read only
	UnsetMonth   = "unset_month"   // one in which nothing that is supplied has a rate

	MonthBefore = "month_before_unset" // the one before another such month,
	UnsetAfter  = "unset_month_after"  // which is this
	MonthAfter  = "month_after_unset"  // the one after a third,
	UnsetBefore = "unset_month_before" // which is this
)

// Months lists the inputs that name a month.
func Months() []string {
	return []string{Month, OtherMonth, YearBefore, December, PastDecember, UnsetMonth, MonthBefore, UnsetAfter, MonthAfter, UnsetBefore}
}

// OwnerShort is the input owner_a less its first digit, which is another account's id or
// nobody's.
const OwnerShort = "owner_short"

// freshKinds are the kinds of value that are made anew for each check, as
// fresh_<kind> or fresh_<kind>_<n>.
var freshKinds = []string{"aws_id", "aws_payer", "zero_id", "azure_id", "azure_short", "azure_longer", "azure_payer", "group_id", "zero_group", "name", "email", "plus_email", "blank_email", "password", "text"}

// numbered is the end of an input's name that tells several of a kind apart.
var numbered = regexp.MustCompile(`_[0-9]+$`)

// Supplies reports whether the suite supplies an input by its name.
func Supplies(name string, contract *openapi.Contract) bool {
	in := LoadInputs()
	if _, ok := in.Supplied[name]; ok {
		return true
	}
	if _, ok := in.Tokens[name]; ok || slices.Contains(credentials, name) || slices.Contains(Months(), name) || name == OwnerShort {
		return true
	}
	if strings.HasPrefix(name, Named) {
		return true
	}
	if class, ok := strings.CutPrefix(name, "text_"); ok {
		return LoadTexts()[class] != ""
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
