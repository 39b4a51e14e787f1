package conformance

import (
	"fmt"
	"maps"
	"slices"

	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// observe notes the fields of an answer that the contract does not know.
func (f *footprint) observe(op *openapi.Operation, e *target.Exchange) {
	names := op.Undeclared(e.Status, e.JSON())
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, name := range names {
		if e.Status != op.Success {
			name = fmt.Sprintf("%d %s", e.Status, name)
		}
		if f.extras[op.ID] == nil {
			f.extras[op.ID] = map[string]bool{}
		}
		f.extras[op.ID][name] = true
	}
}

// undeclared lists the fields of each operation's answers that the contract does not
// know.
func (f *footprint) undeclared() map[string][]string {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := map[string][]string{}
	for id, names := range f.extras {
		out[id] = slices.Sorted(maps.Keys(names))
	}
	return out
}
