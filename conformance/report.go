package conformance

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// Report is what a verification found.
type Report struct {
	Target   string
	Health   target.Health // zero where the target is not a Twinbill
	APIs     []openapi.API
	Started  time.Time
	Duration time.Duration
	Dialect  openapi.Dialect
	Assumed  []string          // the points that could not be observed, so that the default is assumed
	Other    map[string]string // point → what was seen of a reading that is none of those listed
	Unasked  []string          // the points that nothing selected depends on, so that the default is assumed
	Results  []Result          // by API, kind and id
	Clauses  []ClauseResult
	Residue  []string
	Kept     []string            // irreversible writes that were allowed, one line each
	Extras   map[string][]string // operationId → the fields of its answers that the contract does not know, sorted
	Stale    []string            // expected failures that passed, match nothing or have expired
	Seed     uint64
	Replay   string   // the command that verified, to which ` --run ID` adds the one check; empty where there is none
	Secrets  []string // tokens, keys and passwords that the run used; no report may show them

	Variables map[string]string           // secret → the shell variable in its place in a command
	Issued    map[string]*target.Exchange // token → the exchange that issued it
}

// ClauseResult is what the checks together say of one clause.
type ClauseResult struct {
	openapi.Clause
	Verdict Verdict
	Checks  []string // the ids of the checks that claim it

	Asked map[Question][]string // question → the checks that ask it; filled by Ledger alone
}

// Count counts the checks of a verdict.
func (r *Report) Count(v Verdict) int {
	n := 0
	for _, result := range r.Results {
		if result.Verdict == v {
			n++
		}
	}
	return n
}

// Nothing reports whether no check said anything of the target: some were skipped, and
// at most a reading could not be told.
func (r *Report) Nothing() bool {
	judged := r.Count(Pass) + r.Count(Warn) + r.Count(Fail)
	return r.Count(Skipped) > 0 && judged == 0 && r.Count(Observed)+r.Count(Inconclusive) <= len(r.Assumed)
}

// Unrun counts the checks that a spent budget or a deadline left out.
func (r *Report) Unrun() int {
	n := 0
	for _, result := range r.Results {
		if result.Verdict == Skipped && (strings.Contains(result.Reason, target.ErrBudget.Error()) || strings.HasPrefix(result.Reason, notRun+"the deadline")) {
			n++
		}
	}
	return n
}

// Unexpected counts the checks of a verdict that no expected failure excuses.
func (r *Report) Unexpected(v Verdict) int {
	n := 0
	for _, result := range r.Results {
		if result.Verdict == v && result.Excused == "" {
			n++
		}
	}
	return n
}

// ExitCode is the exit status of `twinbill verify`: 1 where a must is broken (strictly,
// also a should) that no expected failure excuses, an expected failure is stale, or
// something created could not be removed; 3 where something stayed inconclusive, or a
// budget or deadline ended the run before its end; 0 otherwise.
func (r *Report) ExitCode(strict bool) int {
	switch {
	case r.Unexpected(Fail) > 0, len(r.Stale) > 0, len(r.Residue) > 0, strict && r.Unexpected(Warn) > 0:
		return 1
	case r.Count(Inconclusive) > 0, r.Unrun() > 0:
		return 3
	}
	return 0
}

// reported compares the places of two results in a report.
func reported(a, b *Result) int {
	return cmp.Or(cmp.Compare(b.API, a.API), cmp.Compare(b.Kind, a.Kind), cmp.Compare(a.ID, b.ID))
}

func (r *run) report(started time.Time, health target.Health, dialect openapi.Dialect) (*Report, error) {
	out := &Report{
		Target: r.config.Target.Base, Health: health, APIs: r.config.APIs, Started: started, Duration: time.Since(started),
		Dialect: dialect, Results: r.results, Residue: r.residue, Secrets: append(r.supply.secrets(), r.config.Secrets...), Assumed: r.assumed, Unasked: r.unasked, Other: map[string]string{},
		Kept: append(r.footprint.lines(), r.open...), Extras: r.footprint.undeclared(), Seed: r.config.Seed, Replay: r.config.Replay, Variables: r.supply.variables(), Issued: r.supply.issuing(),
	}
	for _, u := range r.unsettled {
		for _, result := range r.results {
			if slices.Contains(result.Clauses, u.Slug) && result.Verdict == Observed && result.Decisive != nil {
				out.Other[u.Slug] = answered(result.Decisive)
			}
		}
	}
	slices.SortFunc(out.Results, func(a, b Result) int { return reported(&a, &b) })
	verdicts := map[string]Verdict{}
	checks := map[string][]string{}
	note := func(clause string, v Verdict) {
		if slices.Index(precedence, v) > slices.Index(precedence, verdicts[clause]) {
			verdicts[clause] = v
		}
	}
	for _, result := range out.Results {
		for _, clause := range result.Clauses {
			checks[clause] = append(checks[clause], result.ID)
			if result.Verdict == Skipped || result.Verdict == Inconclusive {
				note(clause, result.Verdict)
			}
		}
		for _, id := range result.Proven {
			clause, _ := r.contracts[result.API].Clause(id)
			if clause.Level == openapi.Silent {
				note(id, Observed)
			} else {
				note(id, Pass)
			}
		}
		for _, clause := range result.Broken {
			note(clause, judge(r.contracts[result.API], []string{clause}))
			if _, undeclared := r.documented[clause]; undeclared {
				note(clause, result.Verdict)
			}
		}
	}
	for _, api := range openapi.APIs() {
		contract := r.contracts[api]
		if contract == nil {
			continue
		}
		for _, clause := range r.promised(contract) {
			v := verdicts[clause.ID]
			if v == "" {
				v = Skipped
			}
			out.Clauses = append(out.Clauses, ClauseResult{Clause: clause, Verdict: v, Checks: checks[clause.ID]})
		}
	}
	return out, r.gate(out)
}

// promised lists the clauses of a contract. What a target breaks by an undeclared reading
// is among them as it is documented.
func (r *run) promised(contract *openapi.Contract) []openapi.Clause {
	clauses := slices.Clone(contract.Clauses)
	for _, id := range slices.Sorted(maps.Keys(r.documented)) {
		documented := r.documented[id]
		switch at := slices.IndexFunc(clauses, func(c openapi.Clause) bool { return c.ID == id }); {
		case at >= 0:
			clauses[at] = documented
		case documented.API == contract.API:
			clauses = append(clauses, documented)
		}
	}
	return clauses
}
