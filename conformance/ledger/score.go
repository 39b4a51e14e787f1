package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// ReadScore reads the breaches, and what became of them, from the JSON of a score.
func ReadScore(r io.Reader) ([]Breach, error) {
	var document struct {
		Breaches []struct {
			ID      string
			Clauses []string
			Outcome Outcome
			Check   string
		}
	}
	if err := json.NewDecoder(r).Decode(&document); err != nil {
		return nil, fmt.Errorf("no JSON of a score: %w", err)
	}
	if len(document.Breaches) == 0 {
		return nil, errors.New("no breach in it; `twinbill score --report json=FILE` writes such a file")
	}
	var out []Breach
	for _, b := range document.Breaches {
		if b.ID == "" || b.Outcome == "" || len(b.Clauses) == 0 {
			return nil, fmt.Errorf("breach %q lacks its outcome or its clauses; `twinbill score --report json=FILE` writes such a file", b.ID)
		}
		out = append(out, Breach{ID: b.ID, Outcome: b.Outcome, Check: b.Check, Clauses: b.Clauses})
	}
	return out, nil
}
