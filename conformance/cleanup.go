package conformance

import (
	"context"
	"fmt"
	"slices"

	"github.com/twinbill/twinbill/conformance/journal"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// Cleaned is what a clean-up came to.
type Cleaned struct {
	Undone  int      // entries that nothing remains of
	Residue []string // what could not be taken back
	Kept    []string // settings that had no value before, and keep the new one
	Secrets []string
}

// Cleanup takes back what the open entries of a journal did, the last first, and notes
// in the journal what is over. Where the context ends before the first is taken back,
// all are residue; after that it goes on to the end.
func Cleanup(ctx context.Context, t *target.Target, credentials target.Credentials, contents *journal.Contents, j *journal.Journal) (*Cleaned, error) {
	health, err := contact(ctx, Config{Target: t})
	if err != nil {
		return nil, err
	}
	if health.Product == "" {
		t.PaceByDefault()
	}
	contracts, err := load(openapi.APIs(), openapi.Dialect{})
	if err != nil {
		return nil, err
	}
	config := Config{Target: t, Credentials: credentials, Shared: true, Journal: j}
	config.Seed = contents.Header.Seed
	r := newRun(ctx, config, health.Product != "")
	defer r.stop(nil)
	r.footprint.before = contents.Existing
	sessions := map[openapi.API]*session{}
	for api, contract := range contracts {
		sessions[api] = r.session(contract, nil, false)
	}
	for _, entry := range slices.Backward(contents.Open) {
		s := sessions[entry.Undo.API]
		if s == nil || s.contract.Operation(entry.Undo.Operation) == nil || s.contract.Operation(entry.Undo.Creator) == nil {
			return nil, fmt.Errorf("entry %d of the journal is about an operation that there is not: %s of %s", entry.Number, entry.Undo.Creator, entry.Undo.API)
		}
		u := undoCall{Undo: entry.Undo, entry: entry.Number, certain: entry.Answered}
		if ctx.Err() != nil {
			s.leave(u, lost{interrupted})
			continue
		}
		if u.header, u.query, err = r.supply.present(ctx, entry.Undo.API, entry.Undo.As); err != nil {
			s.leave(u, err)
			continue
		}
		if !u.complete() && u.Lookup == nil {
			s.leave(u, fmt.Errorf("nothing says what %s would have to remove", u.Operation))
			continue
		}
		s.undo = append([]undoCall{u}, s.undo...) // undoTo begins with the last
	}
	out := &Cleaned{}
	for _, api := range openapi.APIs() {
		s := sessions[api]
		s.undoTo(ctx, 0)
		s.finally(ctx)
		out.Residue = append(out.Residue, s.residue...)
	}
	out.Undone = len(contents.Open) - len(out.Residue)
	out.Kept, out.Secrets = r.footprint.lines(), r.supply.secrets()
	return out, nil
}
