package conformance

import (
	"fmt"
	"net/http"

	"github.com/twinbill/twinbill/conformance/scenarios"
	"github.com/twinbill/twinbill/conformance/target"
	"github.com/twinbill/twinbill/openapi"
)

// Writes says what a run may do to a target. The zero value lets it write to a Twinbill
// alone.
type Writes struct {
	ReadOnly     bool // nothing is written, wherever it is
	Allowed      bool // write to a target that does not say that it is Twinbill
	Irreversible bool // also what the API has no way to take back
	Keep         bool // take nothing back of what scenarios create; a clean-up does by the journal
}

// permission is what comes of that for one target.
type permission struct {
	write, keep bool
	refusal     string // why nothing may be written
}

// permission is what a run may do: writes may be needless to allow on a Twinbill, and
// nothing has to be taken back from a sandbox that nobody else has.
func (w Writes) permission(twinbill, ownSandboxes bool) permission {
	p := permission{write: !w.ReadOnly && (w.Allowed || twinbill), keep: w.Irreversible || ownSandboxes}
	switch {
	case w.ReadOnly:
		p.refusal = "writes (%s), which --read-only rules out"
	case !p.write:
		p.refusal = "writes (%s); --allow-writes lets it"
	}
	return p
}

// changes reports whether a request may change something on the target.
func changes(op *openapi.Operation, method string) bool {
	if method == "" {
		method = op.Routes[0].Method
	}
	return op.Authenticated() && method != http.MethodGet && method != http.MethodHead
}

// perform tells why a request of an operation may not be sent; nil where it may.
func (p permission) perform(op *openapi.Operation, method string) error {
	switch {
	case !changes(op, method):
		return nil
	case !p.write:
		return unavailable{fmt.Sprintf(p.refusal, op.ID)}
	case !p.keep && op.Undo != nil && op.Undo.None != "":
		return unavailable{fmt.Sprintf("nothing takes back %s (%s); --allow-irreversible lets it", op.ID, op.Undo.None)}
	}
	return nil
}

func (p permission) send(request *target.Request) error {
	return p.perform(request.Operation, request.Method)
}

// run tells why a scenario may not be run, before any of it is.
func (p permission) run(s *scenarios.Scenario, contract *openapi.Contract) error {
	for _, step := range s.Steps {
		op := contract.Operation(step.OperationID)
		if op == nil {
			continue
		}
		method := ""
		if step.Route != nil {
			method = step.Route.Method
		}
		if err := p.perform(op, method); err != nil {
			return err
		}
	}
	return nil
}
