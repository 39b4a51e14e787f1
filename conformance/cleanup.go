package conformance

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/twinbill/twinbill/conformance/journal"
	"github.com/twinbill/twinbill/openapi"
)

// Cleaned is what a clean-up came to.
type Cleaned struct {
	Undone  int      // entries of which nothing remains
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
	r.footprint.took(contents.Deleted)
	if contents.Sealed {
		r.footprint.keep(contents.Kept)
		for key, words := range contents.Pending {
			if contents.Kept[key] == "" {
				r.footprint.keep(map[string]string{key: "perhaps " + words})
			}
		}
	}
	sessions := map[openapi.API]*session{}
	for api, contract := range contracts {
		sessions[api] = r.session(contract, nil, false)
		sessions[api].doubtful = true
		sessions[api].byValue = config.ByValue && contents.Sealed
	}
	if !contents.Sealed {
		r.footprint.before = map[string]map[string][]string{}
	}
	for api, s := range sessions { // also the lists of which nothing is open
		for _, u := range s.creations(api) {
			whose := slices.Collect(maps.Keys(contents.Existing[u.listOf()]))
			if !contents.Sealed && len(whose) == 0 {
				whose = []string{map[openapi.API]string{openapi.Ripple: "ripple_token", openapi.CloudHealth: asKey}[api]}
			}
			for _, u.As = range whose {
				r.footprint.created(u, "")
				if !contents.Sealed {
					r.footprint.found(u, nil, nil)
				}
			}
		}
	}
	for _, refused := range contents.Refused {
		if s := sessions[refused.API]; contents.Sealed && s != nil && follows(refused, s.contract) && refused.Lookup != nil {
			r.footprint.tried(undoCall{Undo: refused, creates: creator(s.contract.Operation(refused.Creator))}, true)
		}
	}
	for _, entry := range slices.Backward(contents.Open) {
		s := sessions[entry.Undo.API]
		if s == nil || !follows(entry.Undo, s.contract) {
			return nil, fmt.Errorf("entry %d of the journal does not follow from what undoes %s; was it edited, or written by another version?", entry.Number, entry.Undo.Creator)
		}
		if !contents.Sealed {
			continue // the file does not prove what was the run's; the rows themselves do
		}
		u := undoCall{Undo: entry.Undo, entry: entry.Number, certain: entry.Answered, creates: creator(s.contract.Operation(entry.Undo.Creator))}
		if ctx.Err() != nil {
			s.leave(u, lost{interrupted})
			continue
		}
		if u.header, u.query, err = r.supply.present(ctx, entry.Undo.API, entry.Undo.As); err != nil {
			s.leave(u, err)
			continue
		}
		r.footprint.created(u, u.id())
		if u.Lookup != nil {
			r.footprint.tried(u, false)
		}
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
	settle := r.settling
	for _, api := range openapi.APIs() {
		s := sessions[api]
		s.undoTo(ctx, 0)
		if len(s.uncertain) > 0 {
			time.Sleep(settle)
		}
		s.finally(ctx)
		s.close(ctx, settle, false)
		out.Residue = append(out.Residue, s.residue...)
	}
	out.Residue = slices.DeleteFunc(out.Residue, func(left string) bool { return r.footprint.gone[left] })
	if !contents.Sealed {
		out.Residue = append(out.Residue, brokenLog(contents))
	}
	if contents.Sealed {
		out.Undone = len(contents.Open) - r.footprint.remaining()
	}
	out.Kept, out.Secrets = r.footprint.lines(), r.supply.secrets()
	return out, nil
}

// brokenLog says what a clean-up made of a journal that proves nothing.
func brokenLog(contents *journal.Contents) string {
	why := "was changed since it was written, or written under other credentials"
	if !contents.Ends {
		why = "does not end as it was written: it was cut short or changed"
	}
	return fmt.Sprintf("the journal %s, so that only rows which bear the run's mark were removed; look after what its %d open entries name", why, len(contents.Open))
}

// follows reports whether an entry is what the contract has for the request it is about,
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
