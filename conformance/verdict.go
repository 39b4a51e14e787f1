package conformance

import (
	"time"

	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// Verdict is what a check says of the target.
type Verdict string

// The verdicts, from the best to the worst news about conformance.
const (
	Pass         Verdict = "pass"
	Observed     Verdict = "observed"     // which reading of a silent point was seen
	Skipped      Verdict = "skipped"      // not run, with the reason
	Inconclusive Verdict = "inconclusive" // says nothing about conformance
	Warn         Verdict = "warn"         // a should is broken
	Fail         Verdict = "fail"         // a must is broken
)

// precedence lists the verdicts in the order in which one outweighs another where
// several checks are about the same clause.
var precedence = []Verdict{Skipped, Inconclusive, Observed, Pass, Warn, Fail}

// Kind tells scenarios from probes.
type Kind string

// The kinds of check.
const (
	KindScenario Kind = "scenario"
	KindProbe    Kind = "probe"
)

// Check is one thing the suite does to prove clauses.
type Check struct {
	ID         string
	Kind       Kind
	API        openapi.API
	Summary    string
	Operations []string // operationIds
	Clauses    []string
	Level      openapi.Level // the firmest of its clauses'
	Tags       []string      // the kind, the level, and the contract's tags of its operations

	asks map[string][]Question // clause → what it asks of it
}

// Result is what became of a check.
type Result struct {
	Check
	Verdict   Verdict
	Reason    string   // why it did not pass
	Broken    []string // the clauses that it saw broken
	Proven    []string // the clauses that it saw kept
	Expected  string   // where it did not pass
	Actual    string
	Started   time.Time
	Duration  time.Duration
	Exchanges []*target.Exchange
	Decisive  *target.Exchange   // the one that a failure is about
	Excused   string             // why the failure was expected; empty where it was not
	Differs   []string           // what differs, a line each, such as "status: 422 expected, 500 found"
	Lawful    string             // the answer in place of the decisive one that keeps the documentation, as the twin gives it
	Setup     []*target.Exchange // what prepared a probe, before the exchanges
	Blame     string             // what the same check says of the twin under the observed dialect; empty where it was not replayed

	step    string                      // of the scenario, whose answer is decisive
	answers map[string]*target.Exchange // by step
}

// judge is the verdict on broken clauses: the firmest of their levels decides.
func judge(contract *openapi.Contract, broken []string) Verdict {
	verdict := Warn
	for _, id := range broken {
		if clause, ok := contract.Clause(id); ok && clause.Level == openapi.Must {
			verdict = Fail
		}
	}
	return verdict
}

// firmest is the firmest level of some clauses.
func firmest(contract *openapi.Contract, clauses []string) openapi.Level {
	level := openapi.Silent
	for _, id := range clauses {
		clause, _ := contract.Clause(id)
		switch clause.Level {
		case openapi.Must:
			return openapi.Must
		case openapi.Should:
			level = openapi.Should
		}
	}
	return level
}
