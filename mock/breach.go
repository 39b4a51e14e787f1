package mock

import (
	"maps"
	"slices"

	"github.com/twinbill/twinbill/mock/defect"
	"github.com/twinbill/twinbill/mock/mutant"
	"github.com/twinbill/twinbill/openapi"
)

// Breach is one way in which WithDefects breaks a twin.
type Breach struct {
	ID         string // the slug of the clause that a defect breaks, or a mutant's id, such as wire/listAccounts/list/short
	Kind       string
	API        openapi.API
	Operations []string // the operationIds it is about; empty where it is about a whole schema
	Clauses    []string // the slugs it breaks, any of them
	Says       string
}

// Breaches lists every breach once: the defects of one clause, in the order of the
// contract, and the wire mutants.
func Breaches() ([]Breach, error) {
	contracts, err := defaults()
	if err != nil {
		return nil, err
	}
	var all []Breach
	for _, d := range defect.Available(contracts, rules()) {
		if d.Kind != defect.Wire { // else it is the mutant
			all = append(all, Breach{
				ID: d.Clause.ID, Kind: string(d.Kind), API: d.Clause.API, Operations: d.Clause.Operations,
				Clauses: []string{d.Clause.ID}, Says: d.Says,
			})
		}
	}
	twists := defect.Twists(contracts)
	for _, id := range slices.Sorted(maps.Keys(twists)) {
		d := twists[id]
		all = append(all, Breach{
			ID: id, Kind: string(d.Kind), API: d.Clause.API, Operations: d.Clause.Operations,
			Clauses: []string{d.Clause.ID}, Says: d.Says,
		})
	}
	for _, c := range contracts {
		for _, m := range mutant.Derive(c) {
			all = append(all, Breach{ID: m.ID, Kind: string(m.Kind), API: m.API, Operations: m.Operations, Clauses: m.Clauses, Says: m.Says})
		}
	}
	return all, nil
}

// Defects lists the slug of every clause that WithDefects can break by itself.
func Defects() ([]string, error) {
	contracts, err := defaults()
	if err != nil {
		return nil, err
	}
	var slugs []string
	for _, d := range defect.Available(contracts, rules()) {
		slugs = append(slugs, d.Clause.ID)
	}
	return slugs, nil
}

// Unbroken lists the clauses, must or should, that no breach breaks, with the reason.
func Unbroken() (map[string]string, error) {
	contracts, err := defaults()
	if err != nil {
		return nil, err
	}
	breaches, err := Breaches()
	if err != nil {
		return nil, err
	}
	broken := map[string]bool{}
	for _, b := range breaches {
		for _, id := range b.Clauses {
			broken[id] = true
		}
	}
	reasons := map[string]string{}
	for _, c := range contracts {
		for _, clause := range c.Clauses {
			if clause.Level == openapi.Silent || broken[clause.ID] {
				continue
			}
			reasons[clause.ID] = defect.Reason(clause)
		}
	}
	return reasons, nil
}

// defaults loads the contracts under the default dialect.
func defaults() ([]*openapi.Contract, error) {
	var contracts []*openapi.Contract
	for _, api := range openapi.APIs() {
		contract, err := openapi.Load(api, openapi.Dialect{})
		if err != nil {
			return nil, err
		}
		contracts = append(contracts, contract)
	}
	return contracts, nil
}
