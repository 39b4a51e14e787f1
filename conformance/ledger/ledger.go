// Package ledger says of every clause what there is to believe it by: the checks that
// claim it, the defects and mutants that break it, and which checks kill those.
package ledger

import (
	"strings"

	"github.com/twinbill/twinbill/conformance"
	"github.com/twinbill/twinbill/openapi"
)

// Ledger is every clause of some APIs, in the order of the contracts.
type Ledger struct {
	Scored  bool    `json:"scored"` // whether the breaches say what killed them
	Clauses []Entry `json:"clauses"`
}

// Entry is what the ledger says of one clause.
type Entry struct {
	openapi.Clause
	API        openapi.API `json:"api"`
	Operations []string    `json:"operations,omitempty"`
	Part       Part        `json:"part"`
	Point      string      `json:"point,omitempty"`    // of the dialect, that rules it
	Readings   []string    `json:"readings,omitempty"` // of the point that it is, the default first
	Kind       Kind        `json:"kind"`
	Checks     []string    `json:"checks"`
	Breaches   []Breach    `json:"breaches"`

	Questions map[conformance.Question]Cell `json:"questions"`
}

// Breach is one way to break a twin: a defect, named by the slug of its clause, or a
// wire mutant.
type Breach struct {
	ID      string   `json:"id"` // as --defect takes it
	Outcome Outcome  `json:"outcome,omitempty"`
	Check   string   `json:"check,omitempty"` // the one that killed it
	Clauses []string `json:"-"`               // that it breaks
}

// Outcome is what a score made of a breach; empty where nothing was scored.
type Outcome string

// The outcomes of a breach.
const (
	Killed     Outcome = "killed"     // a check failed that saw one of its clauses broken
	Reading    Outcome = "reading"    // it passes for another documented reading
	Equivalent Outcome = "equivalent" // the contract permits it
	Wrong      Outcome = "wrong"      // checks failed, and none for one of its clauses
	Survived   Outcome = "survived"   // no check failed
)

// permitted reports whether no check is to fail on a breach of the outcome.
func (o Outcome) permitted() bool { return o == Equivalent || o == Reading }

// Part is one of the three parts of the ledger.
type Part string

// The parts of the ledger.
const (
	Proven    Part = "proven"     // checks claim it
	NotProven Part = "not-proven" // no check can see it
	Ruled     Part = "ruled"      // a point of the dialect rules it
)

// New makes the ledger of some APIs under the default dialect. Breaches of clauses
// that those do not have are left out.
func New(apis []openapi.API, breaches []Breach) (*Ledger, error) {
	clauses, err := conformance.Ledger(apis)
	if err != nil {
		return nil, err
	}
	of := map[string][]Breach{}
	out := &Ledger{}
	for _, b := range breaches {
		for _, clause := range b.Clauses {
			of[clause] = append(of[clause], b)
		}
		out.Scored = out.Scored || b.Outcome != ""
	}
	for _, c := range clauses {
		e := Entry{
			Clause: c.Clause, API: c.API, Operations: c.Operations, Part: Proven,
			Checks: append([]string{}, c.Checks...), Breaches: append([]Breach{}, of[c.ID]...),
		}
		if point, ok := openapi.FindPoint(c.ID); ok {
			e.Point = c.ID
			for _, r := range point.Readings {
				e.Readings = append(e.Readings, r.Slug)
			}
		} else if ruling, ok := strings.CutPrefix(c.Unobservable, "ruled by "); ok && c.Level == openapi.Silent {
			e.Point = ruling
		}
		switch {
		case c.Level == openapi.Silent:
			e.Part = Ruled
		case c.Unobservable != "":
			e.Part = NotProven
		}
		e.Kind = e.kind()
		e.Questions = e.cells(c.Asked)
		out.Clauses = append(out.Clauses, e)
	}
	return out, nil
}

// Page is the page of the documentation that a clause is from; `dialect` where it is
// a point.
func (e Entry) Page() string {
	page, _, _ := strings.Cut(e.Source, "#")
	return page
}
