package conformance

import (
	"strings"

	"github.com/twinbill/twinbill/conformance/scenarios"
)

// vocabulary is the arguments that each named check reads.
var vocabulary = scenarios.Vocabulary{
	"lacks":             {"in", "where"},
	"once":              {"in", "where"},
	"either":            {"in", "where"},
	"every":             {"in", "where", "has", "matching", "lacking"},
	"element":           {"in", "where", "has", "matching", "lacking"},
	"body":              {"has", "matching", "lacking"},
	"same-as":           {"step", "ignoring"},
	"same-element":      {"step", "in", "where"},
	"no-body":           {},
	"route":             {"method", "path", "status"},
	"trailing-slash":    {},
	"token-files":       {},
	"token-escaped":     {},
	"token-accepted":    {},
	"token-lasts":       {},
	"no-text":           {"text"},
	"count":             {"in", "is"},
	"header-absent":     {"name"},
	"location-resolves": {},
	"follow-link":       {"pages"},
	"link":              {"rels", "keeps"},
	"errors":            {"naming", "at-least"},
}

// LoadScenarios reads a user's own scenarios, which Config.Scenarios takes. The error
// is one line with file, line and column of the first mistake.
func LoadScenarios(dir string) ([]*scenarios.Scenario, error) {
	return scenarios.LoadOwn(dir, vocabulary)
}

// own reports whether a check is a user's.
func (c Check) own() bool { return strings.HasPrefix(c.ID, "user/") }
