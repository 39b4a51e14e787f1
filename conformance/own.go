package conformance

import (
	"strings"

	"github.com/twinbill/twinbill/conformance/scenarios"
)

// LoadScenarios reads a user's own scenarios, which Config.Scenarios takes. The error
// is one line with file, line and column of the first mistake.
func LoadScenarios(dir string) ([]*scenarios.Scenario, error) {
	return scenarios.LoadOwn(dir, Checks())
}

// own reports whether a check is a user's.
func (c Check) own() bool { return strings.HasPrefix(c.ID, "user/") }
