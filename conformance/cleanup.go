package conformance

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/twinbill/twinbill/conformance/journal"
	"github.com/twinbill/twinbill/openapi"
)

// Cleaned is what a clean-up came to.
type Cleaned struct {
	Undone  int      // entries that nothing remains of
	Residue []string // what could not be taken back
	Kept    []string // settings that had no value before, and keep the new one
	Secrets []string
}

// Cleanup takes back what the open entries of a journal did, by the configuration's
// target, credentials, inputs and journal, the last first, and notes
// in the journal what is over. Where the context ends before the first is taken back,
// all are residue; after that it goes on to the end.
func Cleanup(ctx context.Context, config Config, contents *journal.Contents) (*Cleaned, error) {
	t := config.Target
	health, err := contact(ctx, config)
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
	config.Shared, config.Seed = true, contents.Header.Seed
	r := newRun(ctx, config, health.Product != "")
	defer r.stop(nil)
	r.footprint.before = contents.Existing
	sessions := map[openapi.API]*session{}
	for api, contract := range contracts {
		sessions[api] = r.session(contract, nil, false)
	}
	for _, entry := range slices.Backward(contents.Open) {
		s := sessions[entry.Undo.API]
		if s == nil || !follows(entry.Undo, s.contract) {
			return nil, fmt.Errorf("entry %d of the journal does not follow from what undoes %s; was it edited, or written by another version?", entry.Number, entry.Undo.Creator)
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
		r.footprint.created(u, u.id())
		if !u.complete() && !u.listable() && (u.Lookup == nil || u.Lacks) {
			if !u.certain {
				config.Journal.End(u.entry, journal.Refused)
				continue
			}
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
		s.audit(ctx)
		out.Residue = append(out.Residue, s.residue...)
	}
	out.Undone = max(0, len(contents.Open)-len(out.Residue))
	out.Kept, out.Secrets = r.footprint.lines(), r.supply.secrets()
	return out, nil
}

// follows tells whether an entry is what the contract has for the request it is about,
// so that no text in a file makes the suite remove something else.
func follows(u journal.Undo, contract *openapi.Contract) bool {
	creator := contract.Operation(u.Creator)
	if creator == nil || creator.Undo == nil {
		return false
	}
	if creator.Undo.Restore != nil {
		return u.Operation == creator.ID && u.Settings != nil
	}
	same := u.Operation == creator.Undo.OperationID && u.Settings == nil && reflect.DeepEqual(u.Lookup, creator.Undo.Lookup)
	for name := range u.Path {
		_, known := creator.Undo.Parameters[name]
		same = same && known
	}
	if source, known := creator.Undo.Parameters[u.Fill]; u.Fill != "" && (!known || strings.Contains(source, "$request.")) {
		return false
	}
	return same
}
